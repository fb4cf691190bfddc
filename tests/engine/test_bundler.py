"""A run, from RunStart to RunStop."""

import asyncio
from inspect import isawaitable

import pytest

from reioc.engine import DocumentInvalid, IllegalMessageSequence, Msg, RunBundler

from .documents import data_by_seq_num, named
from .fakes import Detector, Motor


@pytest.fixture
def emitted():
    return []


@pytest.fixture
def run(emitted):
    bundler = RunBundler({"scan_id": 1}, lambda name, doc: emitted.append((name, doc)))
    bundler.open_run()
    return bundler


def read(run, device):
    reading = run.read(Msg("read", device), device.read())

    async def awaited():
        return await reading

    return asyncio.run(awaited()) if isawaitable(reading) else reading


def take_event(run, *devices, stream="primary"):
    run.create(stream)
    for device in devices:
        read(run, device)
    run.save()


def test_documents_of_a_run(run, emitted):
    """RunStart, a descriptor before the first event of a stream, events, RunStop with their number."""
    motor, det = Motor("m"), Motor("d")
    take_event(run, motor)
    take_event(run, motor)
    take_event(run, det, stream="baseline")
    run.close_run("success", "")

    assert [name for name, _ in emitted] == ["start", "descriptor", "event", "event", "descriptor", "event", "stop"]
    assert emitted[-1][1]["num_events"] == {"primary": 2, "baseline": 1}
    assert {doc["run_start"] for name, doc in emitted if "run_start" in doc} == {run.uid}
    assert not run.run_is_open


def test_read_returns_the_reading(run):
    """The plan gets the reading, in a bundle (first or later) and outside."""
    motor = Motor("m")
    expected = {"m": {"value": 0.0, "timestamp": 1.0}}

    assert read(run, motor) == expected
    run.create("primary")
    assert read(run, motor) == expected
    run.save()
    run.create("primary")
    assert read(run, motor) == expected


def test_save_of_nothing(run, emitted):
    """A bundle without readings makes no event and no descriptor."""
    run.create("primary")
    run.save()
    run.close_run("success", "")

    assert [name for name, _ in emitted] == ["start", "stop"]
    assert emitted[-1][1]["num_events"] == {}


def test_drop(run, emitted):
    """A dropped bundle makes no event and uses up no number."""
    motor = Motor("m")
    run.create("primary")
    read(run, motor)
    run.drop()
    take_event(run, motor)

    assert [doc["seq_num"] for doc in named(emitted, "event")] == [1]


@pytest.mark.parametrize("command", ["save", "drop"])
def test_without_create(run, command):
    """Neither save nor drop has a meaning without an open bundle."""
    with pytest.raises(IllegalMessageSequence, match=f"{command} without create"):
        getattr(run, command)()


def test_create_twice(run):
    """A bundle has to be saved or dropped before the next one, and the refusal names the one that is open."""
    run.create("primary")

    with pytest.raises(IllegalMessageSequence, match="create 'baseline': a bundle of stream 'primary' is open"):
        run.create("baseline")


def test_device_twice_in_a_bundle(run):
    """A device is read once per event."""
    motor = Motor("m")
    run.create("primary")
    read(run, motor)

    with pytest.raises(IllegalMessageSequence, match="m has already been read"):
        read(run, motor)


def test_two_devices_with_the_same_key(run):
    """Two devices with a common key cannot be in one event; the refusal names them and the key."""
    run.create("primary")
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
    run.mark()
    take_event(run, motor)
    run.rewind()
    motor.position = 7.0
    take_event(run, motor)
    run.close_run("success", "")

    assert [doc["seq_num"] for doc in named(emitted, "event")] == [1, 2, 2]
    assert data_by_seq_num(emitted) == {1: {"m": 0.0}, 2: {"m": 7.0}}
    assert emitted[-1][1]["num_events"] == {"primary": 2}


def test_rewind_forgets_the_open_bundle(run):
    """A bundle that was opened after the mark is gone."""
    run.mark()
    run.create("primary")
    run.rewind()

    assert not run.bundling


def test_bundle_left_behind_by_a_rewind_can_be_begun_anew_or_dropped(run, emitted):
    """The plan is still inside it: the repeated `create` is no mistake, nor is the `drop` of a clean-up."""
    run.create("primary")
    run.rewind()
    run.create("primary")
    run.rewind()
    run.drop()

    assert not run.bundling
    assert named(emitted, "event") == []


def test_rewind_comes_back_to_an_open_bundle(run, emitted):
    """Where a mark is made in the middle of a bundle, a rewind comes back to what it held then."""
    motor, det = Motor("m"), Detector("d")
    run.create("primary")
    read(run, motor)
    run.mark()
    det.trigger()
    read(run, det)
    run.rewind()
    read(run, det)
    run.rewind()
    read(run, det)
    run.save()

    assert [set(doc["data"]) for doc in named(emitted, "event")] == [{"m", "d"}]


def test_subscriber_that_fails_on_the_start():
    """A run whose RunStart was seen by anybody counts as open: it will get its RunStop."""

    def refuse(name, doc):
        raise OSError("disk full")

    run = RunBundler({}, refuse)
    with pytest.raises(OSError, match="disk full"):
        run.open_run()

    assert run.run_is_open


def test_invalid_start_opens_nothing(emitted):
    """A run whose metadata are refused is not open, and nothing was emitted."""
    run = RunBundler({"scan_id": "seven"}, lambda name, doc: emitted.append((name, doc)))
    with pytest.raises(DocumentInvalid):
        run.open_run()

    assert (run.run_is_open, emitted) == (False, [])


def test_subscriber_that_fails_on_the_stop():
    """A run is closed once, even if a subscriber fails on its RunStop."""
    names = []

    def refuse_stop(name, doc):
        names.append(name)
        if name == "stop":
            raise OSError("disk full")

    run = RunBundler({}, refuse_stop)
    run.open_run()
    with pytest.raises(OSError, match="disk full"):
        run.close_run("success", "")

    assert (run.run_is_open, names) == (False, ["start", "stop"])


def test_wrong_exit_status_leaves_the_run_open(run):
    """A RunStop that is refused was not emitted: the run can still be closed."""
    with pytest.raises(DocumentInvalid, match="exit_status"):
        run.close_run("good", "")

    assert run.run_is_open


def test_interruptions_are_a_stream_of_their_own(emitted):
    """Interruptions become events where that is wanted; a rewind does not take them back."""
    run = RunBundler({}, lambda name, doc: emitted.append((name, doc)), record_interruptions=True)
    run.open_run()
    run.record_interruption("pause")
    run.rewind()
    run.record_interruption("resume")
    run.close_run("success", "")

    assert data_by_seq_num(emitted, "interruptions") == {1: {"interruption": "pause"}, 2: {"interruption": "resume"}}
    assert emitted[-1][1]["num_events"] == {"interruptions": 2}


def test_interruptions_that_are_not_wanted(run, emitted):
    """By default an interruption leaves no document."""
    run.record_interruption("pause")

    assert [name for name, _ in emitted] == ["start"]
