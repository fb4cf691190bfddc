import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from caproto import CAStatus, ChannelType

from reioc.sim_iocs.faults import Fault, FaultInjector, Kind
from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock
from .conftest import SmallIOC


def _run(clock: FakeClock, ioc: SmallIOC, work: Coroutine[Any, Any, None]) -> None:
    """Do this while the group keeps its PVs true."""

    async def both() -> None:
        publishing = asyncio.create_task(ioc.fault.run())
        try:
            await work
            await clock.sleep(0.0)
        finally:
            publishing.cancel()

    clock.run(both())


async def _order(ioc: SmallIOC, name: str, kind: str, value: str = "", duration: float = 0.0) -> None:
    await ioc.fault.name.write(name)
    await ioc.fault.kind.write(kind)
    await ioc.fault.value.write(value)
    await ioc.fault.duration.write(duration)
    await ioc.fault.inject.write(1)


def test_a_fault_is_injected_by_pvs(clock: FakeClock, ioc: SmallIOC, injector: FaultInjector) -> None:
    """What was put is injected, shown while it is there, and cleared by name or altogether."""
    seen = []

    async def work() -> None:
        await _order(ioc, "a", "delay", "0.5", 2.0)
        await _order(ioc, "*", "freeze")
        await clock.sleep(1.0)
        seen.append((ioc.fault.count.value, ioc.fault.active.value))
        await ioc.fault.name.write("b")
        await ioc.fault.clear.write(1)
        await clock.sleep(2.0)
        seen.append((ioc.fault.count.value, ioc.fault.active.value, ioc.fault.message.value))

    _run(clock, ioc, work())

    assert seen == [(2, ["delay a 0.5 for 2 s", "freeze *"]), (0, [""], "1 cleared")]
    assert injector.log[-1] in ioc.fault.log.value.splitlines()


def test_texts_come_as_long_as_they_were_announced(clock: FakeClock, ioc: SmallIOC, injector: FaultInjector) -> None:
    """Phoebus shows what comes shorter as disconnected."""
    lengths = {}

    async def work() -> None:
        await _order(ioc, "a", "freeze")
        await clock.sleep(0.0)
        for each in (ioc.fault.name, ioc.fault.message, ioc.fault.log, ioc.fault.active, ioc.fault.scenarios):
            _, told = await each.read(each.data_type)
            lengths[each.name] = (len(told), each.max_length)

    _run(clock, ioc, work())

    assert len(lengths) == 5
    assert all(told == announced for told, announced in lengths.values())


def test_what_a_kind_does_not_take_is_left_aside(clock: FakeClock, ioc: SmallIOC, injector: FaultInjector) -> None:
    """PV and Value may be there from the fault before."""
    kinds = []

    async def work() -> None:
        await _order(ioc, "a", "value", "3")
        await ioc.fault.kind.write("nan")
        await ioc.fault.inject.write(1)
        await ioc.fault.kind.write("restart")
        await ioc.fault.duration.write(1.0)
        await ioc.fault.inject.write(1)
        kinds.extend(active.fault for active in injector.active)
        await ioc.fault.clear_all.write(1)

    _run(clock, ioc, work())

    assert kinds == [Fault(Kind.VALUE, "a", "3"), Fault(Kind.NAN, "a"), Fault(Kind.RESTART, duration=1.0)]
    assert injector.active == ()


@pytest.mark.parametrize(
    ("name", "kind", "value", "reason"),
    [
        ("", "freeze", "", "freeze needs the name of a PV"),
        ("aa", "freeze", "", "there is no PV 'aa'; did you mean a"),
        ("a", "value", "x", "a: its value must be a number, not 'x'"),
        ("Fault:Clear", "freeze", "", "never hit"),
    ],
)
def test_a_wrong_order_is_refused_with_the_reason(
    clock: FakeClock, ioc: SmallIOC, injector: FaultInjector, name: str, kind: str, value: str, reason: str
) -> None:
    """The put fails, Message says why, and nothing has been injected."""

    async def work() -> None:
        with pytest.raises(RefusedError, match=reason):
            await _order(ioc, name, kind, value)

    _run(clock, ioc, work())

    assert reason in ioc.fault.message.value
    assert (ioc.fault.inject.value, injector.active) == ("Done", ())


@pytest.mark.parametrize(
    ("data", "data_type"),
    [
        (b"a\0", ChannelType.CHAR),
        ([97, 0], ChannelType.LONG),
        ([b"a"], ChannelType.STRING),
    ],
)
def test_a_name_comes_in_many_forms(
    clock: FakeClock, ioc: SmallIOC, injector: FaultInjector, data: Any, data_type: ChannelType
) -> None:
    """As characters, as numbers (Phoebus), as a string; and it can be emptied."""

    async def work() -> None:
        await ioc.fault.name.write_from_dbr(data, data_type, None)
        assert ioc.fault.name.value == "a"
        await ioc.fault.name.write_from_dbr(b"\0", ChannelType.CHAR, None)
        assert ioc.fault.name.value == ""

    _run(clock, ioc, work())


def test_a_scenario_is_played_by_pvs(clock: FakeClock, ioc: SmallIOC, injector: FaultInjector) -> None:
    """The put to Run completes when it is over; there is one at a time, and Abort ends it, which fails the put."""
    said = []

    async def work() -> None:
        await ioc.fault.scenario.write("stall")
        await ioc.fault.play.write(1)
        said.append((clock.now(), ioc.fault.message.value))
        playing = asyncio.create_task(ioc.fault.play.auth_write("h", "u", [1], ChannelType.LONG, None))
        await clock.sleep(1.0)
        with pytest.raises(RefusedError, match="a scenario is being played; put 1 to Abort"):
            await ioc.fault.play.write(1)
        await ioc.fault.abort.write(1)
        assert await playing == CAStatus.ECA_PUTFAIL
        said.append((clock.now(), ioc.fault.message.value))

    _run(clock, ioc, work())

    assert said == [(3.0, "scenario stall is over"), (4.0, "scenario stall was aborted")]
    assert injector.active == ()
    assert "restart" in ioc.fault.scenarios.value


def test_a_scenario_aborted_before_its_first_step_is_over(
    clock: FakeClock, ioc: SmallIOC, injector: FaultInjector
) -> None:
    """Run and Abort come in one packet: the next Run is not refused for the sake of what never began."""

    async def work() -> None:
        await ioc.fault.scenario.write("stall")
        puts = (ioc.fault.play, ioc.fault.abort)
        put = await asyncio.gather(*(each.auth_write("h", "u", [1], ChannelType.LONG, None) for each in puts))
        assert put[0] == CAStatus.ECA_PUTFAIL
        assert not injector.log
        await ioc.fault.play.write(1)

    _run(clock, ioc, work())

    assert ioc.fault.message.value == "scenario stall is over"


def test_a_scenario_survives_the_put_that_began_it(clock: FakeClock, ioc: SmallIOC, injector: FaultInjector) -> None:
    """A crash that is part of the story forgets the put, and not the story."""

    async def work() -> None:
        await ioc.fault.scenario.write("stall")
        playing = asyncio.create_task(ioc.fault.play.write(1))
        await clock.sleep(1.0)
        playing.cancel()
        await asyncio.wait([playing])
        assert (ioc.fault.play.value, len(injector.active)) == ("Done", 1)
        await clock.sleep(3.0)

    _run(clock, ioc, work())

    assert injector.log[0] == "3.00 s ends: scenario stall"
    assert ioc.fault.message.value == "scenario stall is over"


def test_a_scenario_that_does_not_fit_is_refused(clock: FakeClock, ioc: SmallIOC, injector: FaultInjector) -> None:
    """One that is not there when it is named, one about other PVs when it is to be played."""

    async def work() -> None:
        with pytest.raises(RefusedError, match="there is no scenario 'strike'; there are bad_day"):
            await ioc.fault.scenario.write("strike")
        await ioc.fault.scenario.write("nan")
        with pytest.raises(RefusedError, match="step 1 at 0 s: there is no PV 'Ring:Current'"):
            await ioc.fault.play.write(1)
        with pytest.raises(RefusedError, match="no scenario is being played"):
            await ioc.fault.abort.write(1)

    _run(clock, ioc, work())

    assert not injector.log
