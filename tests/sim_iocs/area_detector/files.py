"""Captures, and what is in the files that they write."""

import asyncio
import fcntl
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import h5py

from .detector import Detector, frame

IMAGES = "/entry/data/data"
NUMBERS = "/entry/instrument/NDAttributes/NDArrayUniqueId"


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 10))


async def capturing(detector: Detector) -> asyncio.Task[None]:
    """A capture that was begun."""
    task = asyncio.create_task(detector.put(("HDF1:Capture", 1)))
    while detector.get("HDF1:Capture_RBV") == "Done" and not task.done():  # noqa: ASYNC110  # each look is a step
        await asyncio.sleep(0)
    return task


async def receive(detector: Detector, *numbers: int, **options: Any) -> None:
    for number in numbers:
        await detector.hdf1.receive(frame(number, **options))


def numbers(path: Path) -> list[int]:
    """Those of the images in a file, which must be closed; each has its number in every pixel, too."""
    with path.open("rb") as closed:
        # The HDF5 library locks a file that it writes; in this process it would open it once more all the same.
        fcntl.flock(closed, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with h5py.File(path) as file:
        stored = [int(number) for number in file[NUMBERS][:]]
        assert [int(image.min()) for image in file[IMAGES][:]] == stored
        assert [int(image.max()) for image in file[IMAGES][:]] == stored
    return stored
