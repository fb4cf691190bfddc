"""Flyers and external data, of synchronous and asynchronous devices: equal documents from bluesky's engine and ours."""

import bluesky.plan_stubs as bps
import bluesky.plans as bp
import bluesky.preprocessors as bpp
import ophyd.sim
import pytest

from reioc.engine import Msg

from .collecting_fakes import Asynchronous, Frames, Nested, Pages, PagesAndFrames, Rows
from .documents import named, normalised

RANDOM = {"root", "resource_path"}


def outcome(engine, plan):
    """The documents of a plan, what it returned, and what it raised."""
    documents, error, value = [], None, []

    def whole():
        value.append((yield from plan))

    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))
    try:
        engine(whole())
    except Exception as raised:
        error = raised
    engine.unsubscribe(token)
    return documents, value, error


def compared(engines, make_plan):
    """Run the plan in both engines, which must agree. Returns our documents."""
    theirs, mine = (outcome(engine, make_plan()) for engine in engines)

    assert (mine[2], theirs[2]) == (None, None)
    assert [name for name, _ in mine[0]] == [name for name, _ in theirs[0]]
    assert without_paths(mine[0]) == without_paths(theirs[0])
    if theirs[1] and isinstance(theirs[1][0], list):
        assert mine[1] == theirs[1]
    return mine[0]


def without_paths(documents):
    normal = normalised(documents, without={"plan_args"})  # which has addresses
    return [(name, {key: doc[key] for key in doc.keys() - RANDOM}) for name, doc in normal]


def collected(device, times=2, *, declare=None, collect=True, **kwargs):
    """A flight that is collected a few times; returns the replies."""
    replies = []
    yield Msg("open_run")
    if declare is not None:
        yield Msg("declare_stream", None, device, name=declare, collect=collect)
    yield Msg("kickoff", device, group="kickoff")
    yield Msg("wait", None, group="kickoff")
    for _ in range(times):
        reply = yield Msg("collect", device, **kwargs)
        replies.append(reply)
    yield Msg("complete", device, group="complete")
    yield Msg("wait", None, group="complete")
    yield Msg("close_run")
    return replies


def each_edition(make):
    return pytest.mark.parametrize("make", [make, lambda: Asynchronous(make())], ids=["synchronous", "asynchronous"])


@each_edition(Nested)
@pytest.mark.parametrize("return_payload", [True, False])
def test_flyer_that_names_its_streams(engines, make, return_payload):
    """Two streams, one with data in files: descriptors, resource, datums, and a page for each stream."""
    documents = compared(engines, lambda: collected(make(), return_payload=return_payload))

    assert [doc["seq_num"] for doc in named(documents, "event_page")] == [[1, 2], [1, 2], [3, 4], [3, 4]]
    assert named(documents, "stop")[0]["num_events"] == {"flyer-one": 4, "flyer-two": 4}


@pytest.mark.parametrize("kind", [Rows, Pages, PagesAndFrames])
@pytest.mark.parametrize("edition", [lambda device: device, Asynchronous], ids=["synchronous", "asynchronous"])
@pytest.mark.parametrize("name", [{"name": "main"}, {}], ids=["named", "the only one"])
def test_stream_declared_in_advance(engines, kind, edition, name):
    """One stream, declared before: its events as pages, and frames beside them where there are any."""
    documents = compared(engines, lambda: collected(edition(kind()), declare="main", **name))

    assert [doc["seq_num"] for doc in named(documents, "event_page")] == [[1, 2], [3, 4]]
    assert named(documents, "stop")[0]["num_events"] == {"main": 4}


def frames(make, stops, **kwargs):
    """Frames that are collected from two devices, as far as both have come; their stream is declared twice."""
    first, second = Frames("first"), Frames("second")
    editions = [make(first), make(second)]
    yield Msg("open_run")
    for _ in range(2):
        yield Msg("declare_stream", None, *editions, name="main", collect=True)
    for written in stops:
        first.fly(written[0])
        second.fly(written[1])
        yield Msg("collect", *editions, **kwargs)
    yield Msg("close_run")


@pytest.mark.parametrize("make", [lambda device: device, Asynchronous], ids=["synchronous", "asynchronous"])
@pytest.mark.parametrize("name", [{"name": "main"}, {}], ids=["named", "the only one"])
def test_frames_of_two_devices(engines, make, name):
    """Two devices are collected up to where both have come."""
    documents = compared(engines, lambda: frames(make, [(3, 2), (0, 3), (4, 2)], **name))

    assert [doc["seq_nums"] for doc in named(documents, "stream_datum")[::4]] == [
        {"start": 1, "stop": 3},
        {"start": 3, "stop": 4},
        {"start": 4, "stop": 8},
    ]
    assert named(documents, "stop")[0]["num_events"] == {"main": 7}


@each_edition(Frames)
def test_frames_of_steps(engines, make):
    """One frame per event, read in steps: its stream_datum has the number of the event."""
    documents = compared(engines, lambda: bp.count([make()], 3))

    assert [doc["seq_nums"]["start"] for doc in named(documents, "stream_datum")] == [1, 1, 2, 2, 3, 3]
    assert len(named(documents, "event")) == 3


def tomography(make):
    """The same detectors into several streams, in steps and in flight."""
    first, second = Frames("first"), Frames("second")
    editions = [make(first), make(second)]
    yield from bps.open_run()
    for name in ("flats", "darks", "projections"):
        yield from bps.declare_stream(*editions, name=name, collect=name == "projections")
    for name in ("flats", "darks", "projections", "flats"):
        for device in (first, second):
            device.fly(2)
        yield from bps.collect(*editions, name=name)
    yield from bps.close_run()


@pytest.mark.parametrize("make", [lambda device: device, Asynchronous], ids=["synchronous", "asynchronous"])
def test_frames_in_several_streams(engines, make):
    """The frames of a detector go into the stream that is asked for, with numbers of that stream."""
    documents = compared(engines, lambda: tomography(make))

    assert named(documents, "stop")[0]["num_events"] == {"flats": 4, "darks": 2, "projections": 2}


def beside_a_scan(lab):
    """Flyers in the background of a scan, which are collected on the way and at its end."""
    flyer = Rows("flyer")
    yield from bps.open_run()
    yield from bps.declare_stream(flyer, name="flown", collect=True)
    yield from bps.declare_stream(lab["det"], lab["motor"], name="primary")
    yield from bps.kickoff(flyer, wait=True)
    for position in (1, 2):
        yield from bps.checkpoint()
        yield from bps.mv(lab["motor"], position)
        yield from bps.trigger_and_read([lab["det"], lab["motor"]])
        yield from bps.collect(flyer, name="flown")
    yield from bps.complete(flyer, wait=True)
    yield from bps.collect(flyer, name="flown")
    yield from bps.close_run()


def fresh():
    motor = ophyd.sim.SynAxis(name="motor")
    det = ophyd.sim.SynGauss("det", motor, "motor", center=0, Imax=1, sigma=1)
    return {"motor": motor, "det": det}


def test_flyer_beside_a_scan(engines):
    """A flyer that is collected between the points of a scan: two streams, each with its own numbers."""
    documents = compared(engines, lambda: beside_a_scan(fresh()))

    assert named(documents, "stop")[0]["num_events"] == {"flown": 6, "primary": 2}


def configured(flyer):
    yield Msg("open_run")
    yield Msg("declare_stream", None, flyer, name="main", collect=True)
    for speed in (2, 3):
        yield Msg("collect", flyer, name="main")
        yield Msg("configure", flyer, speed)
    yield Msg("collect", flyer, name="main")
    yield Msg("close_run")


def test_flyer_that_is_configured(engines):
    """A flyer that is configured between collections: its stream gets a new descriptor each time."""
    documents = compared(engines, lambda: configured(Rows()))

    speeds = [doc["configuration"]["flyer"]["data"]["flyer-speed"] for doc in named(documents, "descriptor")]
    assert speeds == [1.0, 2, 3]
    assert [doc["seq_num"] for doc in named(documents, "event_page")] == [[1, 2], [3, 4], [5, 6]]


def ophyds_flyers():
    lab = fresh()
    flyers = [ophyd.sim.MockFlyer("mock", lab["det"], lab["motor"], 1, 3, 3), ophyd.sim.TrivialFlyer()]
    return [*flyers, ophyd.sim.NewTrivialFlyer()]


def test_ophyds_flyers(engines):
    """The simulated flyers of ophyd, with bluesky's plan for flyers."""
    documents = compared(engines, lambda: bp.fly(ophyds_flyers()))

    assert [len(doc["seq_num"]) for doc in named(documents, "event_page")] == [3, 100, 100]


def test_ophyds_flyers_during_a_scan(engines):
    """The same while a scan goes on."""

    def plan():
        motor = fresh()["motor"]
        motor.name = "other"
        return bpp.fly_during_wrapper(bp.count([motor], 2), ophyds_flyers()[:2])

    assert len(named(compared(engines, plan), "event_page")) == 2


def test_files_of_ophyds_detector(engines, tmp_path):
    """A detector of ophyd that writes files: resource, then a datum for each event, before it."""

    class Image(ophyd.sim.SynSignalWithRegistry):
        def read_configuration(self):
            return {}

        def describe_configuration(self):
            return {}

    def image():
        return Image(func=lambda: 1.0, name="image", save_path=str(tmp_path))

    documents = compared(engines, lambda: bp.count([image()], 2))

    names = [name for name, _ in documents]
    assert names == ["start", "descriptor", "resource", "datum", "event", "datum", "event", "stop"]


def test_flyer_that_is_left_behind(engines):
    """A flyer that was kicked off and never collected is collected at the end of the plan."""

    def plan():
        yield Msg("open_run")
        yield Msg("kickoff", Nested(), group="a")

    documents = compared(engines, plan)

    assert len(named(documents, "event_page")) == 2


def test_flyers_configuration_is_asked_once_per_stream(engines):
    """Describing and configuration are asked once, however often a flyer is collected."""
    counts = []
    for engine in engines:
        flyer = Nested()
        outcome(engine, collected(flyer, times=3))
        counts.append(flyer.described)

    assert counts == [1, 1]
