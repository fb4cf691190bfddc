"""A journal that is watched, and what the disk by itself takes."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from reioc.ioc.journal import Journal

__all__ = ["PATIENCE", "Watched", "durable", "plain_writes"]

PATIENCE = 60.0
"""Seconds after which what was recorded is taken not to become durable."""


class Watched:
    """A recorder that hands everything to a journal, which gets nothing else, and knows when it is durable."""

    def __init__(self, journal: Journal) -> None:
        durable(journal)
        self._journal = journal
        self._recorded: list[float] = []
        self._durable: list[tuple[int, float]] = []
        journal.on_commit.append(self._committed)

    def record(self, name: str, doc: dict[str, Any]) -> None:
        """As the engine's recorder does."""
        self._recorded.append(time.perf_counter())
        self._journal.record(name, doc)

    def kept(self) -> Awaitable[None] | None:
        """As the engine's recorder does."""
        return self._journal.kept()

    def _committed(self, seq: int) -> None:
        self._durable.append((seq, time.perf_counter()))

    def close(self) -> list[float]:
        """Watch no more: the seconds that each document took until it was durable, all of which are."""
        durable(self._journal)
        self._journal.on_commit.remove(self._committed)
        before = self._durable[-1][0] - len(self._recorded)
        took: list[float] = []
        for seq, when in self._durable:
            took += [when - recorded for recorded in self._recorded[len(took) : seq - before]]
        return took


def durable(journal: Journal) -> None:
    """Wait until all that was recorded is. Raises TimeoutError."""
    journal.store().result(PATIENCE)


def plain_writes(file: Path, data: bytes, number: int) -> list[float]:
    """The seconds that each write of this takes, at the end of a file, until it is on the disk."""
    took = []
    with file.open("wb", buffering=0) as out:
        for _ in range(number):
            begun = time.perf_counter()
            out.write(data)
            os.fdatasync(out.fileno())
            took.append(time.perf_counter() - begun)
    file.unlink()
    return took
