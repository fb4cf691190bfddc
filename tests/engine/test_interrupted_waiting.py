"""Plans interrupted in the middle of a message that waits: for a motion, a flight, a device, or for time to pass."""

import asyncio

import pytest

from reioc.engine import Msg

from .fakes import Detector, Motor, Status, points
from .interrupted_plans import PLANS, event, flight
from .interrupting import (
    OWNER,
    REASON,
    TEXTS,
    asking,
    engine_for_many,
    execute,
    goes_on_as_if_nothing_had_happened,
    is_ended,
    is_well_afterwards,
    uninterrupted,
)
from .lab import Lab

each_pause = pytest.mark.parametrize("ask", ["pause", "hold"])
each_verb = pytest.mark.parametrize("verb", ["stop", "abort", "halt"])


@pytest.fixture(scope="module")
def RE():
    yield from engine_for_many()


@pytest.fixture(scope="module")
def wholes(RE):
    return uninterrupted(RE)


class Arrivals:
    """A waiting hook: what moves or flies in a lab arrives when it is waited for, but for the `number`-th wait."""

    def __init__(self, lab, number, ask):
        self.lab, self.number, self.ask = lab, number, ask
        self.waits = 0

    def __call__(self, statuses):
        if statuses is None:
            return
        self.waits += 1
        if self.waits == self.number:
            self.ask()
        else:
            self.lab.arrive()


WAITING = [
    "scan",
    "grid_scan",
    "rel_scan",
    "bluesky's scan",
    "points",
    "sent_before",
    "tidying",
    "watched",
    "flown",
    "supplemented",
    "bluesky's fly",
]


@pytest.mark.parametrize("name", WAITING)
@each_pause
def test_interrupted_in_each_wait(RE, wholes, name, ask):
    """A plan that is interrupted in the middle of any wait sends off what it stopped, and loses nothing."""
    number, waits = 0, 1
    while number < waits:
        number += 1
        lab = Lab(slow=True)
        hook = Arrivals(lab, number, asking(RE, ask))
        run = execute(RE, PLANS[name](lab), lab=lab, waiting=hook)
        assert is_well_afterwards(RE, run), number
        assert goes_on_as_if_nothing_had_happened(wholes(name), run), number
        waits = hook.waits - 1
    assert number > 1


@pytest.mark.parametrize("name", WAITING)
@each_verb
def test_ended_in_each_wait(RE, wholes, name, verb):
    """A plan that is ended in the middle of any wait stops what is on its way; its clean-up may move it again."""
    number, waits = 0, 1
    while number < waits:
        number += 1
        lab = Lab(slow=True)
        hook = Arrivals(lab, number, asking(RE, verb))
        run = execute(RE, PLANS[name](lab), lab=lab, waiting=hook)
        assert is_well_afterwards(RE, run), number
        assert is_ended(wholes(name), run, verb, f"{TEXTS[verb]}: {REASON}"), number
        if verb != "halt" and name in ("rel_scan", "tidying"):
            assert lab.m1.position == 0, number
        waits = max(waits, hook.waits) if number == hook.waits else number
    assert number >= 1


class Gate:
    """Whoever passes it for the first time is kept there, and `on_block()` is called; it opens a while later."""

    def __init__(self, on_block=None):
        self.on_block = on_block
        self.passages = 0

    async def passed(self):
        self.passages += 1
        if self.passages == 1 and self.on_block is not None:
            opens = asyncio.Event()
            self.on_block()
            after_turns(30, opens.set)
            await opens.wait()


def after_turns(turns, function):
    """Call a function after so many turns of the loop."""
    if turns:
        asyncio.get_running_loop().call_soon(after_turns, turns - 1, function)
    else:
        function()


class Gated(Detector):
    """One of its methods is a coroutine that passes a gate, and then does what it does otherwise."""

    def __init__(self, method, gate, *motors):
        super().__init__("gated", *motors)

        async def gated(*args):
            await gate.passed()
            return getattr(Detector, method)(self, *args)

        setattr(self, method, gated)


def staged_points(lab):
    yield Msg("stage", lab.gated)
    readings = yield from points(lab.gated, lab.m1, [1, 2])
    yield Msg("unstage", lab.gated)
    return readings


def gated_lab(method, gate):
    lab = Lab()
    lab.gated = Gated(method, gate, lab.m1)
    return lab


REPEATED = ["read", "describe", "describe_configuration", "read_configuration"]
"""What is cut short for a pause, and done again."""
FINISHED = ["stage", "unstage"]
"""What is allowed to finish before a pause: it may not be done twice."""


@pytest.mark.parametrize("method", REPEATED + FINISHED)
@each_pause
def test_interrupted_in_a_coroutine_of_a_device(RE, method, ask):
    """A plan that is interrupted while a device's coroutine runs repeats it, or lets it finish if it may not."""
    lab = gated_lab(method, Gate())
    whole = execute(RE, staged_points(lab), lab=lab)

    gate = Gate(asking(RE, ask))
    lab = gated_lab(method, gate)
    run = execute(RE, staged_points(lab), lab=lab)
    assert is_well_afterwards(RE, run)
    assert goes_on_as_if_nothing_had_happened(whole, run)
    assert run.states[1] in ("pausing", "suspended")
    if method in FINISHED:
        assert gate.passages == 1
        assert lab.gated.calls.count(method) == 1
    else:
        assert gate.passages >= 2


@pytest.mark.parametrize("method", REPEATED + FINISHED)
@each_verb
def test_ended_in_a_coroutine_of_a_device(RE, method, verb):
    """A plan that is ended while a device's coroutine runs does not wait for it; what was being staged is unstaged."""
    lab = gated_lab(method, Gate())
    whole = execute(RE, staged_points(lab), lab=lab)

    lab = gated_lab(method, Gate(asking(RE, verb)))
    run = execute(RE, staged_points(lab), lab=lab)
    assert is_well_afterwards(RE, run)
    assert is_ended(whole, run, verb, f"{TEXTS[verb]}: {REASON}")


@pytest.mark.parametrize("method", REPEATED)
def test_held_for_a_moment_in_a_coroutine(RE, method):
    """A hold that is gone when what it cut short has ended: that is done again, its reply is not lost."""
    lab = gated_lab(method, Gate())
    whole = execute(RE, staged_points(lab), lab=lab)

    class Briefly(Gate):
        async def passed(self):
            try:
                await super().passed()
            except asyncio.CancelledError:
                RE.release(OWNER)
                raise

    gate = Briefly(asking(RE, "hold"))
    lab = gated_lab(method, gate)
    run = execute(RE, staged_points(lab), lab=lab)
    assert is_well_afterwards(RE, run)
    assert goes_on_as_if_nothing_had_happened(whole, run)
    assert run.states == ["running", "idle"]
    assert gate.passages >= 2


@each_pause
def test_wait_for_goes_on(RE, ask):
    """A `wait_for` that is interrupted goes on waiting for the same: its factories are not called again."""
    gate = Gate(asking(RE, ask))
    plan = [Msg("wait_for", None, [gate.passed]), Msg("null")]
    run = execute(RE, plan)

    assert is_well_afterwards(RE, run)
    assert gate.passages == 1
    assert [msg.command for msg in run.messages if msg.command == "wait_for"] == 2 * ["wait_for"]
    assert run.result.outcome == "success"


def sleep_and_ask(RE, seconds, ask):
    """A plan that is asked something in the middle of its sleep."""
    RE.loop.call_soon_threadsafe(after_turns, 5, ask)
    yield Msg("sleep", None, seconds)
    yield Msg("null")


@each_pause
def test_sleep_begins_anew(RE, ask):
    """A sleep that is interrupted is slept again, and its plan goes on behind it."""
    run = execute(RE, sleep_and_ask(RE, 0.02, asking(RE, ask)))

    assert is_well_afterwards(RE, run)
    assert [msg.command for msg in run.messages if not msg.command.startswith("_")] == ["sleep", "sleep", "null"]


@each_verb
def test_long_sleep_is_cut_short(RE, verb):
    """A plan that is ended in the middle of a long sleep does not sleep on."""
    run = execute(RE, sleep_and_ask(RE, 3600, asking(RE, verb)))

    assert is_well_afterwards(RE, run)
    assert run.result.outcome == verb
    assert [msg.command for msg in run.messages] == ["sleep"]


@each_pause
def test_flight_goes_on(RE, ask):
    """A pause does not break off a flight: it is neither kicked off nor completed twice, and all of it is collected."""
    lab = Lab(slow=True)
    plan = [Msg("open_run"), *flight(lab.flyer), Msg("close_run")]
    hook = Arrivals(lab, 2, asking(RE, ask))
    run = execute(RE, plan, lab=lab, waiting=hook)

    assert is_well_afterwards(RE, run)
    assert [call for call in lab.flyer.calls if call != "stop"] == ["kickoff", "complete", "collect"]
    assert len(run.data[0]["flyer"]) == 3


@each_pause
def test_trigger_that_takes_long(RE, ask):
    """A detector that is triggered when the plan is interrupted is triggered again: its data may have been spoilt."""
    lab = Lab()
    lab.shot = SlowShot("shot", lab.m1)
    hook = Shots(lab.shot, asking(RE, ask))
    run = execute(RE, [Msg("open_run"), *event(lab.shot), Msg("close_run")], lab=lab, waiting=hook)

    assert is_well_afterwards(RE, run)
    assert lab.shot.calls.count("trigger") == 2
    assert run.data == [{"primary": {1: {"shot": 100.0}}}]


class SlowShot(Detector):
    """Its trigger takes until `shoot()`."""

    def trigger(self):
        super().trigger()
        self.status = Status(done=False)
        return self.status


class Shots:
    """A waiting hook: every wait but the first ends at once."""

    def __init__(self, detector, ask):
        self.detector, self.ask = detector, ask

    def __call__(self, statuses):
        if statuses is not None:
            ask, self.ask = self.ask, self.detector_is_done
            ask()

    def detector_is_done(self):
        self.detector.status.finish()


def test_motor_is_sent_off_again_to_the_same_place(RE):
    """A motor that was stopped in mid-move by a pause is where it was sent when the plan goes on."""
    lab = Lab(slow=True)
    plan = [Msg("checkpoint"), Msg("set", lab.m1, 10, group="A"), Msg("wait", group="A"), Msg("null")]
    run = execute(RE, plan, lab=lab, waiting=Arrivals(lab, 1, asking(RE, "pause")))

    assert is_well_afterwards(RE, run)
    assert lab.m1.calls == [("set", 10.0), "stop", ("set", 10.0), "stop"]
    assert (lab.m1.position, isinstance(lab.m1, Motor)) == (10.0, True)
