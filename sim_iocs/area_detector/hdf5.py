"""The plugin that writes images to HDF5 files: NDFileHDF5.

Rules of this file:
- The file is written in a thread, one call at a time; the server never waits for a disk.
- A put of 1 to Capture completes when the capture is over: enough images, 0 put, or a failure, which fails the put.
- What went wrong is in WriteStatus and WriteMessage until something is written well. A failure ends the capture.
- Images are counted as captured when they are in the file, and can be read there with SWMR.
"""

import asyncio
from typing import Any

from caproto import SkipWrite

from ..records.table import declare
from .file_names import TemplateError, check_template, file_name, is_usable, make_folder, with_separator
from .frame import Frame
from .hdf5_file import Hdf5File, Layout
from .plugin import PluginGroup
from .plugin_table import HDF5

_COMPRESSIONS = ("None", "zlib")
"""Those that h5py can do without plugins of its own."""


class Hdf5Group(PluginGroup):
    """`SubGroup(Hdf5Group, prefix="HDF1:")`, then `link`."""

    declare(locals(), HDF5)
    port, kind = "HDF5", "NDFileHDF5 ver1.14.4"

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        super().__init__(prefix, **kwargs)
        self._file: Hdf5File | None = None
        self._buffer: list[Frame] = []
        self._capturing = False
        self._over = asyncio.Event()
        self._failure = ""

    async def run(self) -> None:
        """Publish which one this is, and complete the file that is open when the server ends."""
        await super().run()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            if self._file is not None:
                self._file.close()

    async def process(self, frame: Frame) -> None:
        """Write an image, or keep it, if that is wanted."""
        mode = self.value("FileWriteMode")
        try:
            if mode == "Single" and self.value("AutoSave") == "Yes":
                await self._write_file([frame])
            elif self._capturing and mode == "Stream":
                await self._stream(frame)
            elif self._capturing:
                await self._keep(frame)
        except (OSError, TemplateError) as error:
            await self._fail(str(error))

    async def change_path(self, value: str) -> str:
        """FilePath: the folder is made if it is missing and CreateDirectory allows it."""
        folder = with_separator(value)
        try:
            await asyncio.to_thread(make_folder, folder, self.value("CreateDirectory"))
        except OSError as error:
            await self._tell(str(error))
        await self._check_path(folder)
        return folder

    async def change_template(self, value: str) -> str:
        """FileTemplate."""
        try:
            check_template(value)
        except TemplateError as error:
            raise self.refuse("FileTemplate", str(error)) from error
        return value

    async def change_number(self, value: int) -> int:
        """What FileNumber was called before."""
        await self.show_both("FileNumber", value)
        return value

    async def change_compression(self, value: str) -> str:
        """Compression."""
        if value not in _COMPRESSIONS:
            raise self.refuse("Compression", f"{value} is not available, only {' and '.join(_COMPRESSIONS)}")
        return value

    async def read_file(self, value: str) -> str:
        """ReadFile."""
        if value == "Read":
            raise self.refuse("ReadFile", "this plugin only writes")
        return value

    async def write_now(self, value: str) -> type[SkipWrite]:
        """WriteFile: the images that were captured, or the last one."""
        return await self.obey("WriteFile", value, self._write_now)

    async def flush(self, value: str) -> type[SkipWrite]:
        """FlushNow."""
        return await self.obey("FlushNow", value, self._flush_now)

    async def capture(self, value: str) -> type[SkipWrite]:
        """Capture."""
        if value == "Done":
            async with self._busy:
                await self._end_capture()
            return SkipWrite
        if not self._capturing:
            await self._begin_capture()
        await self._over.wait()
        if self._failure:
            raise self.refuse("Capture", self._failure)
        return SkipWrite

    async def _write_now(self) -> None:
        if self.value("FileWriteMode") == "Stream":
            raise self.refuse("WriteFile", "with FileWriteMode Stream images are written as they come")
        frames = self._buffer or ([] if self.last is None else [self.last])
        if not frames:
            raise self.refuse("WriteFile", "there is no image yet")
        try:
            async with self._busy:
                await self._write_file(frames)
        except (OSError, TemplateError) as error:
            await self._tell(str(error))
            raise self.refuse("WriteFile", str(error)) from error

    async def _flush_now(self) -> None:
        async with self._busy:
            await self._flush()

    async def _begin_capture(self) -> None:
        mode = self.value("FileWriteMode")
        if mode == "Single":
            raise self.refuse("Capture", "with FileWriteMode Single nothing is captured, put Capture or Stream there")
        self._capturing, self._failure = True, ""
        self._over.clear()
        self._buffer.clear()
        await self.show("NumCaptured_RBV", 0)
        if mode == "Stream" and self.value("LazyOpen") == "No":
            async with self._busy:
                await self._open_beforehand()
        if self._capturing:
            await self.show_both("Capture", "Capture")

    async def _open_beforehand(self) -> None:
        try:
            if self.last is None:
                raise OSError("no image was seen yet, whose size the file must have; take one, or put Yes to LazyOpen")
            await self._open(self.last)
        except (OSError, TemplateError) as error:
            await self._fail(str(error))

    async def _stream(self, frame: Frame) -> None:
        if self._file is None:
            await self._open(frame)
        await asyncio.to_thread(self._opened.append, frame)
        captured = self.value("NumCaptured_RBV") + 1
        every = self.value("NumFramesFlush") or 1
        if self.value("SWMRMode") == "On" and captured % every == 0:
            await self._flush()
        await self._count(captured)

    async def _keep(self, frame: Frame) -> None:
        self._buffer.append(frame)
        captured = self.value("NumCaptured_RBV") + 1
        if captured == self.value("NumCapture") and self.value("AutoSave") == "Yes":
            await self._write_file(self._buffer)
        await self._count(captured)

    async def _count(self, captured: int) -> None:
        await self.show("NumCaptured_RBV", captured)
        if captured == self.value("NumCapture"):
            await self._end_capture()

    async def _end_capture(self) -> None:
        if self._capturing:
            self._capturing = False
            try:
                await self._close()
            except OSError as error:
                # What went wrong first is what matters.
                self._failure = self._failure or str(error)
                await self._tell(self._failure)
        await self.show_both("Capture", "Done")
        self._over.set()

    async def _fail(self, why: str) -> None:
        self._failure = why
        await self._tell(why)
        if self._capturing:
            await self._end_capture()

    async def _write_file(self, frames: list[Frame]) -> None:
        await self._open(frames[0])
        try:
            for frame in frames:
                await asyncio.to_thread(self._opened.append, frame)
        finally:
            await self._close()

    @property
    def _opened(self) -> Hdf5File:
        if self._file is None:
            raise OSError("no file is open")
        return self._file

    async def _open(self, like: Frame) -> None:
        folder = self.value("FilePath_RBV")
        await self._check_path(folder)
        if self.value("FilePathExists_RBV") == "No":
            raise OSError(f"the folder '{folder}' does not exist, or nothing can be written there")
        number = self.value("FileNumber_RBV")
        name = file_name(self.value("FileTemplate_RBV"), folder, self.value("FileName_RBV"), number)
        self._file = await asyncio.to_thread(Hdf5File, name, like, self._layout())
        await self.show("FullFileName_RBV", name)
        if self.value("AutoIncrement") == "Yes":
            await self.show_both("FileNumber", number + 1)
        await self.show("SWMRActive_RBV", "Active" if self.value("SWMRMode") == "On" else "Off")
        await self.show("SWMRCbCounter_RBV", 0)
        await self._tell("")

    async def _flush(self) -> None:
        if self._file is not None:
            await asyncio.to_thread(self._file.flush)
            await self.show("SWMRCbCounter_RBV", self.value("SWMRCbCounter_RBV") + 1)

    async def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            await self.show("SWMRActive_RBV", "Off")
            await asyncio.to_thread(file.close)

    def _layout(self) -> Layout:
        auto = self.value("ChunkSizeAuto") == "Yes"
        return Layout(
            frames_in_chunk=self.value("NumFramesChunks"),
            rows_in_chunk=0 if auto else self.value("NumRowChunks"),
            columns_in_chunk=0 if auto else self.value("NumColChunks"),
            compression=self.value("Compression"),
            zlevel=self.value("ZLevel"),
            fill_value=self.value("FillValue"),
            swmr=self.value("SWMRMode") == "On",
            attributes=self.value("StoreAttr") == "Yes",
            attributes_in_chunk=self._attributes_in_chunk(),
            performance=self.value("StorePerform") == "Yes",
            temporary_suffix=self.value("TempSuffix"),
        )

    def _attributes_in_chunk(self) -> int:
        if self.value("FileWriteMode") == "Single":
            return 1
        # With no end of the capture in sight, clients of areaDetector rely on this number.
        return self.value("NDAttributeChunk") or self.value("NumCapture") or 16384

    async def _check_path(self, folder: str) -> None:
        usable = await asyncio.to_thread(is_usable, folder)
        await self.show("FilePathExists_RBV", "Yes" if usable else "No")

    async def _tell(self, problem: str) -> None:
        """WriteMessage; "" is that all is well."""
        await self.show("WriteMessage", problem[:255])
        await self.show("WriteStatus", "Write error" if problem else "Write OK")


Hdf5Group.puts = {
    **PluginGroup.puts,
    "FilePath": Hdf5Group.change_path,
    "FileTemplate": Hdf5Group.change_template,
    "FileNumber_Sync": Hdf5Group.change_number,
    "FileNumber_write": Hdf5Group.change_number,
    "Compression": Hdf5Group.change_compression,
    "ReadFile": Hdf5Group.read_file,
    "WriteFile": Hdf5Group.write_now,
    "FlushNow": Hdf5Group.flush,
    "Capture": Hdf5Group.capture,
}
