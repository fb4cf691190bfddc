"""An image on its way from the camera to the plugins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .attributes import Attribute

EPICS_EPOCH = 631_152_000
"""Of areaDetector's time stamps: 1990, in seconds since 1970."""


@dataclass(frozen=True)
class Frame:
    """Rows of pixels, the number and time (seconds since 1990) of the image, and attributes taken with it."""

    data: np.ndarray
    unique_id: int
    time_stamp: float
    attributes: Mapping[Attribute, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> tuple[int, int]:
        """The time as whole seconds since 1990 and nanoseconds."""
        whole = int(self.time_stamp)
        return whole, int((self.time_stamp - whole) * 1e9)
