"""The gas cell: its IOC, and the device in front of it."""

import pytest
from reioc.sim_iocs.testing.client import PutFailed

from xf99.devices import GasCell


@pytest.fixture
def gas(gas_cell_ioc) -> GasCell:
    device = GasCell("XF99:Gas:", name="gas")
    device.wait_for_connection(timeout=10)
    return device


def test_it_is_filled(gas_cell_ioc):
    """The pressure follows the set point."""
    gas_cell_ioc.put("Setpoint", 50)
    gas_cell_ioc.wait_for("Pressure", 50)
    gas_cell_ioc.put("Setpoint", 0)
    gas_cell_ioc.wait_for("Pressure", 0)


def test_more_than_it_is_rated_for_is_refused(gas_cell_ioc):
    with pytest.raises(PutFailed):
        gas_cell_ioc.put("Setpoint", 1501)
    assert gas_cell_ioc.get("Setpoint") == 0


def test_set_is_done_when_the_pressure_is_there(gas):
    gas.set(50).wait(timeout=10)
    assert gas.pressure.get() == pytest.approx(50, abs=2)
    gas.set(0).wait(timeout=10)


def test_a_gauge_that_lies_does_not_look_like_a_success(gas, gas_cell_ioc):
    """While the gauge shows something else the move is not done; it is when the gauge tells the truth again."""
    with gas_cell_ioc.faults.injected("value", "Pressure", 7):
        status = gas.set(50)
        gas_cell_ioc.wait_for("Setpoint", 50)
        assert not status.done
    status.wait(timeout=10)
    gas.set(0).wait(timeout=10)
