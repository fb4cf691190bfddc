"""Devices that a message cannot do with: the error names the message, the device and the rule."""

from contextlib import suppress

import pytest

from reioc.engine import MalformedMessage, Msg, UnsupportedDevice

from .documents import named
from .fakes import Detector, Device, Motor
from .helpers import RUN, Broken, in_a_run, run

M1 = Motor("m1")


class Bare:
    """Has a name, and can do nothing."""

    name = "bare"
    parent = None


NEEDS = {
    "set": "set",
    "trigger": "trigger",
    "prepare": "prepare",
    "read": "read",
    "locate": "locate",
    "stop": "stop",
    "configure": "configure",
    "kickoff": "kickoff",
    "complete": "complete",
    "collect": "describe_collect",
    "monitor": "subscribe",
    "declare_stream": "describe",
}
"""By command the method that its device needs. `stage` and `unstage` pass over a device that cannot be staged."""

NO_DEVICE = {
    *(
        "RE_class",
        "checkpoint",
        "clear_checkpoint",
        "close_run",
        "configure_suspender",
        "create",
        "drop",
        "input",
        "install_suspender",
        "null",
    ),
    *("open_run", "pause", "remove_suspender", "rewindable", "save", "sleep", "subscribe", "unsubscribe"),
    *("wait", "wait_for", "stage", "unstage", "unmonitor"),
}


def test_every_command_is_tried(RE):
    """What follows knows every command."""
    assert NEEDS.keys() | NO_DEVICE == set(RE.commands)


@pytest.mark.parametrize("device", [Bare(), None], ids=["bare", "no device"])
@pytest.mark.parametrize("command", NEEDS)
def test_device_without_the_protocol(RE, documents, command, device):
    """A device that cannot do what a command needs is named, with the command and the method."""
    msg = Msg(command, device, *{"set": [3], "prepare": [3], "configure": [{}]}.get(command, []))
    if command == "monitor":
        msg = Msg(command, device, name="monitored")
    elif command == "declare_stream":
        msg = Msg(command, None, device, name="declared")
    with pytest.raises(UnsupportedDevice) as raised:
        RE(in_a_run(msg))

    text = str(raised.value)
    assert f"{NEEDS[command]}()" in text
    assert command in "".join([text, *getattr(raised.value, "__notes__", ())])
    assert ("bare" if device else "None") in text
    assert named(documents, "stop")[0]["reason"] == text
    assert len(RE(RUN)) == 1


@pytest.mark.parametrize("command", ["stage", "unstage"])
def test_device_that_cannot_be_staged(RE, command):
    """A device that cannot be staged, or not unstaged, is passed over, as in bluesky."""

    class OneWay(Bare):
        def stage(self):
            raise AssertionError("staged, and nothing would unstage it")

    replies = []

    def plan():
        replies.append((yield Msg(command, Bare())))
        replies.append((yield Msg(command, OneWay())))

    RE(plan())
    assert replies == [[], []]


@pytest.mark.parametrize("command", NEEDS)
@pytest.mark.parametrize(
    ("device", "rule"),
    [
        ([M1], "a message speaks to one device, not to a list, which is not hashable"),
        ({"m1": M1}, "a message speaks to one device, not to a dict"),
    ],
    ids=["list", "dict"],
)
def test_several_devices(RE, command, device, rule):
    """Where a message needs a device, several of them will not do."""
    with pytest.raises(MalformedMessage, match=rule):
        RE(in_a_run(Msg(command, device, *([{}] if command == "configure" else []))))


@pytest.mark.parametrize("msg", [Msg("set", Motor, 3), Msg("read", Motor), Msg("stop", Motor), Msg("stage", Motor)])
def test_class_of_a_device(RE, msg):
    """Nor will the class of one."""
    rule = r"^Msg\('\w+', Motor[,)].*Motor is a class, .* a device that was made from it: Motor\(…\)"
    with pytest.raises(MalformedMessage, match=rule):
        RE(in_a_run(msg))


def test_error_of_a_device_is_its_own(RE):
    """The error of a device stays what it is; a note says in which message it was, once."""
    error = TypeError("bad value")
    device = Broken("set", error=error)
    device.name = "m"

    def plan():
        for _ in range(3):
            with suppress(TypeError):
                yield Msg("set", device, 3, group="A")
        yield Msg("set", device, 3, group="A")

    with pytest.raises(TypeError) as raised:
        RE(plan())

    assert raised.value is error
    assert error.__notes__ == ["in Msg('set', m, 3, group='A')"]


def test_stop_iteration_of_a_device(RE):
    """A device that raises StopIteration does not end the plan as if it had succeeded; the error says where it was."""
    device = Detector()
    device.read = lambda: next(iter(()))
    result = run(RE, [Msg("read", device)])

    assert result.exit_status == "fail"
    assert result.reason == "Msg('read', det) raised StopIteration"


class Unspeakable(Exception):
    """Cannot even be shown."""

    def __str__(self):
        raise ValueError("no text")


class Nameless(Device):
    """Raises when it is asked for its name."""

    def __init__(self):
        self.calls, self.staged = [], False

    @property
    def name(self):
        raise Unspeakable

    def _refuse(self, *args, **kwargs):
        raise Unspeakable

    set = stop = pause = resume = unstage = _refuse


def test_device_that_cannot_even_be_named(RE, documents):
    """A device that raises when it is asked for its name, exceptions that raise when they are shown: still an error."""
    device = Nameless()
    with pytest.raises(Unspeakable):
        RE(in_a_run(Msg("stage", device), Msg("set", device, 1)))

    assert named(documents, "stop")[0]["reason"] == "Unspeakable, which cannot be shown"
    assert len(RE(RUN)) == 1
