"""Room on the disk for an HDF5 file, taken before the HDF5 library writes.

Rules of this file:
- The HDF5 library must never see a write fail. After one, closing the file fails, too, and the process crashes when
  its objects are freed (tried with HDF5 1.14: closing, not closing, closing later). Therefore the system is asked for
  the room beforehand; it refuses with the same errors.
- That makes the file longer than it is. The rest is cut off when it is closed, and bothers no reader before.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path

_BASE = 64 * 1024
"""Bytes for what does not depend on the images."""
_EACH = 1024
"""Bytes for what HDF5 notes about each chunk."""


@dataclass(frozen=True)
class Stored:
    """A dataset that grows by rows: bytes of a row's chunks together, and rows in a chunk."""

    nbytes: int
    rows_in_chunk: int


def room_for(rows: int, datasets: tuple[Stored, ...]) -> int:
    """Bytes that a file with so many rows in each of these datasets has at most."""
    total = _BASE
    for stored in datasets:
        layers = -(-rows // stored.rows_in_chunk)
        # What cannot be compressed gets longer by zlib.
        total += layers * (stored.nbytes * 101 // 100 + _EACH)
    return total


class Room:
    """What was taken for one open file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._taken = 0

    def take(self, upto: int) -> None:
        """Have room for so many bytes in all. Raises OSError."""
        if upto > self._taken:
            os.posix_fallocate(self._descriptor, self._taken, upto - self._taken)
            self._taken = upto


def check_room(path: str, nbytes: int) -> None:
    """Make a new file, if there is room for so many bytes. Raises OSError, and leaves no file then."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        os.posix_fallocate(descriptor, 0, nbytes)
    except OSError:
        Path(path).unlink()
        raise
    finally:
        os.close(descriptor)


def cut_rest(path: str) -> None:
    """Cut a closed HDF5 file to the length that it says it has.

    Where it says so: "End of File Address" of the superblock, versions 0, 2 and 3, in the HDF5 file format
    specification.
    """
    with Path(path).open("rb") as file:
        superblock = file.read(48)
    (length,) = struct.unpack_from("<Q", superblock, 28 if superblock[8] >= 2 else 40)
    if 0 < length < Path(path).stat().st_size:
        os.truncate(path, length)
