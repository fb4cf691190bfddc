"""An engine and its journal.

Rules of this file:
1. What the engine emits goes into the journal first: it is the engine's recorder.
2. A journal that cannot write, or cannot keep up, holds the plan, as a suspender does, and lets it go by itself.
   Nothing is dropped meanwhile. A plan that cannot be held, since it has no checkpoint, goes on: what it emits waits in
   memory, and its RunStop waits for the disk.
"""

from __future__ import annotations

import logging
import threading

from ..engine import RunEngine, TransitionError
from .groups.journal import JournalStatus
from .journal import Journal

__all__ = ["Journalling", "told_of_recovery"]

log = logging.getLogger("reioc.ioc")

_BEHIND = "the journal is behind: the disk is slower than the plan"
OWNER = "journal"
SILENT = 10.0
"""Seconds after which a disk that does not answer is told of."""


class Journalling:
    """Connects them, from now until `close`; without a journal it does nothing."""

    def __init__(self, RE: RunEngine, journal: Journal | None) -> None:
        self._RE = RE
        self._journal = journal
        self._lock = threading.Lock()
        self._is_over = False
        if journal is None:
            return
        RE.recorder = journal
        journal.observers.append(self._look)
        # That of the last run that there was; Python may have set a larger one.
        RE.md["scan_id"] = max(journal.last_scan_id, RE.md.get("scan_id", 0))
        self._look()

    def close(self) -> None:
        """The engine keeps nothing any more; the journal stays open."""
        if self._journal is None:
            return
        self._journal.observers.remove(self._look)
        with self._lock:
            self._is_over = True
            self._RE.release(OWNER)
        try:
            self._RE.recorder = None
        except TransitionError:
            log.warning("the plan in progress goes on, and what it emits from now on is not kept")

    @property
    def status(self) -> JournalStatus:
        """How the journal is now."""
        if (journal := self._journal) is None:
            return JournalStatus()
        trouble = journal.trouble
        if not trouble and (silent := journal.silent) >= SILENT:
            trouble = f"{journal.path}: the disk has not answered for {silent:.0f} s"
        trouble = trouble or (_BEHIND if journal.is_behind else "")
        return JournalStatus(str(journal.path), trouble, journal.backlog)

    def _look(self) -> None:
        """In whatever thread."""
        with self._lock:  # what was seen first must not be done last
            if (journal := self._journal) is None or self._is_over:
                return
            if trouble := journal.trouble:
                self._RE.hold(OWNER, f"the journal cannot write: {trouble}", patient=True)
            elif journal.is_behind:
                self._RE.hold(OWNER, _BEHIND, patient=True)
            else:
                self._RE.release(OWNER)


def told_of_recovery(journal: Journal) -> str:
    """What was found when it was opened, for people; empty if everything was in order."""
    runs = (
        f"scan {run.scan_id} ({run.plan_name}, {run.uid[:8]}) was open when the engine died, and is closed as failed"
        for run in journal.recovered
    )
    return "; ".join((*([journal.set_aside] if journal.set_aside else ()), *runs))
