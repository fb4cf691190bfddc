"""Where frames go, and what is told of it."""

from __future__ import annotations

from datetime import datetime

import pytest

from reioc.devices.parts.frame_files import FrameFile, Place, place_of

WHEN = datetime(2026, 7, 3, 12)
HERE = Place(written="/ioc/2026", root="/data", below="2026", name="cam-1")


@pytest.mark.parametrize(
    ("read", "root", "below"),
    [
        ("/data/%Y/%m", "/data", "2026/07"),
        ("/data/run-%Y/raw", "/data", "run-2026/raw"),
        ("/data/raw", "/data/raw", "."),
        ("/%Y", "/", "2026"),
    ],
)
def test_the_root_is_what_stays_from_run_to_run(read, root, below) -> None:
    """What has a date in it, and all below, belongs to the run."""
    place = place_of("/ioc/%Y/%m", read, "cam", WHEN)

    assert (place.root, place.below, place.written) == (root, below, "/ioc/2026/07")


def test_no_two_runs_have_the_same_files() -> None:
    """Though they begin in the same second."""
    first, second = (place_of("/data", "/data", "cam", WHEN).file_name(0) for _ in range(2))

    assert first != second
    assert first.startswith("cam-")
    assert first.endswith("_000000.h5")


def test_the_resource_is_told_once_before_its_first_datum() -> None:
    """Each datum names its frames by the point that they are in the file."""
    file = FrameFile(HERE, number=2, frames=3, uid="file")

    first = file.take(0), list(file.documents())
    second = file.take(3), list(file.documents())

    resource = {
        "spec": "AD_HDF5",
        "root": "/data",
        "resource_path": "2026/cam-1_000002.h5",
        "resource_kwargs": {"frame_per_point": 3},
        "path_semantics": "posix",
        "uid": "file",
    }
    datum = {"resource": "file", "datum_id": "file/0", "datum_kwargs": {"point_number": 0}}
    assert first == ("file/0", [("resource", resource), ("datum", datum)])
    assert second == (
        "file/1",
        [("datum", {"resource": "file", "datum_id": "file/1", "datum_kwargs": {"point_number": 1}})],
    )
    assert list(file.documents()) == []


def test_a_point_that_is_taken_again_is_not_told_of() -> None:
    """Its frames stay in the file; the datum is that of the second time."""
    file = FrameFile(HERE, number=0, frames=1, uid="file")

    file.take(0)
    file.forget()
    assert list(file.documents()) == []
    file.take(1)

    assert [doc.get("datum_id") for _, doc in file.documents()] == [None, "file/1"]


@pytest.mark.parametrize(("captured", "frames", "fits"), [(0, 3, True), (3, 3, True), (4, 3, False), (3, 2, False)])
def test_a_file_ends_where_points_are_not_whole_any_more(captured, frames, fits) -> None:
    """Readers count frames by points, all of the same size."""
    assert FrameFile(HERE, number=0, frames=3).fits(captured, frames) is fits
