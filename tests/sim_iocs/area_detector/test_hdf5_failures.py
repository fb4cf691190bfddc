"""What the plugin that writes files does when it cannot."""

import resource
import sys
from pathlib import Path

import pytest

from reioc.sim_iocs.pvs.puts import RefusedError

from .detector import Detector
from .files import capturing, numbers, receive, run


def test_a_folder_that_is_missing_fails_the_capture(writing: Detector, tmp_path: Path) -> None:
    """FilePathExists says No; an image that has nowhere to go ends the capture, and fails its put with the folder."""

    async def work() -> None:
        await writing.put(("HDF1:FilePath", str(tmp_path / "none")))
        await writing.put(("HDF1:FileWriteMode", "Stream"), ("HDF1:LazyOpen", "Yes"))
        capture = await capturing(writing)
        await receive(writing, 1)
        with pytest.raises(RefusedError, match=r"T:HDF1:Capture: the folder '.*/none/' does not exist"):
            await capture

    run(work())

    assert (writing.get("HDF1:FilePathExists_RBV"), writing.get("HDF1:Capture_RBV")) == ("No", "Done")
    assert "/none/' does not exist" in writing.get("HDF1:WriteMessage")


def test_a_folder_is_made_if_that_is_allowed(writing: Detector, tmp_path: Path) -> None:
    """CreateDirectory -2 makes up to two folders; the path reads back with a / at its end."""
    run(writing.put(("HDF1:CreateDirectory", -2), ("HDF1:FilePath", str(tmp_path / "a" / "b"))))
    assert (writing.get("HDF1:FilePathExists_RBV"), writing.get("HDF1:FilePath_RBV")) == ("Yes", f"{tmp_path}/a/b/")

    run(writing.put(("HDF1:FilePath", str(tmp_path / "1" / "2" / "3"))))
    assert (writing.get("HDF1:FilePathExists_RBV"), (tmp_path / "1").exists()) == ("No", False)


def test_a_full_disk_fails_the_capture(writing: Detector, tmp_path: Path) -> None:
    """What the system says goes to WriteMessage and fails the put; images before are in the file, and the next capture
    is well again."""

    async def stream(*images: int) -> None:
        capture = await capturing(writing)
        await receive(writing, *images, shape=(100, 100))
        await capture

    async def work() -> None:
        await writing.put(("HDF1:FileWriteMode", "Stream"), ("HDF1:LazyOpen", "Yes"), ("HDF1:NumCapture", 2))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        # Of the largest file: as far as a program can tell, the disk is full when it is reached.
        resource.setrlimit(resource.RLIMIT_FSIZE, (110_000, limits[1]))
        try:
            with pytest.raises(RefusedError, match=r"T:HDF1:Capture: .*scan_000000.h5: .*File too large"):
                await stream(1, 2)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert (writing.get("HDF1:WriteStatus"), writing.get("HDF1:NumCaptured_RBV")) == ("Write error", 1)
        await stream(3, 4)
        assert (writing.get("HDF1:WriteStatus"), writing.get("HDF1:WriteMessage")) == ("Write OK", "")

    run(work())

    assert [numbers(tmp_path / f"scan_00000{n}.h5") for n in (0, 1)] == [[1], [3, 4]]


def test_an_image_of_another_size_ends_the_capture(writing: Detector, tmp_path: Path) -> None:
    """It is told which sizes; what was written before stays."""

    async def work() -> None:
        await writing.put(("HDF1:FileWriteMode", "Stream"), ("HDF1:LazyOpen", "Yes"), ("HDF1:NumCapture", 0))
        capture = await capturing(writing)
        await receive(writing, 1)
        await receive(writing, 2, shape=(2, 3))
        with pytest.raises(RefusedError, match="it has images of 6 x 4 uint16, this one is of 3 x 2 uint16"):
            await capture

    run(work())

    assert numbers(tmp_path / "scan_000000.h5") == [1]


def test_without_h5py_it_says_what_to_install(writing: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    """The put fails, and WriteMessage names the package."""
    monkeypatch.setitem(sys.modules, "h5py", None)

    async def work() -> None:
        await receive(writing, 1)
        with pytest.raises(RefusedError, match="pip install h5py"):
            await writing.put(("HDF1:WriteFile", 1))

    run(work())

    assert writing.get("HDF1:WriteMessage").startswith("h5py is not installed")


@pytest.mark.parametrize(
    ("record", "value", "why"),
    [
        ("FileTemplate", "%s_%d.h5", "'%s_%d.h5' does not have %s for the folder"),
        ("FileTemplate", "%s%s%n", "does not have"),
        ("Compression", "JPEG", "JPEG is not available, only None and zlib"),
        ("ReadFile", "Read", "only writes"),
        ("Capture", "Capture", "with FileWriteMode Single nothing is captured"),
        ("WriteFile", "Write", "there is no image yet"),
        ("FilePath", "x" * 256, "longer than 255 bytes"),
    ],
)
def test_puts_that_cannot_be_obeyed_are_refused(writing: Detector, record: str, value: str, why: str) -> None:
    """Each says why, and nothing changes."""
    before = writing.get(f"HDF1:{record}_RBV")

    with pytest.raises(RefusedError, match=f"T:HDF1:{record}: .*{why}"):
        run(writing.put((f"HDF1:{record}", value)))

    assert writing.get(f"HDF1:{record}_RBV") == before
