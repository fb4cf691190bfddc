"""PVs that can refuse."""

from typing import Any

import pytest
from caproto import AlarmSeverity, CAStatus, ChannelType

from reioc.sim_iocs.pvs.puts import Command, DoublePut, EnumPut, RefusedError, SimulationGroup, pv

from ..fakes import FakeClock, Recorder


class Example(SimulationGroup):
    number = pv(DoublePut, "Number", "A number", value=1.0, lower_ctrl_limit=0.0, upper_ctrl_limit=10.0)
    choice = pv(EnumPut, "Choice", "A choice", value="red", enum_strings=("red", "green"))
    command = pv(Command, "Command", "An order", value="Done", enum_strings=("Done", "Go"))
    fails = False

    async def group_write(self, instance: Any, value: Any) -> Any:
        if instance is self.command:
            return await self.command.obey(value, self.work)
        if value == 7.0:
            raise RefusedError("seven is not liked")
        return value

    async def work(self) -> None:
        if self.fails:
            raise RefusedError("it cannot be done")


@pytest.fixture
def group() -> Example:
    return Example("T:")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7.0, "seven is not liked"),
        (11.0, "0.0 and 10.0"),
        (float("nan"), "finite"),
        (float("-inf"), "finite"),
    ],
)
def test_a_refused_put_leaves_no_trace(clock: FakeClock, group: Example, value: float, reason: str) -> None:
    """The reason is raised; value and alarm stay, nothing is published."""
    recorder = Recorder()

    async def work() -> None:
        await recorder.watch(number=group.number)
        with pytest.raises(RefusedError, match=reason):
            await group.number.write(value)

    clock.run(work())

    assert (group.number.value, group.number.alarm.severity) == (1.0, AlarmSeverity.NO_ALARM)
    assert recorder.events == []


def test_a_client_is_told_that_its_put_failed(clock: FakeClock, group: Example) -> None:
    """A refused put is answered with ECA_PUTFAIL, an obeyed one with nothing special."""

    async def put(value: float) -> object:
        return await group.number.auth_write("host", "user", [value], ChannelType.DOUBLE, None)

    assert clock.run(put(7.0)) is CAStatus.ECA_PUTFAIL
    assert clock.run(put(8.0)) is None
    assert group.number.value == 8.0


@pytest.mark.parametrize("value", ["green", 1, "1"])
def test_a_choice_is_a_label_or_its_index(clock: FakeClock, group: Example, value: object) -> None:
    """Whatever form it comes in, the label is stored."""
    clock.run(group.choice.write(value))

    assert group.choice.value == "green"


@pytest.mark.parametrize("value", ["blue", 2, -1, "2", "1.0", ""])
def test_a_choice_is_nothing_else(clock: FakeClock, group: Example, value: object) -> None:
    """The refusal names the labels."""
    with pytest.raises(RefusedError, match="red, green"):
        clock.run(group.choice.write(value))

    assert group.choice.value == "red"


@pytest.mark.parametrize("data", [[b"1"], [b"green"]])
def test_a_client_may_choose_with_a_string(clock: FakeClock, group: Example, data: list[bytes]) -> None:
    """A put of type string may hold the label or its index."""
    clock.run(group.choice.auth_write("host", "user", data, ChannelType.STRING, None))

    assert group.choice.value == "green"


@pytest.mark.parametrize("fails", [False, True])
def test_a_command_shows_that_it_is_being_obeyed(clock: FakeClock, group: Example, fails: bool) -> None:
    """The second label stands while the action runs, the first comes back also when it fails."""
    recorder = Recorder()
    group.fails = fails

    async def work() -> None:
        await recorder.watch(command=group.command)
        await group.command.write(1)

    if fails:
        with pytest.raises(RefusedError, match="cannot be done"):
            clock.run(work())
    else:
        clock.run(work())

    assert recorder.values("command") == ["Go", "Done"]


def test_putting_the_idle_label_does_nothing(clock: FakeClock, group: Example) -> None:
    """Writing 0 to a command orders nothing."""
    group.fails = True

    clock.run(group.command.write(0))

    assert group.command.value == "Done"


def test_every_pv_has_its_own_alarm(group: Example) -> None:
    """No two PVs of a group share an alarm."""
    assert len({id(one.alarm) for one in group.pvdb.values()}) == len(group.pvdb)
