"""Records of the camera: ADCore's ADBase, and what ADSimDetector adds to it.

Rules of this file: a record that `camera.CameraGroup` does not mention takes what is put there, shows it in its
readback, and does nothing.
"""

from itertools import chain

from .rows import ARRAY, COUNT, NO_YES, SECONDS, alone, command, setting, shown

CLOSE_OPEN = ("Close", "Open")
CLOSED_OPEN = ("Closed", "Open")

STATES = (
    "Idle",
    "Acquire",
    "Readout",
    "Correct",
    "Saving",
    "Aborting",
    "Error",
    "Waiting",
    "Initializing",
    "Disconnected",
    "Aborted",
)

_ACQUISITION = (
    *command("Acquire", ("Done", "Acquire"), "take images; 0 ends it"),
    *setting("AcquireTime", 0.1, "exposure", units="s", limits=(0.0001, 3600.0)),
    *setting("AcquirePeriod", 0.0, "image to image, at least", **SECONDS),
    shown("TimeRemaining_RBV", 0.0, "exposure left", units="s"),
    *setting("ImageMode", "Single", "how many images", labels=("Single", "Multiple", "Continuous")),
    *setting("NumImages", 1, "images of Multiple", limits=(1, 2**31 - 1)),
    shown("NumImagesCounter_RBV", 0, "images taken"),
    *setting("NumExposures", 1, "exposures in an image", limits=(1, 2**31 - 1)),
    shown("NumExposuresCounter_RBV", 0, "exposures taken"),
    *setting("TriggerMode", "Internal", "what begins an image", labels=("Internal", "External")),
    alone("Trigger", "Done", "the external trigger", labels=("Done", "Trigger")),
    alone("WaitForPlugins", "No", "wait until plugins are done", labels=NO_YES),
    shown("DetectorState_RBV", "Idle", "what it does", labels=STATES),
    shown("StatusMessage_RBV", "", "what it says", length=256),
    *setting("FrameType", "Normal", "kind of image", labels=("Normal", "Background", "FlatField", "DblCorrelation")),
    *setting("Gain", 1.0, "gain", limits=(0.0, 1000.0)),
)

_READOUT = (
    shown("MaxSizeX_RBV", 0, "columns of the sensor", units="pixels"),
    shown("MaxSizeY_RBV", 0, "rows of the sensor", units="pixels"),
    *chain.from_iterable(
        (
            *setting(f"Min{axis}", 0, f"first {what}", **COUNT),
            *setting(f"Size{axis}", 0, f"{what}s read out", **COUNT),
            *setting(f"Bin{axis}", 1, f"{what}s in a bin", limits=(1, 2**31 - 1)),
            *setting(f"Reverse{axis}", "No", f"{what}s from the far end", labels=NO_YES),
        )
        for axis, what in (("X", "column"), ("Y", "row"))
    ),
    *(shown(f"ArraySize{n}_RBV", 0, f"array, dimension {n}") for n in range(3)),
)

_SHUTTER = (
    *setting("ShutterMode", "None", "shutter", labels=("None", "EPICS signal", "Detector output")),
    *setting("ShutterControl", "Close", "shutter control", labels=CLOSE_OPEN),
    alone("ShutterControlEPICS", "Close", "shutter control by EPICS", labels=CLOSE_OPEN),
    alone("ShutterFanout", 0, "shutter fanout"),
    alone("ShutterOpenEPICS", 0.0, "open the shutter by EPICS"),
    alone("ShutterCloseEPICS", 0.0, "close the shutter by EPICS"),
    *setting("ShutterOpenDelay", 0.0, "delay of opening", **SECONDS),
    *setting("ShutterCloseDelay", 0.0, "delay of closing", **SECONDS),
    shown("ShutterStatus_RBV", "Closed", "shutter status", labels=CLOSED_OPEN),
    shown("ShutterStatusEPICS_RBV", "Closed", "shutter status by EPICS", labels=CLOSED_OPEN),
)

_IDENTITY = (
    shown("Manufacturer_RBV", "Simulated", "manufacturer"),
    shown("Model_RBV", "Beam camera", "model"),
    shown("SerialNumber_RBV", "1", "serial number"),
    shown("FirmwareVersion_RBV", "none", "version of the firmware"),
    shown("SDKVersion_RBV", "none", "version of the SDK"),
    shown("StringToServer_RBV", "", "text to the server", length=256),
    shown("StringFromServer_RBV", "", "text from the server", length=256),
    alone("ReadStatus", "Done", "read the status", labels=("Done", "Read")),
    *setting("Temperature", 25.0, "temperature wanted", units="C"),
    shown("TemperatureActual", 25.0, "temperature", units="C"),
)

_SIMULATION = (
    *setting("Noise", 0.0, "Poisson noise, if not 0", limits=(0.0, 1e9)),
    *setting("Reset", "Done", "reset the image", labels=("Done", "Reset")),
    *setting("SimMode", "Peaks", "simulation", labels=("LinearRamp", "Peaks", "Sine", "Offset&Noise")),
    *(row for name in ("Red", "Green", "Blue") for row in setting(f"Gain{name}", 1.0, f"gain of {name.lower()}")),
    *setting("PeakVariation", 0, "variation of peaks"),
    *chain.from_iterable(
        (
            *setting(f"Gain{axis}", 1.0, f"gain in {axis}"),
            *setting(f"PeakNum{axis}", 1, f"peaks in {axis}"),
            *setting(f"PeakStart{axis}", 0, f"first peak in {axis}"),
            *setting(f"PeakStep{axis}", 0, f"peak to peak in {axis}"),
            *setting(f"PeakWidth{axis}", 0, f"width of peaks in {axis}"),
        )
        for axis in "XY"
    ),
)

CAMERA = (*ARRAY, *_ACQUISITION, *_READOUT, *_SHUTTER, *_IDENTITY, *_SIMULATION)
