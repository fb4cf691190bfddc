"""Bluesky's and our own plans around each other."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import bluesky.utils
import pytest

from reioc.engine import Msg, errors

from .cases import OURS, THEIRS, det, flyer, motor, note, nothing, signal, suspender
from .driver import Driver, Trace, drive

Make = Callable[[Any, Any], Any]

PLANS: dict[str, Callable[[Any], Any]] = {
    "count": lambda p: p.count([det], 2),
    "scan": lambda p: p.scan([det], motor, 0, 1, 2),
    "rel_scan": lambda p: p.rel_scan([det], motor, 0, 1, 2),
    "mv": lambda p: p.mvr(motor, 3),
}

AROUND: dict[str, Make] = {
    "run_wrapper": lambda p, plan: p.run_wrapper(p.stub_wrapper(plan), md={"a": 1}),
    "stage_wrapper": lambda p, plan: p.stage_wrapper(plan, [det, motor]),
    "subs_wrapper": lambda p, plan: p.subs_wrapper(plan, nothing),
    "suspend_wrapper": lambda p, plan: p.suspend_wrapper(plan, suspender),
    "finalize_wrapper": lambda p, plan: p.finalize_wrapper(plan, note("final")),
    "contingency_wrapper": lambda p, plan: p.contingency_wrapper(plan, except_plan=note("no"), final_plan=note("end")),
    "inject_md_wrapper": lambda p, plan: p.inject_md_wrapper(plan, {"a": 2}),
    "set_run_key_wrapper": lambda p, plan: p.set_run_key_wrapper(plan, "inner"),
    "relative_set_wrapper": lambda p, plan: p.relative_set_wrapper(plan),
    "reset_positions_wrapper": lambda p, plan: p.reset_positions_wrapper(plan, [motor]),
    "rewindable_wrapper": lambda p, plan: p.rewindable_wrapper(plan, False),
    "supplemental": lambda p, plan: p.SupplementalData(baseline=[motor], monitors=[signal], flyers=[flyer])(plan),
    "baseline_decorator": lambda p, plan: p.baseline_decorator([motor])(lambda: plan)(),
    "plan_mutator": lambda p, plan: p.plan_mutator(plan, doubled_checkpoints),
    "msg_mutator": lambda p, plan: p.msg_mutator(plan, renamed),
    "pchain": lambda p, plan: p.pchain(plan, note("next")()),
}


def doubled_checkpoints(msg: Any) -> Any:
    """Answers with our messages."""
    if msg.command != "checkpoint":
        return None, None
    return OURS.ensure_generator([Msg("null"), msg]), note("after")()


def renamed(msg: Any) -> Any:
    """Changes a message in the way that every namedtuple knows."""
    return msg._replace(kwargs={**msg.kwargs, "seen": True}) if msg.command == "trigger" else msg


every_mix = pytest.mark.parametrize(
    ("around", "inside"), [(OURS, THEIRS), (THEIRS, OURS)], ids=["ours around bluesky's", "bluesky's around ours"]
)
every_wrapper = pytest.mark.parametrize("wrap", AROUND.values(), ids=AROUND)
every_plan = pytest.mark.parametrize("make", PLANS.values(), ids=PLANS)


@pytest.fixture(autouse=True)
def quick_bluesky(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bluesky formats the stack in each stub, for a warning."""
    monkeypatch.setattr("traceback.format_stack", lambda *_: [])


@every_mix
@every_wrapper
@every_plan
def test_a_mix_sends_what_bluesky_sends(
    around: SimpleNamespace, inside: SimpleNamespace, wrap: Make, make: Any
) -> None:
    """Messages and results of a plan in a preprocessor do not depend on which of them is whose."""
    expected = drive(wrap(THEIRS, make(THEIRS)))

    assert_alike(expected, drive(wrap(around, make(inside))))


@every_mix
@every_wrapper
def test_a_mix_cleans_up_as_bluesky_does(around: SimpleNamespace, inside: SimpleNamespace, wrap: Make) -> None:
    """Whichever message fails."""
    make = PLANS["rel_scan"]
    for number in range(len(drive(wrap(OURS, make(OURS))).messages)):
        expected, mixed = (
            drive(wrap(p, make(q)), throw={number: RuntimeError("why")})
            for p, q in ((THEIRS, THEIRS), (around, inside))
        )

        assert_alike(expected, mixed)


@every_mix
@every_wrapper
def test_a_mix_is_silent_when_closed(around: SimpleNamespace, inside: SimpleNamespace, wrap: Make) -> None:
    """Nothing is sent any more, whose plan it may be."""
    make = PLANS["scan"]
    for number in range(len(drive(wrap(OURS, make(OURS))).messages)):
        assert drive(wrap(around, make(inside)), close_at=number).ending == "closed"


@pytest.mark.parametrize("error", [bluesky.utils.RequestAbort(), bluesky.utils.RequestStop()], ids=["abort", "stop"])
def test_our_run_is_closed_with_the_status_of_blueskys_interruption(error: Any) -> None:
    """In bluesky's engine our plans are interrupted with its exceptions: the run says what bluesky's would say."""
    expected, actual = (drive(p.run_wrapper(note("x")()), throw={1: error}) for p in (THEIRS, OURS))

    assert expected.messages[-1] == actual.messages[-1]
    assert actual.messages[-1][3]["exit_status"] == error.exit_status


def test_other_statuses_are_not_taken_for_exit_statuses() -> None:
    """An error that happens to have an `exit_status` fails the run."""
    error = OSError("the process ended")
    error.exit_status = 3  # type: ignore[attr-defined]

    trace = drive(OURS.run_wrapper(note("x")()), throw={1: error})

    assert trace.messages[-1][3] == {"exit_status": "fail", "reason": "the process ended"}


def test_bluesky_s_messages_are_taken_by_our_mutators() -> None:
    """A plan of bluesky's messages, replaced by ours and the other way round."""
    plan = OURS.plan_mutator([bluesky.utils.Msg("checkpoint"), Msg("checkpoint")], doubled_checkpoints)

    assert drive(plan).commands == ["null", "checkpoint", "null"] * 2
    assert drive(OURS.ensure_generator(bluesky.utils.Msg("null"))).commands == ["null"]


def test_our_interruptions_pass_blueskys_preprocessors() -> None:
    """Bluesky's clean-up runs, and the operator's reason arrives."""
    plan = THEIRS.finalize_wrapper(THEIRS.count([det]), note("final"))

    trace = drive(plan, throw={1: errors.RequestAbort("beam is gone")}, driver=Driver())

    assert trace.commands[-1] == "null"
    assert trace.result == ("RequestAbort", "aborted: beam is gone")


def assert_alike(expected: Trace, actual: Trace) -> None:
    """Same messages and same end."""
    assert list(map(_plain, expected.messages)) == list(map(_plain, actual.messages))
    assert expected.ending == actual.ending
    assert _without_statuses(expected.result) == _without_statuses(actual.result)


def _plain(message: Any) -> Any:
    command, obj, args, kwargs, run = message
    if command == "open_run":
        kwargs = {name: value for name, value in kwargs.items() if name != "plan_args"}
    return command, obj, args, kwargs, run


def _without_statuses(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(map(_without_statuses, result))
    return "status" if hasattr(result, "add_callback") else result
