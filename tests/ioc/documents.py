"""Documents by hand, with times in plain seconds."""

from typing import Any

START_TIME = 1000.0


def start(uid: str = "run", **metadata: Any) -> tuple[str, dict[str, Any]]:
    return "start", {"uid": uid, "time": START_TIME, **metadata}


def descriptor(
    name: str = "primary",
    run: str = "run",
    data_keys: dict[str, dict[str, Any]] | None = None,
    hints: dict[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    uid = f"{run}/{name}"
    return "descriptor", {
        "uid": uid,
        "name": name,
        "run_start": run,
        "data_keys": data_keys or {},
        "hints": hints or {},
    }


def event(
    seq_num: int,
    data: dict[str, Any] | None = None,
    *,
    at: float | None = None,
    name: str = "primary",
    run: str = "run",
) -> tuple[str, dict[str, Any]]:
    """The point `seq_num`, taken `at` seconds after the start, which is seq_num when not said."""
    when = START_TIME + (seq_num if at is None else at)
    return "event", {"descriptor": f"{run}/{name}", "seq_num": seq_num, "time": when, "data": data or {}}


def stop(
    exit_status: str = "success", reason: str = "", *, at: float = 100.0, run: str = "run"
) -> tuple[str, dict[str, Any]]:
    return "stop", {"run_start": run, "exit_status": exit_status, "reason": reason, "time": START_TIME + at}
