import pytest

from reioc.sim_iocs.faults import Fault, FaultError, Kind


def test_a_fault_says_what_it_is() -> None:
    """A fault is told in one line: kind, PV, value, duration."""
    assert str(Fault(Kind.DELAY, " m1.RBV ", 0.5, 2.0)) == "delay m1.RBV 0.5 for 2 s"
    assert str(Fault(Kind.RESTART, duration=3.0)) == "restart for 3 s"


def test_a_kind_may_be_given_as_text() -> None:
    """A kind is the same from Python, TOML, or a PV."""
    assert Fault("freeze", "m1") == Fault(Kind.FREEZE, "m1")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "frieze", "pv": "m1"}, "'frieze' is no kind of fault; there are disconnect, freeze"),
        ({"kind": "freeze"}, "freeze needs the name of a PV"),
        ({"kind": "freeze", "pv": "m1", "duration": -1.0}, "0 .until it is cleared. or more seconds, not -1"),
        ({"kind": "freeze", "pv": "m1", "duration": float("nan")}, "not nan"),
        ({"kind": "freeze", "pv": "m1", "value": 3}, "freeze takes no value; it was given '3'"),
        ({"kind": "restart", "pv": "m1", "duration": 1.0}, "restart is for the whole server"),
        ({"kind": "crash"}, "crash needs a duration above 0"),
    ],
)
def test_what_makes_no_sense_is_no_fault(fault: dict[str, object], reason: str) -> None:
    """A fault that cannot be right whatever the PVs are is refused with the reason."""
    with pytest.raises(FaultError, match=reason):
        Fault(**fault)  # pyright: ignore[reportArgumentType]
