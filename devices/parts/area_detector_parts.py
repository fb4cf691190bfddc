"""The parts of an area detector: camera and HDF5 file plugin, as EPICS areaDetector serves them.

Only the PVs that taking frames needs: ophyd's own classes have hundreds, and need every one that they are asked about.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ophyd import Component, Device, EpicsSignalRO, Kind
from ophyd.areadetector.base import EpicsSignalWithRBV
from ophyd.areadetector.paths import EpicsPathSignal

from ..checked_signal import CheckedEpicsSignal
from .frame_files import FileError

__all__ = ["Camera", "CheckedSignalWithRBV", "HDF5Files", "wait_until"]

PATIENCE = 10.0
"""Seconds that a plugin may take to open a file, or to write what it was given."""

_LOOK = 0.01


class CheckedSignalWithRBV(CheckedEpicsSignal):
    """A setting, PV and PV_RBV, whose `set()` is done at put-completion and fails when the put fails."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        super().__init__(prefix + "_RBV", write_pv=prefix, **kwargs)


class FolderSignal(EpicsPathSignal):
    """A folder with its readback; ophyd's own cannot be set back to none."""

    def _set_and_wait(self, value: Any, timeout: Any) -> None:
        if value == "":
            self.put("")
        else:
            super()._set_and_wait(value, timeout)


class Camera(Device):
    """A driver that takes frames: `cam1:`."""

    acquire = Component(CheckedSignalWithRBV, "Acquire", kind=Kind.omitted)
    acquire_time = Component(CheckedSignalWithRBV, "AcquireTime", kind=Kind.config)
    acquire_period = Component(CheckedSignalWithRBV, "AcquirePeriod", kind=Kind.config)
    num_images = Component(CheckedSignalWithRBV, "NumImages", kind=Kind.config)
    num_images_counter = Component(EpicsSignalRO, "NumImagesCounter_RBV", kind=Kind.omitted)
    image_mode = Component(CheckedSignalWithRBV, "ImageMode", string=True, kind=Kind.omitted)
    trigger_mode = Component(CheckedSignalWithRBV, "TriggerMode", string=True, kind=Kind.config)
    array_callbacks = Component(CheckedSignalWithRBV, "ArrayCallbacks", kind=Kind.omitted)
    array_size_x = Component(EpicsSignalRO, "ArraySizeX_RBV", kind=Kind.omitted)
    array_size_y = Component(EpicsSignalRO, "ArraySizeY_RBV", kind=Kind.omitted)
    data_type = Component(EpicsSignalRO, "DataType_RBV", string=True, kind=Kind.omitted)
    manufacturer = Component(EpicsSignalRO, "Manufacturer_RBV", string=True, kind=Kind.config)
    model = Component(EpicsSignalRO, "Model_RBV", string=True, kind=Kind.config)

    def exposure(self) -> dict[str, Any]:
        """What decides how long an acquisition takes, by component."""
        return {name: getattr(self, name).get() for name in ("acquire_time", "acquire_period", "num_images")}

    @property
    def duration(self) -> float:
        """How long an acquisition takes at least, in s."""
        exposure = self.exposure()
        return max(exposure["acquire_time"], exposure["acquire_period"]) * exposure["num_images"]

    def rest(self) -> bool:
        """End what is being acquired, live view for instance. Returns whether there was anything."""
        if not self.acquire.get():
            return False
        self.acquire.put(0, use_complete=False)
        wait_until(lambda: not self.acquire.get(), f"{self.acquire.pvname} to be 0")
        return True


class HDF5Files(Device):
    """A plugin that writes frames to HDF5 files: `HDF1:`."""

    enable = Component(CheckedSignalWithRBV, "EnableCallbacks", kind=Kind.omitted)
    blocking_callbacks = Component(CheckedSignalWithRBV, "BlockingCallbacks", kind=Kind.omitted)
    create_directory = Component(CheckedEpicsSignal, "CreateDirectory", kind=Kind.omitted)
    file_path = Component(FolderSignal, "FilePath", path_semantics="posix", kind=Kind.omitted)
    file_path_exists = Component(EpicsSignalRO, "FilePathExists_RBV", kind=Kind.omitted)
    file_name = Component(EpicsSignalWithRBV, "FileName", string=True, kind=Kind.omitted)
    file_number = Component(CheckedSignalWithRBV, "FileNumber", kind=Kind.omitted)
    file_template = Component(EpicsSignalWithRBV, "FileTemplate", string=True, kind=Kind.omitted)
    auto_increment = Component(CheckedSignalWithRBV, "AutoIncrement", kind=Kind.omitted)
    auto_save = Component(CheckedSignalWithRBV, "AutoSave", kind=Kind.omitted)
    file_write_mode = Component(CheckedSignalWithRBV, "FileWriteMode", string=True, kind=Kind.omitted)
    lazy_open = Component(CheckedSignalWithRBV, "LazyOpen", kind=Kind.omitted)
    num_capture = Component(CheckedSignalWithRBV, "NumCapture", kind=Kind.omitted)
    # A put to Capture is complete when the capture is over.
    capture = Component(EpicsSignalWithRBV, "Capture", kind=Kind.omitted)
    # No monitors: they may come after the put-completion of the camera. Each read asks the server.
    num_captured = Component(EpicsSignalRO, "NumCaptured_RBV", auto_monitor=False, kind=Kind.omitted)
    full_file_name = Component(EpicsSignalRO, "FullFileName_RBV", string=True, auto_monitor=False, kind=Kind.omitted)
    write_status = Component(EpicsSignalRO, "WriteStatus", auto_monitor=False, kind=Kind.omitted)
    write_message = Component(EpicsSignalRO, "WriteMessage", string=True, auto_monitor=False, kind=Kind.omitted)
    width = Component(EpicsSignalRO, "ArraySize0_RBV", auto_monitor=False, kind=Kind.omitted)
    height = Component(EpicsSignalRO, "ArraySize1_RBV", auto_monitor=False, kind=Kind.omitted)
    data_type = Component(EpicsSignalRO, "DataType_RBV", string=True, auto_monitor=False, kind=Kind.omitted)

    _old_complaint = ""

    def begin(self, number: int) -> None:
        """Capture into the file of this number from now on. Raises FileError with what the plugin says."""
        self.file_number.set(number).wait(PATIENCE)
        if not self.file_path_exists.get():
            raise FileError(self.file_path.setpoint_pvname, f"the IOC finds no folder {self.file_path.get()!r}")
        self._old_complaint = self.complaint
        self.capture.put(1)
        try:
            wait_until(lambda: self.capture.get() and self.num_captured.get() == 0, f"{self.capture.pvname} to be 1")
        except TimeoutError as error:
            raise FileError(self.capture.setpoint_pvname, self.complaint or str(error)) from error

    def end(self) -> None:
        """Close the file, if one is open."""
        if self.capture.get():
            self.capture.put(0)
            wait_until(lambda: not self.capture.get(), f"{self.capture.pvname} to be 0")

    def wait_for(self, captured: int) -> None:
        """Wait until the plugin has so many frames in its file. Raises FileError if it has not, or complains."""
        try:
            wait_until(lambda: self._has(captured), f"{captured} frames in {self.full_file_name.get() or 'the file'}")
        except TimeoutError as error:
            now = self.num_captured.get()
            raise FileError(self.num_captured.pvname, self.complaint or f"{error}: there are {now}") from error
        if self.complaint:
            raise FileError(self.write_message.pvname, self.complaint)

    @property
    def complaint(self) -> str:
        """What the plugin says went wrong when it last wrote, or opened a file; empty if nothing did."""
        return (self.write_message.get() or "could not write") if self.write_status.get() else ""

    def _has(self, captured: int) -> bool:
        if int(self.num_captured.get()) >= captured:
            return True
        # It forgets what went wrong with the last file when it opens the next one: with the first frame.
        if (complaint := self.complaint) and complaint != self._old_complaint:
            raise FileError(self.write_message.pvname, complaint)
        return False


def wait_until(condition: Callable[[], Any], what: str, timeout: float = PATIENCE) -> None:
    """Ask for something until it is so. Raises TimeoutError after `timeout` s, with `what` was waited for."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        time.sleep(_LOOK)
