"""The open run, or the last one."""

from __future__ import annotations

from datetime import datetime

from caproto.server import PVGroup

from ..progress import RunStatus
from ..pvs import (
    FAST,
    MAJOR,
    MONITOR,
    Guidance,
    bool_display,
    enum_display,
    float_display,
    int_display,
    post,
    string_display,
    text_display,
)

__all__ = ["EXIT_STATUSES", "RunGroup"]

EXIT_STATUSES = ("none", "success", "stop", "abort", "halt", "fail")
_FAILED = Guidance("The last run has failed; Run:Reason says why. What it measured until then is kept.")


class RunGroup(PVGroup):
    """What is known of a run, from its documents."""

    open_ = bool_display("Open", "A run is open")
    plan = string_display("Plan", "The plan of the run", archive=MONITOR)
    params = text_display("Params", "What the plan was given, in short", length=400)
    uid = string_display("UID", "uid of the RunStart", archive=MONITOR)
    scan_id = int_display("ScanID", "Number of the run", archive=MONITOR)
    exit_status = enum_display(
        "ExitStatus", "How it ended", EXIT_STATUSES, severities={"fail": MAJOR}, guidance=_FAILED
    )
    reason = text_display("Reason", "Why it ended so")
    started = string_display("Started", "When it began")
    elapsed = float_display("Elapsed", "Since it began", units="s", precision=0)
    points = int_display("Points", "How many points there will be")
    point = int_display("Point", "How many points there are", archive=FAST)
    progress = float_display("Progress", "Points done", units="%", precision=1, shown=(0.0, 100.0))
    eta = float_display("ETA", "Time until it is over", units="s", precision=0)
    times = text_display("Times", "How long it takes, for people", length=100)
    events = int_display("Events", "Events so far, of all streams")
    streams = text_display("Streams", "Names of the streams")
    metadata = text_display("Metadata", "The RunStart, JSON", length=16000)

    async def publish(self, status: RunStatus, params: str, at: float | None = None) -> None:
        """Everything of it, as it became so at that time (epoch seconds); `Open` comes last."""
        await post(self.plan, status.plan, at=at)
        await post(self.params, params, at=at)
        await post(self.uid, status.uid, at=at)
        await post(self.scan_id, status.scan_id, at=at)
        await post(self.metadata, status.metadata, at=at)
        await post(self.started, _moment(status.started), at=at)
        await post(self.reason, status.reason, at=at)
        await post(self.exit_status, status.exit_status, at=at)
        await post(self.streams, ", ".join(status.streams), at=at)
        await post(self.points, status.points, at=at)
        await post(self.point, status.point, at=at)
        await post(self.progress, status.progress, at=at)
        await post(self.events, status.events, at=at)
        await post(self.open_, status.open, at=at)

    async def publish_times(self, elapsed: float, eta: float, words: str) -> None:
        """What changes as time goes by, in seconds and in words."""
        await post(self.elapsed, round(elapsed))
        await post(self.eta, round(eta))
        await post(self.times, words)


def _moment(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(sep=" ", timespec="milliseconds") if seconds else ""
