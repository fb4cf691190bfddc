import pytest

from reioc.sim_iocs.beamline import Beamline
from reioc.sim_iocs.faults import FaultError
from reioc.sim_iocs.faults.names import Names
from reioc.sim_iocs.model import build_model

from ..fakes import FakeClock


@pytest.fixture(scope="module")
def beamline() -> Beamline:
    """One for all, as nothing is done to it, and it takes a quarter of a second to make."""
    return Beamline("T:", build_model(FakeClock()))


@pytest.fixture
def names(beamline: Beamline) -> Names:
    names = Names(beamline.pvdb, ("m1", "m2", "Mono:bragg"), "T:")
    names.spare(beamline.fault.pvdb.values())
    return names


def test_a_name_is_good_with_and_without_prefix(names: Names, beamline: Beamline) -> None:
    """A PV, or a field, is found by its whole name and by the name without the prefix; VAL is the record's channel."""
    rbv = beamline.m1.record.user_readback_value

    assert names.pvs("m1.RBV") == names.pvs("T:m1.RBV") == [rbv]
    assert names.pvs("m1") == names.pvs("m1.VAL") == [beamline.m1.val]


def test_a_pattern_with_a_dot_is_one_for_fields(names: Names, beamline: Beamline) -> None:
    """`m?.RBV` means fields, `Ring:*` channels and none of their fields, `m1.*` a whole record."""
    motors = [beamline.m1, beamline.m2, beamline.m3, beamline.m4]

    assert names.pvs("m?.RBV") == [motor.record.user_readback_value for motor in motors]
    assert names.pvs("Ring:*") == list(beamline.ring.pvdb.values())
    assert {beamline.m1.val, *beamline.m1.val.fields.values()} == set(names.pvs("T:m1.*"))


def test_the_pvs_that_mend_are_not_hit(names: Names, beamline: Beamline) -> None:
    """`*` leaves the Fault: PVs and their fields out, and naming one is refused."""
    assert set(names.pvs("*")) == set(beamline.pvdb.values()) - set(beamline.fault.pvdb.values())
    for name in ("Fault:Count", "Fault:*", "Fault:Count.DESC"):
        with pytest.raises(FaultError, match="never hit"):
            names.pvs(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("m1.RVB", "there is no PV 'm1.RVB'; did you mean .*m1.RBV"),
        ("Ring:Curent", "did you mean Ring:Current"),
        ("x*", "there is no PV 'x[*]'$"),
    ],
)
def test_a_name_that_means_nothing_is_refused(names: Names, name: str, reason: str) -> None:
    """A name that means no PV is refused, with similar ones."""
    with pytest.raises(FaultError, match=reason):
        names.pvs(name)


def test_motors_are_found_as_pvs_are(names: Names) -> None:
    """Motors have the names of their PVs; one that is not there is refused with those that are."""
    assert names.axes("T:m1") == names.axes("m1") == ["m1"]
    assert names.axes("m*") == ["m1", "m2"]
    with pytest.raises(FaultError, match="there is no motor 'm9'; there are m1, m2, Mono:bragg"):
        names.axes("m9")
