"""Devices that only XF99 has."""

from ophyd import Component, Device, EpicsSignal, EpicsSignalRO
from ophyd.status import SubscriptionStatus

TOLERANCE = 2.0  # mbar


class GasCell(Device):
    """A cell that is filled to a pressure, mbar."""

    setpoint = Component(EpicsSignal, "Setpoint", kind="config")
    pressure = Component(EpicsSignalRO, "Pressure", kind="hinted")

    def set(self, pressure):
        """Fill or empty it; done when the pressure is there, whatever the put says."""
        done = SubscriptionStatus(
            self.pressure, lambda *_, value, **__: abs(value - pressure) < TOLERANCE, timeout=30, run=True
        )
        self.setpoint.put(pressure, wait=False)
        return done
