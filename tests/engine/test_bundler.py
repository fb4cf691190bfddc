"""A run, from RunStart to RunStop."""

import asyncio
from inspect import isawaitable

import pytest

from reioc.engine import DocumentInvalid, IllegalMessageSequence, Msg, RunBundler

from .documents import data_by_seq_num, named
from .fakes import Detector, Motor

OPEN, CLOSE, SAVE, DROP = (Msg(command) for command in ("open_run", "close_run", "save", "drop"))


def create(stream="primary"):
    return Msg("create", name=stream)


@pytest.fixture
def emitted():
    return []


@pytest.fixture
def run(emitted):
    bundler = RunBundler({"scan_id": 1}, lambda name, doc: emitted.append((name, doc)))
    bundler.open_run(OPEN)
    return bundler


def read(run, device):
    reading = run.read(Msg("read", device), device.read())

    async def awaited():
        return await reading

    return asyncio.run(awaited()) if isawaitable(reading) else reading


def take_event(run, *devices, stream="primary"):
    run.create(create(stream))
    for device in devices:
        read(run, device)
    run.save(SAVE)


def test_documents_of_a_run(run, emitted):
    """RunStart, a descriptor before the first event of a stream, events, RunStop with their number."""
    motor, det = Motor("m"), Motor("d")
    take_event(run, motor)
    take_event(run, motor)
    take_event(run, det, stream="baseline")
    run.close_run(CLOSE)

    assert [name for name, _ in emitted] == ["start", "descriptor", "event", "event", "descriptor", "event", "stop"]
    assert emitted[-1][1]["num_events"] == {"primary": 2, "baseline": 1}
    assert {doc["run_start"] for name, doc in emitted if "run_start" in doc} == {run.uid}
    assert not run.run_is_open


def test_read_returns_the_reading(run):
    """The plan gets the reading, in a bundle (first or later) and outside."""
    motor = Motor("m")
    expected = {"m": {"value": 0.0, "timestamp": 1.0}}

    assert read(run, motor) == expected
    run.create(create())
    assert read(run, motor) == expected
    run.save(SAVE)
    run.create(create())
    assert read(run, motor) == expected


def test_save_of_nothing(run, emitted):
    """A bundle without readings makes no event and no descriptor."""
    run.create(create())
    run.save(SAVE)
    run.close_run(CLOSE)

    assert [name for name, _ in emitted] == ["start", "stop"]
    assert emitted[-1][1]["num_events"] == {}


def test_drop(run, emitted):
    """A dropped bundle makes no event and uses up no number."""
    motor = Motor("m")
    run.create(create())
    read(run, motor)
    run.drop(DROP)
    take_event(run, motor)

    assert [doc["seq_num"] for doc in named(emitted, "event")] == [1]


@pytest.mark.parametrize("command", ["save", "drop"])
def test_without_create(run, command):
    """Neither save nor drop has a meaning without an open bundle."""
    with pytest.raises(IllegalMessageSequence, match=f"{command} without create"):
        getattr(run, command)(Msg(command))


def test_create_twice(run):
    """A bundle has to be saved or dropped before the next one, and the refusal names the one that is open."""
    run.create(create())

    with pytest.raises(IllegalMessageSequence, match="create 'baseline': a bundle of stream 'primary' is open"):
        run.create(create("baseline"))


def test_device_twice_in_a_bundle(run):
    """A device is read once per event."""
    motor = Motor("m")
    run.create(create())
    read(run, motor)

    with pytest.raises(IllegalMessageSequence, match="m has already been read"):
        read(run, motor)


def test_two_devices_with_the_same_key(run):
    """Two devices with a common key cannot be in one event; the refusal names them and the key."""
    run.create(create())
    read(run, Motor("m"))

    with pytest.raises(ValueError, match=r"m and m are read into one event and both have \['m'\]"):
        read(run, Motor("m"))


def test_described_once_per_stream(run):
    """A device is asked what it is when it is first read into a stream, not again."""
    described = []

    class Asked(Motor):
        def describe(self):
            described.append(1)
            return super().describe()

    motor = Asked("m")
    take_event(run, motor)
    take_event(run, motor)
    take_event(run, motor, stream="baseline")

    assert len(described) == 2


def test_rewind_numbers(run, emitted):
    """After a rewind the events since the mark are taken again, with their numbers."""
    motor = Motor("m")
    take_event(run, motor)
    run.reset_checkpoint_state()
    take_event(run, motor)
    run.rewind()
    motor.position = 7.0
    take_event(run, motor)
    run.close_run(CLOSE)

    assert [doc["seq_num"] for doc in named(emitted, "event")] == [1, 2, 2]
    assert data_by_seq_num(emitted) == {1: {"m": 0.0}, 2: {"m": 7.0}}
    assert emitted[-1][1]["num_events"] == {"primary": 2}


def test_rewind_forgets_the_open_bundle(run):
    """A bundle that was opened after the mark is gone."""
    run.reset_checkpoint_state()
    run.create(create())
    run.rewind()

    assert not run.bundling


def test_bundle_left_behind_by_a_rewind_can_be_begun_anew_or_dropped(run, emitted):
    """The plan is still inside it: the repeated `create` is no mistake, nor is the `drop` of a clean-up."""
    run.create(create())
    run.rewind()
    run.create(create())
    run.rewind()
    run.drop(DROP)

    assert not run.bundling
    assert named(emitted, "event") == []


def test_bundle_left_behind_stays_so(run):
    """A checkpoint behind a rewind, as a suspension makes them, does not open the bundle again."""
    run.create(create())
    run.rewind()
    run.reset_checkpoint_state()
    run.rewind()

    assert not run.bundling
    run.create(create())


def test_rewind_comes_back_to_an_open_bundle(run, emitted):
    """Where a mark is made in the middle of a bundle, a rewind comes back to what it held then."""
    motor, det = Motor("m"), Detector("d")
    run.create(create())
    read(run, motor)
    run.reset_checkpoint_state()
    det.trigger()
    read(run, det)
    run.rewind()
    read(run, det)
    run.rewind()
    read(run, det)
    run.save(SAVE)

    assert [set(doc["data"]) for doc in named(emitted, "event")] == [{"m", "d"}]


def test_subscriber_that_fails_on_the_start():
    """A run whose RunStart was seen by anybody counts as open: it will get its RunStop."""

    def refuse(name, doc):
        raise OSError("disk full")

    run = RunBundler({}, refuse)
    with pytest.raises(OSError, match="disk full"):
        run.open_run(OPEN)

    assert run.run_is_open


def test_invalid_start_opens_nothing(emitted):
    """A run whose metadata are refused is not open, and nothing was emitted."""
    run = RunBundler({"scan_id": "seven"}, lambda name, doc: emitted.append((name, doc)))
    with pytest.raises(DocumentInvalid):
        run.open_run(OPEN)

    assert (run.run_is_open, emitted) == (False, [])


def test_subscriber_that_fails_on_the_stop():
    """A run is closed once, even if a subscriber fails on its RunStop."""
    names = []

    def refuse_stop(name, doc):
        names.append(name)
        if name == "stop":
            raise OSError("disk full")

    run = RunBundler({}, refuse_stop)
    run.open_run(OPEN)
    with pytest.raises(OSError, match="disk full"):
        run.close_run(CLOSE)

    assert (run.run_is_open, names) == (False, ["start", "stop"])


def test_wrong_exit_status_leaves_the_run_open(run):
    """A RunStop that is refused was not emitted: the run can still be closed."""
    with pytest.raises(DocumentInvalid, match="exit_status"):
        run.close_run(Msg("close_run", exit_status="good"))

    assert run.run_is_open


def test_interruptions_are_a_stream_of_their_own(emitted):
    """Interruptions become events where that is wanted; a rewind does not take them back."""
    run = RunBundler({}, lambda name, doc: emitted.append((name, doc)), record_interruptions=True)
    run.open_run(OPEN)
    run.record_interruption("pause")
    run.rewind()
    run.record_interruption("resume")
    run.close_run(CLOSE)

    assert data_by_seq_num(emitted, "interruptions") == {1: {"interruption": "pause"}, 2: {"interruption": "resume"}}
    assert emitted[-1][1]["num_events"] == {"interruptions": 2}


def test_interruptions_that_are_not_wanted(run, emitted):
    """By default an interruption leaves no document."""
    run.record_interruption("pause")

    assert [name for name, _ in emitted] == ["start"]


def test_closed_run(run):
    """A run is closed once."""
    run.close_run(CLOSE)

    with pytest.raises(IllegalMessageSequence, match=f"'close_run': the run {run.uid} is not open"):
        run.close_run(CLOSE)


def test_stream_without_a_name(run):
    """A bundle belongs to a stream."""
    with pytest.raises(ValueError, match="'create' needs the name of a stream"):
        run.create(Msg("create"))


def test_name_as_an_argument(run, emitted):
    """The name of a stream may be an argument."""
    run.create(Msg("create", None, "baseline"))
    read(run, Motor("m"))
    run.save(SAVE)

    assert named(emitted, "descriptor")[0]["name"] == "baseline"


def test_checkpoint_that_is_awaited(run, emitted):
    """The checkpoint can be had as a coroutine; a cleared one is not come back to."""
    motor = Motor("m")
    take_event(run, motor)
    asyncio.run(run.reset_checkpoint_state_coro())
    take_event(run, motor)
    run.rewind()
    take_event(run, motor)
    run.clear_checkpoint(Msg("clear_checkpoint"))
    run.rewind()
    take_event(run, motor)

    assert [doc["seq_num"] for doc in named(emitted, "event")] == [1, 2, 2, 3]


def test_stream_that_came_to_nothing(run, emitted):
    """A stream whose only bundle was never saved is no stream of the run."""
    run.create(create())
    read(run, Motor("m"))
    run.close_run(CLOSE)

    assert emitted[-1][1]["num_events"] == {}


def test_bundle_that_the_plan_has_left(run, emitted):
    """After an ending in the middle of a bundle the clean-up may begin another one, without what was in the first."""
    run.create(create())
    read(run, Motor("m"))
    run.leave_bundle()
    assert not run.bundling
    take_event(run, Motor("n"), stream="baseline")

    assert [doc["data"] for doc in named(emitted, "event")] == [{"n": 0.0}]


def test_document_after_the_end(run, emitted):
    """What a device that was given up still says after the end of its run reaches nobody."""
    motor = Motor("m")
    take_event(run, motor)
    run.close_run(CLOSE)
    take_event(run, motor)

    assert emitted[-1][0] == "stop"


def test_what_a_reading_must_be(run):
    """A reading without a value is refused, and the error names the device."""
    motor = Motor("m")
    take_event(run, motor)
    run.create(create())
    run.read(Msg("read", motor), {"m": {"timestamp": 1.0}})

    with pytest.raises(DocumentInvalid, match=r"the reading of m for 'm' is {'timestamp': 1.0}: it must be"):
        run.save(SAVE)
