"""One button that stops all motors."""

from collections.abc import Sequence
from typing import Any

from ..pvs.puts import Command, SimulationGroup, pv
from .group import MotorGroup


class AllStop(SimulationGroup):
    """`SubGroup(AllStop, prefix="allstop")`, then `link`; the name is that of the EPICS motor screens."""

    stop = pv(Command, "", "Stop all motors", enum_strings=("Done", "Stop"), value="Done", record="bo")

    def link(self, motors: Sequence[MotorGroup]) -> None:
        """Stop these."""
        self._motors = motors

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Stop them, and wait until each says so."""
        return await self.stop.obey(value, self._stop_all)

    async def _stop_all(self) -> None:
        for motor in self._motors:
            await motor.halt()
