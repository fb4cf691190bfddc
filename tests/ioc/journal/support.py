"""Journals and documents for their tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from reioc.ioc.journal import Journal, JournalReader

TIMEOUT = 10.0

Documents = list[tuple[str, dict[str, Any]]]


def start(uid: str = "run-aaaa", **metadata: Any) -> tuple[str, dict[str, Any]]:
    return "start", {"uid": uid, "time": 1000.0, **metadata}


def descriptor(run: str = "run-aaaa", stream: str = "primary") -> tuple[str, dict[str, Any]]:
    return "descriptor", {"uid": f"{run}/{stream}", "run_start": run, "name": stream, "time": 1001.0, "data_keys": {}}


def event(seq_num: int, run: str = "run-aaaa", stream: str = "primary") -> tuple[str, dict[str, Any]]:
    doc = {"uid": f"{run}/{stream}/{seq_num}", "descriptor": f"{run}/{stream}", "time": 1001.0 + seq_num}
    return "event", {**doc, "seq_num": seq_num, "data": {}, "timestamps": {}}


def page(seq_nums: list[int], run: str = "run-aaaa", stream: str = "primary") -> tuple[str, dict[str, Any]]:
    columns = {"uid": [f"{run}/{stream}/{each}" for each in seq_nums], "time": [1001.0 + each for each in seq_nums]}
    doc = {**columns, "descriptor": f"{run}/{stream}", "seq_num": seq_nums, "data": {}, "timestamps": {}}
    return "event_page", doc


def stop(run: str = "run-aaaa", exit_status: str = "success", reason: str = "") -> tuple[str, dict[str, Any]]:
    doc = {"uid": f"{run}/stop", "run_start": run, "time": 1100.0, "exit_status": exit_status, "reason": reason}
    return "stop", doc


def whole_run(uid: str, scan_id: int | None = None, *, exit_status: str = "success", **metadata: Any) -> Documents:
    numbered = {} if scan_id is None else {"scan_id": scan_id}
    return [start(uid, **numbered, **metadata), descriptor(uid), event(1, uid), stop(uid, exit_status)]


def record(journal: Journal, *documents: tuple[str, dict[str, Any]]) -> None:
    for name, doc in documents:
        journal.record(name, doc)


def keep(journal: Journal, *documents: tuple[str, dict[str, Any]]) -> None:
    """Record these, and wait until they are durable."""
    record(journal, *documents)
    wait_until_kept(journal)


def wait_until_kept(journal: Journal) -> None:
    async def wait() -> None:
        waiting = journal.kept()
        if waiting is not None:
            async with asyncio.timeout(TIMEOUT):
                await waiting

    asyncio.run(wait())


def done(future: Future[None]) -> None:
    future.result(TIMEOUT)


def eventually(is_so: Callable[[], object]) -> None:
    """Wait until it is so; fail if it takes too long."""
    end = time.monotonic() + TIMEOUT
    while not is_so():
        assert time.monotonic() < end, "it has not become so"
        time.sleep(0.002)


def stored(path: Path) -> Documents:
    """All documents that are durable."""
    with JournalReader(path) as reader:
        return [(name, doc) for _, name, doc in reader.after(0, 10_000)]


def limit_pages(journal: Journal, more: int) -> None:
    """From now on the file may have so many pages more than now: SQLite says that the disk is full."""
    connection = journal._writer._file.connection
    now = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {now + more}").fetchone()


def lift_limit(journal: Journal) -> None:
    journal._writer._file.connection.execute("PRAGMA max_page_count = 1000000").fetchone()
