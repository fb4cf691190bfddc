"""What is waited for, and failures that reach the plan exactly once."""

import pytest

from reioc.engine import FailedStatus, Msg, UnsupportedDevice
from reioc.engine.telling import name_of, root_cause
from reioc.engine.wait_groups import WaitGroups

from .fakes import Motor, Status


@pytest.fixture
def changes():
    return []


@pytest.fixture
def groups(changes):
    return WaitGroups(lambda: changes.append(1))


def started(groups, group="A", name="m", status=None, command="set"):
    status = status or Status(done=False)
    msg = Msg(command, Motor(name), 1, group=group)
    groups.add(group, status, msg)
    return status, msg


def test_pending_by_name(groups):
    """What is not done yet, by the names of the devices, each once."""
    first, _ = started(groups, name="m1")
    started(groups, name="m2")
    started(groups, name="m2")
    started(groups, group="B", name="m3")

    assert groups.names_pending("A") == ("m1", "m2")
    first.finish()
    assert groups.names_pending("A") == ("m2",)
    assert groups.names_pending("nobody") == ()


def test_end_of_a_status_nudges(groups, changes):
    """Each status that ends has the loop look again, also one that has failed from the beginning."""
    status, _ = started(groups)
    assert changes == []
    status.finish()
    started(groups, status=Status(error=ValueError("limit switch")))

    assert changes == [1, 1]


def test_only_success_is_forgotten(groups, monkeypatch):
    """What succeeds need not be waited for; what moves or has failed is kept, however much else is started."""
    monkeypatch.setattr("reioc.engine.wait_groups.MANY", 2)
    started(groups, "moving", name="m1")
    started(groups, "failed", name="m2", status=Status(error=ValueError("limit switch")))
    for _ in range(10):
        started(groups, "succeeded", status=Status())

    assert groups.names_pending("moving") == ("m1",)
    assert len(groups.members(["succeeded"])) < 4
    with pytest.raises(FailedStatus, match="limit switch"):
        groups.raise_first(["failed"])


def test_success_from_the_beginning_is_no_news(groups, changes):
    """A status that has succeeded before anybody waits for it is done, and costs no turn of the loop."""
    started(groups, status=Status())

    assert changes == []
    assert groups.pending("A") == []


def test_failure_at_the_wait(groups):
    """A failure is raised at the wait for its group, once, with the device, the action and the device's exception."""
    cause = ValueError("limit switch")
    status, _ = started(groups, status=Status(error=cause))

    with pytest.raises(FailedStatus, match="set of m failed: ValueError: limit switch") as raised:
        groups.raise_first(["A"])
    assert raised.value.__cause__ is cause
    assert raised.value.args == (status,)
    groups.raise_first(["A"])
    assert groups.next_failure() is None


def test_failure_without_wait(groups):
    """A failure that nobody waits for is the next failure, once."""
    started(groups, status=Status(error=ValueError("no")))

    assert "set of m failed" in str(groups.next_failure())
    assert groups.next_failure() is None
    groups.raise_first(["A"])


def test_failures_of_other_groups_do_not_end_a_wait(groups):
    """A wait looks at its own groups only."""
    started(groups, group="B", status=Status(error=ValueError("no")))

    groups.raise_first(["A"])
    with pytest.raises(FailedStatus):
        groups.raise_first(["A", "B"])


def test_failures_at_once_are_one(groups):
    """Two devices that have failed by the time of the wait are told in one exception."""
    started(groups, name="m1", status=Status(error=ValueError("one")))
    started(groups, name="m2", status=Status(error=ValueError("two")))

    with pytest.raises(FailedStatus, match=r"set of m1 failed: ValueError: one; set of m2 failed: ValueError: two"):
        groups.raise_first(["A"])
    assert groups.next_failure() is None


def test_failures_without_wait_at_once_are_one(groups):
    """So are two that nobody waited for: none is left behind."""
    started(groups, group=None, name="m1", status=Status(error=ValueError("one")))
    started(groups, group="B", name="m2", status=Status(error=ValueError("two")))

    assert "two" in str(groups.next_failure())
    assert groups.next_failure() is None


def test_failure_without_an_exception(groups):
    """A status that did not succeed and says no more is a failure all the same."""

    class Mute(Status):
        success = False

        def exception(self, timeout=0.0):
            return None

    started(groups, status=Mute())

    assert str(groups.next_failure()) == "set of m failed"


def test_forget_what_is_repeated(groups):
    """What a repeated message had started does not count any more; the rest of the group does."""
    again, msg = started(groups, name="m1")
    started(groups, name="m2")
    groups.forget([msg])
    assert groups.names_pending("A") == ("m2",)

    again.finish(RuntimeError("stopped"))
    assert groups.next_failure() is None


def test_pardon(groups):
    """At the end of a plan what it started is nobody's business any more."""
    status, _ = started(groups)
    groups.pardon()
    status.finish(RuntimeError("stopped"))

    assert groups.pending("A") == []
    assert groups.next_failure() is None


def test_close(groups):
    """A group that has been waited for can be used again from the beginning."""
    started(groups, status=Status())
    groups.close("A")
    started(groups, name="m2")

    assert [member.name for member in groups.members(["A"])] == ["m2"]


def test_moving(groups):
    """The messages whose motion is not over, across groups; triggers do not move."""
    _, first = started(groups, name="m1")
    started(groups, name="det", command="trigger")
    started(groups, name="m2", status=Status())
    _, second = started(groups, group="B", name="m3")

    assert groups.moving() == [first, second]


def test_preparing_is_moving(groups):
    """What is being prepared moves as well."""
    _, msg = started(groups, command="prepare")

    assert groups.moving() == [msg]


def test_success_is_believed_at_once_and_failure_when_it_calls_back(groups):
    """A status that is done and has not called back has not failed, but may have succeeded."""

    class Mute(Status):
        def add_callback(self, callback):
            pass

    failing, fine = Mute(done=False), Mute(done=False)
    started(groups, name="m1", status=failing)
    started(groups, name="m2", status=fine)
    failing.finish(ValueError("no"))
    fine.finish()

    assert groups.names_pending("A") == ("m1",)
    groups.raise_first(["A"])
    groups.look_again(["A"])
    groups.raise_first(["A"])
    groups.look_again(["A"])
    with pytest.raises(FailedStatus, match="set of m1 failed: ValueError: no"):
        groups.raise_first(["A"])


def test_status_that_refuses_a_callback_is_not_waited_for(groups):
    """What was refused is not among what is waited for."""
    with pytest.raises(UnsupportedDevice, match="'set' needs a status that calls back; that of m refuses: TypeError"):
        started(groups, status=Deaf(done=False))

    assert groups.names_pending("A") == ()


class Deaf(Status):
    """Takes no callback."""

    def add_callback(self, callback):
        raise TypeError("not yet")


def test_what_failed_is_forgotten(groups):
    """After a failure a group can be used again: it holds what is still under way, and no more."""
    started(groups, name="m1", status=Status(error=ValueError("no")))
    started(groups, name="m2")
    with pytest.raises(FailedStatus):
        groups.raise_first(["A"])

    assert [member.name for member in groups.members(["A"])] == ["m2"]


def test_root_cause():
    """The exception at the bottom: explicit causes, and implicit ones that are not suppressed."""
    bottom, middle, top = OSError("disk"), ValueError("value"), RuntimeError("top")
    middle.__cause__, top.__context__ = bottom, middle
    assert root_cause(top) is bottom

    top.__suppress_context__ = True
    assert root_cause(top) is top


def test_root_cause_of_a_circle():
    """Exceptions that are each other's cause do not hang the engine."""
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one

    assert root_cause(one) in (one, two)


def test_name_of():
    """A device's name, or its repr where it has none."""
    assert name_of(Motor("m1")) == "m1"
    assert name_of(3) == "3"


def test_a_status_that_cannot_say_whether_it_is_done(groups, caplog):
    """Who waits in vain for such a status finds in the log why, once, with the device."""

    class Mute(Status):
        @property
        def done(self):
            raise OSError("no answer")

        @done.setter
        def done(self, value):
            pass

        def add_callback(self, callback):
            pass

    started(groups, name="m1", status=Mute(done=False))
    for _ in range(3):
        groups.look_again(["A"])

    (record,) = caplog.records
    assert record.getMessage() == "set of m1: its status cannot say whether it is done"
    assert groups.names_pending("A") == ("m1",)
