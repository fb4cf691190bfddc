"""PVs of the monochromator."""

import asyncio
from dataclasses import dataclass
from typing import Any

from caproto.server import SubGroup
from caproto.server.server import PvpropertyDoubleRO, PvpropertyEnumRO

from ..clock import Clock
from ..motor.group import MotorGroup
from ..physics.mono import Monochromator
from .positioner import PositionerGroup, off
from .puts import Command, DoublePut, RefusedError, pv

_ENERGY: dict[str, Any] = {"value": 8.0, "units": "keV", "precision": 5}
_TOLERANCE = 1e-5
"""keV that an energy may be off at rest, as the motors go in steps."""
_GAP_TOLERANCE = 1e-3
"""mm that the gap may be off, which changes no light."""


class MonoGroup(PositionerGroup):
    """The energy, and the two motors that make it; they can be moved alone, too."""

    setpoint = pv(
        DoublePut,
        "Energy",
        "Photon energy wanted",
        **_ENERGY,
        lower_ctrl_limit=7.0,
        upper_ctrl_limit=20.0,
        record="ao",
    )
    readback = pv(PvpropertyDoubleRO, "EnergyRBV", "Photon energy by the Bragg angle", **_ENERGY, record="ai")
    done = pv(
        PvpropertyEnumRO, "Done", "Whether both motors rest", enum_strings=("Moving", "Done"), value="Done", record="bi"
    )
    stop = pv(Command, "Stop", "Stop both motors", enum_strings=("Done", "Stop"), value="Done", record="bo")
    bragg = SubGroup(MotorGroup, prefix="bragg")
    gap = SubGroup(MotorGroup, prefix="gap")

    def link(self, mono: Monochromator, clock: Clock) -> None:
        """Show and obey this monochromator."""
        self.bragg.link(mono.bragg, clock, "Bragg angle of the monochromator", "deg")
        self.gap.link(mono.gap, clock, "Gap of the undulator", "mm")
        # Told from the first moment on; the motor itself says so when it runs.
        self.bragg.val._data["units"] = "deg"  # noqa: SLF001
        self.move_with(_CoupledMotors(mono, self.bragg, self.gap), clock)


@dataclass
class _CoupledMotors:
    """Moves the two motor records, so that who watches them sees it."""

    mono: Monochromator
    bragg: MotorGroup
    gap: MotorGroup

    @property
    def position(self) -> float:
        return self.mono.energy

    @property
    def moving(self) -> bool:
        return self.mono.bragg.moving or self.mono.gap.moving

    def missed(self, target: float) -> str:
        if abs(self.position - target) > _TOLERANCE:
            return off(self.position, target)
        # The energy is that of the crystal alone; without the gap it has no light.
        try:
            opening, gap = self.mono.targets(target)[1], self.mono.gap.position
        except ValueError as error:  # where the crystal was turned to alone
            return str(error)
        return off(gap, opening, self.gap.val.pvname) if abs(gap - opening) > _GAP_TOLERANCE else ""

    async def go(self, target: float) -> None:
        try:
            angle, opening = self.mono.targets(target)
        except ValueError as error:
            raise RefusedError(f"{target} keV: {error}") from error
        moves = ((self.bragg, angle), (self.gap, opening))
        for motor, position in moves:
            await _check(motor, position)
        await asyncio.gather(*(motor.move(position) for motor, position in moves))

    async def halt(self) -> None:
        await asyncio.gather(self.bragg.halt(), self.gap.halt())


async def _check(motor: MotorGroup, position: float) -> None:
    """Ask one before the other moves: half a move is worse than none."""
    await motor.check_target(position)
    if not motor.axis.powered:
        raise RefusedError(f"{motor.val.pvname} does not move: it has no power, put Enable to its CNEN first")
    spmg = motor.record.stop_pause_move_go.value
    if spmg in ("Stop", "Pause"):
        raise RefusedError(f"{motor.val.pvname} does not move: its SPMG is {spmg}, put Go there first")
