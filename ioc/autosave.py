"""Settings that outlive a restart, in a file.

Rules of this file:
1. The file is replaced as a whole: whoever reads it, whenever, finds all of the old or all of the new.
2. One that cannot be read is set aside under another name, never overwritten, and the service starts without it.
3. The disk is waited for in a thread of its own, not on the loop that serves PVs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["Autosave", "autosave_path", "restore_saved"]

log = logging.getLogger("reioc.ioc")

T = TypeVar("T")

FORMAT = 1
REST = 0.2
"""Seconds between two savings: a script may change a limit a thousand times in one."""


def autosave_path(configuration: str | os.PathLike[str]) -> Path:
    """Where to: systemd's state directory if it gives one, else beside the configuration."""
    file = Path(configuration)
    folder = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return (Path(folder) if folder else file.parent) / f"{file.stem}.autosave.json"


def restore_saved(path: Path, restore: Callable[[dict[str, Any]], T]) -> T | None:
    """What `restore` makes of what was saved last; None if nothing was, or if it cannot be read.

    `restore` may raise ValueError for what makes no sense to it: then the file is set aside.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
            raise ValueError(f"it has no format {FORMAT}")
        return restore(found)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        _set_aside(path, error)
        return None


def _set_aside(path: Path, why: Exception) -> None:
    aside = path.with_name(f"{path.name}.{time.strftime('%Y%m%d-%H%M%S')}.broken")
    try:
        path.rename(aside)
    except OSError as error:
        log.error("%s cannot be read (%s), nor set aside: %s", path, why, error)
    else:
        log.error("%s cannot be read (%s): it is set aside as %s, nothing is restored", path, why, aside)


class Autosave:
    """Keeps what `state()` returns in a file; `tell(text, wrong)` is told of each attempt, for people."""

    def __init__(
        self,
        path: Path,
        state: Callable[[], dict[str, Any]],
        tell: Callable[[str, bool], Awaitable[None]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self._state, self._tell, self._clock = state, tell, clock
        self._saved: dict[str, Any] | None = None
        # One: whoever gives up waiting for it leaves it writing, and the next one must not write into the same file.
        self._thread = ThreadPoolExecutor(1, "autosave")

    async def save(self) -> None:
        """Save, if something has changed since the last time."""
        try:
            state = {"format": FORMAT, **self._state()}
            if state == self._saved:
                return
            text = json.dumps(state, indent=1)
            await asyncio.get_running_loop().run_in_executor(self._thread, write_whole, self.path, text)
        except (OSError, TypeError, ValueError) as error:  # also of what Python has set, and JSON does not know
            log.error("settings cannot be saved in %s: %s", self.path, error)
            why = getattr(error, "strerror", None) or error
            await self._tell(f"settings cannot be saved in {self.path}: {why}", True)
        else:
            self._saved = state
            await self._tell(
                f"settings were saved at {time.strftime('%H:%M:%S', time.localtime(self._clock()))}", False
            )

    def close(self) -> None:
        """Leave no thread behind; what is being written is written to its end."""
        self._thread.shutdown(wait=False)

    async def follow(self, changed: asyncio.Event, rest: float = REST) -> None:
        """Save whenever `changed` is set, for ever; after that, not again for `rest` seconds."""
        while True:
            await changed.wait()
            changed.clear()
            await self.save()
            await asyncio.sleep(rest)


def write_whole(path: Path, text: str) -> None:
    """Replace a file's content, all of it or nothing. Raises OSError."""
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
