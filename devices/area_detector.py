"""An area detector that takes frames when triggered, which its IOC writes to HDF5 files.

Rules of this file:
1. What staging changes, unstaging puts back, the last thing first.
2. A point's datum is made when its frames are in the file: one that was given up on the way has none.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ophyd import Device, FormattedComponent

from .parts.area_detector_parts import PATIENCE, Camera, HDF5Files
from .parts.exposing import Exposures, ExposureStopped
from .parts.frame_files import TEMPLATE, FileError, FrameFile, Place, place_of
from .parts.progress import CountingStatus

__all__ = ["AreaDetector", "ExposureStopped", "FileError"]

_NUMPY = {
    "Int8": "|i1", "UInt8": "|u1", "Int16": "<i2", "UInt16": "<u2", "Int32": "<i4", "UInt32": "<u4",
    "Int64": "<i8", "UInt64": "<u8", "Float32": "<f4", "Float64": "<f8",
}  # fmt: skip
"""areaDetector's data types, as numpy writes them."""


class AreaDetector(Device):
    """One acquisition of `num_images` frames per trigger; each point of a run is in the run's HDF5 file.

    The IOC's camera is `prefix + cam`, its HDF5 plugin `prefix + hdf`. Only monochrome frames.

    write_path: folder of the files as the IOC sees it; `%Y`, `%m`, `%d` … are the date of the run. Folders that are
        missing below it are made, `new_folders` levels at most.
    read_path: the same folder where the files are read, if it is another one. What of it has no `%` is the documents'
        `root`, so that data can be moved.
    exposure (s), num_images: put when the device is staged; None: what the camera has.
    overdue: seconds after which an acquisition fails that should have been over before.

    A run's documents are a `resource` of the spec AD_HDF5 for each file, and a `datum` for each point.
    """

    cam = FormattedComponent(Camera, "{prefix}{_cam}")
    hdf = FormattedComponent(HDF5Files, "{prefix}{_hdf}")

    def __init__(
        self,
        prefix: str = "",
        *,
        name: str,
        write_path: str,
        read_path: str = "",
        cam: str = "cam1:",
        hdf: str = "HDF1:",
        exposure: float | None = None,
        num_images: int | None = None,
        new_folders: int = 5,
        overdue: float = 60.0,
        **kwargs: Any,
    ) -> None:
        self._cam, self._hdf = cam, hdf
        self._write_path, self._read_path = write_path, read_path or write_path
        for path, key in ((write_path, "write_path"), (self._read_path, "read_path")):
            if not path.startswith("/"):
                raise ValueError(f"{name}: {key} must be a path from the root, such as '/data/%Y', not {path!r}")
        super().__init__(prefix, name=name, **kwargs)
        self.overdue = overdue
        self.stage_sigs = OrderedDict(_settings(new_folders, exposure, num_images))
        self._exposures = Exposures(self.cam.acquire, prepare=self._prepare, check=self._check)
        self._place: Place | None = None
        self._file: FrameFile | None = None
        self._before = 0
        self._exposure: dict[str, Any] = {}
        self._reading: dict[str, Any] | None = None
        self._was_live = False
        self.image_name = f"{name}_image"

    @property
    def exposure(self) -> Any:
        """The exposure time of a frame, s; can be moved."""
        return self.cam.acquire_time

    @property
    def count_time(self) -> Any:
        """As `exposure`, for plans that look for it by this name."""
        return self.cam.acquire_time

    def configure(self, d: dict[str, Any]) -> Any:
        """Change settings, by their names in this class: `{"exposure": 0.1, "num_images": 3}`; see ophyd.Device."""
        short = {"exposure": "cam.acquire_time", "num_images": "cam.num_images", "period": "cam.acquire_period"}
        return super().configure({short.get(key, key): value for key, value in d.items()})

    def stage(self) -> list[object]:
        """Get ready for a run: end live view, begin a file. Raises FileError with what the IOC says of it."""
        place = place_of(self._write_path, self._read_path, self.name, datetime.now())
        self.stage_sigs["hdf.file_path"], self.stage_sigs["hdf.file_name"] = place.written, place.name
        self._was_live = self.cam.rest()
        self.hdf.end()
        staged = super().stage()
        try:
            self._place, self._reading, self._exposure = place, None, self.cam.exposure()
            self._begin_file(0)
        except Exception:
            self.unstage()
            raise
        return staged

    def unstage(self) -> list[object]:
        """Close the file, and put back what staging has changed, live view included."""
        if self._place is not None:
            self.stop()
            self.cam.rest()
            self.hdf.end()
            self._place = self._file = None
        unstaged = super().unstage()
        if self._was_live:
            self._was_live = False
            self.cam.acquire.put(1, use_complete=False)
        return unstaged

    def trigger(self) -> CountingStatus:
        """Acquire once; the Status is done when all frames are in the file.

        It fails with FileError when they are not, with PutFailed when the server refuses or is lost. An acquisition
        still under way is given up first: a replayed trigger has frames of its own. Raises RuntimeError unless staged.
        """
        if self._place is None:
            raise RuntimeError(f"{self.name} is not staged: stage it before it is triggered")
        status = CountingStatus(self, self.cam.num_images_counter, int(self.cam.num_images.get()), unit="images")
        return self._exposures.begin(status, limit=self.cam.duration + self.overdue)

    def stop(self, *, success: bool = False) -> None:
        """End the acquisition now; its Status fails: a point has all its frames or none."""
        self._exposures.stop()

    def read(self) -> Any:
        """The datum of the last point, and what subclasses add. Raises RuntimeError if none was taken."""
        if self._reading is None:
            raise RuntimeError(f"{self.name} has taken nothing since it was staged: trigger it before it is read")
        return {**super().read(), self.image_name: dict(self._reading)}

    def describe(self) -> Any:
        """Shape and type of a point: frames, rows, columns."""
        rows, columns, kind = self.hdf.height.get(), self.hdf.width.get(), self.hdf.data_type.get()
        if not (rows and columns):  # no frame has come to the plugin since its IOC started
            rows, columns, kind = self.cam.array_size_y.get(), self.cam.array_size_x.get(), self.cam.data_type.get()
        image = {
            "source": f"PV:{self.hdf.prefix}",
            "dtype": "array",
            "shape": [int(self.cam.num_images.get()), int(rows), int(columns)],
            "external": "FILESTORE:",
        }
        if kind in _NUMPY:
            image["dtype_numpy"] = _NUMPY[kind]
        return {**super().describe(), self.image_name: image}

    def collect_asset_docs(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The documents that have not been told yet: each file's resource once, and the last point's datum."""
        if self._file is not None:
            yield from self._file.documents()

    def _begin_file(self, number: int) -> None:
        place = self._place
        if place is None:
            return
        self.hdf.begin(number)
        self._file = FrameFile(place, number, int(self.cam.num_images.get()))

    def _prepare(self) -> None:
        """Before an acquisition: where its frames will be."""
        file = self._file
        if file is None:
            raise RuntimeError(f"{self.name} is not staged any more")
        file.forget()
        self._before = int(self.hdf.num_captured.get())
        if self.hdf.capture.get():
            self._exposure = self.cam.exposure()
            if file.fits(self._before, int(self._exposure["num_images"])):
                return
        else:
            self._set_up_again()
        self.hdf.end()
        self._begin_file(file.number + 1)
        self._before = 0

    def _set_up_again(self) -> None:
        """The IOC has been restarted since, or somebody has used the plugin. What was there before staging is known."""
        exposure = {f"cam.{name}": value for name, value in self._exposure.items()}
        for name, value in {**self.stage_sigs, **exposure}.items():
            getattr(self, name).set(value).wait(PATIENCE)

    def _check(self) -> None:
        """After an acquisition: whether its frames, and no others, are there."""
        file = self._file
        if file is None:
            raise RuntimeError(f"{self.name} was unstaged during an acquisition")
        after = self._before + file.frames
        self.hdf.wait_for(after)
        if (found := int(self.hdf.num_captured.get())) > after:
            raise FileError(self.hdf.num_captured.pvname, f"is {found} after frame {after}: somebody else took frames")
        written = str(self.hdf.full_file_name.get())
        if not written.endswith(file.name):
            raise FileError(self.hdf.full_file_name.pvname, f"the IOC wrote {written!r}, not {file.name!r}")
        self._reading = {"value": file.take(self._before), "timestamp": time.time()}


def _settings(new_folders: int, exposure: float | None, num_images: int | None) -> Iterator[tuple[str, Any]]:
    """What staging sets, in this order. File path and name are added for each run."""
    yield "cam.array_callbacks", 1
    yield "cam.image_mode", "Multiple"
    if num_images is not None:
        yield "cam.num_images", num_images
    if exposure is not None:
        yield "cam.acquire_time", exposure
    yield "hdf.enable", 1
    yield "hdf.blocking_callbacks", 1  # the camera is not done before the plugin is
    yield "hdf.auto_save", 1
    yield "hdf.auto_increment", 1
    yield "hdf.lazy_open", 1  # else the plugin had to have seen a frame before its first file
    yield "hdf.file_write_mode", "Stream"
    yield "hdf.num_capture", 0
    yield "hdf.create_directory", -new_folders
    yield "hdf.file_template", TEMPLATE
    yield "hdf.file_number", 0
    yield "hdf.file_path", ""
    yield "hdf.file_name", ""
