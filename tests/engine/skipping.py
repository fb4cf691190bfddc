"""Asking for a point to be skipped, at a chosen message."""

from reioc.engine import Msg

from .documents import named

REASON = "the sample is burnt"


def move(motor, position):
    yield Msg("set", motor, position, group="move")
    yield Msg("wait", group="move")


def event(*devices, stream="primary", run=None):
    for device in devices:
        if hasattr(device, "trigger"):
            yield Msg("trigger", device, group="trigger")
    yield Msg("wait", group="trigger")
    yield Msg("create", name=stream, run=run)
    for device in devices:
        yield Msg("read", device, run=run)
    yield Msg("save", run=run)


def point(detector, motor, position):
    yield Msg("checkpoint")
    yield from move(motor, position)
    yield from event(detector, motor)


def one_run(*plans):
    """A run of plans and messages."""
    yield Msg("open_run")
    for plan in plans:
        if isinstance(plan, Msg):
            yield plan
        else:
            yield from plan
    yield Msg("close_run")


def ask_at(RE, command, *args, times=1, ask=None):
    """When a message with this command, and these arguments, comes, the first `times` times, ask: to skip the point."""
    left, hook = [times], RE.msg_hook

    def react(msg):
        if hook is not None:
            hook(msg)
        if msg.command == command and msg.args[: len(args)] == args and left[0]:
            left[0] -= 1
            (ask or (lambda: RE.request_skip_point(REASON)))()

    RE.msg_hook = react


def ask_when(RE, condition):
    """Ask for the skip when the plan waits, and this is so."""

    def hook(statuses):
        if statuses and condition():
            RE.request_skip_point(REASON)

    RE.waiting_hook = hook


def skips_of(RE):
    """The skips that are over, as they come."""
    told = []
    RE.skip_observers.append(told.append)
    return told


def data_of(documents, key="motor", stream="primary"):
    """The values of a key in the events of a stream, with their numbers."""
    uids = {doc["uid"] for doc in named(documents, "descriptor") if doc["name"] == stream}
    return [(doc["seq_num"], doc["data"][key]) for doc in named(documents, "event") if doc["descriptor"] in uids]


def told(device):
    """What a device that was moved was told by the plan, and by the skip; at its end every plan stops what it moved."""
    calls = [call for call in device.calls if call != "read"]
    assert not calls or calls.pop() == "stop"
    return calls
