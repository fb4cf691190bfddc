"""The plans that are interrupted at every message, given a lab."""

import asyncio

import bluesky.plans
import bluesky.preprocessors

import reioc.engine.plans as ours
from reioc.engine import Msg

from .fakes import points


def event(*devices, stream="primary", run=None):
    """The messages of one event."""
    for number, device in enumerate(devices):
        if hasattr(device, "trigger"):
            yield Msg("trigger", device, group=("trigger", number))
            yield Msg("wait", group=("trigger", number))
    yield Msg("create", name=stream, run=run)
    readings = []
    for device in devices:
        reading = yield Msg("read", device, run=run)
        readings.append(reading)
    yield Msg("save", run=run)
    return readings


def move(motor, position):
    yield Msg("set", motor, position, group="move")
    yield Msg("wait", group="move")


def two_runs(lab):
    """Two runs at once, of which the second one is opened later and closed earlier."""
    readings = []
    yield Msg("open_run", run="outer")
    readings += yield from event(lab.m2, stream="baseline", run="outer")
    yield Msg("open_run", run="inner")
    for position in (1, 2):
        yield Msg("checkpoint")
        yield from move(lab.m1, position)
        for run in ("outer", "inner"):
            readings += yield from event(lab.det, run=run)
    yield Msg("close_run", run="inner")
    readings += yield from event(lab.m2, stream="baseline", run="outer")
    yield Msg("close_run", run="outer")
    return readings


def run_after_run(lab):
    """Two runs, one after the other."""
    readings = []
    for position in (1, 2):
        readings += yield from points(lab.det, lab.m1, [position, position + 1])
    return readings


def sent_before(lab):
    """Each motor is sent off before the checkpoint and waited for behind it."""
    yield Msg("open_run")
    for position in (1, 2):
        yield Msg("set", lab.m1, position, group="move")
        yield Msg("set", lab.m2, -position, group="move")
        yield Msg("checkpoint")
        yield Msg("wait", group="move")
        yield from event(lab.det, lab.m1, lab.m2)
        yield Msg("checkpoint")
    yield Msg("close_run")


def without_checkpoints(lab):
    """All of it is repeated, from RunStart on, whose message is not."""
    yield Msg("open_run")
    yield from move(lab.m1, 1)
    yield from event(lab.det)
    yield from move(lab.m1, 2)
    yield from event(lab.det)
    yield Msg("close_run")


def partly_uninterruptible(lab):
    """Cannot be taken up again between `clear_checkpoint` and the next checkpoint."""
    yield Msg("open_run")
    yield from event(lab.det)
    yield Msg("clear_checkpoint")
    yield from move(lab.m1, 1)
    yield from event(lab.det)
    yield Msg("checkpoint")
    yield from event(lab.det)
    yield Msg("close_run")


def not_rewindable(lab):
    """Nothing is repeated while that is off."""
    yield Msg("open_run")
    for rewindable in (False, True, False):
        yield Msg("rewindable", None, rewindable)
        yield Msg("checkpoint")
        yield from move(lab.m1, 1 + rewindable)
        yield from event(lab.det, lab.m1)
    yield Msg("rewindable", None, True)
    yield Msg("close_run")


def dropping(lab):
    """Every other event is dropped."""
    yield Msg("open_run")
    for position in (1, 2, 3):
        yield Msg("checkpoint")
        yield from move(lab.m1, position)
        yield Msg("create", name="primary")
        yield Msg("read", lab.m1)
        yield Msg("drop" if position == 2 else "save")
    yield Msg("close_run")


def tidying(lab, preprocessors):
    """A scan that tidies up behind itself: the motor goes back to 0, whatever happens."""

    def clean():
        lab.cleanings += 1
        yield from move(lab.m1, 0)

    def scan():
        yield Msg("null")
        return (yield from points(lab.det, lab.m1, [1, 2]))

    return preprocessors.finalize_wrapper(scan(), clean)


def contingent(lab):
    """Tidies up only when something has gone wrong; a wish to end it is such a thing."""

    def clean(error):
        lab.cleanings += 1
        yield from move(lab.m1, 0)

    return ours.contingency_wrapper(points(lab.det, lab.m1, [1, 2]), except_plan=clean)


def subscribed(lab):
    return ours.subs_wrapper(ours.count([lab.pausable], 2), lab.hear)


def configured(lab):
    """Configures before and behind a checkpoint."""
    yield Msg("open_run")
    for exposure in (1.0, 2.0):
        yield Msg("configure", lab.tunable, exposure)
        yield from event(lab.tunable)
        yield Msg("checkpoint")
        yield Msg("configure", lab.tunable, 10 * exposure)
        yield from event(lab.tunable)
    yield Msg("close_run")


def declared_streams(lab):
    yield Msg("open_run")
    yield Msg("declare_stream", None, lab.det, lab.m1, name="primary", collect=False)
    yield Msg("declare_stream", None, lab.m2, name="unused", collect=False)
    for position in (1, 2):
        yield Msg("checkpoint")
        yield from move(lab.m1, position)
        yield from event(lab.det, lab.m1)
    yield Msg("declare_stream", None, lab.m2, name="late", collect=False)
    yield from event(lab.m2, stream="late")
    yield Msg("close_run")


def watched(lab):
    """A signal is monitored, and moves with each point."""
    yield Msg("open_run")
    yield Msg("monitor", lab.signal, name="signal_monitor")
    for position in (1, 2):
        yield Msg("checkpoint")
        yield Msg("set", lab.signal, position, group="move")
        yield Msg("wait", group="move")
        yield from event(lab.det)
    yield Msg("unmonitor", lab.signal)
    yield from event(lab.det)
    yield Msg("close_run")


def watched_to_the_end(lab):
    """The monitor is left to the end of the run."""
    yield Msg("open_run")
    yield Msg("monitor", lab.signal, name="signal_monitor")
    yield from move(lab.signal, 1)
    yield from event(lab.det)
    yield Msg("close_run")


def baseline_and_monitor(lab, preprocessors, plans):
    plan = plans.count([lab.pausable], 2)
    plan = preprocessors.monitor_during_wrapper(plan, [lab.signal])
    return preprocessors.baseline_wrapper(plan, [lab.m1, lab.m2])


def flight(flyer, **collect):
    yield Msg("kickoff", flyer, group="kickoff")
    yield Msg("wait", group="kickoff")
    yield Msg("null")
    yield Msg("complete", flyer, group="complete")
    yield Msg("wait", group="complete")
    yield Msg("collect", flyer, **collect)


def flown(lab):
    """Two flights in a run, a checkpoint before each."""
    yield Msg("open_run")
    for _ in range(2):
        yield Msg("checkpoint")
        yield from flight(lab.flyer)
    yield Msg("close_run")


def flown_by_declaration(lab):
    yield Msg("open_run")
    yield Msg("declare_stream", None, lab.declared, name="declared", collect=True)
    yield from flight(lab.declared, name="declared")
    yield from event(lab.det)
    yield from flight(lab.declared, name="declared")
    yield Msg("close_run")


def prepared(lab):
    """A flyer that is prepared counts as moved: its flight is stopped, and flown again."""
    yield Msg("open_run")
    for events in (2, 3):
        yield Msg("checkpoint")
        yield Msg("prepare", lab.flyer, events, group="prepare")
        yield Msg("wait", group="prepare")
        yield from flight(lab.flyer)
    yield Msg("checkpoint")
    yield Msg("close_run")


def framed(lab):
    """A flyer of which frames are collected while it flies, and another one with events of its own."""
    yield Msg("open_run")
    yield Msg("declare_stream", None, lab.framing, name="frames", collect=True)
    yield Msg("kickoff", lab.framing, group="kickoff")
    yield Msg("kickoff", lab.flyer, group="kickoff")
    yield Msg("wait", group="kickoff")
    yield Msg("collect", lab.framing, name="frames")
    yield from ours.collect_while_completing([lab.framing, lab.flyer], [lab.framing], stream_name="frames")
    yield Msg("collect", lab.flyer)
    yield Msg("close_run")


def supplemented(lab, SupplementalData):
    supplemental = SupplementalData(baseline=[lab.m2], monitors=[lab.signal], flyers=[lab.flyer])
    return supplemental(ours.count([lab.det], 2))


def waiting(lab):
    """Waits of all kinds."""

    async def turns():
        await asyncio.sleep(0)

    yield Msg("open_run")
    yield Msg("checkpoint")
    yield Msg("sleep", None, 0)
    yield Msg("wait_for", None, [turns, turns])
    yield Msg("wait", group="nothing")
    yield Msg("set", lab.m1, 1, group="move")
    yield Msg("wait", group="move", timeout=20, error_on_timeout=False)
    yield from event(lab.det, lab.later)
    yield Msg("close_run")


def files(lab):
    return ours.count([lab.camera, lab.det], 2)


def frames(lab):
    return ours.count([lab.stream], 2)


PLANS = {
    "partly_uninterruptible": partly_uninterruptible,
    "count": lambda lab: ours.count([lab.det, lab.pausable], 2),
    "scan": lambda lab: ours.scan([lab.det], lab.m1, 1, 2, 2),
    "grid_scan": lambda lab: ours.grid_scan([lab.det], lab.m1, 1, 2, 2, lab.m2, 1, 2, 2, True),
    "rel_scan": lambda lab: ours.rel_scan([lab.det], lab.m1, 1, 2, 2),
    "list_scan": lambda lab: ours.list_scan([lab.det, lab.pausable], lab.m1, [1, 3]),
    "bluesky's count": lambda lab: bluesky.plans.count([lab.det], 2),
    "bluesky's scan": lambda lab: bluesky.plans.scan([lab.det], lab.m1, 1, 2, 2),
    "bluesky's grid_scan": lambda lab: bluesky.plans.grid_scan([lab.det], lab.m1, 1, 2, 2, lab.m2, 1, 2, 2, True),
    "bluesky's rel_scan": lambda lab: bluesky.plans.rel_scan([lab.det], lab.m1, 1, 2, 2),
    "points": lambda lab: points(lab.det, lab.m1, [1, 2]),
    "two_runs": two_runs,
    "run_after_run": run_after_run,
    "sent_before": sent_before,
    "without_checkpoints": without_checkpoints,
    "not_rewindable": not_rewindable,
    "dropping": dropping,
    "tidying": lambda lab: tidying(lab, ours),
    "bluesky's tidying": lambda lab: tidying(lab, bluesky.preprocessors),
    "contingent": contingent,
    "subscribed": subscribed,
    "configured": configured,
    "declared_streams": declared_streams,
    "watched": watched,
    "watched_to_the_end": watched_to_the_end,
    "bluesky's baseline and monitor": lambda lab: baseline_and_monitor(lab, bluesky.preprocessors, ours),
    "flown": flown,
    "flown_by_declaration": flown_by_declaration,
    "fly": lambda lab: ours.fly([lab.flyer]),
    "fly_during": lambda lab: ours.fly_during_wrapper(ours.count([lab.det], 2), [lab.flyer]),
    "prepared": prepared,
    "framed": framed,
    "supplemented": lambda lab: supplemented(lab, ours.SupplementalData),
    "bluesky's supplemented": lambda lab: supplemented(lab, bluesky.preprocessors.SupplementalData),
    "baseline and monitor": lambda lab: baseline_and_monitor(lab, ours, ours),
    "waiting": waiting,
    "later": lambda lab: ours.scan([lab.later], lab.later_motor, 1, 2, 2),
    "unrepeatable": lambda lab: ours.scan([lab.unrepeatable, lab.det], lab.m1, 1, 2, 2),
    "bluesky's fly": lambda lab: bluesky.plans.fly([lab.flyer]),
    "files": files,
    "frames": frames,
}
"""What makes each plan, given a lab."""
