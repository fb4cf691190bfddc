"""A camera that sees the beam as a spot."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .detector import Exposure


@dataclass(frozen=True)
class Sensor:
    """Pixels across and down, and what one sees of the sample (mm)."""

    width: int = 64
    height: int = 48
    pixel: float = 0.2


@dataclass(frozen=True)
class Spot:
    """A Gaussian in focus: counts/s in the pixel at its centre, sigmas (mm).

    `depth` (mm) out of focus both sigmas are √2 times as large, as those of a Gaussian beam; the sum of all counts
    stays.
    """

    height: float = 20_000.0
    sigma_x: float = 1.0
    sigma_y: float = 0.6
    depth: float = 5.0


@dataclass(frozen=True)
class Region:
    """The part of the sensor that is read out, from pixel (min_x, min_y), and how many pixels are summed into one."""

    min_x: int
    min_y: int
    size_x: int
    size_y: int
    bin_x: int = 1
    bin_y: int = 1

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the image."""
        return self.size_y // self.bin_y, self.size_x // self.bin_x

    def cut(self, pixels: np.ndarray) -> np.ndarray:
        """The image, from all pixels. What does not fill a bin at the far ends is left out."""
        rows, columns = self.shape
        down, across = rows * self.bin_y, columns * self.bin_x
        part = pixels[self.min_y : self.min_y + down, self.min_x : self.min_x + across]
        return part.reshape(rows, self.bin_y, columns, self.bin_x).sum(axis=(1, 3))


class Camera:
    """Sees the light of a `Spot`, scaled by `beam` (0 none, 1 full).

    The sample moves the spot across by `x` and down by `y`, and out of focus by `z` (mm).
    """

    def __init__(
        self,
        now: Callable[[], float],
        x: Callable[[], float],
        y: Callable[[], float],
        z: Callable[[], float],
        beam: Callable[[], float],
        seed: int | tuple[int, ...] = 0,
    ) -> None:
        self.sensor, self.spot = Sensor(), Spot()
        self._now = now
        self._x, self._y, self._z = x, y, z
        self._beam = beam
        self._random = np.random.default_rng(seed)

    def light(self) -> np.ndarray:
        """Counts/s of each pixel that would be seen now, rows first."""
        wide = math.hypot(1.0, self._z() / self.spot.depth)
        across = self._profile(self.sensor.width, self._x(), self.spot.sigma_x * wide)
        down = self._profile(self.sensor.height, self._y(), self.spot.sigma_y * wide)
        return np.outer(down, across) * (self.spot.height * self._beam() / wide**2)

    def expose(self, preset: float) -> Exposure[np.ndarray]:
        """Begin an exposure of `preset` seconds."""
        return Exposure(self._now, self.light, preset)

    def counts(self, expected: np.ndarray, noise: bool) -> np.ndarray:
        """What the pixels counted in an exposure, with Poisson noise or without any."""
        return (self._random.poisson(expected) if noise else np.rint(expected)).astype(float)

    def _profile(self, pixels: int, centre: float, sigma: float) -> np.ndarray:
        distance = (np.arange(pixels) - 0.5 * (pixels - 1)) * self.sensor.pixel - centre
        return np.exp(-0.5 * (distance / sigma) ** 2)


def digitised(counts: np.ndarray, dtype: str) -> np.ndarray:
    """The counts as numbers of this type ("uint16" …): what does not fit is the nearest that does."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return counts.astype(kind)
    # A float just above the largest integer of 64 bits would wrap around.
    limits = np.iinfo(kind)
    top = np.nextafter(float(limits.max), 0.0) if float(limits.max) > limits.max else float(limits.max)
    return np.clip(np.rint(counts), limits.min, top).astype(kind)
