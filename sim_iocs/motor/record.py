"""Fields of the motor record that do something.

Rules of this file: a field only translates; every decision is `MotorGroup`'s. Fields that are not here exist,
with caproto's defaults, and do nothing. A momentary field (TWF, STOP …) reads 0 again when what it ordered is
done. As in any record, there is one alarm for all fields.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from caproto import SkipWrite
from caproto.server.records import MotorFields
from caproto.server.server import PvpropertyDoubleRO, PvpropertyIntegerRO, PvpropertyShortRO

from ..pvs.puts import DoublePut, EnumPut, RefusedError, ShortPut, pv

if TYPE_CHECKING:
    from .group import MotorGroup

STEP = 0.0001
"""mm per step of the raw positions."""

_LENGTH = {"value": 0.0, "units": "mm", "precision": 4}
_SPEED = {"units": "mm/s", "precision": 4}
_TIME = {"units": "s", "precision": 3, "lower_ctrl_limit": 0.0, "upper_ctrl_limit": 3600.0}


class MotorRecord(MotorFields):
    """The fields; the attribute names are caproto's."""

    # What it shows
    user_readback_value = pv(PvpropertyDoubleRO, "RBV", "User readback", **_LENGTH)
    dial_readback_value = pv(PvpropertyDoubleRO, "DRBV", "Dial readback", **_LENGTH)
    raw_readback_value = pv(PvpropertyIntegerRO, "RRBV", "Raw readback", value=0, units="steps")
    limit_violation = pv(PvpropertyShortRO, "LVIO", "Limit violation", value=0)
    dial_high_limit = pv(PvpropertyDoubleRO, "DHLM", "Dial high limit", **_LENGTH)
    dial_low_limit = pv(PvpropertyDoubleRO, "DLLM", "Dial low limit", **_LENGTH)

    # How it moves
    velocity = pv(DoublePut, "VELO", "Velocity", value=2.0, **_SPEED)
    max_velocity = pv(DoublePut, "VMAX", "Highest velocity", value=100.0, **_SPEED)
    jog_velocity = pv(DoublePut, "JVEL", "Jog velocity", value=1.0, **_SPEED)
    home_velocity = pv(DoublePut, "HVEL", "Home velocity", value=1.0, **_SPEED)
    seconds_to_velocity = pv(DoublePut, "ACCL", "Seconds to velocity", value=0.1, **_TIME)
    readback_settle_time = pv(DoublePut, "DLY", "Settling time", value=0.0, **_TIME)
    motor_step_size = pv(PvpropertyDoubleRO, "MRES", "Step size", **_LENGTH)

    # Where its zero and its limits are
    user_offset = pv(DoublePut, "OFF", "User offset", **_LENGTH)
    user_direction = pv(EnumPut, "DIR", "User direction", value="Pos", enum_strings=("Pos", "Neg"))
    offset_freeze_switch = pv(
        EnumPut, "FOFF", "Offset-freeze switch", value="Variable", enum_strings=("Variable", "Frozen")
    )
    set_use_switch = pv(EnumPut, "SET", "Set/use switch", value="Use", enum_strings=("Use", "Set"))
    user_high_limit = pv(DoublePut, "HLM", "User high limit", **_LENGTH)
    user_low_limit = pv(DoublePut, "LLM", "User low limit", **_LENGTH)

    # What it is told
    dial_desired_value = pv(DoublePut, "DVAL", "Dial target", **_LENGTH)
    relative_value = pv(DoublePut, "RLV", "Relative move", **_LENGTH)
    tweak_step_size = pv(DoublePut, "TWV", "Tweak step", **_LENGTH)
    tweak_motor_forward = pv(ShortPut, "TWF", "Tweak forward", value=0)
    tweak_motor_reverse = pv(ShortPut, "TWR", "Tweak reverse", value=0)
    jog_motor_forward = pv(ShortPut, "JOGF", "Jog forward; 0 ends it", value=0)
    jog_motor_reverse = pv(ShortPut, "JOGR", "Jog reverse; 0 ends it", value=0)
    home_forward = pv(ShortPut, "HOMF", "Home forward", value=0)
    home_reverse = pv(ShortPut, "HOMR", "Home reverse", value=0)
    stop = pv(ShortPut, "STOP", "Stop", value=0)
    stop_pause_move_go = pv(
        EnumPut, "SPMG", "Stop/Pause/Move/Go", value="Go", enum_strings=("Stop", "Pause", "Move", "Go")
    )

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        super().__init__(prefix, **kwargs)
        for field in self.pvdb.values():
            field.alarm = self.parent.alarm

    @property
    def motor(self) -> "MotorGroup":
        """Who decides."""
        return self.parent.group  # pyright: ignore[reportAttributeAccessIssue]

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a field."""
        put = _PUTS.get(instance.pvspec.name)
        return value if put is None else await put(self, value)

    async def set_velocity(self, value: float) -> float:
        """VELO."""
        self.motor.axis.velocity = await self.check_speed(value)
        return value

    async def check_speed(self, value: float) -> float:
        """JVEL, HVEL."""
        highest = self.max_velocity.value
        if not 0 < value <= highest:
            raise RefusedError(f"{self.motor.val.pvname}: {value} mm/s is not above 0 and at most {highest} (VMAX)")
        return value

    async def set_ramp(self, value: float) -> float:
        """ACCL."""
        self.motor.axis.ramp = value
        return value

    async def set_direction(self, value: str) -> str:
        """DIR."""
        await self.motor.change_zero(sign=1 if value == "Pos" else -1)
        return value

    async def move_dial(self, value: float) -> type[SkipWrite]:
        """DVAL; the motion publishes it, a put that was overtaken by another must not."""
        await self.motor.move(self.motor.axis.to_user(value))
        return SkipWrite

    async def move_relative(self, value: float) -> float:
        """RLV."""
        await self.motor.move(self.motor.val.value + value)
        return 0.0

    async def tweak(self, value: int, sign: int) -> int:
        """TWF, TWR."""
        if value:
            await self.motor.move(self.motor.val.value + sign * self.tweak_step_size.value)
        return 0

    async def jog(self, value: int, instance: ShortPut, forward: bool) -> int:
        """JOGF, JOGR."""
        if value:
            await instance.publish_value(1)
            await self.motor.jog(forward)
        else:
            await self.motor.halt()
        return 0

    async def home(self, value: int) -> int:
        """HOMF, HOMR: there is one mark."""
        if value:
            await self.motor.home()
        return 0

    async def halt(self, value: int) -> int:
        """STOP."""
        if value:
            await self.motor.halt()
        return 0

    async def switch(self, value: str) -> type[SkipWrite]:
        """SPMG: Go, or Move, after Pause goes on to the target that was kept."""
        was = self.stop_pause_move_go.value
        await self.stop_pause_move_go.publish_value(value)
        if value in ("Stop", "Pause"):
            await self.motor.halt()
        elif was == "Pause":
            await self.motor.move(self.motor.val.value)
        return SkipWrite


_PUTS: dict[str, Callable[[MotorRecord, Any], Awaitable[Any]]] = {
    "VELO": MotorRecord.set_velocity,
    "JVEL": MotorRecord.check_speed,
    "HVEL": MotorRecord.check_speed,
    "ACCL": MotorRecord.set_ramp,
    "OFF": lambda record, value: record.motor.change_zero(offset=value),
    "DIR": MotorRecord.set_direction,
    "HLM": lambda record, value: record.motor.change_limits(high=value),
    "LLM": lambda record, value: record.motor.change_limits(low=value),
    "DVAL": MotorRecord.move_dial,
    "RLV": MotorRecord.move_relative,
    "TWF": lambda record, value: record.tweak(value, 1),
    "TWR": lambda record, value: record.tweak(value, -1),
    "JOGF": lambda record, value: record.jog(value, record.jog_motor_forward, forward=True),
    "JOGR": lambda record, value: record.jog(value, record.jog_motor_reverse, forward=False),
    "HOMF": MotorRecord.home,
    "HOMR": MotorRecord.home,
    "STOP": MotorRecord.halt,
    "SPMG": MotorRecord.switch,
}
"""What a put to a field does, by the field's name; the value that it returns is stored."""
