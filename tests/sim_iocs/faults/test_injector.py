import pytest
from caproto import AlarmSeverity, AlarmStatus

from reioc.sim_iocs.faults import Fault, FaultError, FaultInjector, Kind
from reioc.sim_iocs.faults.effects import HEALTHY, Effect

from ..fakes import FakeClock
from .conftest import FakeAxis, FakeServer, SmallIOC


def test_a_fault_ends_after_its_duration(clock: FakeClock, injector: FaultInjector, server: FakeServer) -> None:
    """In simulated seconds; the server is told of both ends."""

    async def story() -> None:
        injector.inject(Fault(Kind.FREEZE, "a", duration=2.0))
        await clock.sleep(3.0)

    clock.run(story())

    assert server.told == [(0.0, ("T:a", Effect(frozen=True))), (2.0, ("T:a", HEALTHY))]
    assert injector.active == ()
    assert injector.effects == {}
    assert list(injector.log) == ["2.00 s ends: freeze a for 2 s", "0.00 s begins: freeze a for 2 s"]


def test_a_fault_without_duration_stays_until_it_is_cleared(injector: FaultInjector, ioc: SmallIOC) -> None:
    """Clearing by name ends those of that PV alone."""
    injector.inject(Fault(Kind.REFUSE, "*"))
    injector.inject(Fault(Kind.DELAY, "b", 0.5))
    injector.inject(Fault(Kind.DELAY, "a", 2.0))

    assert injector.effects[ioc.a] == Effect(refuses=True, delay=2.0)
    assert injector.clear("b") == 2
    assert injector.effects == {ioc.a: Effect(delay=2.0)}
    assert injector.clear() == 1
    assert injector.effects == {}


def test_faults_overlap_in_any_order(clock: FakeClock, injector: FaultInjector, ioc: SmallIOC) -> None:
    """Of two on one PV, the one that lasts longer is there until its own end."""
    seen = []

    async def story() -> None:
        injector.inject(Fault(Kind.FREEZE, "a", duration=1.0))
        injector.inject(Fault(Kind.FREEZE, "a", duration=3.0))
        for moment in (0.5, 2.0, 4.0):
            await clock.until(moment)
            seen.append(injector.effects.get(ioc.a, HEALTHY).frozen)

    clock.run(story())

    assert seen == [True, True, False]


def test_of_contradicting_faults_the_last_counts(injector: FaultInjector, ioc: SmallIOC) -> None:
    """When it is over, the one before it counts again."""
    injector.inject(Fault(Kind.VALUE, "a", 1.0))
    with injector.injected(Fault(Kind.VALUE, "a", 2.0)):
        assert injector.effects[ioc.a].value == 2.0
    assert injector.effects[ioc.a].value == 1.0


def test_kinds_of_lies_go_together(injector: FaultInjector, ioc: SmallIOC) -> None:
    """A wrong value may have a wrong severity."""
    injector.inject(Fault(Kind.NAN, "a"))
    injector.inject(Fault(Kind.SEVERITY, "a", "INVALID"))

    effect = injector.effects[ioc.a]
    assert effect.value != effect.value
    assert effect.alarm == (AlarmStatus.COMM, AlarmSeverity.INVALID_ALARM)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(Kind.VALUE, "a", "x"), "a: its value must be a number, not 'x'"),
        (Fault(Kind.VALUE, "b", ""), "b: its value must be a number, not ''"),
        (Fault(Kind.DELAY, "a", "soon"), "a: a delay is a number of seconds, 0 or more, not 'soon'"),
        (Fault(Kind.SEVERITY, "a", "BAD"), "a: 'BAD' is no severity"),
        (Fault(Kind.LIMIT, "m1", "left"), "a limit is one of low and high, not 'left'"),
        (Fault(Kind.STALL, "a"), "there is no motor 'a'; there are m1"),
    ],
)
def test_a_refused_fault_has_done_nothing(
    injector: FaultInjector, server: FakeServer, fault: Fault, reason: str
) -> None:
    """It is said what is wrong, with the PV; nobody has noticed anything."""
    with pytest.raises(FaultError, match=reason):
        injector.inject(fault)
    assert (injector.active, server.told, list(injector.log)) == ((), [], [])


def test_motors_suffer_by_their_axes(injector: FaultInjector, axis: FakeAxis) -> None:
    """Each is undone when it ends; two limits may be hit at once."""
    with injector.injected(Fault(Kind.STALL, "T:m1")), injector.injected(Fault(Kind.UNPOWERED, "m1")):
        assert (axis.stalled, axis.powered) == (True, False)
    assert (axis.stalled, axis.powered) == (False, True)
    with injector.injected(Fault(Kind.LIMIT, "m1", "low")):
        with injector.injected(Fault(Kind.LIMIT, "m1", "high")):
            assert axis.switches == (True, True)
        assert axis.switches == (True, None)
    assert axis.switches == (None, None)


def test_motor_faults_are_cleared_by_the_motors_name(injector: FaultInjector, axis: FakeAxis) -> None:
    """As those of PVs are; a name that means nothing is refused."""
    injector.inject(Fault(Kind.STALL, "m1"))

    assert injector.clear("m1") == 1
    assert not axis.stalled
    with pytest.raises(FaultError, match="there is no PV 'm2'"):
        injector.clear("m2")


def test_the_server_is_away_once(clock: FakeClock, injector: FaultInjector, server: FakeServer) -> None:
    """While it is away it cannot be sent away again; a crash loses what a crash loses."""
    lost = []

    async def story() -> None:
        injector.inject(Fault(Kind.RESTART, duration=2.0))
        with pytest.raises(FaultError, match="the server is away already: restart"):
            injector.inject(Fault(Kind.CRASH, duration=1.0))
        await clock.sleep(3.0)

    clock.run(story())
    crashing = FaultInjector({}, clock=clock, on_crash=lambda: lost.append("all"))
    clock.run(_crash(crashing, clock))

    assert server.told == [(0.0, Kind.RESTART), (2.0, None)]
    assert lost == ["all"]


async def _crash(injector: FaultInjector, clock: FakeClock) -> None:
    injector.inject(Fault(Kind.CRASH, duration=1.0))
    await clock.sleep(2.0)


def test_a_block_ends_its_fault_before_its_time(clock: FakeClock, injector: FaultInjector) -> None:
    """A fault of a block that has ended does not end a second time."""

    async def story() -> None:
        with injector.injected(Fault(Kind.FREEZE, "a", duration=5.0)):
            await clock.sleep(1.0)
        assert injector.active == ()
        await clock.sleep(9.0)

    clock.run(story())

    assert len(injector.log) == 2
