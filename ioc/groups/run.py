"""The open run, or the last one."""

from __future__ import annotations

from datetime import datetime

from caproto import AlarmSeverity
from caproto.server import PVGroup

from ..progress import RunStatus
from ..pvs import bool_display, enum_display, float_display, int_display, post, string_display, text_display

__all__ = ["EXIT_STATUSES", "RunGroup"]

EXIT_STATUSES = ("none", "success", "stop", "abort", "halt", "fail")


class RunGroup(PVGroup):
    """What is known of a run, from its documents."""

    open_ = bool_display("Open", "A run is open")
    plan = string_display("Plan", "The plan of the run")
    uid = string_display("UID", "uid of the RunStart")
    scan_id = int_display("ScanID", "Number of the run")
    exit_status = enum_display("ExitStatus", "How it ended", EXIT_STATUSES)
    reason = text_display("Reason", "Why it ended so")
    started = string_display("Started", "When it began")
    elapsed = float_display("Elapsed", "Since it began", units="s", precision=0)
    points = int_display("Points", "How many points there will be")
    point = int_display("Point", "How many points there are")
    progress = float_display("Progress", "Points done", units="%", precision=1)
    eta = float_display("ETA", "Time until it is over", units="s", precision=0)
    events = int_display("Events", "Events so far, of all streams")
    streams = text_display("Streams", "Names of the streams")
    metadata = text_display("Metadata", "The RunStart, JSON", length=16000)

    async def publish(self, status: RunStatus) -> None:
        """Everything of it; `Open` comes last."""
        failed = status.exit_status == "fail"
        await post(self.plan, status.plan)
        await post(self.uid, status.uid)
        await post(self.scan_id, status.scan_id)
        await post(self.metadata, status.metadata)
        await post(self.started, _moment(status.started))
        await post(self.reason, status.reason)
        severity = AlarmSeverity.MAJOR_ALARM if failed else AlarmSeverity.NO_ALARM
        await post(self.exit_status, status.exit_status, severity=severity)
        await post(self.streams, ", ".join(status.streams))
        await post(self.points, status.points)
        await post(self.point, status.point)
        await post(self.progress, status.progress)
        await post(self.events, status.events)
        await post(self.open_, status.open)

    async def publish_times(self, elapsed: float, eta: float) -> None:
        """What changes as time goes by."""
        await post(self.elapsed, round(elapsed))
        await post(self.eta, round(eta))


def _moment(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(sep=" ", timespec="milliseconds") if seconds else ""
