"""Disks that can be filled, and cleared again."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .services import Beamline

__all__ = ["Disk", "Quota", "SmallDisk", "small_disk"]


class SmallDisk:
    """A file system of its own, which others fill to the last byte."""

    words = "the disk is full"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, beamline: Beamline) -> None:
        """There is no room for anything."""
        with (self.folder / "ballast").open("ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass

    def clear(self, beamline: Beamline) -> None:
        """There is room."""
        (self.folder / "ballast").unlink()


class Quota:
    """A limit of the service's own: none of its files may grow beyond what its journal has."""

    words = "input/output error"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, beamline: Beamline) -> None:
        """It may write no more."""
        size = beamline.journal.with_name(f"{beamline.journal.name}-wal").stat().st_size
        self._limit(beamline, size)

    def clear(self, beamline: Beamline) -> None:
        """It may."""
        self._limit(beamline, resource.RLIM_INFINITY)

    def _limit(self, beamline: Beamline, size: int) -> None:
        _, hard = resource.prlimit(beamline.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(beamline.pid, resource.RLIMIT_FSIZE, (size, hard))


Disk = SmallDisk | Quota


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """A file system of 2 MB, mounted there; None where only root may mount, and we are not."""
    folder.mkdir()
    size = f"size=2m,uid={os.getuid()}"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "reioc", folder], check=False, capture_output=True)
    if made.returncode:
        yield None
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
