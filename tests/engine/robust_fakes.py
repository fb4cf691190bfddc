"""A device that can do everything, and breaks where a test wants it to."""

import asyncio

from reioc.engine import Msg, State

from .fakes import Motor, Status
from .helpers import RUN
from .soundness import sound_runs

NO_ANSWER = "no answer from the controller"


class Everything(Motor):
    """A motor, a detector, a flyer and a signal in one, that wants to know of pauses."""

    def __init__(self, name="all", *, slow=False):
        super().__init__(name, slow=slow)
        self.subscribers = []

    def configure(self, exposure):
        return {}, {}

    def prepare(self, value):
        return Status()

    def trigger(self):
        return Status()

    def locate(self):
        return {"setpoint": self.target, "readback": self.position}

    def pause(self):
        self.calls.append("pause")

    def resume(self):
        self.calls.append("resume")

    def kickoff(self):
        return Status()

    def complete(self):
        return Status()

    def describe_collect(self):
        return {"flight": self.describe()}

    def collect(self):
        yield {"time": 1.0, "data": {self.name: 1.0}, "timestamps": {self.name: 1.0}}

    def subscribe(self, callback, *args, **kwargs):
        self.subscribers.append(callback)

    def clear_sub(self, callback):
        self.subscribers.remove(callback)


def everything(device):
    """A run in which each command is used on a device, with a checkpoint before each."""
    messages = [
        Msg("stage", device, group="A"),
        Msg("configure", device, 3),
        Msg("prepare", device, 3, group="A"),
        Msg("wait", group="A"),
        Msg("set", device, 3, group="A"),
        Msg("trigger", device, group="A"),
        Msg("wait", group="A"),
        Msg("monitor", device, name="monitored"),
        Msg("locate", device),
        Msg("kickoff", device, group="A"),
        Msg("wait", group="A"),
        Msg("complete", device, group="A"),
        Msg("wait", group="A"),
        Msg("collect", device),
        Msg("unmonitor", device),
        Msg("create", name="primary"),
        Msg("read", device),
        Msg("save"),
        Msg("stop", device),
        Msg("unstage", device, group="A"),
        Msg("wait", group="A"),
    ]
    bundling = False
    yield Msg("open_run")
    for msg in messages:
        if not bundling:
            yield Msg("checkpoint")
        bundling = msg.command == "create" or (bundling and msg.command != "save")
        yield msg
    yield Msg("close_run")


def broken(method, breaks, *, name="all"):
    """A device that can do everything, but for one method, which is `breaks`."""
    device = Everything(name)
    setattr(device, method, breaks)
    return device


def at_once(function):
    """The same."""
    return function


def later(function):
    """The same as a coroutine function."""

    async def call(*args, **kwargs):
        await asyncio.sleep(0)
        return function(*args, **kwargs)

    return call


def raising(error):
    """A function that raises this, whatever it is given."""

    def fail(*args, **kwargs):
        raise error

    return fail


def outcome(RE, plan, documents):
    """What became of a plan, and its run; documents are sound, the engine is idle, and runs another plan at once."""
    documents.clear()
    result = RE.submit(plan).result(timeout=20)
    (found,) = sound_runs(documents)
    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1
    return result, found
