"""Devices that go on moving while the plan is held for something else, and those that do not."""

import pytest

from reioc.engine import Msg, Outcome, Scope

from .fakes import Device
from .interrupting import OWNER, REASON, execute
from .lab import Lab

WAITS = "_until_holds_change"
DET = Scope.of(devices=["det"])
"""What the holds are about, where no other one is given: everything with the detector."""


@pytest.fixture
def lab():
    return Lab(slow=True)


def on_the_way(lab, *messages):
    """m1 is sent off before the checkpoint, m2 behind it; the detector is triggered while they move."""
    yield Msg("open_run")
    yield Msg("set", lab.m1, 8, group="m1")
    yield Msg("checkpoint")
    yield Msg("set", lab.m2, 4, group="m2")
    for msg in messages:  # noqa: UP028 - a tuple takes no replies
        yield msg
    yield Msg("trigger", lab.det, group="det")
    yield Msg("wait", group="m1")
    yield Msg("wait", group="m2")
    yield Msg("null", None, lab.m1.position, lab.m2.position)
    yield Msg("close_run")


class Story:
    """A plan that is held from the first message `at` on; what moves arrives when it is waited for.

    Each time the suspension waits the next of `steps` is done, and when there are none left it is let go.
    """

    def __init__(self, RE, lab, *steps, scope=DET, at="open_run", **plans):
        self.RE, self.lab, self.steps, self.at = RE, lab, list(steps), at
        self.hold = lambda: RE.hold(OWNER, REASON, scope=scope, **plans)
        self.moving = []
        """What moved when the suspension waited."""

    def run(self, plan, **keywords):
        keywords = {"lab": self.lab, "let_go": self.step, "waiting": self.arrive, "each": self.each, **keywords}
        run = execute(self.RE, plan, **keywords)
        assert self.steps == []
        return run

    def each(self, msg):
        if msg.command == self.at:
            self.at = None
            self.hold()

    def step(self):
        self.moving.append([motor.name for motor in (self.lab.m1, self.lab.m2) if motor.moving])
        (self.steps.pop(0) if self.steps else lambda: self.RE.release(OWNER))()

    def arrive(self, statuses):
        if statuses is not None:
            self.lab.arrive()


def sent(motor):
    return [call for call in motor.calls if call[0] == "set"]


def ended_well(run):
    """The motors were where they had been sent when the plan went on to what followed."""
    assert run.result.outcome is Outcome.SUCCESS
    (there,) = [msg.args for msg in run.messages if msg.command == "null" and len(msg.args) == 2]
    assert there == (8.0, 4.0)
    return True


def test_what_the_hold_is_not_about_goes_on(RE, lab):
    """A motor that was sent off before the checkpoint is not told to stop; one that will be sent again is stopped."""
    story = Story(RE, lab)
    run = story.run(on_the_way(lab))

    assert story.moving == [["m1"]]
    assert lab.m1.calls == [("set", 8.0), "stop"]  # which is told to all at the end of a plan
    assert lab.m2.calls == [("set", 4.0), "stop", ("set", 4.0), "stop"]
    assert ended_well(run)


def test_what_arrives_meanwhile_has_arrived(RE, lab):
    """A motor that goes on may come to the end of its way while the plan is held."""
    story = Story(RE, lab, lambda: (lab.m1.arrive(), RE.release(OWNER)))
    run = story.run(on_the_way(lab))

    assert (sent(lab.m1), lab.m1.position) == ([("set", 8.0)], 8.0)
    assert ended_well(run)


def test_what_will_be_read_again_is_stopped(RE, lab):
    """A motor that the repeated messages are about in any way stands still, and is sent off again."""
    story = Story(RE, lab)
    reading = [Msg("create", name="primary"), Msg("read", lab.m1), Msg("drop")]
    run = story.run(on_the_way(lab, *reading))

    assert story.moving == [[]]
    assert sent(lab.m1) == 2 * [("set", 8.0)]
    assert ended_well(run)


@pytest.mark.parametrize(
    "scope",
    [Scope.of(devices=["m1"]), Scope.of(devices=["bench"]), Scope.of(commands=["set"], devices=["m1"])],
    ids=str,
)
def test_a_motor_that_it_is_about_is_stopped(RE, lab, scope):
    """A hold about a motor that is on its way stops it, though it was sent off before the checkpoint."""
    lab.m1.parent = Device("bench")
    story = Story(RE, lab, scope=scope, at="sleep")
    run = story.run(on_the_way(lab, Msg("sleep", None, 0)))

    assert story.moving == [[]]
    assert run.states == ["running", "suspended", "running", "idle"]
    assert lab.m1.calls[:3] == [("set", 8.0), "stop", ("set", 8.0)]
    assert ended_well(run)


def test_a_motor_of_another_command_goes_on(RE, lab):
    """A hold about a command of a motor that does not move it lets it move."""
    story = Story(RE, lab, scope=Scope.of(commands=["trigger", "read"]))
    run = story.run(on_the_way(lab))

    assert story.moving == [["m1"]]
    assert ended_well(run)


@pytest.mark.parametrize("scope", [None, Scope.of(devices=["m1"])], ids=["any", "m1"])
def test_a_hold_that_joins_stops_what_was_spared(RE, lab, scope):
    """It stands still from then on, and is sent off again when nobody holds any more, not before."""
    story = Story(RE, lab, lambda: RE.hold("joined", "m1 is hot", scope=scope))
    story.steps.append(lambda: (RE.release(OWNER), RE.release("joined")))
    run = story.run(on_the_way(lab))

    assert story.moving == [["m1"], []]
    assert lab.m1.calls[:3] == [("set", 8.0), "stop", ("set", 8.0)]
    assert run.states == ["running", "suspended", "running", "idle"]
    assert ended_well(run)


def test_a_hold_that_joins_about_something_else_spares_it_as_well(RE, lab):
    """A motor that neither of two holds is about goes on."""
    story = Story(RE, lab, lambda: RE.hold("joined", "disk full", scope=Scope.of(commands=["trigger", "save"])))
    story.steps.append(lambda: (RE.release(OWNER), RE.release("joined")))
    run = story.run(on_the_way(lab))

    assert story.moving == 2 * [["m1"]]
    assert sent(lab.m1) == [("set", 8.0)]
    assert ended_well(run)


def test_a_hold_that_comes_back_spares_it_as_well(RE, lab):
    """Between two post-plans everything comes to rest again, but not what the hold is not about."""
    RE.register_command("trip", lambda _: RE.hold("file", "disk full", scope=DET))
    back = iter([[Msg("trip")], []])
    story = Story(RE, lab, post_plan=lambda: next(back))
    story.steps += [lambda: RE.release(OWNER), lambda: RE.release("file")]
    run = story.run(on_the_way(lab))

    assert "_rest" in [msg.command for msg in run.messages]
    assert story.moving == 2 * [["m1"]]
    assert sent(lab.m1) == [("set", 8.0)]
    assert ended_well(run)


def test_an_unlimited_hold_that_comes_back_stops_it(RE, lab):
    """One that trips between two post-plans and is about everything stops what was spared until then."""
    RE.register_command("trip", lambda _: RE.hold("beam", "no beam"))
    story = Story(RE, lab, post_plan=[Msg("trip")])
    story.steps += [lambda: RE.release(OWNER), lambda: RE.release("beam")]
    run = story.run(on_the_way(lab))

    assert story.moving == [["m1"], []]
    assert sent(lab.m1) == 2 * [("set", 8.0)]
    assert ended_well(run)


def test_what_post_plans_sent_off_is_not_sent_again(RE, lab):
    """What a post-plan sent off when a hold came back is stopped, and is not sent off again beside that plan."""
    RE.register_command("trip", lambda _: RE.hold("file", "disk full", scope=DET))
    posts = iter([[Msg("set", lab.signal, 1), Msg("trip")], []])
    story = Story(RE, lab, post_plan=lambda: next(posts))
    story.steps += [lambda: RE.release(OWNER), RE.request_pause, lambda: RE.release("file")]
    run = story.run(on_the_way(lab))

    assert sent(lab.signal) == [("set", 1.0)]
    assert "signal" not in run.restless
    assert ended_well(run)


def test_a_pause_stops_all(RE, lab):
    """A pause while suspended stops what was spared; it is sent off again when the suspension is over."""
    story = Story(RE, lab, RE.request_pause)
    seen = []
    run = story.run(on_the_way(lab), on={"paused": [lambda: seen.append(lab.restless)]})

    assert seen == [[]]
    assert story.moving == [["m1"], []]
    assert sent(lab.m1) == 2 * [("set", 8.0)]
    assert run.states == ["running", "suspended", "pausing", "paused", "suspended", "running", "idle"]
    assert ended_well(run)


@pytest.mark.parametrize("verb", ["stop", "abort", "halt"])
def test_an_ending_stops_all(RE, lab, verb):
    """Whoever ends the plan ends its motions, also that which was spared."""
    story = Story(RE, lab, lambda: getattr(RE, f"request_{verb}")("tea"))
    run = story.run(on_the_way(lab))
    RE.release(OWNER)

    assert story.moving == [["m1"]]
    assert lab.restless == []
    assert (lab.m1.position, sent(lab.m1)) == (4.0, [("set", 8.0)])
    assert run.result.outcome == verb


def test_a_hold_of_the_whole_plan_stops_all(RE, lab):
    """One that is limited to a plan, and not to messages, spares nothing."""
    story = Story(RE, lab, scope=Scope.of(plans=["on_the_way"]), at="trigger")
    run = story.run(on_the_way(lab))

    assert story.moving == [[]]
    assert sent(lab.m1) == 2 * [("set", 8.0)]
    assert ended_well(run)


def test_what_is_being_prepared(RE, lab):
    """A hold about `prepare` stops what is being prepared, and has it prepared again."""
    lab.m1.prepare = lab.m1.set
    story = Story(RE, lab, scope=Scope.of(commands=["prepare"]), at="sleep")
    plan = [Msg("prepare", lab.m1, 8, group="A"), Msg("checkpoint"), Msg("sleep", None, 0), Msg("wait", group="A")]
    run = story.run(iter(plan))

    assert story.moving == [[]]
    assert sent(lab.m1) == 2 * [("set", 8.0)]
    assert run.states == ["running", "suspended", "running", "idle"]
    assert lab.m1.position == 8.0
