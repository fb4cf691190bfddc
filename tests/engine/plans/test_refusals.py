"""What small plans and plans around plans refuse: nothing is sent, the error says what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from reioc.engine import Msg, UnsupportedDevice

from .cases import (
    OURS,
    FakeMotor,
    FakeSuspender,
    counter,
    flyer,
    moves,
    note,
    nothing,
    signal,
    suspender,
)
from .driver import drive

p = OURS
quick = FakeMotor("quick")

STUBS: dict[str, tuple[Any, type[Exception], str]] = {
    "stage_all a list": (
        lambda: p.stage_all([quick]),
        TypeError,
        "stage_all: argument 1 is a list, devices are given one by one: stage_all(*devices)",
    ),
    "unstage_all a text": (
        lambda: p.unstage_all(quick, "slow"),
        TypeError,
        "unstage_all: argument 2 is no device but 'slow' (str)",
    ),
    "stage_all a class": (
        lambda: p.stage_all(FakeMotor),
        TypeError,
        "stage_all: argument 1 is the class FakeMotor, not a device of that class",
    ),
    "declare_stream a list": (
        lambda: p.declare_stream([quick], name="primary"),
        TypeError,
        "declare_stream: argument 1 is a list, devices are given one by one: declare_stream(*devices)",
    ),
    "kickoff_all a detector": (
        lambda: p.kickoff_all(flyer, counter),
        UnsupportedDevice,
        "kickoff_all: 'counter' cannot fly, it has no kickoff(), complete()",
    ),
    "complete_all a name": (lambda: p.complete_all("flyer"), TypeError, "argument 1 is no device but 'flyer' (str)"),
    "collect_while_completing a flyer": (
        lambda: p.collect_while_completing(flyer, [counter]),
        TypeError,
        "collect_while_completing: flyers must be a list, such as [f1, f2], not 'flyer'",
    ),
    "collect_while_completing nothing": (
        lambda: p.collect_while_completing([flyer], []),
        ValueError,
        "collect_while_completing: dets is empty",
    ),
    "collect_while_completing a detector": (
        lambda: p.collect_while_completing([counter], [counter]),
        UnsupportedDevice,
        "'counter' cannot fly",
    ),
    "trigger_and_read a device": (
        lambda: p.trigger_and_read(counter),
        TypeError,
        "trigger_and_read: devices must be a list, such as [d1, d2], not 'counter'",
    ),
    "trigger_and_read a name": (lambda: p.trigger_and_read("det"), TypeError, "must be a list, such as [d1, d2]"),
    "trigger_and_read names": (lambda: p.trigger_and_read(["det"]), TypeError, "devices[0] is no device but 'det'"),
    "broadcast_msg a name": (
        lambda: p.broadcast_msg("stage", "det"),
        TypeError,
        "broadcast_msg: objs must be a list, such as [o1, o2], not 'det'",
    ),
    "repeater a plan": (
        lambda: p.repeater(3, moves()),
        TypeError,
        "repeater: gen_func must be a function, not <generator object moves",
    ),
    "repeater half a time": (lambda: p.repeater(2.5, moves), ValueError, "repeater: n must be a whole number"),
    "repeat a plan": (lambda: p.repeat(moves()), TypeError, "repeat: plan must be a function, not <generator object"),
    "caching_repeater often": (lambda: p.caching_repeater("x", moves()), TypeError, "caching_repeater: n must be"),
    "caching_repeater a function": (lambda: p.caching_repeater(2, moves), TypeError, "call it: moves(…)"),
}

PREPROCESSORS: dict[str, tuple[Any, type[Exception], str]] = {
    "stage_wrapper a device": (
        lambda: p.stage_wrapper(moves(), quick),
        TypeError,
        "stage_wrapper: devices must be a list, such as [d1, d2], not 'quick'",
    ),
    "stage_decorator a name": (p.stage_decorator("det")(moves), TypeError, "devices must be a list"),
    "stage_wrapper names": (
        lambda: p.stage_wrapper(moves(), ["det"]),
        TypeError,
        "stage_wrapper: devices[0] is no device but 'det' (str)",
    ),
    "monitor_during_wrapper a signal": (
        lambda: p.monitor_during_wrapper(moves(), signal),
        TypeError,
        "monitor_during_wrapper: signals must be a list, such as [s1, s2], not 'signal'",
    ),
    "monitor_during_wrapper a motor": (
        lambda: p.monitor_during_wrapper(moves(), [signal, quick]),
        UnsupportedDevice,
        "monitor_during_wrapper: 'quick' cannot be monitored, it has no subscribe(), clear_sub()",
    ),
    "fly_during_wrapper a motor": (
        lambda: p.fly_during_wrapper(moves(), [quick]),
        UnsupportedDevice,
        "fly_during_wrapper: 'quick' cannot fly, it has no kickoff(), complete()",
    ),
    "baseline_wrapper a name": (lambda: p.baseline_wrapper(moves(), "det"), TypeError, "devices must be a list"),
    "baseline_wrapper a class": (
        lambda: p.baseline_wrapper(moves(), [quick, FakeMotor]),
        TypeError,
        "baseline_wrapper: devices[1] is the class FakeMotor, not a device of that class",
    ),
    "SupplementalData a name": (
        lambda: p.SupplementalData(baseline=["det"])(moves()),
        TypeError,
        "baseline_wrapper: devices[0] is no device but 'det' (str)",
    ),
    "suspend_wrapper a name": (
        lambda: p.suspend_wrapper(moves(), "beam"),
        UnsupportedDevice,
        "suspend_wrapper: 'beam' cannot suspend, it has no install(), remove()",
    ),
    "suspend_wrapper a signal": (
        lambda: p.suspend_wrapper(moves(), [suspender, signal]),
        UnsupportedDevice,
        "suspend_wrapper: 'signal' cannot suspend",
    ),
    "suspend_wrapper a class": (
        lambda: p.suspend_wrapper(moves(), FakeSuspender),
        UnsupportedDevice,
        "suspend_wrapper: FakeSuspender is a class, not an instance of it",
    ),
    "open_run a text": (lambda: p.open_run("NaCl"), TypeError, "open_run: md must be a dict of metadata, not 'NaCl'"),
    "inject_md_wrapper a text": (
        lambda: p.inject_md_wrapper(moves(), "NaCl"),
        TypeError,
        "inject_md_wrapper: md must be a dict, such as {'sample': 'NaCl'}, not 'NaCl'",
    ),
    "finalize_wrapper nothing": (lambda: p.finalize_wrapper(moves(), None), TypeError, "not NoneType: None"),
    "contingency_wrapper a plan": (
        lambda: p.contingency_wrapper(moves(), except_plan=moves()),
        TypeError,
        "contingency_wrapper: except_plan must be a function, not <generator object moves",
    ),
    "relative_set_wrapper a motor": (
        lambda: p.relative_set_wrapper(moves(), quick),
        TypeError,
        "relative_set_wrapper: devices must be a list, such as [d1, d2], not 'quick'",
    ),
    "reset_positions_wrapper a name": (
        lambda: p.reset_positions_wrapper(moves(), ["quick"]),
        TypeError,
        "reset_positions_wrapper: devices[0] is no device but 'quick' (str)",
    ),
    "plan_mutator without msg_proc": (
        lambda: p.plan_mutator(moves(), None),
        TypeError,
        "plan_mutator: msg_proc must be a function, not None (NoneType)",
    ),
    "plan_mutator with one for msg_mutator": (
        lambda: p.plan_mutator(moves(), lambda msg: msg),
        TypeError,
        "plan_mutator: msg_proc must answer a pair (head, tail), each a plan or None, not Msg('set'",
    ),
    "msg_mutator without msg_proc": (lambda: p.msg_mutator(moves(), 3), TypeError, "msg_proc must be a function"),
}

AROUND: dict[str, Any] = {
    "run_wrapper": p.run_wrapper,
    "stage_wrapper": lambda plan: p.stage_wrapper(plan, [quick]),
    "subs_wrapper": lambda plan: p.subs_wrapper(plan, nothing),
    "suspend_wrapper": lambda plan: p.suspend_wrapper(plan, suspender),
    "configure_count_time_wrapper": lambda plan: p.configure_count_time_wrapper(plan, 3),
    "configure_count_time_wrapper none": lambda plan: p.configure_count_time_wrapper(plan, None),
    "contingency_wrapper": lambda plan: p.contingency_wrapper(plan, except_plan=note("except")),
    "finalize_wrapper": lambda plan: p.finalize_wrapper(plan, note("final")),
    "rewindable_wrapper": lambda plan: p.rewindable_wrapper(plan, False),
    "rewindable_wrapper yes": lambda plan: p.rewindable_wrapper(plan, True),
    "inject_md_wrapper": lambda plan: p.inject_md_wrapper(plan, {}),
    "set_run_key_wrapper": lambda plan: p.set_run_key_wrapper(plan, "inner"),
    "stub_wrapper": p.stub_wrapper,
    "print_summary_wrapper": p.print_summary_wrapper,
    "monitor_during_wrapper": lambda plan: p.monitor_during_wrapper(plan, [signal]),
    "monitor_during_wrapper nothing": lambda plan: p.monitor_during_wrapper(plan, []),
    "fly_during_wrapper": lambda plan: p.fly_during_wrapper(plan, [flyer]),
    "fly_during_wrapper nothing": lambda plan: p.fly_during_wrapper(plan, []),
    "lazily_stage_wrapper": p.lazily_stage_wrapper,
    "baseline_wrapper": lambda plan: p.baseline_wrapper(plan, [quick]),
    "baseline_wrapper nothing": lambda plan: p.baseline_wrapper(plan, []),
    "SupplementalData": p.SupplementalData(baseline=[quick]),
    "relative_set_wrapper": p.relative_set_wrapper,
    "reset_positions_wrapper": p.reset_positions_wrapper,
    "plan_mutator": lambda plan: p.plan_mutator(plan, lambda _: (None, None)),
    "msg_mutator": lambda plan: p.msg_mutator(plan, lambda msg: msg),
    "pchain": lambda plan: p.pchain(moves(), plan),
}
REFUSED = {**STUBS, **PREPROCESSORS}


@pytest.mark.parametrize(("make", "error", "part"), REFUSED.values(), ids=REFUSED)
def test_wrong_arguments_are_refused_before_anything_is_sent(make: Any, error: type[Exception], part: str) -> None:
    """No message is sent; the error says what is wrong and what would be right."""
    trace = drive(make())

    assert trace.messages == []
    assert trace.result[0] == error.__name__
    assert part in trace.result[1]


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_a_plan_function_that_was_not_called_is_refused_before_anything_is_sent(around: Any) -> None:
    """Nothing is staged, opened or subscribed for what is no plan; the error says to call it."""
    trace = drive(around(moves))

    assert trace.messages == []
    assert trace.result[0] == "TypeError"
    assert "A plan is a generator or an iterable of Msg, not function" in trace.result[1]
    assert trace.result[1].endswith("call it: moves(…)")


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_a_list_of_messages_is_a_plan(around: Any) -> None:
    """Also one whose messages are replied something, which a list cannot take."""
    trace = drive(around([Msg("set", quick, 1, group="a"), Msg("wait", None, group="a")]))

    assert trace.ending == "returned"
    assert {"set", "wait"} <= set(trace.commands)
