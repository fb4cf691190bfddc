"""PVs of the sample's temperature controller."""

from typing import Any

from caproto.server.server import PvpropertyDoubleRO, PvpropertyEnumRO

from ..clock import Clock
from ..physics.temperature import Temperature
from .alarm_limits import LimitedReading
from .puts import Command, DoublePut, SimulationGroup, pv

UPDATE_PERIOD = 0.1
"""Real seconds between two readings."""

_KELVIN: dict[str, Any] = {"value": 300.0, "units": "K", "precision": 3}


class TemperatureGroup(SimulationGroup):
    """A put to Setpoint completes at once, as with real controllers: Moving and AtSetpoint tell the rest."""

    reading = pv(
        LimitedReading,
        "",
        "Temperature of the sample",
        **_KELVIN,
        upper_alarm_limit=450.0,
        upper_warning_limit=420.0,
        lower_warning_limit=80.0,
        lower_alarm_limit=50.0,
        upper_disp_limit=500.0,
        record="ai",
    )
    setpoint = pv(
        DoublePut,
        ":Setpoint",
        "Temperature wanted",
        **_KELVIN,
        lower_ctrl_limit=4.0,
        upper_ctrl_limit=500.0,
        record="ao",
    )
    target = pv(PvpropertyDoubleRO, ":Target", "Where the ramp is", **_KELVIN, record="ai")
    ramp = pv(
        DoublePut,
        ":Ramp",
        "Rate of the ramp; 0: no ramp",
        value=60.0,
        units="K/min",
        precision=2,
        lower_ctrl_limit=0.0,
        upper_ctrl_limit=1000.0,
        record="ao",
    )
    noise = pv(
        DoublePut,
        ":Noise",
        "Noise of the temperature, sigma",
        value=0.01,
        units="K",
        precision=3,
        lower_ctrl_limit=0.0,
        upper_ctrl_limit=100.0,
        record="ao",
    )
    moving = pv(
        PvpropertyEnumRO,
        ":Moving",
        "Whether the ramp is under way",
        enum_strings=("Holding", "Ramping"),
        value="Holding",
        record="bi",
    )
    at_setpoint = pv(
        PvpropertyEnumRO,
        ":AtSetpoint",
        "Whether the temperature is there",
        enum_strings=("No", "Yes"),
        value="Yes",
        record="bi",
    )
    stop = pv(
        Command,
        ":Stop",
        "Hold the temperature of now",
        enum_strings=("Done", "Stop"),
        value="Done",
        record="bo",
    )

    def link(self, temperature: Temperature, clock: Clock) -> None:
        """Show and obey this controller."""
        self._temperature = temperature
        self._clock = clock

    async def run(self) -> None:
        """Follow the temperature for ever."""
        while True:
            await self._publish()
            await self._clock.sleep(self._clock.simulated(UPDATE_PERIOD))

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a PV of this group."""
        if instance is self.stop:
            return await self.stop.obey(value, self._hold)
        if instance is self.setpoint:
            self._temperature.go(value)
        elif instance is self.ramp:
            self._temperature.set_ramp(value)
        elif instance is self.noise:
            self._temperature.noise = value
        await self._publish()
        return value

    async def _hold(self) -> None:
        self._temperature.hold()
        await self.setpoint.publish_value(self._temperature.setpoint)
        await self._publish()

    async def _publish(self) -> None:
        stage = self._temperature
        for shown, value in (
            (self.moving, self.moving.enum_strings[int(stage.ramping)]),
            (self.at_setpoint, self.at_setpoint.enum_strings[int(stage.settled)]),
            (self.target, stage.target),
        ):
            if shown.value != value:
                await shown.write(value, verify_value=False)
        await self.reading.show(stage.reading)
