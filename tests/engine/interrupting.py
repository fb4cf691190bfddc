"""Running a plan and interrupting it at a chosen message."""

from dataclasses import dataclass, field

from reioc.engine import Msg, RunEngineInterrupted, State

from .documents import data_by_seq_num, named
from .fakes import Detector, Motor, points

REASON = "the operator's reason"


@dataclass
class Lab:
    """Fresh devices, and the plans to run with them."""

    plans: object
    slow: bool = False
    m1: Motor = field(init=False)
    m2: Motor = field(init=False)
    det: Detector = field(init=False)

    def __post_init__(self):
        self.m1, self.m2 = Motor("m1", slow=self.slow), Motor("m2", slow=self.slow)
        self.det = Detector("det", self.m1, self.m2)

    def plan(self, name):
        return {
            "count": lambda: self.plans.count([self.det], 3),
            "scan": lambda: self.plans.scan([self.det], self.m1, 1, 3, 3),
            "grid_scan": lambda: self.plans.grid_scan([self.det], self.m1, 1, 2, 2, self.m2, 1, 3, 2, True),
            "rel_scan": lambda: self.plans.rel_scan([self.det], self.m1, 1, 2, 2),
            "points": lambda: points(self.det, self.m1, [1, 2, 3]),
        }[name]()

    def is_at_rest(self):
        return not any(device.staged for device in (self.m1, self.m2, self.det)) and not (
            self.m1.moving or self.m2.moving
        )


@dataclass
class Run:
    """What came out of one run of a plan."""

    documents: list
    messages: list
    states: list
    result: object = None
    interrupted: str = ""

    @property
    def data(self):
        return data_by_seq_num(self.documents)

    @property
    def stop(self):
        """The RunStop, or None: there is one if and only if there is a RunStart, and it is the last document."""
        starts, stops = named(self.documents, "start"), named(self.documents, "stop")
        assert [doc["uid"] for doc in starts] == [doc["run_start"] for doc in stops]
        if not stops:
            assert self.documents == []
            return None
        assert self.documents[-1][0] == "stop"
        (stop,) = stops
        return stop


def execute(RE, plan, interrupt=None, at=0, *, waiting=None):
    """Run a plan; before message number `at` is executed, call `interrupt()`. A paused plan is resumed."""
    run = Run([], [], [])

    def count(msg):
        run.messages.append(msg)
        if len(run.messages) == at:
            interrupt()

    def note_state(new, old):
        run.states.append(new)
        if new is State.SUSPENDED:
            RE.release("beam")

    RE.msg_hook, RE.state_hook, RE.waiting_hook = count, note_state, waiting
    token = RE.subscribe(lambda name, doc: run.documents.append((name, doc)))
    try:
        RE(plan)
    except RunEngineInterrupted as error:
        run.interrupted = str(error)
        if RE.state is State.PAUSED:
            RE.resume()
    run.result = RE._plan.future.result()
    RE.msg_hook = RE.state_hook = RE.waiting_hook = None
    RE.unsubscribe(token)
    return run


def is_well_afterwards(RE, lab):
    """At rest, idle, and able to run another plan."""
    assert lab.is_at_rest()
    assert RE.state is State.IDLE
    assert RE([Msg("null")]) == ()
    return True
