"""Devices whose every move the test decides. No threads, no clocks."""

import threading

from reioc.engine import Msg


class Status:
    """Done when the test says so, or at once."""

    def __init__(self, *, done=True, error=None):
        self.done = False
        self._error = None
        self._callbacks = []
        self._lock = threading.Lock()
        if done or error:
            self.finish(error)

    @property
    def success(self):
        return self.done and self._error is None

    def exception(self, timeout=0.0):
        return self._error

    def add_callback(self, callback):
        with self._lock:
            if not self.done:
                self._callbacks.append(callback)
                return
        callback(self)

    def finish(self, error=None):
        with self._lock:
            if self.done:
                return
            self.done, self._error = True, error
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)


class Device:
    """Can be staged, and notes what is done with it in `calls`."""

    parent = None

    def __init__(self, name):
        self.name = name
        self.hints = {"fields": [name]}
        self.calls = []
        self.staged = False

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"

    def stage(self):
        self.calls.append("stage")
        if self.staged:
            raise RuntimeError(f"{self.name} is already staged")
        self.staged = True
        return [self]

    def unstage(self):
        self.calls.append("unstage")
        self.staged = False
        return [self]

    def value(self):
        return 0.0

    def read(self):
        self.calls.append("read")
        return {self.name: {"value": self.value(), "timestamp": 1.0}}

    def describe(self):
        return {self.name: {"dtype": "number", "shape": [], "source": f"fake:{self.name}"}}

    def read_configuration(self):
        return {}

    def describe_configuration(self):
        return {}


class Motor(Device):
    """Arrives at once; with `slow`, when `arrive()` is called. Refuses to be set while it moves."""

    def __init__(self, name="motor", *, slow=False):
        super().__init__(name)
        self.slow = slow
        self.position = 0.0
        self.target = 0.0
        self.status = Status()

    def value(self):
        return self.position

    @property
    def moving(self):
        return not self.status.done

    def set(self, value):
        self.calls.append(("set", float(value)))
        if self.moving:
            raise RuntimeError(f"{self.name}.set({value}) while it moves to {self.target}")
        self.target = float(value)
        self.status = Status(done=False)
        if not self.slow:
            self.arrive()
        return self.status

    def arrive(self):
        self.position = self.target
        self.status.finish()

    def stop(self, success=True):
        self.calls.append("stop")
        if self.moving:
            self.position = (self.position + self.target) / 2
            self.status.finish(None if success else RuntimeError("stopped"))


class Detector(Device):
    """Reads a function of the positions of motors, as they were when it was triggered."""

    def __init__(self, name="det", *motors):
        super().__init__(name)
        self.motors = motors
        self.latched = None

    def trigger(self):
        self.calls.append("trigger")
        self.latched = self.now()
        return Status()

    def now(self):
        return 100.0 + sum(10.0**power * motor.position for power, motor in enumerate(self.motors))

    def value(self):
        return self.latched


class Pausable(Detector):
    """Wants to know of pauses."""

    def pause(self):
        self.calls.append("pause")

    def resume(self):
        self.calls.append("resume")


def points(detector, motor, positions):
    """A plan in plain messages: a run with an event per position. Returns the readings that it got."""
    readings = []
    yield Msg("open_run")
    for position in positions:
        yield Msg("checkpoint")
        yield Msg("set", motor, position, group="move")
        yield Msg("wait", group="move")
        yield Msg("trigger", detector, group="trigger")
        yield Msg("wait", group="trigger")
        yield Msg("create", name="primary")
        readings.append((yield Msg("read", detector)))
        readings.append((yield Msg("read", motor)))
        yield Msg("save")
    yield Msg("close_run")
    return readings
