"""The camera and the plugin that shows its images."""

import asyncio
from typing import Any

import numpy as np
import pytest

from reioc.sim_iocs.area_detector.attributes import Attribute
from reioc.sim_iocs.pvs.puts import RefusedError

from ..fakes import FakeClock, Recorder
from .detector import Detector


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def detector(clock: FakeClock) -> Detector:
    """With its sizes published, and the image plugin taking arrays."""
    made = Detector(clock)

    async def begin() -> None:
        await made.cam1.run()
        await made.put(("image1:EnableCallbacks", "Enable"), ("image1:BlockingCallbacks", "Yes"))

    clock.run(begin())
    return made


def image(detector: Detector) -> np.ndarray:
    """What the image plugin shows, as its own sizes tell."""
    columns, rows = detector.get("image1:ArraySize0_RBV"), detector.get("image1:ArraySize1_RBV")
    return detector.get("image1:ArrayData")[: rows * columns].reshape(rows, columns)


def test_an_image_takes_its_exposure(clock: FakeClock, detector: Detector) -> None:
    """A put of 1 completes after AcquireTime with the image there, and the end is told in the driver's order."""
    recorder, cam1 = Recorder(), detector.cam1.attr_pvdb

    async def work() -> None:
        await recorder.watch(
            counter=cam1["ArrayCounter_RBV"],
            state=cam1["DetectorState_RBV"],
            shown=cam1["Acquire_RBV"],
            acquire=cam1["Acquire"],
        )
        await detector.put(("cam1:AcquireTime", 0.5), ("cam1:Acquire", 1))

    clock.run(work())

    assert clock.time == pytest.approx(0.5)
    assert recorder.events == [
        ("state", "Acquire"),
        ("acquire", "Acquire"),
        ("shown", "Acquire"),
        ("counter", 1),
        ("state", "Idle"),
        ("shown", "Done"),
        ("acquire", "Done"),
    ]


def test_the_image_is_the_spot(clock: FakeClock, detector: Detector) -> None:
    """A Gaussian in the middle, with as many counts as light and exposure give, whole in a 64 x 48 image."""
    clock.run(detector.put(("cam1:AcquireTime", 0.1), ("cam1:Acquire", 1)))

    seen = image(detector)
    assert seen.shape == (48, 64)
    assert seen.max() == pytest.approx(2000, rel=0.02)
    assert np.array_equal(seen, seen[::-1, ::-1])


def test_images_come_in_their_period(clock: FakeClock, detector: Detector) -> None:
    """Multiple takes NumImages, one each AcquirePeriod, without waiting after the last."""
    clock.run(
        detector.put(
            ("cam1:ImageMode", "Multiple"),
            ("cam1:NumImages", 3),
            ("cam1:AcquireTime", 0.1),
            ("cam1:AcquirePeriod", 1.0),
            ("cam1:Acquire", 1),
        )
    )

    assert clock.time == pytest.approx(2.1)
    assert [detector.get(f"{name}_RBV") for name in ("cam1:NumImagesCounter", "cam1:ArrayCounter")] == [3, 3]
    assert detector.get("image1:UniqueId_RBV") == 3


@pytest.mark.parametrize(("mode", "state"), [("Multiple", "Aborted"), ("Continuous", "Idle")])
def test_zero_stops_it(clock: FakeClock, detector: Detector, mode: str, state: str) -> None:
    """Acquire 0 ends it at once, without the image under way; both puts complete."""

    async def work() -> None:
        await detector.put(("cam1:ImageMode", mode), ("cam1:NumImages", 9), ("cam1:AcquireTime", 1.0))
        acquiring = asyncio.create_task(detector.put(("cam1:Acquire", 1)))
        await clock.until(2.5)
        await detector.put(("cam1:Acquire", 0))
        await acquiring

    clock.run(work())

    assert clock.time == 2.5
    assert (detector.get("cam1:NumImagesCounter_RBV"), detector.get("cam1:DetectorState_RBV")) == (2, state)


def test_a_start_at_the_very_end_is_not_lost(clock: FakeClock, detector: Detector) -> None:
    """Who puts 1 as soon as Acquire_RBV is 0 gets an acquisition of his own."""

    class Eager:
        async def put(self, update: Any) -> None:
            if detector.get("cam1:Acquire_RBV") == "Done" and len(begun) < 2:
                begun.append(asyncio.create_task(detector.put(("cam1:Acquire", 1))))

    async def work() -> None:
        recorder = Recorder()
        recorder.put = Eager().put  # type: ignore[method-assign]
        await recorder.watch(shown=detector.cam1.attr_pvdb["Acquire_RBV"])
        begun.clear()
        await detector.put(("cam1:WaitForPlugins", "Yes"), ("cam1:Acquire", 1))
        await begun[0]

    begun: list[asyncio.Task[None]] = []
    clock.run(work())

    assert detector.get("cam1:ArrayCounter_RBV") == 2


def test_an_external_trigger_begins_an_image(clock: FakeClock, detector: Detector) -> None:
    """With TriggerMode External the exposure begins with the trigger, not before."""

    async def work() -> None:
        await detector.put(("cam1:TriggerMode", "External"), ("cam1:AcquireTime", 0.1))
        acquiring = asyncio.create_task(detector.put(("cam1:Acquire", 1)))
        await clock.until(5.0)
        assert detector.get("cam1:DetectorState_RBV") == "Waiting"
        await detector.put(("cam1:Trigger", 1))
        await acquiring

    clock.run(work())

    assert clock.time == pytest.approx(5.1)
    assert (detector.get("cam1:ArrayCounter_RBV"), detector.get("cam1:Trigger")) == (1, "Done")


def test_a_region_is_cut_and_binned(clock: FakeClock, detector: Detector) -> None:
    """Region and bins shape the image; what does not fit is cut, and the readbacks tell."""
    clock.run(detector.put(("cam1:Acquire", 1)))
    whole = image(detector).copy()
    clock.run(
        detector.put(
            ("cam1:MinX", 8),
            ("cam1:SizeX", 100),
            ("cam1:MinY", 10),
            ("cam1:SizeY", 21),
            ("cam1:BinX", 4),
            ("cam1:BinY", 2),
            ("cam1:Acquire", 1),
        )
    )

    seen = image(detector)
    assert (detector.get("cam1:SizeX_RBV"), detector.get("cam1:SizeX")) == (56, 100)
    assert (detector.get("cam1:ArraySizeX_RBV"), detector.get("cam1:ArraySizeY_RBV")) == (14, 10)
    assert seen.shape == (10, 14)
    assert seen.sum() == pytest.approx(whole[10:30, 8:].sum(), rel=1e-2)
    assert len(detector.get("image1:ArrayData")) == 64 * 48


def test_pixels_do_not_wrap(clock: FakeClock, detector: Detector) -> None:
    """A pixel that sees more than its type holds shows the most it can."""
    clock.run(detector.put(("cam1:DataType", "UInt8"), ("cam1:AcquireTime", 1.0), ("cam1:Acquire", 1)))

    assert image(detector).max() == 255
    assert detector.get("image1:DataType_RBV") == "UInt8"


def test_without_array_callbacks_no_plugin_sees_anything(clock: FakeClock, detector: Detector) -> None:
    """The camera counts its images, the plugin none."""
    clock.run(detector.put(("cam1:ArrayCallbacks", "Disable"), ("cam1:Acquire", 1)))

    assert (detector.get("cam1:ArrayCounter_RBV"), detector.get("image1:ArrayCounter_RBV")) == (1, 0)


def test_the_beam_that_goes_costs_counts(clock: FakeClock, detector: Detector) -> None:
    """The camera integrates: without beam from half-time on, half the counts are there."""

    async def work() -> None:
        await detector.put(("cam1:AcquireTime", 1.0))
        acquiring = asyncio.create_task(detector.put(("cam1:Acquire", 1)))
        await clock.until(0.5)
        detector.beam = 0.0
        await acquiring

    clock.run(work())

    assert image(detector).max() == pytest.approx(10_000, rel=0.05)


def test_colours_are_refused(clock: FakeClock, detector: Detector) -> None:
    """ColorMode takes Mono only, and says so."""
    with pytest.raises(RefusedError, match="T:cam1:ColorMode: this camera sees no colours, put Mono, not RGB1"):
        clock.run(detector.put(("cam1:ColorMode", "RGB1")))


def test_an_array_that_is_put_is_read_back(clock: FakeClock, detector: Detector) -> None:
    """It comes as numpy's, and is compared as a whole with what the readback has."""
    clock.run(detector.put(("image1:Dimensions", np.full(10, 3))))
    assert list(detector.get("image1:Dimensions_RBV")) == [3] * 10


def test_a_plugin_that_is_too_slow_drops_arrays(clock: FakeClock, detector: Detector) -> None:
    """Arrays wait in the queue; those that find it full are dropped and counted, the others come in order."""
    seen: list[int] = []
    image1 = detector.image1

    async def slow(frame: Any) -> None:
        await clock.sleep(1.0)
        seen.append(frame.unique_id)

    async def work() -> None:
        image1.process = slow  # type: ignore[method-assign]
        await detector.put(("image1:BlockingCallbacks", "No"), ("image1:QueueSize", 2))
        await detector.put(("cam1:ImageMode", "Multiple"), ("cam1:NumImages", 5), ("cam1:AcquireTime", 0.1))
        await detector.put(("cam1:WaitForPlugins", "Yes"), ("cam1:Acquire", 1))

    clock.run(work())

    assert seen == [1, 2, 3]
    assert (detector.get("image1:DroppedArrays_RBV"), detector.get("image1:QueueFree")) == (2, 2)
    assert clock.time == pytest.approx(3.1)


def test_min_callback_time_thins_arrays_out(clock: FakeClock, detector: Detector) -> None:
    """A plugin takes an array only so long after the last one, and calls none of the others dropped."""
    clock.run(
        detector.put(
            ("image1:MinCallbackTime", 0.25),
            ("cam1:ImageMode", "Multiple"),
            ("cam1:NumImages", 6),
            ("cam1:AcquireTime", 0.1),
            ("cam1:Acquire", 1),
        )
    )

    assert (detector.get("image1:ArrayCounter_RBV"), detector.get("image1:DroppedArrays_RBV")) == (2, 0)


XML = """<Attributes>
<Attribute name="x" type="EPICS_PV" source="T:image1:MinCallbackTime" dbrtype="DBR_DOUBLE"/>
<Attribute name="mode" type="EPICS_PV" source="T:cam1:ImageMode" dbrtype="DBR_ENUM"/>
<Attribute name="lost" type="EPICS_PV" source="T:none" dbrtype="DBR_DOUBLE"/>
<Attribute name="model" type="PARAM" source="MODEL" datatype="STRING"/>
</Attributes>"""


def test_attributes_are_taken_with_the_image(clock: FakeClock) -> None:
    """PVs and parameters that NDAttributesFile names come with every image, in the type that was asked for."""
    found: dict[str, Any] = {}
    detector = Detector(clock, find=found.get)
    found |= detector.pvdb

    async def work() -> None:
        await detector.put(("image1:EnableCallbacks", "Enable"), ("image1:BlockingCallbacks", "Yes"))
        await detector.put(("image1:MinCallbackTime", 0.5), ("cam1:ImageMode", "Multiple"))
        await detector.put(("cam1:NDAttributesFile", XML), ("cam1:Acquire", 1))

    clock.run(work())

    last = detector.image1.last
    assert last is not None
    taken: dict[str, Any] = {attribute.name: value for attribute, value in last.attributes.items()}
    assert (taken["x"], taken["mode"], taken["model"]) == (0.5, 1, b"Beam camera")
    assert np.isnan(taken["lost"])
    assert {name: value.dtype.str[1:] for name, value in taken.items()} == {
        "x": "f8",
        "mode": "i2",
        "lost": "f8",
        "model": "S40",
    }
    assert Attribute("x", "EPICS_PV", "T:image1:MinCallbackTime", "f8", "") in last.attributes


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("/none/such.xml", "File not found"),
        (XML[:-3], "XML syntax error"),
        (XML.replace('name="x"', ""), "XML syntax error"),
    ],
)
def test_attributes_that_cannot_be_read_are_told(clock: FakeClock, detector: Detector, text: str, status: str) -> None:
    """NDAttributesStatus says what is wrong with NDAttributesFile."""
    clock.run(detector.put(("cam1:NDAttributesFile", text)))

    assert detector.get("cam1:NDAttributesStatus") == status
