"""Where an area detector's frames go, and the documents that say so.

Rules of this file:
- Of one file a datum is a point: `frames` frames, the first one being `point * frames`. A file whose points are not
  whole any more is left, and the next one begun: readers count frames by points.
- A datum that was told of is never told of again, and one that was replaced before that is not told of at all.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

__all__ = ["FileError", "FrameFile", "Place", "place_of"]

SPEC = "AD_HDF5"
TEMPLATE = "%s%s_%6.6d.h5"
"""C's format of a path: folder with a separator at its end, name, number."""


class FileError(Exception):
    """The IOC could not write frames where they belong. Found in a Status, or raised when staging.

    Nothing that passes by itself: a folder is missing, or there is no space. `pv` is the PV by which it shows.
    """

    def __init__(self, pv: str, what: str) -> None:
        self.pv = pv
        super().__init__(f"{pv}: {what}")


@dataclass(frozen=True)
class Place:
    """Where the files of one run are."""

    written: str
    """The folder as the IOC writes it."""
    root: str
    """The folder as readers find it: what does not change from run to run, and what does."""
    below: str
    name: str
    """What all its files are called, without number."""

    def file_name(self, number: int) -> str:
        """The name of one of its files."""
        return f"{self.name}_{number:06d}.h5"


def place_of(write_path: str, read_path: str, name: str, when: datetime) -> Place:
    """A place for the files of one run that begins now; `%Y`, `%m` … in the paths are its date and time."""
    fixed = re.split(r"[^/]*%", read_path, maxsplit=1)[0]
    root = PurePosixPath(fixed or "/")
    folder = PurePosixPath(when.strftime(read_path))
    return Place(
        written=when.strftime(write_path),
        root=str(root),
        below=str(folder.relative_to(root)),
        name=f"{name}-{uuid.uuid4().hex[:12]}",
    )


@dataclass
class FrameFile:
    """One file that is being written, and what has been told of it."""

    place: Place
    number: int
    frames: int
    """Frames per point."""
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))
    _is_told: bool = False
    _datum: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """Its name, without folder."""
        return self.place.file_name(self.number)

    def fits(self, captured: int, frames: int) -> bool:
        """Whether a point of so many frames can follow those that are in it."""
        return frames == self.frames and captured % self.frames == 0

    def take(self, captured: int) -> str:
        """A point is in the file, before which it had `captured` frames. Returns the datum's id."""
        point = captured // self.frames
        datum_id = f"{self.uid}/{point}"
        self._datum = {"resource": self.uid, "datum_id": datum_id, "datum_kwargs": {"point_number": point}}
        return datum_id

    def forget(self) -> None:
        """The last point is taken again: what was not told of it is not."""
        self._datum = None

    def documents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What has not been told: the resource once, and the last point."""
        datum, self._datum = self._datum, None
        if datum is None:
            return
        if not self._is_told:
            self._is_told = True
            yield "resource", self._resource()
        yield "datum", datum

    def _resource(self) -> dict[str, Any]:
        return {
            "spec": SPEC,
            "root": self.place.root,
            "resource_path": str(PurePosixPath(self.place.below, self.name)),
            "resource_kwargs": {"frame_per_point": self.frames},
            "path_semantics": "posix",
            "uid": self.uid,
        }
