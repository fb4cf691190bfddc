"""Plans that both ours and bluesky's functions can make, and the devices in them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import bluesky.plan_stubs
import bluesky.plans
import bluesky.preprocessors
from cycler import cycler
from ophyd import sim

import reioc.engine.plans
from reioc.engine import Msg

OURS = SimpleNamespace(**vars(reioc.engine.plans))
THEIRS = SimpleNamespace(
    **{**vars(bluesky.preprocessors), **vars(bluesky.plan_stubs), **vars(bluesky.plans)},
)


class Fake:
    """The least of a device."""

    parent = None

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"Fake({self.name!r})"

    def read(self) -> Any: ...
    def describe(self) -> Any: ...


class FakeMotor(Fake):
    position = 2.0

    def set(self, value: Any) -> Any: ...


class FakeLocatable(FakeMotor):
    def locate(self) -> Any: ...


class FakeOnce(Fake):
    """Must not be triggered twice for one reading."""

    rewindable = SimpleNamespace(get=lambda: False)

    def trigger(self) -> Any: ...


class FakeBlind(Fake):
    """A motor with neither position nor locate: it must be read."""

    hints = {"fields": ["blind"]}  # noqa: RUF012 (the protocol's own form)

    def set(self, value: Any) -> Any: ...


class FakeSignal(FakeMotor):
    """Can be monitored, and remembers nothing."""

    def get(self) -> float:
        return 0.5

    def subscribe(self, function: Any) -> Any: ...
    def clear_sub(self, function: Any) -> Any: ...


class FakeFlyer(Fake):
    def kickoff(self) -> Any: ...
    def complete(self) -> Any: ...
    def collect(self) -> Any: ...
    def describe_collect(self) -> Any: ...


class FakeCounter(Fake):
    """Counts as long as it is told to."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.count_time = FakeSignal(f"{name}_count_time")

    def trigger(self) -> Any: ...


class FakeSuspender:
    def install(self, engine: Any) -> Any: ...
    def remove(self) -> Any: ...


det, det1, det2, motor, noisy = sim.det, sim.det1, sim.det2, sim.motor, sim.noisy_det
# bluesky stages the motors of a scan in the order of a set, we in the order of the plan: here both are the same.
motor1, motor2 = {sim.motor1, sim.motor2}
pseudo = sim.pseudo3x3
once, locatable, blind = FakeOnce("once"), FakeLocatable("locatable"), FakeBlind("blind")
quick, slow = {FakeMotor("quick"), FakeMotor("slow")}
flyer, flyer2 = FakeFlyer("flyer"), FakeFlyer("flyer2")
signal, signal2 = FakeSignal("signal"), FakeSignal("signal2")
counter, counter2 = FakeCounter("counter"), FakeCounter("counter2")
suspender, suspender2 = FakeSuspender(), FakeSuspender()


def nothing(name: str, document: dict[str, Any]) -> None:
    """A callback."""


def per_step_1d(detectors: Any, motor: Any, step: Any) -> Any:
    yield Msg("null", motor, step)


def per_step_nd(detectors: Any, step: Any, pos_cache: Any, extra: int = 0) -> Any:
    yield Msg("null", None, tuple(step.values()))


def per_shot(detectors: Any) -> Any:
    yield Msg("null", None, tuple(detectors))


def moves() -> Any:
    yield Msg("set", motor1, 5, group="a")
    yield Msg("set", motor2, 7, group="a")
    yield Msg("wait", None, group="a")
    return "moved"


def counting() -> Any:
    yield Msg("stage", counter)
    yield Msg("trigger", counter, group="c")
    yield Msg("trigger", counter2, group="c")
    yield Msg("wait", None, group="c")
    yield Msg("trigger", counter, group="c")
    return "counted"


def using() -> Any:
    yield Msg("open_run")
    yield Msg("set", motor1, 1, group="a")
    yield Msg("read", det.val)
    yield Msg("kickoff", flyer, group="a")
    yield Msg("trigger", det, group="a")
    yield Msg("set", motor1, 2, group="a")
    yield Msg("close_run")
    return "used"


def one_run(p: Any, md: Any = None) -> Any:
    return p.run_wrapper(moves(), md=md)


def two_runs(p: Any) -> Any:
    first = yield from one_run(p, {"number": 1})
    second = yield from one_run(p, {"number": 2})
    return first, second


def run_with_key(p: Any) -> Any:
    return p.set_run_key_wrapper(one_run(p), "inner")


def failing() -> Any:
    yield Msg("null")
    raise ValueError("by itself")


def note(text: Any) -> Callable[..., Any]:
    def plan(*args: Any) -> Any:
        yield Msg("null", None, text, *(type(arg).__name__ for arg in args))
        return text

    return plan


def swallowing(plan: Any) -> Any:
    try:
        return (yield from plan)
    except ValueError:
        yield Msg("null", None, "swallowed")


def before_sets(msg: Any) -> Any:
    if msg.command != "set":
        return None, None
    return note("before")(), None


def around_sets(msg: Any) -> Any:
    def head() -> Any:
        yield Msg("null", None, "head")
        return (yield msg)

    return (head(), note("tail")()) if msg.command == "set" else (None, None)


def after_sets(msg: Any) -> Any:
    return (None, note("after")()) if msg.command == "set" else (None, None)


def doubled(msg: Any) -> Any:
    return msg._replace(args=(msg.args[0] * 2,)) if msg.command == "set" else msg


def without_groups(plan: Any) -> Any:
    """Ours stages with a group, to wait for what takes time; bluesky's does not."""

    def ungrouped(msg: Any) -> Any:
        return msg._replace(kwargs={}) if msg.command == "stage" else msg

    return bluesky.preprocessors.msg_mutator(plan, ungrouped)


def no_waits(msg: Any) -> Any:
    return None if msg.command == "wait" else msg


PLANS: dict[str, Callable[[Any], Any]] = {
    "count": lambda p: p.count([det], num=3),
    "count with delays": lambda p: p.count([det, noisy], 3, delay=[5, 6, 7], md={"hints": {"a": 1}, "b": 2}),
    "count nothing": lambda p: p.count([], num=2),
    "count with per_shot": lambda p: p.count([det], 2, delay=5, per_shot=per_shot),
    "count zero times": lambda p: p.count([det], 0),
    "count what must not be triggered twice": lambda p: p.count([once, det], 2),
    "scan": lambda p: p.scan([det], motor, -1, 1, 3),
    "scan two motors": lambda p: p.scan([det, det1], motor1, -1, 1, motor2, 5, 9, num=3, md={"sample": "x"}),
    "scan with 1d step": lambda p: p.scan((det,), motor, -1, 1, 3, per_step=per_step_1d),
    "scan with nd step": lambda p: p.scan((det,), motor1, 0, 1, motor2, 0, 1, 3, per_step=per_step_nd),
    "scan without hints": lambda p: p.scan([det], sim.motor_no_hints1, 0, 1, 2),
    "scan with empty hints": lambda p: p.scan([det], sim.motor_empty_hints1, 0, 1, 2),
    "scan user's hints": lambda p: p.scan([det], motor, 0, 1, 2, md={"hints": {"dimensions": [], "x": 1}}),
    "scan pseudo axes": lambda p: p.scan([det], pseudo.pseudo1, 0, 1, pseudo.pseudo2, 0, 2, 3),
    "scan one pseudo axis": lambda p: p.scan([det], pseudo.pseudo1, 0, 1, 3),
    "rel_scan": lambda p: p.rel_scan([det], motor, -1, 1, 3),
    "rel_scan two motors": lambda p: p.rel_scan([det], motor1, -1, 1, motor2, 2, 3, num=3, md={"plan_name": "mine"}),
    "rel_scan pseudo axes": lambda p: p.rel_scan([det], pseudo.pseudo1, 0, 1, pseudo.pseudo2, 0, 2, 3),
    "rel_scan one pseudo axis": lambda p: p.rel_scan([det], pseudo.pseudo1, 0, 1, 3),
    "rel_scan located": lambda p: p.rel_scan([det], locatable, -1, 1, 3),
    "rel_scan read": lambda p: p.rel_scan([det], blind, -1, 1, 3),
    "list_scan": lambda p: p.list_scan([det], motor, [1, 3, 7]),
    "list_scan two motors": lambda p: p.list_scan([det], motor1, (1, 3), motor2, [5, 5], md={"hints": {"y": 1}}),
    "list_scan no points": lambda p: p.list_scan([det], motor, []),
    "rel_list_scan": lambda p: p.rel_list_scan([det], motor, [1, 3, 7]),
    "grid_scan": lambda p: p.grid_scan([det], motor1, 0, 1, 2, motor2, 5, 6, 3),
    "grid_scan snaking": lambda p: p.grid_scan([det], motor1, 0, 1, 2, motor2, 5, 6, 3, snake_axes=True),
    "grid_scan snaking one": lambda p: p.grid_scan([det], motor1, 0, 1, 2, motor2, 5, 6, 2, snake_axes=[motor2]),
    "grid_scan not snaking": lambda p: p.grid_scan([det], motor1, 0, 1, 2, motor2, 5, 6, 2, snake_axes=False),
    "grid_scan with flags": lambda p: p.grid_scan([det], motor1, 0, 1, 2, motor2, 5, 6, 2, True),
    "grid_scan with hints": lambda p: p.grid_scan([det], motor, 0, 1, 2, md={"hints": {"gridding": "x"}}),
    "grid_scan without hints": lambda p: p.grid_scan([det], sim.motor_no_hints1, 0, 1, 2),
    "rel_grid_scan": lambda p: p.rel_grid_scan([det], motor1, 0, 1, 2, motor2, 5, 6, 2, snake_axes=True),
    "scan_nd": lambda p: p.scan_nd([det], cycler(quick, [1, 1, 2]) + cycler(slow, [3, 4, 4]), md={"motors": []}),
}

STUBS: dict[str, Callable[[Any], Any]] = {
    "open_run": lambda p: p.open_run({"a": 1}),
    "open_run without md": lambda p: p.open_run(),
    "close_run": lambda p: p.close_run("fail", "why"),
    "create": lambda p: p.create(),
    "create named": lambda p: p.create("baseline"),
    "read": lambda p: p.read(det),
    "save": lambda p: p.save(),
    "drop": lambda p: p.drop(),
    "trigger": lambda p: p.trigger(det, group="g"),
    "trigger and wait": lambda p: p.trigger(det, group="g", wait=True),
    "wait": lambda p: p.wait("g"),
    "wait with options": lambda p: p.wait("g", timeout=3, error_on_timeout=False, watch=["h"]),
    "sleep": lambda p: p.sleep(2.5),
    "stage": lambda p: p.stage(det),
    "stage and wait": lambda p: p.stage(det, group="g", wait=True),
    "stage without waiting": lambda p: p.stage(det, wait=False),
    "unstage": lambda p: p.unstage(det, group="g"),
    "unstage without waiting": lambda p: p.unstage(det, wait=False),
    "stage_all": lambda p: p.stage_all(det, motor),
    "unstage_all": lambda p: p.unstage_all(det, motor, group="g"),
    "checkpoint": lambda p: p.checkpoint(),
    "clear_checkpoint": lambda p: p.clear_checkpoint(),
    "null": lambda p: p.null(),
    "pause": lambda p: p.pause(),
    "deferred_pause": lambda p: p.deferred_pause(),
    "subscribe": lambda p: p.subscribe("event", nothing),
    "unsubscribe": lambda p: p.unsubscribe(4),
    "stop": lambda p: p.stop(motor),
    "locate": lambda p: p.locate(locatable),
    "locate several": lambda p: p.locate(locatable, motor, squeeze=False),
    "abs_set": lambda p: p.abs_set(motor, 3, group="g"),
    "abs_set and wait": lambda p: p.abs_set(motor, 3, wait=True),
    "rel_set": lambda p: p.rel_set(motor, 3, wait=True),
    "rel_set located": lambda p: p.rel_set(locatable, 3),
    "mv": lambda p: p.mv(motor1, 3, motor2, 4),
    "mv with options": lambda p: p.mv(motor, 3, group="g", timeout=5, moved_cb=None),
    "mv pseudo axes": lambda p: p.mv(pseudo.pseudo1, 1, pseudo.pseudo2, 2),
    "mv a real axis": lambda p: p.mv(pseudo.real1, 1),
    "mvr": lambda p: p.mvr(motor1, 3, motor2, 4, timeout=3),
    "mvr located": lambda p: p.mvr(locatable, 3),
    "mvr pseudo axes": lambda p: p.mvr(pseudo.pseudo1, 1, pseudo.pseudo2, 2),
    "rd": lambda p: p.rd(det),
    "rd located": lambda p: p.rd(locatable),
    "rd a signal": lambda p: p.rd(sim.motor.velocity),
    "rd several hints": lambda p: p.rd(sim.det_with_conf),
    "rd no value": lambda p: p.rd(sim.motor_empty_hints1),
    "declare_stream": lambda p: p.declare_stream(det, motor, name="primary"),
    "declare_stream of parts": lambda p: p.declare_stream(motor.readback, motor, det.val, name="x", collect=True),
    "monitor": lambda p: p.monitor(signal),
    "monitor named": lambda p: p.monitor(signal, name="beam", event_type="value"),
    "unmonitor": lambda p: p.unmonitor(signal),
    "configure": lambda p: p.configure(det, {"exposure": 1}, fast=True),
    "prepare": lambda p: p.prepare(flyer, 3, group="g", more=4),
    "prepare and wait": lambda p: p.prepare(flyer, 3, group="g", wait=True),
    "kickoff": lambda p: p.kickoff(flyer, group="g", speed=3),
    "kickoff and wait": lambda p: p.kickoff(flyer, wait=True),
    "kickoff_all": lambda p: p.kickoff_all(flyer, flyer2, speed=3),
    "kickoff_all without waiting": lambda p: p.kickoff_all(flyer, group="g", wait=False),
    "kickoff_all nothing": lambda p: p.kickoff_all(),
    "complete": lambda p: p.complete(flyer, group="g"),
    "complete and wait": lambda p: p.complete(flyer, group="g", wait=True),
    "complete_all": lambda p: p.complete_all(flyer, flyer2),
    "complete_all and wait": lambda p: p.complete_all(flyer, flyer2, group="g", wait=True),
    "collect": lambda p: p.collect(flyer),
    "collect with options": lambda p: p.collect(flyer, det, stream=True, return_payload=False, name="fly"),
    "collect_while_completing": lambda p: p.collect_while_completing([flyer, flyer2], [det, det1], 0.5, "fly", ["w"]),
    "collect_while_completing at once": lambda p: p.collect_while_completing([], (det,)),
    "input_plan": lambda p: p.input_plan("who? "),
    "install_suspender": lambda p: p.install_suspender(suspender),
    "remove_suspender": lambda p: p.remove_suspender(suspender),
    "wait_for": lambda p: p.wait_for([nothing], timeout=5),
    "broadcast_msg": lambda p: p.broadcast_msg("set", [motor1, motor2], 3, group="g"),
    "broadcast_msg to nobody": lambda p: p.broadcast_msg("stage", ()),
    "repeater": lambda p: p.repeater(3, note("x"), 1, "a"),
    "repeater zero times": lambda p: p.repeater(0, note("x")),
    "caching_repeater": lambda p: p.caching_repeater(2, moves()),
    "caching_repeater list": lambda p: p.caching_repeater(2, [Msg("null")]),
    "mov": lambda p: p.mov(motor1, 3, motor2, 4),
    "movr": lambda p: p.movr(motor1, 3),
    "trigger_and_read": lambda p: p.trigger_and_read([det, motor], name="other"),
    "trigger_and_read nothing": lambda p: p.trigger_and_read([]),
    "trigger_and_read parts": lambda p: p.trigger_and_read([motor.readback, motor, det.val]),
    "trigger_and_read once": lambda p: p.trigger_and_read([once]),
    "one_shot": lambda p: p.one_shot([det]),
    "one_shot with take_reading": lambda p: p.one_shot([det], take_reading=per_shot),
    "one_1d_step": lambda p: p.one_1d_step([det], motor, 4),
    "move_per_step": lambda p: p.move_per_step({motor1: 1, motor2: 2}, {motor1: 1, motor2: None}),
    "one_nd_step": lambda p: p.one_nd_step([det], {motor1: 1, motor2: 2}, {motor1: None, motor2: 2}),
    "repeat": lambda p: p.repeat(note("x"), num=3, delay=5),
    "repeat a list": lambda p: p.repeat(lambda: [Msg("null")], num=2),
    "repeat with few delays": lambda p: p.repeat(note("x"), num=None, delay=[5, None]),
    "repeat with an iterator of delays": lambda p: p.repeat(note("x"), num=2, delay=iter([5])),
}

PREPROCESSORS: dict[str, Callable[[Any], Any]] = {
    "run_wrapper": lambda p: p.run_wrapper(moves(), md={"a": 1}),
    "run_decorator": lambda p: p.run_decorator(md={"a": 1})(moves)(),
    "run_wrapper failing": lambda p: p.run_wrapper(failing()),
    "stage_wrapper": lambda p: p.stage_wrapper(moves(), [det.val, motor, det]),
    "stage_decorator": lambda p: p.stage_decorator([det])(moves)(),
    "finalize_wrapper": lambda p: p.finalize_wrapper(moves(), note("final")),
    "finalize_wrapper instance": lambda p: p.finalize_wrapper(moves(), note("final")()),
    "finalize_wrapper list": lambda p: p.finalize_wrapper(moves(), [Msg("null"), Msg("null")]),
    "finalize_wrapper debug": lambda p: p.finalize_wrapper(moves(), note("final"), pause_for_debug=True),
    "finalize_decorator": lambda p: p.finalize_decorator(note("final"))(moves)(),
    "contingency_wrapper": lambda p: p.contingency_wrapper(
        moves(), except_plan=note("except"), else_plan=note("else"), final_plan=note("final")
    ),
    "contingency_wrapper failing": lambda p: p.contingency_wrapper(failing(), except_plan=note("except")),
    "contingency_wrapper not raising": lambda p: p.contingency_wrapper(
        failing(), except_plan=note("except"), final_plan=note("final"), auto_raise=False
    ),
    "contingency_wrapper debug": lambda p: p.contingency_wrapper(failing(), pause_for_debug=True),
    "contingency_decorator": lambda p: p.contingency_decorator(else_plan=note("else"))(moves)(),
    "relative_set_wrapper": lambda p: p.relative_set_wrapper(moves(), [motor1]),
    "relative_set_decorator": lambda p: p.relative_set_decorator()(moves)(),
    "reset_positions_wrapper": lambda p: p.reset_positions_wrapper(moves(), [motor1]),
    "reset_positions_decorator": lambda p: p.reset_positions_decorator()(moves)(),
    "rewindable_wrapper": lambda p: p.rewindable_wrapper(moves(), False),
    "rewindable_wrapper yes": lambda p: p.rewindable_wrapper(moves(), True),
    "subs_wrapper": lambda p: p.subs_wrapper(moves(), nothing),
    "subs_wrapper list": lambda p: p.subs_wrapper(moves(), [nothing]),
    "subs_wrapper dict": lambda p: p.subs_wrapper(moves(), {"stop": nothing, "start": []}),
    "subs_wrapper none": lambda p: p.subs_wrapper(moves(), None),
    "subs_decorator": lambda p: p.subs_decorator(nothing)(moves)(),
    "inject_md_wrapper": lambda p: p.inject_md_wrapper(p.run_wrapper(moves(), md={"a": 1, "b": 2}), {"b": 3}),
    "inject_md_decorator": lambda p: p.inject_md_decorator({"b": 3})(p.run_decorator(md={"b": 2})(moves))(),
    "set_run_key_wrapper": lambda p: p.set_run_key_wrapper(p.run_wrapper(moves()), "inner"),
    "set_run_key_decorator": lambda p: p.set_run_key_decorator("inner")(moves)(),
    "pchain": lambda p: p.pchain(moves(), note("x")()),
    "pchain failing": lambda p: p.pchain(moves(), failing(), note("x")()),
    "single_gen": lambda p: p.single_gen(Msg("null")),
    "plan_mutator before": lambda p: p.plan_mutator(moves(), before_sets),
    "plan_mutator around": lambda p: p.plan_mutator(moves(), around_sets),
    "plan_mutator after": lambda p: p.plan_mutator(moves(), after_sets),
    "plan_mutator twice": lambda p: p.plan_mutator(p.plan_mutator(moves(), around_sets), after_sets),
    "plan_mutator swallowing": lambda p: p.plan_mutator(swallowing(failing()), before_sets),
    "plan_mutator over a run": lambda p: p.plan_mutator(p.run_wrapper(moves()), around_sets),
    "msg_mutator": lambda p: p.msg_mutator(moves(), doubled),
    "msg_mutator leaving out": lambda p: p.msg_mutator(moves(), no_waits),
    "msg_mutator over a run": lambda p: p.msg_mutator(p.run_wrapper(failing()), doubled),
    "print_summary_wrapper": lambda p: p.print_summary_wrapper(p.count([det], 2)),
    "suspend_wrapper": lambda p: p.suspend_wrapper(moves(), suspender),
    "suspend_wrapper list": lambda p: p.suspend_wrapper(moves(), (suspender, suspender2)),
    "suspend_wrapper failing": lambda p: p.suspend_wrapper(failing(), [suspender]),
    "suspend_decorator": lambda p: p.suspend_decorator([suspender])(moves)(),
    "configure_count_time_wrapper": lambda p: p.configure_count_time_wrapper(counting(), 3),
    "configure_count_time_wrapper none": lambda p: p.configure_count_time_wrapper(counting(), None),
    "configure_count_time_decorator": lambda p: p.configure_count_time_decorator(3)(counting)(),
    "stub_wrapper": lambda p: p.stub_wrapper(p.count([det, motor], 2, md={"a": 1})),
    "stub_wrapper two runs": lambda p: p.stub_wrapper(two_runs(p)),
    "stub_decorator": lambda p: p.stub_decorator()(two_runs)(p),
    "monitor_during_wrapper": lambda p: p.monitor_during_wrapper(one_run(p), [signal, signal2]),
    "monitor_during_wrapper two runs": lambda p: p.monitor_during_wrapper(two_runs(p), (signal,)),
    "monitor_during_wrapper nothing": lambda p: p.monitor_during_wrapper(one_run(p), []),
    "monitor_during_decorator": lambda p: p.monitor_during_decorator([signal])(one_run)(p),
    "fly_during_wrapper": lambda p: p.fly_during_wrapper(one_run(p), [flyer, flyer2]),
    "fly_during_wrapper two runs": lambda p: p.fly_during_wrapper(two_runs(p), (flyer,)),
    "fly_during_wrapper nothing": lambda p: p.fly_during_wrapper(one_run(p), []),
    "fly_during_decorator": lambda p: p.fly_during_decorator([flyer])(one_run)(p),
    "baseline_wrapper": lambda p: p.baseline_wrapper(one_run(p), [det, motor.readback, motor]),
    "baseline_wrapper named": lambda p: p.baseline_wrapper(two_runs(p), (once,), name="conditions"),
    "baseline_wrapper with run key": lambda p: p.baseline_wrapper(run_with_key(p), [det]),
    "baseline_wrapper nothing": lambda p: p.baseline_wrapper(one_run(p), []),
    "baseline_wrapper none": lambda p: p.baseline_wrapper(one_run(p), None),
    "baseline_decorator": lambda p: p.baseline_decorator([det])(one_run)(p),
    "lazily_stage_wrapper": lambda p: without_groups(p.lazily_stage_wrapper(using())),
    "lazily_stage_decorator": lambda p: without_groups(p.lazily_stage_decorator()(using)()),
    "SupplementalData": lambda p: p.SupplementalData(baseline=[det], monitors=[signal], flyers=[flyer])(two_runs(p)),
    "SupplementalData empty": lambda p: p.SupplementalData()(one_run(p)),
    "nested": lambda p: p.finalize_wrapper(
        p.stage_wrapper(p.run_wrapper(p.relative_set_wrapper(moves())), [det]), note("final")
    ),
}
