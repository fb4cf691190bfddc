"""Runs in a few words, and which of them are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .packing import unpack

__all__ = ["RunSummary", "condition", "select", "summary"]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run: times are seconds since 1970; while it is open, `stop` and `ended` are None and `exit_status` is empty."""

    number: int
    uid: str
    scan_id: int | None
    plan_name: str
    start: dict[str, Any]
    stop: dict[str, Any] | None
    started: float
    ended: float | None
    exit_status: str
    reason: str
    events: int
    """Of all streams; one that was taken again after an interruption counts once."""


_SELECT = """
SELECT number, uid, scan_id, plan_name, begun.doc, over.doc, started, ended, coalesce(exit_status, ''),
    coalesce(reason, ''), coalesce(events, (SELECT sum(streams.events) FROM streams WHERE streams.run = number), 0)
FROM runs JOIN documents AS begun ON begun.seq = start_seq LEFT JOIN documents AS over ON over.seq = stop_seq
"""


def select(where: str, order: str = "number DESC") -> str:
    """SQL for summaries of those runs that `where` is true for."""
    return f"{_SELECT} WHERE {where} ORDER BY {order} LIMIT ?"


def summary(row: tuple[Any, ...]) -> RunSummary:
    """Of a row that `select` has found."""
    number, uid, scan_id, plan_name, start, stop, *rest = row
    return RunSummary(number, uid, scan_id, plan_name, unpack(start), None if stop is None else unpack(stop), *rest)


def condition(
    since: float | None,
    until: float | None,
    plan: str | None,
    exit_status: str | None,
    scan_id: int | None,
    text: str | None,
) -> tuple[str, list[Any]]:
    """SQL, and its parameters, for these filters; None is no filter."""
    wanted: list[tuple[str, Any]] = [
        ("started >= ?", since),
        ("started < ?", until),
        ("plan_name = ?", plan),
        ("coalesce(exit_status, '') = ?", exit_status),
        ("scan_id = ?", scan_id),
    ]
    used = [(sql, value) for sql, value in wanted if value is not None]
    parameters = [value for _, value in used]
    if text:
        used.append(("(about LIKE ? ESCAPE '\\' OR reason LIKE ? ESCAPE '\\' OR uid LIKE ? ESCAPE '\\')", text))
        parameters += [f"%{_literally(text)}%"] * 3
    return " AND ".join(sql for sql, _ in used) or "true", parameters


def _literally(text: str) -> str:
    for mark in "\\%_":
        text = text.replace(mark, f"\\{mark}")
    return text
