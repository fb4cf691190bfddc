"""Asks a server whether it still answers, in a thread.

Rules of this file:
- pyepics keeps one reading under way for a channel and a type: ours is of another type than ophyd's, so that neither
  takes the other's answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from ..registry.connect import join_channel_access

__all__ = ["Answering"]

log = logging.getLogger("reioc.devices")


class Answering:
    """Reads PVs, each once at a time; their values do not matter."""

    def __init__(self) -> None:
        self._channels: dict[str, Any] = {}
        self._asked: set[str] = set()
        self._lock = threading.Lock()

    def ask(self, pv: str, timeout: float, tell: Callable[[bool], None]) -> bool:
        """Have a PV read within `timeout` s, and `tell` whether it answered. False: it is being asked already."""
        with self._lock:
            if pv in self._asked:
                return False
            self._asked.add(pv)
        args = (pv, timeout, tell)
        threading.Thread(target=self._ask, args=args, name=f"does {pv} answer", daemon=True).start()
        return True

    def _ask(self, pv: str, timeout: float, tell: Callable[[bool], None]) -> None:
        answers = False
        try:
            answers = self._channel(pv).get(count=1, timeout=timeout, use_monitor=False) is not None
        except Exception as error:  # its channel goes when the process ends, while it is asked
            log.info("%s cannot be asked: %s", pv, error)
        finally:
            with self._lock:
                self._asked.discard(pv)
            tell(answers)

    def _channel(self, pv: str) -> Any:
        import ophyd  # noqa: F401  it chooses the libca that pyepics then loads
        from epics import PV

        join_channel_access()
        with self._lock:
            if pv not in self._channels:
                self._channels[pv] = PV(pv, form="native", auto_monitor=False)
            return self._channels[pv]
