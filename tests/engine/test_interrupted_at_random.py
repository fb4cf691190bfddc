"""Plans interrupted from another thread, at whatever moment that thread gets its turn."""

import contextlib
import random
import sys
import threading

import pytest

import reioc.engine.plans as ours
from reioc.engine import State, TransitionError

from .fakes import points
from .interrupted_plans import baseline_and_monitor, flown, two_runs
from .interrupting import (
    OWNER,
    REASON,
    TEXTS,
    engine_for_many,
    execute,
    is_ended,
    is_well_afterwards,
)
from .lab import Lab

ASKS = ["pause", "deferred", "hold", "long_hold", "pause_and_hold", "hold_and_pause"]

SKIPS = ["skip", "skip", "skip_and_pause", "hold_and_skip", "pause_after_run"]


@pytest.fixture(scope="module")
def RE():
    yield from engine_for_many()


@pytest.fixture(autouse=True)
def _threads_take_turns_often():
    """Otherwise a thread gets its turn when the engine waits, and hardly ever in the middle of something."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def long_plan(lab):
    """About 300 messages."""
    yield from points(lab.det, lab.m1, range(1, 15))
    yield from two_runs(lab)
    yield from baseline_and_monitor(lab, ours, ours)
    yield from flown(lab)
    yield from ours.rel_scan([lab.camera, lab.pausable], lab.m1, 1, 3, 3)


class Progress:
    """How many messages have been executed: whoever waits for a number of them is told."""

    def __init__(self):
        self.count, self.over = 0, False
        self._news = threading.Condition()

    def arrive(self, *_):
        with self._news:
            self.count += 1
            self._news.notify_all()

    def end(self):
        with self._news:
            self.over = True
            self._news.notify_all()

    def until(self, condition):
        """Wait until it holds, or the plan is over: whether that is not so. Looks at each message."""
        with self._news:
            assert self._news.wait_for(lambda: self.over or condition(), timeout=30)
            return not self.over


class Disturber(threading.Thread):
    """Asks for this and that, at message numbers that are given; what is refused is too late, or too early.

    What it holds it lets go when the plan is suspended.
    """

    def __init__(self, RE, script, progress):
        super().__init__()
        self.RE, self.script, self.progress = RE, script, progress
        self.error = None

    def run(self):
        try:
            for number, what in self.script:
                if not self.progress.until(lambda number=number: self.progress.count >= number):
                    return
                with contextlib.suppress(TransitionError):
                    getattr(self, what)()
                self.RE.release(OWNER)
        except BaseException as error:
            self.error = error

    def pause(self):
        self.RE.request_pause()

    def deferred(self):
        self.RE.request_pause(defer=True)

    def hold(self):
        self.RE.hold(OWNER, REASON)

    def long_hold(self):
        self.RE.hold(OWNER, REASON)
        self.progress.until(lambda: self.RE.state is State.SUSPENDED)

    def pause_and_hold(self):
        self.RE.request_pause()
        self.long_hold()

    def hold_and_pause(self):
        self.RE.hold(OWNER, REASON)
        self.RE.request_pause()
        self.progress.until(lambda: self.RE.state is State.SUSPENDED)

    def skip(self):
        self.RE.request_skip_point(REASON)

    def skip_and_pause(self):
        self.RE.request_skip_point()
        self.RE.request_pause()

    def hold_and_skip(self):
        self.RE.hold(OWNER, REASON)
        self.progress.until(lambda: self.RE.state is State.SUSPENDED)
        self.RE.request_skip_point()

    def pause_after_run(self):
        self.RE.request_pause_after_run(REASON)

    def stop(self):
        self.RE.request_stop(REASON)

    def abort(self):
        self.RE.request_abort(REASON)

    def halt(self):
        self.RE.request_halt(REASON)


def disturbed(RE, script):
    progress, lab = Progress(), Lab()
    disturber = Disturber(RE, script, progress)

    def resume():
        with contextlib.suppress(TransitionError):
            RE.resume()

    disturber.start()
    try:
        run = execute(RE, long_plan(lab), lab=lab, paused=resume, each=progress.arrive, let_go=lambda: None)
    finally:
        progress.end()
        disturber.join(timeout=20)
    assert disturber.error is None, repr(disturber.error)
    assert not disturber.is_alive()
    return run


@pytest.mark.parametrize("seed", range(60))
def test_interrupted_at_random(RE, seed):
    """Whatever another thread asks for, whenever: the data are the uninterrupted ones, or their beginning."""
    rng = random.Random(seed)
    whole = execute(RE, long_plan(lab := Lab()), lab=lab)
    numbers = sorted(rng.sample(range(1, len(whole.messages)), 8))
    script = [(number, rng.choice(ASKS)) for number in numbers]
    verb = rng.choice([None, *TEXTS])
    if verb:
        script[-1] = (numbers[-1], verb)
    run = disturbed(RE, script)

    assert is_well_afterwards(RE, run)
    if run.result.outcome == "success":
        assert run.data == whole.data
        assert run.endings == whole.endings
        assert len(run.monitored) == run.lab.signal.told
    else:
        assert is_ended(whole, run, verb, f"{TEXTS[verb]}: {REASON}")


@pytest.mark.parametrize("seed", range(40))
def test_skipped_at_random(RE, seed):
    """Points are skipped whenever, amid pauses and holds: it ends well or as asked, documents sound, each skip told."""
    rng = random.Random(1000 + seed)
    whole = execute(RE, long_plan(lab := Lab()), lab=lab)
    numbers = sorted(rng.sample(range(1, len(whole.messages)), 12))
    script = [(number, rng.choice([*ASKS, *SKIPS])) for number in numbers]
    verb = rng.choice([None, None, *TEXTS])
    if verb:
        script[-1] = (numbers[-1], verb)
    over = []
    RE.skip_observers.append(over.append)
    run = disturbed(RE, script)
    RE.skip_observers.clear()

    assert is_well_afterwards(RE, run)
    assert run.result.outcome in ("success", verb)
    assert run.runs
    assert not RE.skipping_point
    assert not RE.pause_after_run_requested
    assert len(over) <= sum("skip" in what for _, what in script)
