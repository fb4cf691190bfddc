"""The scaler and the camera of the simulated beamline, as ophyd, ophyd-async and EPICS Base's tools use them.

Nothing of theirs is changed or left out: every signal of every class must connect.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from .conftest import SimBeamline
from .support import BaseTools, run_python, until

IMAGES = "/entry/data/data"
NUMBERS = "/entry/instrument/NDAttributes/NDArrayUniqueId"


def client(script: str, beamline: SimBeamline, **values: str) -> dict[str, Any]:
    """What a script, which fills `seen`, saw; `$name` in it is one of these values."""
    for name, value in values.items():
        script = script.replace(f"${name}", value)
    return json.loads(run_python(f"{script}\nprint(json.dumps(seen))", beamline.address).splitlines()[-1])


OPHYD = """
import json
import ophyd
ophyd.Device.lazy_wait_for_connection = False
from ophyd import Component, EpicsScaler, HDF5Plugin, ImagePlugin, SimDetector, SingleTrigger
from ophyd.areadetector.filestore_mixins import FileStoreHDF5IterativeWrite
from ophyd.areadetector.plugins import HDF5Plugin_V35, ImagePlugin_V35
from ophyd.scaler import ScalerCH
from ophyd.utils.errors import UnprimedPlugin
from reioc.engine import RunEngine
from reioc.engine.plans import count

seen = {}

def connect(device):
    signals = [walked.item for walked in device.walk_signals(include_lazy=True)]
    for signal in signals:
        signal.wait_for_connection(timeout=10)
    seen["signals"] = seen.get("signals", 0) + len(signals)
    return device

scaler = connect(EpicsScaler("SIM:scaler1", name="scaler"))
channels = connect(ScalerCH("SIM:scaler1", name="channels"))

class FilePlugin(HDF5Plugin, FileStoreHDF5IterativeWrite):
    pass

class Camera(SingleTrigger, SimDetector):
    image = Component(ImagePlugin, "image1:")
    file = Component(FilePlugin, "HDF1:", write_path_template="$folder")

class Newest(SimDetector):
    image = Component(ImagePlugin_V35, "image1:")
    file = Component(HDF5Plugin_V35, "HDF1:")

camera = connect(Camera("SIM:", name="camera", read_attrs=["file"]))
connect(Newest("SIM:", name="newest"))

RE = RunEngine()
documents = []
RE.subscribe(lambda name, document: documents.append((name, document)))

channels.select_channels(["I0", "It"])
scaler.preset_time.set(0.5).wait(10)
RE(count([scaler, channels], 2))
seen["counts"] = [document["data"] for name, document in documents if name == "event"]

documents.clear()
camera.file.enable.set("Enable").wait(10)
camera.image.enable.set("Enable").wait(10)
try:
    camera.stage()
except UnprimedPlugin as refusal:
    seen["unprimed"] = str(refusal)
camera.unstage()
camera.file.warmup()
camera.cam.noise.set(1.0).wait(10)
camera.cam.num_images.set(2).wait(10)

shown = []
def remember(name, document):
    shown.append(camera.image.array_data.get().tolist())
RE.subscribe(remember, "event")
RE(count([camera], 3))
seen["documents"] = [(name, {key: document.get(key) for key in ("root", "resource_path", "spec", "resource_kwargs",
    "datum_kwargs", "exit_status")}) for name, document in documents]
seen["shown"] = shown
seen["after"] = [camera.cam.acquire.get(), camera.file.capture.get(), camera.file.write_message.get()]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where files are written."""
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="module")
def seen(sim_beamline: SimBeamline, folder: Path) -> dict[str, Any]:
    """What ophyd's own classes saw in one process."""
    return client(OPHYD, sim_beamline, folder=str(folder))


def test_every_signal_of_ophyds_classes_connects(seen: dict[str, Any]) -> None:
    """Two scaler classes, the camera, the image and HDF5 plugins of the oldest and of the newest ADCore."""
    # Each was waited for; so many are all of them, and not only those that ophyd connects by itself.
    assert seen["signals"] > 800


def test_ophyds_scalers_count(seen: dict[str, Any]) -> None:
    """EpicsScaler counts for its preset; ScalerCH has the same counts under the names of the channels."""
    for data in seen["counts"]:
        assert data["scaler_channels_chan1"] == 5_000_000
        assert data["scaler_channels_chan2"] == pytest.approx(50_000, rel=0.02)
        assert (data["I0"], data["It"]) == (data["scaler_channels_chan2"], data["scaler_channels_chan3"])
        assert data["channels_time"] == pytest.approx(0.5)


def test_ophyds_camera_writes_the_images_it_shows(seen: dict[str, Any]) -> None:
    """Three points of two images are six images in one file, where the resource says; the image plugin showed the last
    of each point."""
    assert "has not been primed" in seen["unprimed"]
    names = [name for name, _ in seen["documents"]]
    assert sorted(names) == sorted(["start", "descriptor", "resource", "stop"] + 3 * ["datum", "event"])
    (resource,) = (document for name, document in seen["documents"] if name == "resource")
    points = [document["datum_kwargs"]["point_number"] for name, document in seen["documents"] if name == "datum"]

    with h5py.File(Path(resource["root"]) / resource["resource_path"]) as file:
        images, numbers = file[IMAGES][:], file[NUMBERS][:]

    per_point = resource["resource_kwargs"]["frame_per_point"]
    assert (resource["spec"], per_point, points) == ("AD_HDF5", 2, [0, 1, 2])
    assert images.shape == (6, 48, 64)
    assert np.diff(numbers).tolist() == [1] * 5
    for point, shown in zip(points, seen["shown"], strict=True):
        assert np.array_equal(images[per_point * (point + 1) - 1].ravel(), shown)
    assert seen["after"] == [0, 0, ""]


OPHYD_ASYNC = """
import asyncio, json
from pathlib import Path
from ophyd_async.core import StaticPathProvider, UUIDFilenameProvider
from ophyd_async.epics.adcore import (
    ADWriterFactory, NDAttributePv, NDAttributePvDbrType, NDPluginBaseIO, setup_ndattributes,
)
from ophyd_async.epics.adsimdetector import SimDetector
from ophyd_async.epics.core import epics_signal_r
from ophyd_async.epics.motor import Motor
from reioc.engine import RunEngine
from reioc.engine.plans import abs_set, scan

RE = RunEngine()
files = StaticPathProvider(UUIDFilenameProvider(), Path("$folder"))
camera = SimDetector(
    "SIM:", ADWriterFactory.hdf(files), name="camera", plugins={"image": NDPluginBaseIO("SIM:image1:")}
)
motor = Motor("SIM:m1", name="motor")
position = epics_signal_r(float, "SIM:m1.RBV", name="position")

async def connect():
    await asyncio.gather(*(device.connect(timeout=10) for device in (camera, motor, position)))
asyncio.run_coroutine_threadsafe(connect(), RE.loop).result(20)

def plan():
    yield from setup_ndattributes(
        camera.driver, [NDAttributePv("m1_position", position, NDAttributePvDbrType.DBR_DOUBLE)]
    )
    yield from abs_set(camera.driver.acquire_time, 0.1, wait=True)
    yield from scan([camera], motor, -1, 1, 3)

documents = []
RE.subscribe(lambda name, document: documents.append((name, document)))
RE(plan())
seen = {"documents": documents}
"""


def test_ophyd_asyncs_camera_streams(sim_beamline: SimBeamline, seen: dict[str, Any], folder: Path) -> None:
    """Its documents say which images belong to which point, and the file has them, with the motor's position."""
    documents = client(OPHYD_ASYNC, sim_beamline, folder=str(folder))["documents"]

    of_kind: dict[str, list[Any]] = {}
    for name, document in documents:
        of_kind.setdefault(name, []).append(document)
    resources = {resource["data_key"]: resource for resource in of_kind["stream_resource"]}
    assert sorted(resources) == ["camera", "m1_position"]
    assert [stop["exit_status"] for stop in of_kind["stop"]] == ["success"]
    spans = {key: [] for key in resources}
    for datum in of_kind["stream_datum"]:
        (key,) = (key for key, resource in resources.items() if resource["uid"] == datum["stream_resource"])
        spans[key].append((datum["indices"]["start"], datum["indices"]["stop"]))
    assert spans == {key: [(0, 1), (1, 2), (2, 3)] for key in resources}

    with h5py.File(resources["camera"]["uri"].removeprefix("file://localhost")) as file:
        images = file[resources["camera"]["parameters"]["dataset"]][:]
        positions = file[resources["m1_position"]["parameters"]["dataset"]][:]
    assert images.shape == (3, 48, 64)
    assert positions.tolist() == pytest.approx([-1, 0, 1])
    assert [int(image.sum(axis=0).argmax()) for image in images] == pytest.approx([26.5, 31.5, 36.5], abs=1)


@pytest.fixture
def tools(sim_beamline: SimBeamline, seen: dict[str, Any]) -> Iterator[BaseTools]:
    """EPICS Base's tools, with the file plugin as it was before."""
    tools = sim_beamline.tools
    yield tools
    for record, value in (("Capture", "0"), ("LazyOpen", "No"), ("FileWriteMode", "Single")):
        tools.caput("-c", f"SIM:HDF1:{record}", value)


def test_a_capture_that_fails_fails_the_put(tools: BaseTools, folder: Path) -> None:
    """`caput -c` says that the put failed, WriteMessage says why; a long path is put and read as a string."""
    missing = f"{folder}/none/{'x' * 60}"
    assert tools.caput("-c", "-S", "SIM:HDF1:FilePath", missing).returncode == 0
    for record, value in (("LazyOpen", "No"), ("FileWriteMode", "Stream")):
        tools.caput("-c", f"SIM:HDF1:{record}", value)

    done = tools.caput("-c", "-w", "10", "SIM:HDF1:Capture", "1")

    assert "Channel write request failed" in done.stderr
    assert tools.caget("-t", "-S", "SIM:HDF1:FilePath_RBV").stdout.strip() == f"{missing}/"
    assert "does not exist" in tools.caget("-t", "-S", "SIM:HDF1:WriteMessage").stdout
    values = [tools.value(f"SIM:HDF1:{name}") for name in ("FilePathExists_RBV", "WriteStatus", "Capture_RBV")]
    assert values == ["No", "Write error", "Done"]


def test_a_put_to_capture_completes_with_the_last_image(tools: BaseTools, folder: Path) -> None:
    """`caput -c` comes back when NumCapture images are in the file, other puts are answered meanwhile."""
    for record, text in (("FilePath", str(folder)), ("FileName", "two"), ("FileTemplate", "%s%s_%d.h5")):
        assert tools.caput("-c", "-S", f"SIM:HDF1:{record}", text).returncode == 0
    settings = {"LazyOpen": "Yes", "FileWriteMode": "Stream", "NumCapture": "2", "FileNumber": "3"}
    for record, value in {**settings, "EnableCallbacks": "Enable"}.items():
        assert tools.caput("-c", f"SIM:HDF1:{record}", value).returncode == 0
    with tools.putting("-c", "-w", "20", "SIM:HDF1:Capture", "1") as capture:
        until(lambda: tools.value("SIM:HDF1:Capture_RBV") == "Capture", "the capture to begin")
        for _ in range(2):
            assert tools.caput("-c", "-w", "10", "SIM:cam1:Acquire", "1").returncode == 0
        assert capture.wait() == 0

    with h5py.File(folder / "two_3.h5") as file:
        assert len(file[IMAGES]) == 2


def test_records_are_what_they_are_in_area_detector(tools: BaseTools) -> None:
    """Type, number of elements and labels of some, a field that only some clients ask for, and a DESC."""
    info = tools.cainfo("SIM:image1:ArrayData", "SIM:cam1:DetectorState_RBV").stdout
    assert "Element count:    3072" in info
    assert "DBF_DOUBLE" in info
    assert "DBF_ENUM" in info
    labels = tools.caget("-d", "DBR_CTRL_ENUM", "SIM:cam1:DetectorState_RBV").stdout
    assert "[ 9] Disconnected" in labels
    assert tools.value("SIM:cam1:DataType_RBV.DISA") == "0"
    assert tools.value("SIM:HDF1:NumCapture.DESC") == "HDF1 images to capture; 0 no end"
    assert tools.value("SIM:scaler1.RTYP") == "scaler"
