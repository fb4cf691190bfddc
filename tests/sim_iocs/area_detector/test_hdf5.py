"""The plugin that writes files, with real files and threads."""

import asyncio
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from reioc.sim_iocs.pvs.puts import RefusedError

from .detector import Detector
from .files import IMAGES, NUMBERS, capturing, numbers, receive, run


def test_a_stream_ends_with_enough_images(writing: Detector, tmp_path: Path) -> None:
    """The put of Capture completes with NumCapture images in one file; the file's number goes on."""

    async def work() -> None:
        await writing.put(("HDF1:FileWriteMode", "Stream"), ("HDF1:LazyOpen", "Yes"), ("HDF1:NumCapture", 3))
        capture = await capturing(writing)
        await receive(writing, 5, 6, 7, 8)
        await capture

    run(work())

    assert numbers(tmp_path / "scan_000000.h5") == [5, 6, 7]
    assert writing.get("HDF1:FullFileName_RBV") == str(tmp_path / "scan_000000.h5")
    assert [writing.get(f"HDF1:{name}_RBV") for name in ("NumCaptured", "FileNumber", "Capture")] == [3, 1, "Done"]


def test_zero_ends_a_stream(writing: Detector, tmp_path: Path) -> None:
    """With NumCapture 0 it goes on until 0 is put to Capture; both puts complete."""

    async def work() -> None:
        await writing.put(("HDF1:FileWriteMode", "Stream"), ("HDF1:LazyOpen", "Yes"), ("HDF1:NumCapture", 0))
        capture = await capturing(writing)
        await receive(writing, 1, 2)
        await writing.put(("HDF1:Capture", 0))
        await capture

    run(work())

    assert numbers(tmp_path / "scan_000000.h5") == [1, 2]


def test_a_stream_opens_its_file_beforehand(writing: Detector, tmp_path: Path) -> None:
    """Without LazyOpen the file is there as soon as Capture is, if the size of images is known; else the put fails."""

    async def work() -> None:
        await writing.put(("HDF1:FileWriteMode", "Stream"), ("HDF1:NumCapture", 1))
        with pytest.raises(RefusedError, match="no image was seen yet"):
            await writing.put(("HDF1:Capture", 1))
        assert writing.get("HDF1:WriteStatus") == "Write error"
        await receive(writing, 1)
        capture = await capturing(writing)
        assert (tmp_path / "scan_000000.h5").exists()
        await receive(writing, 2)
        await capture

    run(work())

    assert numbers(tmp_path / "scan_000000.h5") == [2]
    assert (writing.get("HDF1:WriteStatus"), writing.get("HDF1:WriteMessage")) == ("Write OK", "")


def test_every_image_can_have_a_file(writing: Detector, tmp_path: Path) -> None:
    """With FileWriteMode Single and AutoSave each image is a file; WriteFile writes the last one once more."""

    async def work() -> None:
        await writing.put(("HDF1:AutoSave", "Yes"), ("HDF1:FileNumber", 7))
        await receive(writing, 1, 2)
        await writing.put(("HDF1:WriteFile", 1))

    run(work())

    written = {path.name: numbers(path) for path in tmp_path.iterdir()}
    assert written == {"scan_000007.h5": [1], "scan_000008.h5": [2], "scan_000009.h5": [2]}


def test_a_capture_is_written_at_its_end(writing: Detector, tmp_path: Path) -> None:
    """With FileWriteMode Capture images are kept, and written with the last one, or when WriteFile says so."""

    async def capture(*images: int) -> None:
        task = await capturing(writing)
        await receive(writing, *images)
        await task

    async def work() -> None:
        await writing.put(("HDF1:FileWriteMode", "Capture"), ("HDF1:NumCapture", 2), ("HDF1:AutoSave", "Yes"))
        await capture(1, 2)
        await writing.put(("HDF1:AutoSave", "No"))
        await capture(3, 4)
        assert not (tmp_path / "scan_000001.h5").exists()
        await writing.put(("HDF1:WriteFile", 1))

    run(work())

    assert [numbers(tmp_path / f"scan_00000{n}.h5") for n in (0, 1)] == [[1, 2], [3, 4]]


READER = """
import h5py, sys
with h5py.File(sys.argv[1], swmr=True) as file:
    print(file[sys.argv[2]][:].tolist())
"""


def test_a_reader_sees_images_at_once_with_swmr(writing: Detector, tmp_path: Path) -> None:
    """With SWMRMode another process can read a file that is being written, up to the image that was counted last."""

    async def work() -> str:
        await writing.put(("HDF1:FileWriteMode", "Stream"), ("HDF1:LazyOpen", "Yes"), ("HDF1:NumCapture", 0))
        await writing.put(("HDF1:SWMRMode", "On"))
        capture = await capturing(writing)
        await receive(writing, 1, 2)
        assert writing.get("HDF1:SWMRActive_RBV") == "Active"
        command = (sys.executable, "-c", READER, str(tmp_path / "scan_000000.h5"), NUMBERS)
        reader = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        seen, _ = await reader.communicate()
        await writing.put(("HDF1:Capture", 0))
        await capture
        return seen.decode().strip()

    assert run(work()) == "[1, 2]"


def test_the_layout_is_that_of_area_detector(writing: Detector, tmp_path: Path) -> None:
    """Names, classes, chunks and times are where readers of areaDetector's files look for them."""

    async def work() -> None:
        await writing.put(("HDF1:Compression", "zlib"), ("HDF1:NumFramesChunks", 2), ("HDF1:AutoSave", "Yes"))
        await writing.put(("HDF1:ChunkSizeAuto", "No"), ("HDF1:NumRowChunks", 2), ("HDF1:StorePerform", "Yes"))
        await receive(writing, 9)

    run(work())

    with h5py.File(tmp_path / "scan_000000.h5") as file:
        images = file["/entry/instrument/detector/data"]
        assert images == file[IMAGES]
        assert (images.shape, images.chunks, images.compression) == ((1, 4, 6), (2, 2, 6), "gzip")
        assert {name: file[name].attrs["NX_class"] for name in ("entry", "entry/data", "entry/instrument")} == {
            "entry": "NXentry",
            "entry/data": "NXdata",
            "entry/instrument": "NXinstrument",
        }
        attributes = file["/entry/instrument/NDAttributes"]
        assert {name: each[0] for name, each in attributes.items()} == {
            "NDArrayUniqueId": 9,
            "NDArrayTimeStamp": 1009.0,
            "NDArrayEpicsTSSec": 1009,
            "NDArrayEpicsTSnSec": 0,
        }
        assert attributes["NDArrayUniqueId"].chunks == (1,)
        assert len(file["/entry/instrument/performance/timestamp"]) == 1


def test_a_file_can_have_another_name_until_it_is_complete(writing: Detector, tmp_path: Path) -> None:
    """TempSuffix is at its name as long as it is open."""

    async def work() -> None:
        await writing.put(("HDF1:FileWriteMode", "Stream"), ("HDF1:LazyOpen", "Yes"), ("HDF1:NumCapture", 2))
        await writing.put(("HDF1:TempSuffix", ".open"))
        capture = await capturing(writing)
        await receive(writing, 1)
        assert (tmp_path / "scan_000000.h5.open").exists()
        await receive(writing, 2)
        await capture

    run(work())

    assert [path.name for path in tmp_path.iterdir()] == ["scan_000000.h5"]


def test_a_server_that_ends_completes_the_file(writing: Detector, tmp_path: Path) -> None:
    """The images that were counted are in the file."""

    async def work() -> None:
        serving = asyncio.create_task(writing.hdf1.run())
        await writing.put(("HDF1:FileWriteMode", "Stream"), ("HDF1:LazyOpen", "Yes"), ("HDF1:NumCapture", 0))
        capture = await capturing(writing)
        await receive(writing, 1, 2)
        for task in (serving, capture):
            task.cancel()
        await asyncio.wait([serving, capture])

    run(work())

    assert numbers(tmp_path / "scan_000000.h5") == [1, 2]


@pytest.mark.parametrize(
    ("template", "name"),
    [("%s%s.h5", "scan.h5"), ("%s%s_%6.6d.h5", "scan_000042.h5"), ("%s%s-%-4d.h5", "scan-42  .h5")],
)
def test_names_are_made_as_in_c(writing: Detector, tmp_path: Path, template: str, name: str) -> None:
    """FileTemplate takes folder, name and, if it wants it, number."""

    async def work() -> None:
        await writing.put(("HDF1:FileTemplate", template), ("HDF1:FileNumber", 42), ("HDF1:AutoIncrement", "No"))
        await receive(writing, 1)
        await writing.put(("HDF1:WriteFile", 1))

    run(work())

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert writing.get("HDF1:FileNumber_RBV") == 42


def test_floats_are_stored_as_floats(writing: Detector, tmp_path: Path) -> None:
    """The images have the type that the camera gives them."""

    async def work() -> None:
        await writing.put(("HDF1:AutoSave", "Yes"))
        await receive(writing, 3, dtype="float32")

    run(work())

    with h5py.File(tmp_path / "scan_000000.h5") as file:
        assert file[IMAGES].dtype == np.dtype("float32")
