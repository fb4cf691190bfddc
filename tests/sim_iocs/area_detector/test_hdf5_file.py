"""The room that a file takes on the disk."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from reioc.sim_iocs.area_detector.disk_space import cut_rest, room_for
from reioc.sim_iocs.area_detector.frame import Frame
from reioc.sim_iocs.area_detector.hdf5_file import Hdf5File, Layout


@pytest.mark.parametrize(
    "layout",
    [
        Layout(),
        Layout(swmr=True, performance=True),
        Layout(frames_in_chunk=7, rows_in_chunk=5, columns_in_chunk=3, attributes_in_chunk=1),
        Layout(compression="zlib", zlevel=1, attributes_in_chunk=10),
        Layout(compression="zlib", swmr=True, attributes=False),
    ],
)
def test_the_room_is_enough(tmp_path: Path, layout: Layout) -> None:
    """At no image is the file longer than the room that was taken for it, and in the end none is left over."""
    noise = np.random.default_rng(1)
    images = [Frame(noise.integers(0, 65536, (32, 16), dtype="uint16"), n, 1.0 * n) for n in range(60)]
    path = tmp_path / "it.h5"
    file = Hdf5File(str(path), images[0], layout)
    lengths = []
    for image in images:
        file.append(image)
        file.flush()
        lengths.append(file._file.id.get_filesize())
    file.close()

    rooms = [room_for(n + 1, file._stored) for n in range(len(images))]
    assert [n for n, (length, room) in enumerate(zip(lengths, rooms, strict=True)) if length > room] == []
    assert path.stat().st_size <= lengths[-1] + 4096
    with h5py.File(path) as written:
        assert np.array_equal(written["/entry/data/data"][:], [image.data for image in images])


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_what_was_taken_too_much_is_cut_off(tmp_path: Path, libver: str) -> None:
    """Whatever the format, a file has the length that it says, to the byte."""
    path = tmp_path / "it.h5"
    with h5py.File(path, "w", libver=libver) as file:
        file["x"] = np.arange(1000)
    length = path.stat().st_size
    with path.open("ab") as file:
        file.write(bytes(5000))

    cut_rest(str(path))

    assert path.stat().st_size == length
