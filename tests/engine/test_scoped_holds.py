"""Holds that are about plans, commands or devices: the plan goes on until it comes to what they are about."""

import threading

import pytest

from reioc.engine import Msg, Outcome, RunEngineInterrupted, Scope, State

from .documents import data_by_seq_num, named, normalised
from .fakes import Detector, Device, Motor, points
from .helpers import commands_of, hold_at
from .interrupting import OWNER, REASON, execute
from .lab import Lab

TRIGGER = Scope.of(commands=["trigger"])
SUSPENDED = ["running", "suspended", "running", "idle"]
WAITS = "_until_holds_change"


@pytest.fixture
def lab():
    return Lab()


def at(command, *asks):
    """For `execute(each=…)`: each time this message comes, the next of these is done."""
    left = list(asks)

    def each(msg):
        if msg.command == command and left:
            left.pop(0)()

    return each


def holding(RE, scope, reason=REASON):
    return lambda: RE.hold(OWNER, reason, scope=scope)


def commands(run):
    """What was executed, but for the suspension's own messages that are not its wait."""
    return [msg.command for msg in run.messages if msg.command == WAITS or not msg.command.startswith("_")]


def point(lab):
    yield Msg("open_run")
    yield Msg("checkpoint")
    yield Msg("set", lab.m1, 1, group="move")
    yield Msg("wait", group="move")
    yield Msg("sleep", None, 0)
    yield Msg("trigger", lab.det, group="det")
    yield Msg("wait", group="det")
    yield Msg("create", name="primary")
    reading = yield Msg("read", lab.det)
    yield Msg("save")
    yield Msg("close_run")
    return reading


def test_it_goes_on_until_it_comes_to_it(RE, lab):
    """The plan moves and sleeps while a trigger is held; that is executed once, when the hold is gone."""
    run = execute(RE, point(lab), lab=lab, each=at("set", holding(RE, TRIGGER)))

    way = ["set", "wait", "sleep"]
    assert commands(run) == [
        *("open_run", "checkpoint", *way, WAITS),
        *(*way, "trigger", "wait", "create", "read", "save", "close_run"),
    ]
    assert lab.det.calls.count("trigger") == 1
    assert run.states == SUSPENDED
    assert run.result.value["det"]["value"] == 101.0


def test_the_reply_reaches_the_plan(RE):
    """What the held message is answered in the end is what the plan gets, and nothing else is."""
    answers = iter(range(100))
    RE.register_command("ask", lambda _: next(answers))
    got = []

    def plan():
        yield Msg("null")
        got.append((yield Msg("sleep", None, 0)))
        got.append((yield Msg("ask")))
        got.append((yield Msg("null")))

    run = execute(RE, plan(), each=at("null", holding(RE, Scope.of(commands=["ask"]))))

    assert commands(run) == ["null", "sleep", WAITS, "sleep", "ask", "null"]
    assert got == [None, 0, None]


def test_it_is_gone_before_the_plan_comes_to_it(RE, lab):
    """A hold that lets go in time is not noticed."""
    run = execute(RE, point(lab), lab=lab, each=at("set", holding(RE, TRIGGER), lambda: RE.release(OWNER)))
    assert run.states == SUSPENDED

    asks = {3: holding(RE, TRIGGER), 5: lambda: RE.release(OWNER)}
    run = execute(RE, point(lab), asks, lab=lab)
    assert run.states == ["running", "idle"]
    assert "suspended" not in named(run.documents, "stop")[0]


class Spoilt(Detector):
    """What it reads, or was triggered for, while somebody holds is no good."""

    def __init__(self, RE, *motors):
        super().__init__("det", *motors)
        self.RE = RE

    def now(self):
        return -1.0 if self.RE.holds else super().now()

    def value(self):
        return -2.0 if self.RE.holds else super().value()


@pytest.mark.parametrize("command", ["wait", "create", "read", "save"])
def test_it_trips_in_the_middle_of_a_point(RE, lab, documents, command):
    """When the trigger was sent already the plan is suspended at once, and the point is taken again."""
    lab.det = Spoilt(RE, lab.m1)

    before = {"wait": [lambda: None]}.get(command, [])  # the first wait is for the motor
    each = at(command, *before, holding(RE, TRIGGER))
    run = execute(RE, points(lab.det, lab.m1, [1, 2]), lab=lab, each=each)

    assert commands(run)[commands(run).index(WAITS) - 1] == command
    assert run.states == SUSPENDED
    assert data_by_seq_num(documents) == {n: {"det": 100.0 + n, "m1": float(n)} for n in (1, 2)}
    assert {doc["data"]["det"] for doc in named(documents, "event")} == {101.0, 102.0}
    assert [reading["det"]["value"] for reading in run.result.value[::2]] == [101.0, 102.0]
    assert lab.det.calls.count("trigger") == 3


class Axis(Motor):
    """A motor that belongs to a stage."""

    parent = Device("stage")


@pytest.mark.parametrize(("device", "held"), [("x", True), ("stage", True), ("det", True), ("y", False)])
def test_a_device_is_held(RE, lab, device, held):
    """By its name, or by that of what it belongs to; whatever the command is."""
    lab.m1 = Axis("x")
    lab.det = Detector("det", lab.m1)
    scope = Scope.of(devices=[device])
    run = execute(RE, point(lab), lab=lab, each=at("checkpoint", holding(RE, scope), lambda: RE.release(OWNER)))
    RE.release(OWNER)

    before = {"x": "checkpoint", "stage": "checkpoint", "det": "sleep"}
    assert (WAITS in commands(run)) == held
    if held:
        assert commands(run)[commands(run).index(WAITS) - 1] == before[device]
    assert (lab.m1.calls.count(("set", 1.0)), lab.det.calls.count("trigger")) == (1 + (device == "det"), 1)


def test_one_command_of_one_device_is_held(RE, lab):
    """Other commands of it, and the same command of others, are not."""
    scope = Scope.of(commands=["set"], devices=["m2"])
    plan = [Msg("null"), Msg("set", lab.m1, 1), Msg("stage", lab.m2), Msg("set", lab.m2, 2), Msg("unstage", lab.m2)]
    run = execute(RE, iter(plan), lab=lab, each=at("null", holding(RE, scope)))

    assert commands(run)[:4] == ["null", "set", "stage", WAITS]
    assert run.lab.m2.calls.count("stage") == 1
    assert run.states == SUSPENDED


@pytest.mark.parametrize("command", ["open_run", "stage", "unstage", "checkpoint", "close_run"])
def test_what_may_not_be_repeated_is_held(RE, documents, command):
    """It waits as everything does, and is executed once."""
    det = Detector("det")
    plan = [Msg("null"), *map(Msg, ("open_run", "checkpoint")), Msg("stage", det), Msg("unstage", det)]
    run = execute(RE, iter([*plan, Msg("close_run")]), each=at("null", holding(RE, Scope.of(commands=[command]))))

    assert commands(run)[commands(run).index(WAITS) - 1 :].count(command) == 1
    assert commands(run)[: commands(run).index(WAITS)].count(command) == 0
    assert det.calls == ["stage", "unstage"]
    assert [name for name, _ in documents] == ["start", "stop"]


def test_what_is_not_recorded_is_held(RE, lab):
    """With `rewindable` off nothing is repeated: the plan goes on with the message itself."""
    plan = [Msg("rewindable", None, False), Msg("set", lab.m1, 1), Msg("trigger", lab.det), Msg("null")]
    run = execute(RE, iter(plan), lab=lab, each=at("rewindable", holding(RE, TRIGGER)))

    assert commands(run) == ["rewindable", "set", WAITS, "trigger", "null"]


def test_what_cannot_be_repeated_is_held_all_the_same(RE):
    """A device may refuse to be read again: the plan then waits in the middle of the point, and goes on from there."""
    lab = Lab()
    det = lab.unrepeatable
    plan = [Msg("checkpoint"), Msg("trigger", det), Msg("sleep", None, 0), Msg("null"), Msg("trigger", det)]
    run = execute(RE, iter(plan), lab=lab, each=at("sleep", holding(RE, TRIGGER)))

    assert commands(run) == ["checkpoint", "trigger", "sleep", WAITS, "sleep", "null", "trigger"]
    assert run.states == SUSPENDED


def test_the_same_message_twice(RE):
    """A message that a plan yields twice, and that is held in between, is executed as often as the plan has asked."""
    executed = commands_of(RE)
    msg = Msg("sleep", None, 0)

    def plan():
        yield msg
        RE.hold(OWNER, REASON, scope=Scope.of(commands=["sleep"]))
        yield msg
        yield Msg("null")

    hook = RE.msg_hook
    RE.msg_hook = lambda msg: (hook(msg), RE.release(OWNER) if msg.command == WAITS else None)
    RE(plan())

    assert executed == [("sleep", 0), ("sleep", 0), ("sleep", 0), ("null",)]


def count(lab):
    yield from point(lab)


def inner(plan_name):
    yield Msg("null", None, "before")
    yield Msg("open_run", plan_name=plan_name)
    yield Msg("null", None, "within")
    yield Msg("close_run")
    yield Msg("null", None, "behind")


@pytest.mark.parametrize(("plan", "held"), [("count", True), ("point", False)])
@pytest.mark.parametrize("others", [{}, {"commands": ["trigger"]}])
def test_a_plan_is_held_from_its_start(RE, lab, plan, held, others):
    """The plan of that name begins suspended, or goes on to its first such message; another one is not held at all."""
    RE.hold(OWNER, REASON, scope=Scope.of(plans=["count"], **others))
    run = execute(RE, {"count": count, "point": point}[plan](lab), lab=lab)
    RE.release(OWNER)

    at_start = ["suspended", "running", "idle"]
    assert run.states == ((SUSPENDED if others else at_start) if held else ["running", "idle"])
    assert lab.det.calls.count("trigger") == 1


def test_a_plan_is_held_when_it_trips(RE, lab):
    """While it runs, as a whole, at whatever message it is."""
    for plan, states in ((count, SUSPENDED), (point, ["running", "idle"])):
        run = execute(RE, plan(lab), lab=lab, each=at("set", holding(RE, Scope.of(plans=["count"]))))
        RE.release(OWNER)
        assert run.states == states


def test_a_plan_within_a_plan_is_held(RE):
    """A plan goes by the names of its open runs as well, as long as these are open."""
    RE.hold(OWNER, REASON, scope=Scope.of(plans=["count"]))
    run = execute(RE, inner("count"))
    assert commands(run) == ["null", "open_run", WAITS, "null", "close_run", "null"]
    assert run.states == SUSPENDED

    run = execute(RE, inner("scan"), {1: holding(RE, Scope.of(plans=["count"]))})
    RE.release(OWNER)
    assert run.states == ["running", "idle"]

    run = execute(RE, inner("count"), {5: holding(RE, Scope.of(plans=["count"]))})
    RE.release(OWNER)
    assert run.states == ["running", "idle"], "its run is closed"


def test_who_holds_and_who_would(RE, lab):
    """`holds` are all of them, `holds_in_force` those for which the plan is suspended."""
    seen = [RE.holds_in_force]
    RE.hold("hutch", "open", scope=Scope.of(plans=["scan"]))

    def let_go():
        seen.append(RE.holds_in_force)
        RE.release(OWNER)

    run = execute(
        RE,
        point(lab),
        lab=lab,
        each=at("set", holding(RE, TRIGGER), lambda: seen.append(RE.holds_in_force)),
        let_go=let_go,
    )
    assert [[hold.owner for hold in holds] for holds in seen] == [[], [OWNER], []]
    assert [hold.owner for hold in RE.holds] == ["hutch"]
    assert run.states == SUSPENDED
    RE.release("hutch")


def test_its_scope_is_changed_while_it_holds(RE, lab):
    """A hold that is no longer about where the plan is lets it go on, and holds it where it then is about it."""
    read = Scope.of(commands=["read"])
    steps = iter([holding(RE, read), lambda: RE.release(OWNER)])

    def let_go():
        next(steps)()

    run = execute(RE, point(lab), lab=lab, each=at("set", holding(RE, TRIGGER)), let_go=let_go)

    waits = [number for number, command in enumerate(commands(run)) if command == WAITS]
    assert [commands(run)[number - 1] for number in waits] == ["sleep", "create"]
    assert lab.det.calls.count("trigger") == 2


def test_several_holds_about_different_messages(RE, lab):
    """Each of them holds the plan where it comes to what that one is about."""
    RE.hold("beam", "no beam", scope=TRIGGER)
    RE.hold("file", "disk full", scope=Scope.of(commands=["open_run", "save"]))
    reasons = []

    def let_go():
        reasons.append(RE.last_change.reason)
        for hold in RE.holds_in_force:
            RE.release(hold.owner)

    run = execute(RE, point(lab), lab=lab, let_go=let_go)

    assert reasons == ["disk full", "no beam"]
    assert run.states == ["running", "suspended", "running", "suspended", "running", "idle"]


class Fickle:
    """A scope that covers the plan when it is asked for the first time, and then no more."""

    is_partial = False

    def __init__(self):
        self.asked = 0

    def covers_plan(self, names):
        self.asked += 1
        return self.asked == 1


@pytest.mark.parametrize("resumable", [True, False])
def test_it_lets_go_in_the_very_moment(RE, resumable):
    """One that is gone between two looks neither suspends for no reason nor ends a plan for none."""
    scope = Fickle()
    plan = [Msg("open_run"), *([] if resumable else [Msg("clear_checkpoint")]), Msg("null"), Msg("close_run")]
    run = execute(RE, iter(plan), each=at("null", holding(RE, scope)))
    RE.release(OWNER)

    assert scope.asked > 1
    assert (run.states, run.result.outcome) == (["running", "idle"], Outcome.SUCCESS)
    assert "suspended" not in named(run.documents, "stop")[0]


def test_without_a_checkpoint(RE, lab, documents):
    """Where the plan cannot be taken up again it is aborted with the reason, but not before it comes to the message."""
    executed = commands_of(RE)
    hold_at(RE, "clear_checkpoint", ("vacuum", {"scope": TRIGGER}))
    note, hold = executed, RE.msg_hook
    plan = [Msg("open_run"), Msg("clear_checkpoint"), Msg("set", lab.m1, 1), Msg("trigger", lab.det), Msg("close_run")]
    RE.msg_hook = lambda msg: (note.append((msg.command, *msg.args)), hold(msg))
    with pytest.raises(RunEngineInterrupted, match="without a checkpoint: vacuum is bad"):
        RE(plan)

    assert [command for command, *_ in executed] == ["open_run", "clear_checkpoint", "set"]
    assert lab.det.calls == []
    assert named(documents, "stop")[0]["exit_status"] == "abort"
    assert RE.state is State.IDLE
    RE.release("vacuum")


def test_without_a_checkpoint_and_never_at_it(RE, lab):
    """A plan that cannot be taken up again, and never comes to what is held, succeeds."""
    plan = [Msg("open_run"), Msg("clear_checkpoint"), Msg("set", lab.m1, 1), Msg("close_run")]
    run = execute(RE, iter(plan), {1: holding(RE, TRIGGER)})
    RE.release(OWNER)

    assert (run.states, run.endings) == (["running", "idle"], [("success", "")])


def test_the_clean_up_is_not_held(RE, lab):
    """A plan that is ending does what it has to, whatever holds."""

    def plan():
        try:
            yield Msg("null")
            yield Msg("null")
        finally:
            yield Msg("trigger", lab.det)

    RE.hold(OWNER, REASON, scope=TRIGGER)
    run = execute(RE, plan(), {1: lambda: RE.request_stop("tea")})
    RE.release(OWNER)

    assert run.states == ["running", "stopping", "idle"]
    assert lab.det.calls == ["trigger"]


def test_the_plans_of_holds_are_not_held(RE):
    """A pre- or post-plan may do what its hold is about."""
    shutter = Motor("shutter")
    RE.hold(
        OWNER,
        REASON,
        scope=Scope.of(commands=["set"]),
        pre_plan=[Msg("set", shutter, 0)],
        post_plan=[Msg("set", shutter, 1)],
    )
    run = execute(RE, iter([Msg("null"), Msg("set", Motor("m"), 5)]))

    assert commands(run) == ["null", "set", WAITS, "set", "set"]
    assert run.states == SUSPENDED


def test_holds_from_many_threads(RE, lab, documents):
    """Scoped holds that come and go in other threads, however fast, neither lose points nor leave the plan held."""
    running = threading.Event()
    running.set()

    def flicker(owner, scope):
        while running.is_set():
            RE.hold(owner, f"{owner} is bad", scope=scope)
            RE.release(owner)

    scopes = {"ring": TRIGGER, "cooling": Scope.of(devices=["m1"]), "disk": Scope.of(plans=["points"])}
    threads = [threading.Thread(target=flicker, args=each) for each in scopes.items()]
    for thread in threads:
        thread.start()
    try:
        RE(points(lab.det, lab.m1, range(1, 21)))
    finally:
        running.clear()
        for thread in threads:
            thread.join()

    assert data_by_seq_num(documents) == {n: {"det": 100.0 + n, "m1": float(n)} for n in range(1, 21)}


def test_the_documents_are_those_of_an_uninterrupted_run(RE, lab):
    """A hold on the way to each point leaves no trace in the documents, but that the RunStop tells of it."""
    whole = execute(RE, points(lab.det, lab.m1, [1, 2, 3]), lab=lab)
    lab = Lab()
    asks = 3 * [holding(RE, Scope.of(commands=["trigger", "read"])), lambda: None]  # the replay comes there as well
    run = execute(RE, points(lab.det, lab.m1, [1, 2, 3]), lab=lab, each=at("set", *asks))

    told = [doc for name, doc in run.documents if name == "stop" and doc.pop("suspended")["count"] == 3]
    assert len(told) == 1
    assert run.states == ["running", *3 * ["suspended", "running"], "idle"]
    assert normalised(run.documents, without=["scan_id"]) == normalised(whole.documents, without=["scan_id"])
