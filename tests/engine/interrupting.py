"""Running a plan and interrupting it at a chosen message."""

import asyncio
import queue
from dataclasses import dataclass, field
from functools import cache, cached_property, partial

from reioc.engine import Msg, Outcome, RunEngine, RunEngineInterrupted, RunResult, State
from reioc.engine.states import ENDING

from .interrupted_plans import PLANS
from .lab import Lab
from .soundness import sound_runs

REASON = "the operator's reason"
OWNER = "beam"
TEXTS = {"stop": "stopped", "abort": "aborted", "halt": "halted"}
"""What a reason begins with, by how the plan was ended."""
STATES = {"stop": "stopping", "abort": "aborting", "halt": "halting"}
ASSETS = {"files": {"resource", "datum"}, "frames": {"stream_resource", "stream_datum"}}
"""Documents that there must be for some of the plans."""


@dataclass
class Run:
    """What came out of one run of a plan."""

    lab: Lab
    documents: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    states: list = field(default_factory=list)
    restless: list = field(default_factory=list)
    """What moved or was monitored while the engine said that it was paused."""
    result: RunResult | None = None
    interrupted: str = ""
    before_the_end: int = 0
    """The number of documents when the engine began to end the plan."""

    @cached_property
    def runs(self):
        """The runs, after all documents have been checked."""
        return sound_runs(self.documents)

    @property
    def data(self):
        """The data of each run by stream and sequence number."""
        return [run.data for run in self.runs]

    @property
    def endings(self):
        """Exit status and reason of each run."""
        return [run.ending for run in self.runs]

    @property
    def monitored(self):
        """The data of the monitors' events."""
        streams = [stream for run in self.runs for stream in run.streams.values() if stream.is_monitor]
        return [data for stream in streams for _, data in stream.events]

    def numbers_of(self, command):
        """The numbers of the messages with this command."""
        return [number for number, msg in enumerate(self.messages, 1) if msg.command == command]

    @property
    def closings(self):
        """For each run, in the order in which they are opened, the number of the message that closes it."""
        open_runs, closings = {}, []
        for number, msg in enumerate(self.messages, 1):
            if msg.command == "open_run":
                open_runs[msg.run] = len(closings)
                closings.append(0)
            elif msg.command == "close_run":
                closings[open_runs.pop(msg.run)] = number
        return closings


class Interrupter:
    """Follows a plan in an engine: asks something of it at messages, and reacts to states.

    `asks` are functions by the number of the message before whose execution they are called, `on` are lists of
    functions by state, of which each visit takes one. When a suspension waits for nothing else any more, `let_go()`.
    """

    def __init__(self, RE, run, asks, on, let_go, each):
        self.run, self.asks, self.each = run, asks, each
        self.on = {state: list(reactions) for state, reactions in (on or {}).items()}
        self.let_go = let_go or (lambda: RE.release(OWNER))

    def message(self, msg):
        self.run.messages.append(msg)
        if ask := self.asks.get(len(self.run.messages)):
            ask()
        if self.each is not None:
            self.each(msg)
        if msg.command == "_until_holds_change":
            self.run.restless += self.run.lab.restless
            self.let_go()

    def state(self, new, old):
        self.run.states.append(str(new))
        if new is State.PAUSED:
            self.run.restless += self.run.lab.restless
        if new in ENDING and not self.run.before_the_end:
            self.run.before_the_end = len(self.run.documents)
        if self.on.get(new):
            self.on[new].pop(0)()


def execute(RE, plan, asks=None, *, on=None, let_go=None, paused=None, each=None, lab=None, waiting=None):
    """Run a plan of PLANS, or any other, interrupted as `Interrupter` does; when it pauses, `paused()` or resume.

    `each` is called with each message; `waiting` is the waiting hook.
    """
    run = Run(lab or Lab())
    interrupter = Interrupter(RE, run, asks or {}, on, let_go, each)
    RE.msg_hook, RE.state_hook, RE.waiting_hook = interrupter.message, interrupter.state, waiting
    token = RE.subscribe(lambda name, doc: run.documents.append((name, doc)))
    try:
        plan = PLANS[plan](run.lab) if isinstance(plan, str) else plan
        run.result, run.interrupted = to_the_end(RE, plan, paused or RE.resume)
    finally:
        RE.msg_hook = RE.state_hook = RE.waiting_hook = None
        RE.unsubscribe(token)
    return run


def engine_for_many():
    """One engine for many cases: whatever one leaves behind, the next one stumbles over."""
    engine = RunEngine()
    engine.env.cleanup_timeout = 5.0
    yield engine
    engine.close()


def asking(RE, what, reason=REASON):
    """A function that asks for a hold, a pause or an end."""
    if what == "hold":
        return lambda: RE.hold(OWNER, reason)
    return lambda: getattr(RE, f"request_{what}")(reason=reason)


def uninterrupted(RE):
    """A function that gives the uninterrupted run of a plan of PLANS, each made once."""

    @cache
    def whole(name):
        run = execute(RE, name)
        assert run.states == ["running", "idle"]
        assert goes_on_as_if_nothing_had_happened(run, run)
        assert is_well_afterwards(RE, run)
        assert all(data for data in run.data)
        assert ASSETS.get(name, set()) <= {kind for kind, _ in run.documents}
        return run

    return whole


def at_each_message(RE, whole, name, ask, then=None, *, later=1, after=lambda: None, **keywords):
    """For each message of the plan its number, and a run in which `ask()` was called there; `then()` is `later`."""
    for at in range(1, len(whole.messages) + 1):
        try:
            run = execute(RE, name, {at: ask, at + later: then}, **keywords)
            after()
            assert is_well_afterwards(RE, run)
            yield at, run
        except BaseException as error:
            error.add_note(f"interrupted at message {at}: {whole.messages[at - 1]}")
            raise


def to_the_end(RE, plan, paused):
    """Run a plan; `paused()` whenever it has paused. Its result, and what the last RunEngineInterrupted said.

    The result is told to observers, perhaps after the call has returned: it is waited for, or the next plan gets it.
    """
    results, said, go_on = queue.SimpleQueue(), "", partial(RE, plan)
    RE.observers.append(results.put)
    while go_on is not None:
        try:
            go_on()
        except RunEngineInterrupted as error:
            said = str(error)
        except Exception as error:
            said = f"failed: {error!r}"
        go_on = paused if RE.state is State.PAUSED else None
    while not isinstance(result := results.get(timeout=20), RunResult):
        pass
    RE.observers.remove(results.put)
    return result, said


def is_well_afterwards(RE, run):
    """Nothing is left behind, in the lab or in the engine, which is idle and executes another plan."""
    assert run.lab.left_behind == []
    assert run.restless == []
    assert RE.state is State.IDLE
    assert not RE.deferred_pause_requested
    assert RE.holds == ()
    tasks = []
    RE.register_command("count_tasks", lambda _: tasks.append(len(asyncio.all_tasks())))
    result, said = to_the_end(RE, [Msg("count_tasks")], RE.halt)
    assert (result.outcome, said) == (Outcome.SUCCESS, "")
    assert tasks == [1]
    if heard := run.lab.heard:
        to_the_end(RE, [Msg("open_run"), Msg("close_run")], RE.halt)
        assert run.lab.heard == heard, "a subscription of the plan is left"
    return True


def goes_on_as_if_nothing_had_happened(whole, run):
    """Same data in the same runs and streams, nobody owed a reading, success; each value of a monitor told once."""
    assert run.data == whole.data
    assert run.endings == [("success", "")] * len(whole.runs)
    assert run.result.problems == ()
    assert run.result.outcome is Outcome.SUCCESS
    assert len(run.monitored) == run.lab.signal.told
    assert all(data in run.monitored for data in whole.monitored)
    if isinstance(whole.result.value, list):
        assert run.result.value == whole.result.value
    return True


def is_ended(whole, run, verb, reason):
    """The runs that were open are closed with this reason; what data there are, are the uninterrupted one's."""
    exit_status = {"stop": "success", "abort": "abort", "halt": "abort"}[verb]
    closed = [doc["run_start"] for name, doc in run.documents[: run.before_the_end] if name == "stop"]
    for each in run.runs:
        good = each.start["uid"] in closed
        assert each.ending == (("success", "") if good else (exit_status, reason))
    assert run.result.outcome == verb
    assert run.result.reason == reason
    assert run.result.problems == ()
    assert is_part_of(run.data, whole.data)
    return True


def is_part_of(data, whole):
    """Whether the data of an ended plan are among the uninterrupted one's."""
    for part, everything in zip(data, whole, strict=False):
        for stream, events in part.items():
            assert events.items() <= everything[stream].items()
    return True
