"""One client of a user on a host asks at a time.

Rules of this file:
1. A lock of the operating system, on a file of the user's: it is let go when its process ends, however it ends.
2. Who cannot have it, since the file cannot be made or somebody keeps it, asks all the same: it keeps answers apart,
   nothing else depends on it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["turn"]

LOOK = 0.005
"""Seconds between two looks at whether it is our turn."""


@contextmanager
def turn(prefix: str, timeout: float) -> Iterator[None]:
    """Within this nobody else of this user, on this host, asks the engine of that prefix; wait up to `timeout` (s)."""
    try:
        file = os.open(_place(prefix), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        _lock(file, time.monotonic() + timeout)
        yield
    finally:
        os.close(file)


def _place(prefix: str) -> Path:
    name = hashlib.sha256(prefix.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"reioc-queue-{os.getuid()}-{name}.lock"


def _lock(file: int, deadline: float) -> None:
    while True:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() > deadline:
            return
        time.sleep(LOOK)
