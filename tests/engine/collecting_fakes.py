"""Devices that are collected, each in a synchronous and an asynchronous edition. What they give is always the same."""

import inspect

from .fakes import Status

YIELDING = ("collect", "collect_pages", "collect_asset_docs")
ANSWERING = ("read", "describe", "read_configuration", "describe_configuration", "describe_collect", "get_index")


class Asynchronous:
    """The same device with coroutines and asynchronous generators, as ophyd-async's have them."""

    def __init__(self, device):
        self.device, self.name, self.parent = device, device.name, None
        for name, method in inspect.getmembers(device, callable):
            if not name.startswith("_"):
                setattr(self, name, _edition(name, method))


def _edition(name, method):
    async def answer(*args):
        return method(*args)

    async def give(*args):
        for item in method(*args):
            yield item

    return answer if name in ANSWERING else give if name in YIELDING else method


class Collected:
    """A flyer that gives `rounds` points of the keys `name-a` and `name-b` each time that it is collected."""

    parent = None

    def __init__(self, name="flyer", points=2):
        self.name = name
        self.points = points
        self.collections = 0
        self.described = 0
        self.speed = 1.0

    def kickoff(self):
        return Status()

    def complete(self):
        return Status()

    def read_configuration(self):
        return {f"{self.name}-speed": {"value": self.speed, "timestamp": 4.0}}

    def describe_configuration(self):
        return {f"{self.name}-speed": number()}

    def configure(self, speed):
        old, self.speed = self.read_configuration(), speed
        return old, self.read_configuration()

    def keys(self):
        return (f"{self.name}-a", f"{self.name}-b")

    def describe_collect(self):
        self.described += 1
        return {key: number() for key in self.keys()}

    def columns(self):
        self.collections += 1
        return [10 * self.collections + point for point in range(self.points)]


class Rows(Collected):
    """Gives events."""

    def collect(self):
        for value in self.columns():
            values = dict.fromkeys(self.keys(), value)
            yield {"time": 1.0, "data": values, "timestamps": values}


class Pages(Collected):
    """Gives pages."""

    def collect_pages(self):
        columns = dict.fromkeys(self.keys(), self.columns())
        yield {"time": [1.0] * self.points, "data": columns, "timestamps": columns}


class Nested(Collected):
    """Names its streams itself: `name-one` of numbers, `name-two` of pictures in a file."""

    @property
    def hints(self):
        return {"fields": ["x"]}

    def describe_collect(self):
        self.described += 1
        picture = {**number(), "shape": [5, 5], "external": "OLD:"}
        return {f"{self.name}-one": {"x": number(), "y": number()}, f"{self.name}-two": {"picture": picture}}

    def collect(self):
        for value in self.columns():
            yield {"data": {"x": value, "y": value}, "timestamps": {"x": 1, "y": 2}}
            data = {"picture": f"{self.name} file/{value}"}
            yield {"data": data, "timestamps": {"picture": 3}, "filled": {"picture": False}}

    def collect_asset_docs(self):
        uid = f"{self.name} file"
        if not self.collections:
            names = {"spec": "S", "root": "/", "resource_path": "x", "resource_kwargs": {}}
            yield "resource", {"uid": uid, "path_semantics": "posix", **names}
        for point in range(self.points):
            value = 10 * (self.collections + 1) + point
            yield "datum", {"datum_id": f"{uid}/{value}", "resource": uid, "datum_kwargs": {"point": point}}


class Frames:
    """Appends frames to two files, which are described as streams; a trigger is a frame, `fly(n)` are several."""

    parent = None

    def __init__(self, name="frames"):
        self.name = name
        self.written = self.told = 0
        self.announced = False

    def kickoff(self):
        return Status()

    def complete(self):
        return Status()

    def trigger(self):
        self.written += 1
        return Status()

    def fly(self, frames):
        self.written += frames

    def keys(self):
        return (f"{self.name}-sum", f"{self.name}-image")

    def read(self):
        return {}

    def describe(self):
        return {key: {**number(), "external": "STREAM:"} for key in self.keys()}

    def describe_collect(self):
        return self.describe()

    def get_index(self):
        return self.written

    def collect_asset_docs(self, index=None):
        start, self.told = self.told, self.written if index is None else index
        for key in self.keys():
            if not self.announced:
                yield "stream_resource", stream_resource(f"{key} file", key)
            if self.told > start:
                yield "stream_datum", stream_datum(f"{key} file", start, self.told)
        self.announced = True


class PagesAndFrames(Pages):
    """Gives a page of numbers, and beside it frames for the same events."""

    def describe_collect(self):
        return {**super().describe_collect(), "frame": {**number(), "external": "STREAM:"}}

    def collect_asset_docs(self):
        if not self.collections:
            yield "stream_resource", stream_resource("frame file", "frame")
        start = self.points * self.collections
        yield "stream_datum", stream_datum("frame file", start, start + self.points)


def number():
    return {"dtype": "number", "shape": [], "source": "fake"}


def stream_resource(uid, key):
    place = {"mimetype": "application/x-frames", "uri": "file://localhost/x.dat", "parameters": {}}
    return {"uid": uid, "data_key": key, **place}


def stream_datum(resource, start, stop, **changes):
    return {
        "uid": f"{resource}/{start}",
        "stream_resource": resource,
        "descriptor": "",
        "indices": {"start": start, "stop": stop},
        "seq_nums": {"start": 0, "stop": 0},
        **changes,
    }
