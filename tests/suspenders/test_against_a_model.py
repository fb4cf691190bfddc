"""A real engine with real suspenders, operated at random, against a model that knows only the rules."""

import contextlib
import threading
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reioc.engine import Msg, RunEngine, StateChange, TransitionError
from reioc.suspenders import ManualSource, SuspendFloor

from .support import FakeTime

ACTIONS = {"beam": "suspend", "shutter": "suspend", "quench": "abort", "interlock": "stop", "hot": "warn"}
BYPASS = 10.0


@dataclass
class Guard:
    """A suspender as its definition has it."""

    action: str
    bad: bool = False
    enabled: bool = True
    bypassed_until: float = 0.0
    trips: int = 0
    counts: bool = False
    """Whether it counted when it was last looked at."""

    def count(self, now: float, muted: bool) -> bool:
        """Look again; whether it has just begun to count."""
        before, self.counts = self.counts, self.bad and self.enabled and not muted and now >= self.bypassed_until
        new = self.counts and not before
        self.trips += new
        return new


@dataclass
class Model:
    """What the engine's state is to be, and how often each suspender has tripped."""

    guards: dict[str, Guard] = field(default_factory=lambda: {name: Guard(how) for name, how in ACTIONS.items()})
    state: str = "idle"
    now: float = 0.0
    muted: bool = False
    ends: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        return any(guard.counts and guard.action != "warn" for guard in self.guards.values())

    def look(self) -> None:
        """Something has changed: whoever trips acts, and a plan that is not paused is held, or is not."""
        for guard in self.guards.values():
            if guard.count(self.now, self.muted) and guard.action in ("abort", "stop") and self.state != "idle":
                self.end(guard.action)
        if self.state in ("running", "suspended"):
            self.state = "suspended" if self.held else "running"

    def end(self, how: str) -> None:
        self.state = "idle"
        self.ends.append(how)

    def start(self) -> None:
        self.state = "suspended" if self.held else "running"

    def pass_time(self, seconds: float) -> None:
        """Bypasses end in their order, each at its time."""
        end = self.now + seconds
        for moment in sorted({g.bypassed_until for g in self.guards.values() if self.now < g.bypassed_until <= end}):
            self.now = moment
            self.look()
        self.now = end


class Bench:
    """The engine, its suspenders, and a time that stands still until told."""

    def __init__(self, engine: RunEngine) -> None:
        self.engine, self.time = engine, FakeTime(0.0)
        self.sources = {name: ManualSource(name.upper()) for name in ACTIONS}
        self.suspenders = {}
        self.ends: list[str] = []
        self._news = threading.Condition()
        for name, action in ACTIONS.items():
            self.sources[name].put(250.0)
            clocks = {"clock": self.time.clock, "timer": self.time.timer}
            self.suspenders[name] = SuspendFloor(self.sources[name], 100, name=name, action=action, **clocks)
            engine.install_suspender(self.suspenders[name])
        engine.observers.append(self._hear)

    def _hear(self, news) -> None:
        with self._news:
            if not isinstance(news, StateChange):
                self.ends.append(str(news.outcome))
            self._news.notify_all()

    def agrees_with(self, model: Model) -> bool:
        def agree() -> bool:
            return (self.engine.state, self.ends) == (model.state, model.ends)

        with self._news:
            return self._news.wait_for(agree, 10)

    def close(self) -> None:
        self.engine.clear_suspenders()
        self.engine.observers.remove(self._hear)
        self.engine.suspenders_enabled = True


def endless():
    """A plan that can be held, paused and ended at any time."""
    yield Msg("open_run")
    while True:
        yield Msg("checkpoint")
        yield Msg("sleep", None, 0.0005)


def do(bench: Bench, model: Model, step: tuple[str, str]) -> None:
    """One thing, done by both."""
    what, name = step
    engine, guard = bench.engine, model.guards[name]
    match what:
        case "bad" | "good":
            guard.bad = what == "bad"
            model.look()
            bench.sources[name].put(0.0 if guard.bad else 250.0)
        case "enable" | "disable":
            guard.enabled = what == "enable"
            model.look()
            bench.suspenders[name].enabled = guard.enabled
        case "bypass" | "no bypass":
            guard.bypassed_until = model.now + BYPASS if what == "bypass" else 0.0
            model.look()
            bench.suspenders[name].bypass(BYPASS if what == "bypass" else 0)
        case "mute" | "unmute":
            model.muted = what == "mute"
            model.look()
            engine.suspenders_enabled = not model.muted
        case "wait":
            model.pass_time(4.0)
            bench.time.advance(4.0)
        case "start":
            if model.state == "idle":
                model.start()
                engine.submit(endless())
        case _:
            ask(engine, model, what)


def ask(engine: RunEngine, model: Model, what: str) -> None:
    """What people ask of the engine; refused where the model says that it makes no sense."""
    requests = {"pause": engine.request_pause, "resume": engine.request_resume, "abort": engine.request_abort}
    with contextlib.suppress(TransitionError):
        requests.get(what, engine.request_stop)()
    if what == "pause" and model.state != "idle":
        model.state = "paused"
    elif what == "resume" and model.state == "paused":
        model.start()
    elif what in ("abort", "stop") and model.state != "idle":
        model.end(what)


VERBS = ["bad", "bad", "good", "good", "enable", "disable", "bypass", "no bypass", "mute", "unmute", "wait", "wait"]
VERBS += ["start", "start", "pause", "resume", "resume", "abort", "stop"]
steps = st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(list(ACTIONS))), min_size=5, max_size=40)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps)
def test_whatever_is_done_the_engine_is_in_the_state_that_the_rules_say(steps):
    """Trips, bypasses, switches, pauses, resumes, starts and ends in any order: state, endings and counts agree."""
    model, engine = Model(), RunEngine(call_returns_result=True)
    bench = Bench(engine)
    try:
        for index, step in enumerate([("start", "beam"), *steps]):
            do(bench, model, step)
            assert bench.agrees_with(model), (
                f"after {steps[:index]} the engine is {engine.state}, not {model.state}; "
                f"plans ended as {bench.ends}, not {model.ends}"
            )
        trips = {name: suspender.status.trips for name, suspender in bench.suspenders.items()}
        assert trips == {name: guard.trips for name, guard in model.guards.items()}
    finally:
        bench.close()
        engine.close()
