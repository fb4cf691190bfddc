"""Two real suspenders whose plans drive the same shutter, which refuses to be sent off while it moves."""

import itertools

import pytest

from reioc.engine import Msg, Scope
from reioc.suspenders import ManualSource, SuspendBoolLow

from .fakes import Motor
from .interrupting import (
    execute,
    goes_on_as_if_nothing_had_happened,
    is_well_afterwards,
    uninterrupted,
)
from .lab import Lab

OPEN, CLOSED = 1.0, 0.0
WAITS = "_until_holds_change"


class Beamline:
    """A ring and a vacuum that are watched, and the shutter that is closed while either is bad."""

    def __init__(self, RE, **scopes):
        self.RE = RE
        self.shutter = Motor("shutter", slow=True)
        self.sources = {name: ManualSource(name) for name in ("ring", "vacuum")}
        self.suspenders = []
        for name, source in self.sources.items():
            source.put(1)
            plans = {"pre_plan": self.drive(name, CLOSED), "post_plan": self.drive(name, OPEN)}
            self.suspenders.append(SuspendBoolLow(source, scope=scopes.get(name), **plans))
            RE.install_suspender(self.suspenders[-1])

    def drive(self, name, position):
        def plan():
            yield Msg("set", self.shutter, position, group=("shutter", name))
            yield Msg("null", None, name, position)
            yield Msg("wait", group=("shutter", name))

        return plan

    def put(self, value, *names):
        for name in names or self.sources:
            self.sources[name].put(value)

    def execute(self, plan, asks=None, **keywords):
        """A run in which the shutter arrives when it is waited for, and not before."""
        keywords = {"let_go": lambda: self.put(1), "waiting": self.arrive, **keywords}
        return execute(self.RE, plan, asks, **keywords)

    def arrive(self, statuses):
        if statuses is not None and self.shutter.moving:
            self.shutter.arrive()

    @property
    def driven(self):
        """Where the shutter was sent, in order."""
        return [call[1] for call in self.shutter.calls if call != "stop"]

    def remove(self):
        for suspender in self.suspenders:
            self.RE.remove_suspender(suspender)


@pytest.fixture
def beamline(RE):
    made = Beamline(RE)
    yield made
    made.remove()


@pytest.fixture
def wholes(RE):
    return uninterrupted(RE)


def in_turn(*steps):
    """A function that does the next of these each time it is called."""
    left = list(steps)

    def step():
        left.pop(0)()

    return step


def order(run):
    """Whose plans were done, in order."""
    return [msg.args for msg in run.messages if msg.command == "null" and len(msg.args) == 2]


def test_both_let_go_at_once(RE, wholes, beamline):
    """Both pre-plans are done, one after the other, and both post-plans likewise, the last one's first."""
    run = beamline.execute("points", {4: lambda: beamline.put(0)})

    assert order(run) == [("ring", CLOSED), ("vacuum", CLOSED), ("vacuum", OPEN), ("ring", OPEN)]
    assert beamline.driven == [CLOSED, CLOSED, OPEN, OPEN]
    assert beamline.shutter.position == OPEN
    assert run.states == ["running", "suspended", "running", "idle"]
    assert goes_on_as_if_nothing_had_happened(wholes("points"), run)


@pytest.mark.parametrize(("first", "second"), [("ring", "vacuum"), ("vacuum", "ring")])
def test_one_trips_while_the_other_holds(RE, wholes, beamline, first, second):
    """Its pre-plan is done then; nothing is opened before both are good, in whatever order they get there."""
    steps = in_turn(lambda: beamline.put(0, second), lambda: (beamline.put(1, first), beamline.put(1, second)))
    run = beamline.execute("points", {4: lambda: beamline.put(0, first)}, let_go=steps)

    assert order(run) == [(first, CLOSED), (second, CLOSED), (second, OPEN), (first, OPEN)]
    assert goes_on_as_if_nothing_had_happened(wholes("points"), run)


def test_one_comes_back_while_its_shutter_opens(RE, wholes, beamline):
    """Everything comes to rest, the shutter is closed again, and in the end it is open."""
    back = iter([lambda: beamline.put(0, "vacuum")])

    def each(msg):
        if msg.command == "null" and msg.args == ("vacuum", OPEN):
            next(back, lambda: None)()

    run = beamline.execute("points", {4: lambda: beamline.put(0)}, each=each)

    vacuum = [("vacuum", CLOSED), ("vacuum", OPEN)]
    assert order(run) == [("ring", CLOSED), *vacuum, *vacuum, ("ring", OPEN)]
    assert beamline.shutter.position == OPEN
    assert run.states == ["running", "suspended", "running", "idle"]
    assert goes_on_as_if_nothing_had_happened(wholes("points"), run)


def test_a_pause_while_the_shutter_opens(RE, wholes, beamline):
    """The shutter is stopped, and sent off again; the other post-plan comes behind it all the same."""
    pause = iter([RE.request_pause])

    def each(msg):
        if msg.command == "null" and msg.args == ("vacuum", OPEN):
            next(pause, lambda: None)()

    run = beamline.execute("points", {4: lambda: beamline.put(0)}, each=each)

    assert "paused" in run.states
    assert order(run)[-2:] == [("vacuum", OPEN), ("ring", OPEN)]
    assert beamline.driven[-3:] == 3 * [OPEN]
    assert goes_on_as_if_nothing_had_happened(wholes("points"), run)


def test_wherever_they_trip(RE, wholes, beamline):
    """Two that trip at any message, together or one after the other, never drive the shutter at the same time."""
    whole = wholes("points")
    for first, later in itertools.product(range(1, len(whole.messages) + 1), (0, 1, 3, 5)):
        beamline.shutter.calls.clear()
        asks = {first: lambda: beamline.put(0, "ring")}
        if later:
            asks[first + later] = lambda: beamline.put(0, "vacuum")
        else:
            asks[first] = lambda: beamline.put(0)
        run = beamline.execute("points", asks)
        beamline.put(1)

        assert is_well_afterwards(RE, run), (first, later)
        assert goes_on_as_if_nothing_had_happened(whole, run), (first, later)
        assert beamline.driven.count(CLOSED) == beamline.driven.count(OPEN) >= 1, (first, later)
        assert not beamline.shutter.moving


def test_each_about_something_else(RE, wholes):
    """Two that are about different messages each close and open the shutter where they hold the plan."""
    scopes = {"ring": Scope.of(commands=["read"]), "vacuum": Scope.of(devices=["m1"])}
    beamline = Beamline(RE, **scopes)
    beamline.put(0)
    good = in_turn(lambda: beamline.put(1, "vacuum"), lambda: beamline.put(1, "ring"))
    run = beamline.execute("points", let_go=good)
    beamline.remove()

    vacuum, ring = ([(name, CLOSED), (name, OPEN)] for name in ("vacuum", "ring"))
    assert order(run) == [*vacuum, *ring]
    assert run.states == ["running", "suspended", "running", "suspended", "running", "idle"]
    assert goes_on_as_if_nothing_had_happened(wholes("points"), run)


def test_a_shutter_that_a_suspender_is_about(RE, wholes):
    """The post-plan of one may drive what another one is about; that one holds the plan alone."""
    lab = Lab()
    beamline = Beamline(RE, vacuum=Scope.of(devices=["shutter"]))
    beamline.put(0)
    plan = [Msg("open_run"), Msg("set", lab.m1, 1), Msg("set", beamline.shutter, CLOSED), Msg("close_run")]
    good = in_turn(lambda: beamline.put(1, "ring"), lambda: beamline.put(1, "vacuum"))
    run = beamline.execute(iter(plan), let_go=good)
    beamline.remove()

    assert order(run) == [("ring", CLOSED), ("ring", OPEN), ("vacuum", CLOSED), ("vacuum", OPEN)]
    assert [msg.command for msg in run.messages].count(WAITS) == 2
    assert beamline.driven[-1] == CLOSED
    assert run.states == ["suspended", "running", "suspended", "running", "idle"]
