"""Something that does not get on."""

import threading

from reioc.devices.parts.stall import Progress, StallWatch


def test_time_runs_from_the_last_progress():
    """Less than a step is none."""
    progress = Progress(0.0)
    progress.seen(1.0, 0.1, 2.0)
    progress.seen(1.05, 0.1, 4.0)

    assert progress.remaining(10.0, 5.0) == 7
    progress.seen(1.1, 0.1, 6.0)
    assert progress.remaining(10.0, 6.0) == 10


def test_without_a_step_any_change_is_progress():
    """And the same position is none, nor is it for positions that are no numbers."""
    progress = Progress(0.0)
    for when, position in ((1.0, 1.0), (2.0, 1.0), (3.0, "here"), (4.0, "here")):
        progress.seen(position, 0.0, when)

    assert progress.since == 3


def test_who_waits_is_told_once_of_a_stall():
    """Whatever was seen before."""
    stalled = threading.Event()
    watch = StallWatch("move", 0.02, lambda _: stalled.set())
    watch.seen(1.0, 0.0)

    assert stalled.wait(10)


def test_one_that_is_forgotten_tells_nobody():
    """Nor does a forgotten one that was about something else."""
    told, other = [], threading.Event()
    first = StallWatch("first", 0.02, told.append)
    first.forget("first")
    second = StallWatch("second", 0.05, lambda _: other.set())
    second.forget("first")

    assert other.wait(10)
    assert told == []
