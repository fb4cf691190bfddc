"""Runs that were open when the engine died."""

from __future__ import annotations

import sqlite3
import time
import uuid
from dataclasses import dataclass
from typing import Any

from .ledger import Changes
from .packing import pack
from .transaction import transaction, write_changes

__all__ = ["RecoveredRun", "State", "recover"]

REASON = "engine died"


@dataclass(frozen=True, slots=True)
class RecoveredRun:
    """A run that had no RunStop, and the one that it has got."""

    uid: str
    scan_id: int | None
    plan_name: str
    stop: dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """Where the writer goes on."""

    last_seq: int
    last_run: int
    last_scan_id: int
    recovered: tuple[RecoveredRun, ...]


def recover(connection: sqlite3.Connection) -> State:
    """Give each run that is open its RunStop, all of them or none. Raises sqlite3.Error."""
    last_seq = _first(connection, "SELECT max(seq) FROM documents")
    found = connection.execute(
        "SELECT number, uid, scan_id, plan_name FROM runs WHERE stop_seq IS NULL ORDER BY number"
    ).fetchall()
    recovered = tuple(_recovered(connection, *row) for row in found)
    changes = Changes(last_seq + 1)
    for seq, (run, (number, *_)) in enumerate(zip(recovered, found, strict=True), last_seq + 1):
        stop = run.stop
        changes.packed.append(pack(stop))
        changes.parts.append((seq, number, "stop"))
        events = sum(stop["num_events"].values())
        changes.stopped.append((stop["time"], stop["exit_status"], stop["reason"], events, seq, number))
    if recovered:
        with transaction(connection):
            write_changes(connection, changes)
    last_run = _first(connection, "SELECT max(number) FROM runs")
    last_scan_id = _first(connection, "SELECT scan_id FROM runs WHERE scan_id IS NOT NULL ORDER BY number DESC LIMIT 1")
    last_seq += len(recovered)
    _try_out(connection, last_seq + 1, last_run + 1)
    return State(last_seq, last_run, last_scan_id, recovered)


def _try_out(connection: sqlite3.Connection, seq: int, number: int) -> None:
    """Write a run and take it back: what is damaged there shows now, not in a plan. Raises sqlite3.Error."""
    run = (number, str(uuid.uuid4()), 0, "", 0.0, "", seq)
    connection.execute("BEGIN IMMEDIATE")
    try:
        write_changes(connection, Changes(seq, [pack({})], [(seq, number, "start")], {number: run}))
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _first(connection: sqlite3.Connection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return row[0] or 0 if row else 0


def _recovered(
    connection: sqlite3.Connection, number: int, uid: str, scan_id: int | None, plan_name: str
) -> RecoveredRun:
    num_events = dict(connection.execute("SELECT name, events FROM streams WHERE run = ?", (number,)))
    stop = {
        "uid": str(uuid.uuid4()),
        "time": time.time(),
        "run_start": uid,
        "exit_status": "fail",
        "reason": REASON,
        "num_events": num_events,
    }
    return RecoveredRun(uid, scan_id, plan_name, stop)
