"""What a put to a field of the motor record does.

Rules of this file: a field only translates; every decision is `MotorGroup`'s. A momentary field (TWF, STOP …)
reads 0 again when what it ordered is done. As in any record, there is one alarm for all fields.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from caproto import SkipWrite

from ..pvs.puts import RefusablePut, RefusedError, ShortPut
from .approach import Dynamics, Pace
from .fields import MotorRecordFields
from .links import Neighbours
from .show import show
from .speeds import Speeds
from .status import Phase

if TYPE_CHECKING:
    from .group import MotorGroup


class MotorRecord(MotorRecordFields):
    """The fields, and what they order."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        super().__init__(prefix, **kwargs)
        self.speeds = Speeds(self)

    @property
    def motor(self) -> "MotorGroup":
        """Who decides."""
        return self.parent.group  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def sets(self) -> bool:
        """Whether targets are not moved to but become the names of the present place."""
        return self.set_use_switch.value == "Set" and not self.ignore_set_field.value

    @property
    def uses_encoder(self) -> bool:
        """Whether the encoder is the readback."""
        return self.use_encoder_if_present.value == "Yes"

    @property
    def uses_link(self) -> bool:
        """Whether another PV is the readback."""
        return self.use_rdbl_link_if_presen.value == "Yes"

    def linked_readback(self) -> float | None:
        """The readback from another PV (mm, dial); None without one."""
        source = Neighbours(self.motor).find(self.readback_location.value)
        return None if source is None else source.value * self.readback_step_size.value

    @property
    def buttons(self) -> tuple[ShortPut, ...]:
        """What stays 1 while it is being done."""
        return self.jog_motor_forward, self.jog_motor_reverse, self.home_forward, self.home_reverse

    def dynamics(self) -> Dynamics:
        """How it moves."""
        in_position = self.retry_mode.value == "In-Position"
        factor, backlash = self.ntm_deadband_factor.value, abs(self.bl_distance.value)
        return Dynamics(
            slew=Pace(self.velocity.value, self.seconds_to_velocity.value),
            final=Pace(self.bl_velocity.value, self.bl_seconds_to_velocity.value),
            backlash=self.bl_distance.value,
            fraction=self.move_fraction.value,
            step=abs(self.motor_step_size.value),
            least_way=self.setpoint_deadband.value,
            deadband=self.retry_deadband.value,
            retries=self.max_retry_count.value,
            retry_mode=self.retry_mode.value,
            turn_deadband=factor * (backlash + self.retry_deadband.value)
            if self.new_target_monitor.value == "YES"
            else None,
            by_readback=self.max_retry_count.value > 0 and not in_position and (self.uses_encoder or self.uses_link),
        )

    def jog_pace(self) -> Pace:
        """How it jogs."""
        velocity, acceleration = self.jog_velocity.value, self.jog_accel.value
        return Pace(velocity, velocity / acceleration if acceleration else self.seconds_to_velocity.value)

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a field."""
        # Others are caproto's own, which it writes to when the alarm changes.
        if isinstance(instance, RefusablePut):
            instance.keep_alarm()
            if instance is not self.disable_putfield:
                self.motor.check_enabled()
        put = _PUTS.get(str(instance.pvspec.name))
        return value if put is None else await put(self, value)

    async def set_ramp(self, value: float) -> float:
        """ACCL."""
        self.motor.axis.ramp = value
        return value

    async def set_jog_velocity(self, value: float) -> float:
        """JVEL, also that of the jog under way."""
        await self.speeds.put("JVEL", value)
        await show(self.jog_velocity, value)
        self.motor.jog_on()
        return value

    async def move_relative(self, value: float) -> float:
        """RLV."""
        await self.motor.move(self.motor.val.value + value)
        return 0.0

    async def tweak(self, value: int, sign: int) -> int:
        """TWF, TWR."""
        if value:
            await self.motor.move(self.motor.val.value + sign * self.tweak_step_size.value)
        return 0

    async def jog(self, value: int, instance: ShortPut, kind: Phase) -> type[SkipWrite]:
        """JOGF, JOGR."""
        if value:
            await self.motor.check_jog(forward=kind is Phase.JOG_FORWARD)
            await instance.publish_value(1)
            await self.motor.carry_out(kind)
        else:
            await self.motor.release(kind)
        return SkipWrite

    async def home(self, value: int, instance: ShortPut, kind: Phase) -> type[SkipWrite]:
        """HOMF, HOMR: there is one mark."""
        if value:
            self.motor.check_home()
            await instance.publish_value(1)
            await self.motor.carry_out(kind)
        return SkipWrite

    async def halt(self, value: int) -> int:
        """STOP."""
        if value:
            await self.motor.halt()
        return 0

    async def sync(self, value: int) -> int:
        """SYNC."""
        if value:
            await self.motor.sync()
        return 0

    async def look(self, value: str) -> type[SkipWrite] | str:
        """STUP."""
        if value == "ON":
            await self.status_update.publish_value("BUSY")
            await self.motor.refresh()
        return "OFF"

    async def process(self, value: int) -> int:
        """PROC: caproto's would put VAL once more, which moves, or with SET redefines."""
        await self.motor.refresh()
        return value

    async def choose(self, value: int, field: Any, label: str) -> int:
        """SSET, SUSE, FOF, VOF."""
        if value:
            await show(field, label)
        return 0

    async def set_readback(self, value: str) -> str:
        """RDBL."""
        if value and Neighbours(self.motor).find(value) is None:
            raise RefusedError(f"{self.motor.val.pvname}: RDBL '{value}' is the name of no number that is served here")
        return value

    async def check_positive(self, value: float, lowest: float) -> float:
        """What must not be less than something."""
        if value < lowest:
            raise RefusedError(f"{self.motor.val.pvname}: {value} is too small, at least {lowest} is needed")
        return value

    async def set_step(self, value: float) -> float:
        """ERES, RRES."""
        if not value:
            raise RefusedError(f"{self.motor.val.pvname}: a step of 0 is none")
        return value


def _speed(name: str) -> Callable[[MotorRecord, Any], Awaitable[Any]]:
    return lambda record, value: record.speeds.put(name, value)


def _resolution(name: str) -> Callable[[MotorRecord, Any], Awaitable[Any]]:
    return lambda record, value: record.speeds.put_resolution(name, value)


_PUTS: dict[str, Callable[[MotorRecord, Any], Awaitable[Any]]] = {
    "VELO": _speed("VELO"),
    "BVEL": _speed("BVEL"),
    "HVEL": _speed("HVEL"),
    "JVEL": MotorRecord.set_jog_velocity,
    "VBAS": lambda record, value: record.speeds.put_bound("VBAS", value),
    "VMAX": lambda record, value: record.speeds.put_bound("VMAX", value),
    "S": lambda record, value: record.speeds.put_turns("VELO", value),
    "SBAK": lambda record, value: record.speeds.put_turns("BVEL", value),
    "SBAS": lambda record, value: record.speeds.put_turns("VBAS", value),
    "SMAX": lambda record, value: record.speeds.put_turns("VMAX", value),
    "MRES": _resolution("MRES"),
    "SREV": _resolution("SREV"),
    "UREV": _resolution("UREV"),
    "ERES": MotorRecord.set_step,
    "RRES": MotorRecord.set_step,
    "ACCL": MotorRecord.set_ramp,
    "JAR": lambda record, value: record.check_positive(value, 0.0),
    "RTRY": lambda record, value: record.check_positive(value, 0),
    "NTMF": lambda record, value: record.check_positive(value, 2),
    "SPDB": lambda record, value: record.check_positive(value, 0.0),
    "RDBD": lambda record, value: record.check_positive(value, abs(record.motor_step_size.value)),
    "RDBL": MotorRecord.set_readback,
    "OFF": lambda record, value: record.motor.frame.change_zero(offset=value),
    "DIR": lambda record, value: record.motor.frame.change_direction(1 if value == "Pos" else -1),
    "HLM": lambda record, value: record.motor.frame.change_limits(high=value),
    "LLM": lambda record, value: record.motor.frame.change_limits(low=value),
    "DHLM": lambda record, value: record.motor.frame.change_dial_limits(high=value),
    "DLLM": lambda record, value: record.motor.frame.change_dial_limits(low=value),
    "SSET": lambda record, value: record.choose(value, record.set_use_switch, "Set"),
    "SUSE": lambda record, value: record.choose(value, record.set_use_switch, "Use"),
    "FOF": lambda record, value: record.choose(value, record.offset_freeze_switch, "Frozen"),
    "VOF": lambda record, value: record.choose(value, record.offset_freeze_switch, "Variable"),
    # The motion publishes these; a put that was overtaken by another must not.
    "DVAL": lambda record, value: record.motor.put_dial(value),
    "RVAL": lambda record, value: record.motor.put_dial(value * record.motor_step_size.value),
    "RLV": MotorRecord.move_relative,
    "TWF": lambda record, value: record.tweak(value, 1),
    "TWR": lambda record, value: record.tweak(value, -1),
    "JOGF": lambda record, value: record.jog(value, record.jog_motor_forward, Phase.JOG_FORWARD),
    "JOGR": lambda record, value: record.jog(value, record.jog_motor_reverse, Phase.JOG_REVERSE),
    "HOMF": lambda record, value: record.home(value, record.home_forward, Phase.HOME_FORWARD),
    "HOMR": lambda record, value: record.home(value, record.home_reverse, Phase.HOME_REVERSE),
    "STOP": MotorRecord.halt,
    "SYNC": MotorRecord.sync,
    "STUP": MotorRecord.look,
    "PROC": MotorRecord.process,
    "CNEN": lambda record, value: record.motor.power(value == "Enable"),
    "SPMG": lambda record, value: record.motor.switch(value),
}
"""What a put to a field does, by the field's name; the value that it returns is stored, None: the one put."""
