"""A detector whose HDF5 plugin writes into the test's folder."""

import asyncio
from pathlib import Path

import pytest

from reioc.sim_iocs.clock import ScaledClock

from .detector import Detector


@pytest.fixture
def writing(tmp_path: Path) -> Detector:
    """It takes arrays, in real time."""
    made = Detector(ScaledClock())
    asyncio.run(
        made.put(
            ("HDF1:EnableCallbacks", "Enable"),
            ("HDF1:BlockingCallbacks", "Yes"),
            ("HDF1:FilePath", str(tmp_path)),
            ("HDF1:FileName", "scan"),
        )
    )
    return made
