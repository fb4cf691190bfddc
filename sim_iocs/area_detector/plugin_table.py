"""Records of plugins: ADCore's NDPluginBase, NDStdArrays, NDFile and NDFileHDF5.

Rules of this file: a record that the plugin's class does not mention takes what is put there, shows it in its
readback, and does nothing.
"""

from itertools import chain

from .rows import ARRAY, COUNT, DISABLE_ENABLE, NO_YES, OFF_ON, SECONDS, alone, command, path, setting, shown

PLUGIN = (
    *ARRAY,
    shown("PluginType_RBV", "", "kind of plugin"),
    *setting("EnableCallbacks", "Disable", "take arrays", labels=DISABLE_ENABLE),
    *setting("BlockingCallbacks", "No", "the camera waits for it", labels=NO_YES),
    *setting("MinCallbackTime", 0.0, "array to array, at least", **SECONDS),
    *setting("NDArrayPort", "CAM", "asyn port of arrays"),
    *setting("NDArrayAddress", 0, "asyn address of arrays"),
    *setting("DroppedArrays", 0, "arrays it was too slow for"),
    *setting("DroppedOutputArrays", 0, "arrays lost behind it"),
    *setting("DisorderedArrays", 0, "arrays out of order"),
    *setting("NDimensions", 0, "dimensions"),
    *setting("Dimensions", 0, "size in each dimension", length=10),
    *(row for n in range(10) for row in setting(f"ArraySize{n}", 0, f"array, dimension {n}")),
    *(row for n in range(10) for row in setting(f"Dim{n}SA", 0, f"size in dimension {n}")),
    shown("ExecutionTime_RBV", 0.0, "time for an array", units="ms"),
    alone("ProcessPlugin", "Done", "take the last array again", labels=("Done", "Process")),
    *setting("QueueSize", 20, "length of the queue", limits=(1, 10_000)),
    alone("QueueFree", 20, "free places in the queue"),
    alone("QueueFreeLow", 5, "few free places in the queue"),
    alone("QueueUse", 0.0, "part of the queue used", units="%"),
    alone("QueueUseHIGH", 75.0, "much of the queue used", units="%"),
    alone("QueueUseHIHI", 100.0, "all of the queue used", units="%"),
    shown("MaxThreads_RBV", 1, "most threads"),
    *setting("NumThreads", 1, "threads"),
    *setting("SortMode", "Unsorted", "sort arrays", labels=("Unsorted", "Sorted")),
    *setting("SortSize", 10, "length of the sorting list"),
    *setting("SortTime", 0.1, "time of sorting", **SECONDS),
    alone("SortFree", 10, "free places in the list"),
    alone("SortFreeLow", 2, "few free places in the list"),
    *setting("MaxArrayRate", 0.0, "most arrays a second", units="Hz"),
    alone("MaxArrayRate_COUT", 0.0, "most arrays, as MinCallback"),
    *setting("MaxByteRate", 0.0, "most bytes a second", units="B/s"),
)

FILE = (
    *PLUGIN,
    *path("FilePath", "", "folder"),
    shown("FilePathExists_RBV", "No", "the folder is there", labels=NO_YES),
    *setting("CreateDirectory", 0, "folders it may make", limits=(-1000, 1000)),
    *path("FileName", "", "name"),
    *path("FileTemplate", "%s%s_%6.6d.h5", "folder, name, number as C's"),
    *setting("FileNumber", 0, "number of the next file", **COUNT),
    alone("FileNumber_Sync", 0, "number, once more"),
    alone("FileNumber_write", 0, "number, to be written"),
    *setting("AutoIncrement", "Yes", "count files", labels=NO_YES),
    shown("FullFileName_RBV", "", "the last file", length=256),
    *setting("FileFormat", "HDF5", "format", labels=("Undefined", "HDF5")),
    *setting("FileWriteMode", "Single", "images in a file", labels=("Single", "Capture", "Stream")),
    *setting("AutoSave", "No", "write without being told", labels=NO_YES),
    *command("WriteFile", ("Done", "Write"), "write now"),
    *command("ReadFile", ("Done", "Read"), "read a file"),
    *command("Capture", ("Done", "Capture"), "capture; 0 ends it"),
    *setting("NumCapture", 1, "images to capture; 0 no end", **COUNT),
    shown("NumCaptured_RBV", 0, "images captured"),
    *setting("LazyOpen", "No", "open with the first image", labels=NO_YES),
    *setting("TempSuffix", "", "of the name while it is open"),
    *setting("DeleteDriverFile", "No", "delete the driver's file", labels=NO_YES),
    shown("WriteStatus", "Write OK", "how writing went", labels=("Write OK", "Write error")),
    shown("WriteMessage", "", "why writing failed", length=256),
)

COMPRESSIONS = ("None", "N-bit", "szip", "zlib", "Blosc", "BSLZ4", "LZ4", "JPEG")

_EXTRA = (*"3456789", "X", "Y", "N")
"""Extra dimensions have these names."""

HDF5 = (
    *FILE,
    *setting("NumFramesChunks", 1, "images in a chunk", **COUNT),
    *setting("NumRowChunks", 0, "rows in a chunk", **COUNT),
    *setting("NumColChunks", 0, "columns in a chunk", **COUNT),
    *setting("ChunkSizeAuto", "Yes", "whole images in a chunk", labels=NO_YES),
    *setting("NumFramesFlush", 0, "images between flushes", **COUNT),
    *setting("NDAttributeChunk", 0, "attributes in a chunk", **COUNT),
    *setting("BoundaryAlign", 0, "alignment", **COUNT),
    *setting("BoundaryThreshold", 65536, "least size aligned", **COUNT),
    *setting("FillValue", 0.0, "value of missing pixels"),
    *setting("Compression", "None", "compression", labels=COMPRESSIONS),
    *setting("ZLevel", 6, "level of zlib", limits=(0, 9)),
    *setting("NumDataBits", 8, "bits of N-bit"),
    *setting("DataBitsOffset", 0, "offset of N-bit"),
    *setting("SZipNumPixels", 16, "pixels of szip"),
    *setting(
        "BloscCompressor",
        "blosclz",
        "compressor of Blosc",
        labels=("blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"),
    ),
    *setting("BloscLevel", 5, "level of Blosc", limits=(0, 9)),
    *setting("BloscShuffle", "None", "shuffling of Blosc", labels=("None", "ByteShuffle", "BitShuffle")),
    *setting("SWMRMode", "Off", "readers while it is open", labels=OFF_ON),
    shown("SWMRActive_RBV", "Off", "it can be read now", labels=("Off", "Active")),
    shown("SWMRSupported_RBV", "Supported", "it could be read", labels=("Not Supported", "Supported")),
    shown("SWMRCbCounter_RBV", 0, "flushes"),
    alone("FlushNow", "Done", "flush", labels=("Done", "Flush"), rtyp="busy"),
    *setting("StoreAttr", "Yes", "store attributes", labels=NO_YES),
    *setting("StorePerform", "No", "store times of writing", labels=NO_YES),
    *setting("DimAttDatasets", "No", "dimensions of attributes", labels=NO_YES),
    alone("RunTime", 0.0, "time of writing", units="ms"),
    alone("IOSpeed", 0.0, "speed of writing", units="Mbit/s"),
    *setting("XMLFileName", "", "layout", length=4096),
    shown("XMLValid_RBV", "Yes", "the layout can be used", labels=NO_YES),
    shown("XMLErrorMsg_RBV", "", "what is wrong with the layout", length=256),
    *setting("PositionMode", "Off", "place by attributes", labels=OFF_ON),
    *setting("NumExtraDims", 0, "extra dimensions", limits=(0, 9)),
    *chain.from_iterable(
        (
            *setting(f"ExtraDimSize{n}", 1, f"size of dimension {n}", **COUNT),
            shown(f"ExtraDimName{n}_RBV", "", f"name of dimension {n}"),
            *setting(f"PosNameDim{n}", "", f"place in dimension {n}"),
            *setting(f"PosIndexDim{n}", "", f"index in dimension {n}"),
        )
        for n in _EXTRA
    ),
    *(row for n in (*"3456789", "X", "Y") for row in setting(f"ExtraDimChunk{n}", 1, f"chunk in dimension {n}")),
)
