"""The IOC of the gas cell: `python -m xf99.gas_cell_ioc --prefix XF99:Gas:`."""

from caproto.server import PVGroup, ioc_arg_parser, pvproperty, run

STEP = 5.0  # mbar each 10 ms


class GasCellIOC(PVGroup):
    """A cell that is filled by a mass flow controller."""

    setpoint = pvproperty(value=0.0, name="Setpoint", units="mbar", record="ao")
    pressure = pvproperty(value=0.0, name="Pressure", units="mbar", read_only=True, record="ai")

    @setpoint.putter
    async def setpoint(self, instance, value):
        """Fill or empty the cell. It is rated for 1500 mbar."""
        if not 0 <= value <= 1500:
            raise ValueError(f"{value} mbar is beyond 0 to 1500")

    @setpoint.scan(period=0.01)
    async def setpoint(self, instance, async_lib):
        """Let gas in or out."""
        missing = self.setpoint.value - self.pressure.value
        if missing:
            await self.pressure.write(self.pressure.value + max(-STEP, min(STEP, missing)))


if __name__ == "__main__":
    options, run_options = ioc_arg_parser(default_prefix="XF99:Gas:", desc=GasCellIOC.__doc__)
    run(GasCellIOC(**options).pvdb, **run_options)
