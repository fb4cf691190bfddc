"""The camera's images."""

import numpy as np
import pytest

from reioc.sim_iocs.physics.image import Camera, Region, digitised


def camera(x: float = 0.0, y: float = 0.0, z: float = 0.0, beam: float = 1.0, seed: int = 0) -> Camera:
    return Camera(lambda: 0.0, lambda: x, lambda: y, lambda: z, lambda: beam, seed)


def test_the_spot_follows_the_sample() -> None:
    """1 mm of x is 5 columns to the right, 1 mm of y 5 rows down; with half the beam there is half the light."""
    light = camera(x=1.0, y=-2.0, beam=0.5).light()

    centre = camera().light()
    assert np.allclose(light[:38, 5:], 0.5 * centre[10:, :-5])


def test_out_of_focus_it_is_wide_and_as_bright() -> None:
    """The sum of all light stays, the brightest pixel is darker."""
    sharp, blurred = camera().light(), camera(z=5.0).light()

    assert blurred.max() == pytest.approx(sharp.max() / 2, rel=0.01)
    assert blurred.sum() == pytest.approx(sharp.sum(), rel=0.01)


def test_noise_is_that_of_the_seed() -> None:
    """Equal seeds give equal images, and the scatter is that of Poisson."""
    expected = np.full((100, 100), 400.0)
    one, same, other = (camera(seed=seed).counts(expected, noise=True) for seed in (1, 1, 2))

    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert one.std() == pytest.approx(20, rel=0.05)


def test_bins_are_sums() -> None:
    """A region is cut and its bins summed; what does not fill a bin is left out."""
    pixels = np.arange(48.0).reshape(6, 8)

    assert Region(1, 2, 5, 4, bin_x=2, bin_y=2).cut(pixels).tolist() == [
        [17 + 18 + 25 + 26, 19 + 20 + 27 + 28],
        [33 + 34 + 41 + 42, 35 + 36 + 43 + 44],
    ]


@pytest.mark.parametrize(
    ("dtype", "seen"),
    [
        ("int8", [0, 2, 127]),
        ("uint8", [0, 2, 255]),
        ("int64", [0, 2, 2**63 - 1024]),
        ("uint64", [0, 2, 2**64 - 2048]),
        ("float32", [0.0, 1.75, 2.0**70]),
    ],
)
def test_no_pixel_wraps(dtype: str, seen: list[float]) -> None:
    """What a type cannot hold is the nearest it can."""
    assert digitised(np.array([0.25, 1.75, 2.0**70]), dtype).tolist() == pytest.approx(seen, abs=0.3)
