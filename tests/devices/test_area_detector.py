"""An area detector whose IOC writes HDF5 files, on the simulated one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from reioc.devices.area_detector import AreaDetector

from .ca import Hardware, hardware

_DETECTOR = """
import json, time
from ophyd import EpicsMotor
from reioc.devices.area_detector import AreaDetector
from reioc.engine import Msg, RunEngine, RunEngineInterrupted
from reioc.engine.plans import scan

def outcome(action):
    try:
        status = action()
        if hasattr(status, "wait"):
            status.wait(10)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "done"

def settings():
    kept = ("counter", "captured", "full_file_name", "width", "height", "exists", "write_")
    signals = [walked.item for walked in det.walk_signals()]
    return {signal.name: signal.get() for signal in signals if not any(word in signal.name for word in kept)}

def told(count):
    "Of the last run, or of what comes from now on."
    return [(name, doc) for name, doc in docs[count:] if name in ("resource", "datum", "event")]

docs = []
RE = RunEngine()
RE.subscribe(lambda *doc: docs.append(doc))
"""


@pytest.fixture(scope="module")
def beamline() -> Iterator[Hardware]:
    """One simulated beamline for all tests here that leave it running."""
    with hardware() as running:
        yield running


def detector(folder: Path, **kwargs: Any) -> str:
    """The script that makes one that writes below this folder."""
    options = {"name": "eye", "write_path": f"{folder}/%Y", "exposure": 0.01} | kwargs
    made = ", ".join(f"{key}={value!r}" for key, value in options.items())
    return _DETECTOR + f"det = AreaDetector('SIM:', {made})\ndet.wait_for_connection(timeout=10)\n"


def frames(documents: list[Any], folder: Path) -> list[np.ndarray]:
    """Those of each event, read as the spec AD_HDF5 is: by resource, frames per point, point."""
    resources = {doc["uid"]: doc for name, doc in documents if name == "resource"}
    data = {doc["datum_id"]: doc for name, doc in documents if name == "datum"}
    found = []
    for event in (doc for name, doc in documents if name == "event"):
        datum = data[event["data"]["eye_image"]]
        resource = resources[datum["resource"]]
        assert (resource["spec"], resource["root"]) == ("AD_HDF5", str(folder))
        count, point = resource["resource_kwargs"]["frame_per_point"], datum["datum_kwargs"]["point_number"]
        with h5py.File(folder / resource["resource_path"]) as file:
            found.append(file["/entry/data/data"][point * count : (point + 1) * count])
    return found


def across(image: np.ndarray) -> float:
    """Where the spot is, in pixels from the left."""
    columns = image.sum(axis=0, dtype=float)
    columns -= np.median(columns)
    return float((columns * np.arange(len(columns))).sum() / columns.sum())


def test_each_event_has_the_frames_of_its_point(beamline, tmp_path) -> None:
    """In one file per run; the spot is where the motor was. What staging changed is as before, live view included."""
    script = detector(tmp_path, num_images=2) + (
        """
m1 = EpicsMotor("SIM:m1", name="m1")
m1.wait_for_connection(timeout=10)
det.cam.image_mode.set("Continuous").wait(10)
det.cam.acquire.put(1, use_complete=False)
before = settings()
RE(scan([det], m1, -0.5, 0.5, 3))
while not det.cam.acquire.get():
    time.sleep(0.01)
after = settings()
det.cam.acquire.put(0, use_complete=False)
changed = {name: (value, after[name]) for name, value in before.items() if value != after[name]}
keys = [doc["data_keys"]["eye_image"] for name, doc in docs if name == "descriptor"]
print(json.dumps([changed, before["eye_cam_acquire"], keys, told(0)]))
"""
    )
    changed, was_live, keys, documents = beamline.run(script)
    images = frames(documents, tmp_path)

    assert (changed, was_live) == ({}, 1)
    assert [(key["shape"], key["dtype_numpy"], key["external"]) for key in keys] == [([2, 48, 64], "<u2", "FILESTORE:")]
    assert [name for name, _ in documents] == ["resource", "datum", "event", "datum", "event", "datum", "event"]
    assert [image.shape for image in images] == [(2, 48, 64)] * 3
    left, middle, right = (across(image[0]) for image in images)
    assert middle - left == pytest.approx(right - middle, abs=0.5)
    assert abs(right - left) == pytest.approx(5, abs=1)  # pixels of 0.2 mm


def test_a_point_that_is_taken_again_has_frames_of_its_own(beamline, tmp_path) -> None:
    """After a pause, whether all frames were in the file or some; also when the IOC has forgotten what it was told."""
    script = detector(tmp_path, num_images=3, exposure=0.02) + (
        """
def interrupted(cut_short):
    "Two points; in the first one a pause, in the middle of its exposure or after it."
    yield Msg("stage", det)
    yield Msg("open_run")
    for point in range(2):
        yield Msg("checkpoint")
        yield Msg("create", name="primary")
        if point == 1:
            yield Msg("trigger", det, group="exposed")
            yield Msg("wait", group="exposed")
        elif cut_short:
            yield Msg("trigger", det, group="exposed")
            yield Msg("null", "look")
            yield Msg("pause")
            yield Msg("wait", group="exposed")
        else:
            yield Msg("trigger", det, group="exposed")
            yield Msg("wait", group="exposed")
            yield Msg("pause")
        yield Msg("read", det)
        yield Msg("save")
    yield Msg("close_run")
    yield Msg("unstage", det)

def wait_for_a_frame(msg):
    if msg.command == "null" and msg.obj == "look":
        while not det.hdf.num_captured.get():
            time.sleep(0.002)

def run(cut_short):
    count = len(docs)
    try:
        RE(interrupted(cut_short))
    except RunEngineInterrupted:
        RE.resume()
    return told(count)

whole = run(False)
RE.msg_hook = wait_for_a_frame
cut_short = run(True)
RE.msg_hook = None

det.stage()
taken = []
for count in (1, 1, 2):
    det.configure({"num_images": count})
    det.trigger().wait(10)
    reading = det.read()["eye_image"]["value"]
    taken += [*det.collect_asset_docs(), ("event", {"data": {"eye_image": reading}})]
det.hdf.capture.set(0).wait(10)  # as after a restart of the IOC
det.hdf.file_path.set("/").wait(10)
det.trigger().wait(10)
taken += [*det.collect_asset_docs(), ("event", {"data": {"eye_image": det.read()["eye_image"]["value"]}})]
given_up, again = det.trigger(), det.trigger()
outcomes = [outcome(lambda: given_up), outcome(lambda: again)]
left_over = list(det.collect_asset_docs())
det.unstage()
print(json.dumps([whole, cut_short, taken, outcomes, left_over]))
"""
    )
    whole, cut_short, taken, outcomes, left_over = beamline.run(script)

    names = [name for name, _ in whole]
    assert names == ["resource", "datum", "event", "datum", "event"]
    assert [doc["datum_kwargs"]["point_number"] for name, doc in whole if name == "datum"] == [1, 2]
    assert [image.shape[0] for image in frames(whole, tmp_path)] == [3, 3]
    # What was cut short has left a file whose points are not whole: the next one is begun.
    paths = [doc["resource_path"][-9:] for name, doc in cut_short if name == "resource"]
    points = [doc["datum_kwargs"]["point_number"] for name, doc in cut_short if name == "datum"]
    assert (paths, points) == (["000001.h5"], [0, 1])
    assert [image.shape[0] for image in frames(cut_short, tmp_path)] == [3, 3]
    assert [image.shape[0] for image in frames(taken, tmp_path)] == [1, 1, 2, 2]
    assert outcomes == ["ExposureStopped: SIM:cam1:Acquire: triggered again before it was over", "done"]
    assert [name for name, _ in left_over][-1:] == ["datum"]
    assert sum(name == "datum" for name, _ in left_over) == 1


def test_what_cannot_be_written_fails_with_what_the_ioc_says(beamline, tmp_path) -> None:
    """A folder that cannot be made, one that went away; an exposure too late; what is asked for at the wrong time."""
    (tmp_path / "file").write_text("no folder")
    script = detector(tmp_path, num_images=1) + (
        f"""
import shutil
from pathlib import Path

folder = Path({str(tmp_path)!r})
unstaged = [outcome(det.trigger), outcome(det.read)]
lost = AreaDetector("SIM:", name="lost", write_path=str(folder / "file" / "%Y"))
lost.wait_for_connection(timeout=10)
before = settings()
no_folder = [outcome(lost.stage), settings() == before]

det.stage()
shutil.rmtree(next(folder.glob("2*")))
gone = outcome(det.trigger)
det.unstage()

det.stage()
again = outcome(det.trigger)
det.cam.acquire_time.set(5).wait(10)
det.overdue = -4.9
late = outcome(det.trigger)
det.overdue = 60
slow = det.trigger()
while not det.cam.acquire.get():
    time.sleep(0.01)
det.stop(success=True)
det.unstage()
print(json.dumps([unstaged, no_folder, gone, again, late, outcome(lambda: slow)]))
"""
    )
    unstaged, no_folder, gone, again, late, stopped = beamline.run(script)

    assert unstaged == [
        "RuntimeError: eye is not staged: stage it before it is triggered",
        "RuntimeError: eye has taken nothing since it was staged: trigger it before it is read",
    ]
    assert no_folder[0].startswith(f"FileError: SIM:HDF1:FilePath: the IOC finds no folder '{tmp_path}/file/")
    assert no_folder[1] is True
    assert gone.startswith("FileError: SIM:HDF1:WriteMessage: ")
    assert len(gone) > len("FileError: SIM:HDF1:WriteMessage: ")
    assert again == "done"
    assert late == "ExposureOverdue: SIM:cam1:Acquire: exposure not over after 0.1 s"
    assert stopped == "ExposureStopped: SIM:cam1:Acquire: stopped before it was over"


@pytest.mark.parametrize("key", ["write_path", "read_path"])
def test_paths_begin_at_the_root(key) -> None:
    """Relative ones would be in a folder of the IOC's, or of the service's."""
    paths = {"write_path": "/data", key: "data"}

    with pytest.raises(ValueError, match=f"eye: {key} must be a path from the root, such as '/data/%Y', not 'data'"):
        AreaDetector("SIM:", name="eye", **paths)
