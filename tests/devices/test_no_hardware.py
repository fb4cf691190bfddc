"""A thread in which nothing is written to hardware."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from ophyd import EpicsSignal, EpicsSignalRO, Signal
from ophyd.positioner import SoftPositioner
from ophyd.sim import SynAxis

import reioc.devices.checked_signal as checked
from reioc.devices.checked_signal import CheckedEpicsSignal
from reioc.devices.no_hardware import HardwareInDryRun, no_hardware

# After ophyd, which chooses the libca that pyepics then loads.
import epics  # isort: skip

SIGNAL, MOTOR, STAGE = Signal(name="signal", value=0), SynAxis(name="motor"), SoftPositioner(name="stage", init_pos=0)
NOWHERE = "NO:SUCH:PV"


@pytest.fixture(scope="module")
def epics_signal():
    """Signals of a PV that nobody serves: what is written to it would wait for its connection."""
    made = [kind(NOWHERE, name="shutter") for kind in (EpicsSignal, CheckedEpicsSignal)]
    yield made
    for signal in made:
        signal.destroy()


WRITES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "Signal.put": (lambda _: SIGNAL.put(1), "signal"),
    "Signal.set": (lambda _: SIGNAL.set(1), "signal"),
    "EpicsSignal.put": (lambda signals: signals[0].put(1), NOWHERE),
    "EpicsSignal.set": (lambda signals: signals[0].set(1), NOWHERE),
    "CheckedEpicsSignal.set": (lambda signals: signals[1].set(1), NOWHERE),
    "put_with_status": (lambda _: checked.put_with_status(NOWHERE, 1, print), NOWHERE),
    "SynAxis.set": (lambda _: MOTOR.set(1), "motor"),
    "SoftPositioner.set": (lambda _: STAGE.set(1), "stage"),
    "SoftPositioner.move": (lambda _: STAGE.move(1), "stage"),
    "pyepics' PV.put": (lambda signals: signals[0]._write_pv.put(1), NOWHERE),
    "pyepics' ca.put": (lambda signals: epics.ca.put(signals[0]._write_pv.chid, 1), NOWHERE),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_write_is_refused_at_once(write: str, epics_signal: Any) -> None:
    """It names what would be written."""
    do, name = WRITES[write]

    with no_hardware() as tried, pytest.raises(HardwareInDryRun, match=name) as caught:
        do(epics_signal)

    assert (caught.value.pv, tried) == (name, [name])
    assert (SIGNAL.get(), MOTOR.position, STAGE.position) == (0, 0, 0)


def test_other_threads_write_as_always() -> None:
    """An engine may be running."""
    signal = Signal(name="other", value=0)

    with no_hardware() as tried:
        thread = threading.Thread(target=signal.put, args=(5,))
        thread.start()
        thread.join(10)

    assert (signal.get(), tried) == (5, [])


def test_afterwards_everything_is_as_before() -> None:
    """Also after one within another."""
    signal = Signal(name="after", value=0)
    with no_hardware() as tried:
        with no_hardware() as inner, pytest.raises(HardwareInDryRun):
            signal.put(1)
        with pytest.raises(HardwareInDryRun):
            signal.put(1)
    signal.put(7)
    signal.set(8).wait(5)

    assert (signal.get(), tried, inner) == (8, ["after", "after"], tried)


def test_after_an_error_everything_is_as_before() -> None:
    """Whatever was raised within."""
    signal = Signal(name="error", value=0)
    with pytest.raises(ZeroDivisionError), no_hardware():
        raise ZeroDivisionError
    signal.put(7)

    assert signal.get() == 7


def test_readings_are_let_through() -> None:
    """Ophyd keeps what it has read by a put of its own."""
    signal = EpicsSignalRO(NOWHERE, name="reading")
    try:
        with no_hardware() as tried:
            signal._read_changed(value=3.0, timestamp=1.0)

        assert (signal._readback, tried) == (3.0, [])
    finally:
        signal.destroy()


def test_it_is_installed_once() -> None:
    """However often it is used."""
    with no_hardware():
        first = Signal.put
    with no_hardware():
        assert Signal.put is first


def test_nothing_is_loaded_for_it() -> None:
    """A beamline of ophyd-async's devices has neither ophyd nor pyepics."""
    script = (
        "import sys\nfrom reioc.devices.no_hardware import no_hardware\n"
        "with no_hardware(): pass\nprint('ophyd' in sys.modules, 'epics' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout == "False False\n"
