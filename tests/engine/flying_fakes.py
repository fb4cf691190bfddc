"""Flyers, monitored signals and detectors that write files; like `fakes`, each step is the test's. They mind misuse."""

import asyncio
from collections import Counter

from reioc.engine import NoReplayAllowed

from .fakes import Detector, Device, Motor, Pausable, Status


class Flying(Device):
    """Gathers `events` points in flight, which can be collected when it has landed: at once, or after `land()`.

    Refuses to be kicked off in flight, to be completed on the ground, and to be collected twice.
    """

    def __init__(self, name, events=3, *, slow=False):
        super().__init__(name)
        self.events = events
        self.slow = slow
        self.flying = False
        self.gathered = []
        self.takeoff, self.landing = Status(), Status()
        self.flights = 0

    def kickoff(self):
        self.calls.append("kickoff")
        if self.flying or self.gathered:
            raise RuntimeError(f"{self.name}.kickoff() in flight, or with a flight that nobody has collected")
        self.flights += 1
        self.flying = True
        self.takeoff = Status(done=not self.slow)
        return self.takeoff

    def prepare(self, events):
        self.calls.append("prepare")
        self.stop()
        self.events, self.gathered = events, []
        return Status()

    def complete(self):
        self.calls.append("complete")
        if not self.flying:
            raise RuntimeError(f"{self.name}.complete() on the ground")
        self.landing = Status(done=False)
        if not self.slow:
            self.land()
        return self.landing

    def land(self):
        """The flight is over, with all its points."""
        self.flying = False
        self.gathered = list(range(self.events))
        self.landing.finish()

    def stop(self, success=True):
        self.calls.append("stop")
        if self.flying:
            self.flying = False
            self.gathered = list(range(self.events // 2))
            self.takeoff.finish()
            self.landing.finish()


class Flyer(Flying):
    """One that names its stream itself, and gives event by event."""

    def describe_collect(self):
        return {self.name: self.describe()}

    def collect(self):
        self.calls.append("collect")
        gathered, self.gathered = self.gathered, []
        for point in gathered:
            yield {"time": 1.0, "data": {self.name: float(point)}, "timestamps": {self.name: 1.0}}


class DeclaredFlyer(Flying):
    """One whose stream is declared in advance, and which gives whole pages."""

    def describe_collect(self):
        return self.describe()

    def collect_pages(self):
        self.calls.append("collect")
        gathered, self.gathered = self.gathered, []
        if gathered:
            column = [1.0] * len(gathered)
            data = {self.name: [float(point) for point in gathered]}
            yield {"time": column, "data": data, "timestamps": {self.name: column}}


class FrameFlyer(Flying):
    """Appends frames to a stream while it flies: the first one as it is kicked off, the others as it lands."""

    def __init__(self, name="frames", events=3, *, slow=False):
        super().__init__(name, events, slow=slow)
        self.stream = Frames(name)

    def kickoff(self):
        status = super().kickoff()
        self.stream.frames += 1
        return status

    def land(self):
        super().land()
        self.stream.frames += self.events - 1
        self.gathered = []

    def stop(self, success=True):
        super().stop()
        self.gathered = []

    def describe_collect(self):
        return self.stream.describe()

    def get_index(self):
        return self.stream.frames

    def collect_asset_docs(self, index=None):
        self.calls.append("collect")
        return self.stream.docs(index)


class Signal(Motor):
    """Tells its subscribers of each value, the present one first; knows whether somebody has subscribed twice."""

    def __init__(self, name="signal", *, slow=False):
        super().__init__(name, slow=slow)
        self.subscribers = []
        self.told = 0
        """How often somebody was told."""
        self.most = 0
        """How many subscribers there were at most at one time."""

    def subscribe(self, callback, *args, run=True, **kwargs):
        self.calls.append("subscribe")
        self.subscribers.append(callback)
        self.most = max(self.most, len(self.subscribers))
        if run:
            self._tell([callback])

    def clear_sub(self, callback):
        self.calls.append("clear_sub")
        self.subscribers = [other for other in self.subscribers if other is not callback]

    def arrive(self):
        super().arrive()
        self._tell(self.subscribers)

    def _tell(self, callbacks):
        for callback in tuple(callbacks):
            self.told += 1
            callback(value=self.position, timestamp=1.0, obj=self)


class Tunable(Detector):
    """Its readings depend on its configuration."""

    def __init__(self, name="tunable", *motors):
        super().__init__(name, *motors)
        self.exposure = 1.0

    def configure(self, exposure):
        old, self.exposure = self.read_configuration(), exposure
        return old, self.read_configuration()

    def read_configuration(self):
        return {f"{self.name}_exposure": {"value": self.exposure, "timestamp": 1.0}}

    def describe_configuration(self):
        return {f"{self.name}_exposure": {"dtype": "number", "shape": [], "source": "fake:exposure"}}

    def now(self):
        return super().now() * self.exposure


class FileDetector(Detector):
    """Writes a frame for each trigger into a file of its own for each staging; tells of each document once."""

    def __init__(self, name="camera", *motors):
        super().__init__(name, *motors)
        self.frames = Counter()
        self.file = 0
        self.pending = []

    def stage(self):
        self.file += 1
        resource = {
            "uid": self.uid,
            "spec": "FRAMES",
            "root": "/",
            "resource_path": f"{self.uid}.dat",
            "resource_kwargs": {},
            "path_semantics": "posix",
        }
        self.pending = [("resource", resource)]
        return super().stage()

    @property
    def uid(self):
        return f"{self.name} file {self.file}"

    def trigger(self):
        status = super().trigger()
        frame = self.frames[self.file]
        self.frames[self.file] += 1
        self.latched = f"{self.uid}/{frame}"
        datum = {"resource": self.uid, "datum_id": self.latched, "datum_kwargs": {"shows": self.now()}}
        self.pending.append(("datum", datum))
        return status

    def describe(self):
        return {self.name: {"dtype": "array", "shape": [5, 5], "source": "fake:camera", "external": "FILESTORE:"}}

    def collect_asset_docs(self):
        pending, self.pending = self.pending, []
        yield from pending


class Frames:
    """A file to which frames are appended, and what has been told of it: of the file once, of each frame once."""

    def __init__(self, name, number=1):
        self.name, self.number = name, number
        self.frames = self.told = 0
        self.announced = False

    @property
    def uid(self):
        return f"{self.name} file {self.number}"

    def describe(self):
        return {self.name: {"dtype": "array", "shape": [5, 5], "source": "fake:frames", "external": "STREAM:"}}

    def docs(self, index=None):
        if not self.announced:
            self.announced = True
            uri = f"file://localhost/{self.number}.dat"
            about = {"data_key": self.name, "mimetype": "application/x-frames", "uri": uri, "parameters": {}}
            yield "stream_resource", {"uid": self.uid, **about}
        stop = self.frames if index is None else index
        if stop > self.told:
            indices, self.told = {"start": self.told, "stop": stop}, stop
            about = {"descriptor": "", "indices": indices, "seq_nums": {"start": 0, "stop": 0}}
            yield "stream_datum", {"uid": f"{self.uid}/{stop}", "stream_resource": self.uid, **about}


class StreamDetector(Detector):
    """Appends a frame for each trigger to a stream, a new one for each staging."""

    def __init__(self, name="stream", *motors):
        super().__init__(name, *motors)
        self.stream = Frames(name, 0)

    def stage(self):
        self.stream = Frames(self.name, self.stream.number + 1)
        return super().stage()

    def trigger(self):
        self.stream.frames += 1
        return super().trigger()

    def read(self):
        self.calls.append("read")
        return {}

    def describe(self):
        return self.stream.describe()

    describe_collect = describe

    def get_index(self):
        return self.stream.frames

    def collect_asset_docs(self, index=None):
        return self.stream.docs(index)


class LaterDetector(Detector):
    """Its methods are coroutines that take several turns of the loop."""

    def __init__(self, name="later", *motors):
        super().__init__(name, *motors)
        for method in ("stage", "unstage", "read", "describe", "read_configuration", "describe_configuration"):
            setattr(self, method, _later(getattr(self, method)))


def _later(method):
    async def later(*args):
        for _ in range(3):
            await asyncio.sleep(0)
        return method(*args)

    return later


class LaterMotor(Motor):
    """Its `set` is a coroutine, which is there when it is done; stopped or abandoned, it stays where it is."""

    def __init__(self, name="later_motor"):
        super().__init__(name)
        self.under_way = 0

    @property
    def moving(self):
        return self.under_way > 0

    async def set(self, value):
        self.calls.append(("set", float(value)))
        self.under_way += 1
        try:
            for _ in range(5):
                await asyncio.sleep(0)
            self.position = float(value)
        finally:
            self.under_way -= 1


class Unrepeatable(Pausable):
    """Says at each pause that what was read since the checkpoint may not be read again."""

    replay_allowed = False

    def pause(self):
        super().pause()
        raise NoReplayAllowed
