"""How areaDetector declares its records: a setting with a readback beside it."""

from typing import Any

from ..records.table import PATH, Row

NO_YES = ("No", "Yes")
OFF_ON = ("Off", "On")
DISABLE_ENABLE = ("Disable", "Enable")

COLOR_MODES = ("Mono", "Bayer", "RGB1", "RGB2", "RGB3", "YUV444", "YUV422", "YUV421")
DATA_TYPES = ("Int8", "UInt8", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float32", "Float64")

SECONDS = {"units": "s", "limits": (0.0, 3600.0)}
COUNT = {"limits": (0, 2**31 - 1)}


def setting(name: str, value: Any, doc: str, **options: Any) -> tuple[Row, Row]:
    """A record that clients set, and `name`_RBV with what came of it."""
    shown_options = {key: option for key, option in options.items() if key not in ("limits", "rtyp")}
    return alone(name, value, doc, **options), shown(f"{name}_RBV", value, f"{doc} RBV", **shown_options)


def alone(name: str, value: Any, doc: str, **options: Any) -> Row:
    """A record that clients set, without a readback."""
    return Row(name, value, doc, **options)


def shown(name: str, value: Any, doc: str, **options: Any) -> Row:
    """A record that is only shown."""
    return Row(name, value, doc, writable=False, **options)


def path(name: str, value: str, doc: str) -> tuple[Row, Row]:
    """A setting that is a path, or part of one."""
    return setting(name, value, doc, length=PATH)


def command(name: str, labels: tuple[str, str], doc: str) -> tuple[Row, Row]:
    """A busy record: it holds the second label as long as it does what was ordered, and so does its readback."""
    return setting(name, labels[0], doc, labels=labels, rtyp="busy")


ARRAY = (
    shown("PortName_RBV", "", "asyn port"),
    shown("ADCoreVersion_RBV", "3.12.1", "version of ADCore"),
    shown("DriverVersion_RBV", "1.0.0", "version of the driver"),
    shown("UniqueId_RBV", 0, "number of the last array"),
    shown("TimeStamp_RBV", 0.0, "time of the last array", units="s"),
    shown("EpicsTSSec_RBV", 0, "seconds of the last array"),
    shown("EpicsTSNsec_RBV", 0, "ns of the last array"),
    *setting("ArrayCounter", 0, "arrays so far"),
    shown("ArrayRate_RBV", 0.0, "arrays a second", units="Hz", precision=1),
    shown("ArraySizeX_RBV", 0, "columns of the array"),
    shown("ArraySizeY_RBV", 0, "rows of the array"),
    shown("ArraySizeZ_RBV", 0, "planes of the array"),
    shown("ArraySize_RBV", 0, "size of the array", units="B"),
    *setting("ColorMode", "Mono", "colours", labels=COLOR_MODES),
    *setting("DataType", "UInt16", "type of pixels", labels=DATA_TYPES),
    shown("BayerPattern_RBV", "RGGB", "Bayer pattern", labels=("RGGB", "GBRG", "GRBG", "BGGR")),
    shown("Codec_RBV", "", "codec"),
    shown("CompressedSize_RBV", 0, "compressed size", units="B"),
    *setting("ArrayCallbacks", "Enable", "hand arrays on", labels=DISABLE_ENABLE),
    alone("AsynIO", 0, "asyn", rtyp="asyn"),
    alone("NDAttributesFile", "", "attributes, as file or XML", length=4096),
    alone("NDAttributesMacros", "", "macros of the attributes", length=PATH),
    shown(
        "NDAttributesStatus",
        "Attributes file OK",
        "how the attributes are",
        labels=("Attributes file OK", "File not found", "XML syntax error", "Macro substitution er"),
    ),
    shown("PoolMaxBuffers", 0, "most buffers"),
    shown("PoolMaxMem", 0.0, "most memory", units="MB"),
    shown("PoolAllocBuffers", 1, "buffers"),
    shown("PoolFreeBuffers", 1, "free buffers"),
    shown("PoolUsedBuffers", 0, "used buffers"),
    shown("PoolUsedMem", 0.0, "used memory", units="MB"),
    shown("NumQueuedArrays", 0, "arrays in queues"),
    alone("EmptyFreeList", "Done", "give buffers back", labels=("Done", "Empty")),
)
"""What a camera and every plugin have: ADCore's NDArrayBase."""
