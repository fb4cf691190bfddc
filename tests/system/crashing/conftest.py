"""A nursery for all tests, a beamline and a disk for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(*(f"{__package__}.{name}" for name in ("records", "screen", "services", "story")))

from .disks import SmallDisk, small_disk  # noqa: E402  what these assert is to be told in full
from .services import Beamline, Nursery  # noqa: E402


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """The process whose children the services are."""
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def beamline(nursery: Nursery, tmp_path: Path) -> Iterator[Beamline]:
    """A beamline whose service has not been started."""
    with Beamline(nursery, tmp_path) as beamline:
        yield beamline


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of its own, which can be filled."""
    with small_disk(tmp_path / "disk") as disk:
        if disk is None:
            pytest.skip("only root may mount a file system, and this is not root: see the tests with a quota")
        yield disk


@pytest.fixture
def filling(nursery: Nursery, tmp_path: Path, disk: SmallDisk) -> Iterator[Beamline]:
    """A beamline whose journal is on that disk."""
    with Beamline(nursery, tmp_path, "disk/journal") as beamline:
        yield beamline
