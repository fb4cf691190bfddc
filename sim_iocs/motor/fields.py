"""Fields of the motor record, as far as they do or show something.

Rules of this file: declarations only; the attribute names are caproto's. Fields that are not here exist, with
caproto's defaults, and do nothing.
"""

from typing import Any

from caproto.server.records import MotorFields
from caproto.server.server import PvpropertyDoubleRO, PvpropertyFloatRO, PvpropertyIntegerRO, PvpropertyShortRO

from ..pvs.puts import DoublePut, EnumPut, IntegerPut, ShortPut, StringPut, pv

STEP = 0.0001
"""mm per step at the start."""

_LENGTH = {"value": 0.0, "units": "mm", "precision": 4}
_SPEED = {"units": "mm/s", "precision": 4}
_TURNS = {"value": 0.0, "units": "rev/s", "precision": 4}
_TIME = {"units": "s", "precision": 3, "lower_ctrl_limit": 0.0, "upper_ctrl_limit": 3600.0}
_GAIN = {"value": 0.0, "precision": 4, "lower_ctrl_limit": 0.0, "upper_ctrl_limit": 1.0}
_STEPS = {"value": 0, "units": "steps"}
_SEVERITIES = ("NO_ALARM", "MINOR", "MAJOR", "INVALID")


class MotorRecordFields(MotorFields):
    """The fields."""

    # Where it is
    user_readback_value = pv(PvpropertyDoubleRO, "RBV", "User readback", **_LENGTH)
    dial_readback_value = pv(PvpropertyDoubleRO, "DRBV", "Dial readback", **_LENGTH)
    raw_readback_value = pv(PvpropertyIntegerRO, "RRBV", "Raw readback", **_STEPS)
    raw_motor_position = pv(PvpropertyIntegerRO, "RMP", "Raw motor position", **_STEPS)
    raw_encoder_position = pv(PvpropertyIntegerRO, "REP", "Raw encoder position", **_STEPS)
    raw_velocity = pv(PvpropertyIntegerRO, "RVEL", "Raw velocity", value=0, units="steps/s")
    difference_dval_drbv = pv(PvpropertyDoubleRO, "DIFF", "Target minus readback", **_LENGTH)
    difference_rval_rrbv = pv(PvpropertyIntegerRO, "RDIF", "Target minus readback, raw", **_STEPS)
    limit_violation = pv(PvpropertyShortRO, "LVIO", "Limit violation", value=0)

    # How it moves
    velocity = pv(DoublePut, "VELO", "Velocity", value=2.0, **_SPEED)
    base_velocity = pv(DoublePut, "VBAS", "Base velocity", value=0.0, **_SPEED)
    max_velocity = pv(DoublePut, "VMAX", "Highest velocity; 0: any", value=100.0, **_SPEED)
    bl_velocity = pv(DoublePut, "BVEL", "Backlash velocity", value=1.0, **_SPEED)
    jog_velocity = pv(DoublePut, "JVEL", "Jog velocity", value=1.0, **_SPEED)
    home_velocity = pv(DoublePut, "HVEL", "Home velocity", value=1.0, **_SPEED)
    speed = pv(DoublePut, "S", "Speed", **_TURNS)
    base_speed = pv(DoublePut, "SBAS", "Base speed", **_TURNS)
    max_speed = pv(DoublePut, "SMAX", "Highest speed", **_TURNS)
    bl_speed = pv(DoublePut, "SBAK", "Backlash speed", **_TURNS)
    seconds_to_velocity = pv(DoublePut, "ACCL", "Seconds to velocity", value=0.1, **_TIME)
    bl_seconds_to_velocity = pv(DoublePut, "BACC", "Seconds to backlash velocity", value=0.1, **_TIME)
    jog_accel = pv(DoublePut, "JAR", "Jog acceleration; 0: as ACCL", value=0.0, units="mm/s/s", precision=4)
    bl_distance = pv(DoublePut, "BDST", "Backlash distance", **_LENGTH)
    move_fraction = pv(
        DoublePut, "FRAC", "Move fraction", value=1.0, precision=3, lower_ctrl_limit=0.1, upper_ctrl_limit=1.5
    )
    readback_settle_time = pv(DoublePut, "DLY", "Settling time", value=0.0, **_TIME)
    new_target_monitor = pv(EnumPut, "NTM", "New target monitor", value="YES", enum_strings=("NO", "YES"))
    ntm_deadband_factor = pv(ShortPut, "NTMF", "NTM deadband factor", value=2)

    # Whether it has arrived
    retry_deadband = pv(DoublePut, "RDBD", "Retry deadband", value=STEP, units="mm", precision=4)
    setpoint_deadband = pv(DoublePut, "SPDB", "Setpoint deadband", **_LENGTH)
    max_retry_count = pv(ShortPut, "RTRY", "Max retry count", value=10)
    retry_mode = pv(
        EnumPut,
        "RMOD",
        "Retry mode",
        value="Default",
        enum_strings=("Default", "Arithmetic", "Geometric", "In-Position"),
    )

    # Its resolution
    motor_step_size = pv(DoublePut, "MRES", "Motor step size", value=STEP, units="mm", precision=6)
    encoder_step_size = pv(DoublePut, "ERES", "Encoder step size", value=STEP, units="mm", precision=6)
    readback_step_size = pv(DoublePut, "RRES", "Readback step size", value=1.0, precision=6)
    steps_per_revolution = pv(IntegerPut, "SREV", "Steps per revolution", value=200)
    egu_s_per_revolution = pv(DoublePut, "UREV", "Way per revolution", value=200 * STEP, units="mm", precision=6)
    use_encoder_if_present = pv(EnumPut, "UEIP", "Use encoder", value="No", enum_strings=("No", "Yes"))
    use_rdbl_link_if_presen = pv(EnumPut, "URIP", "Use RDBL link", value="No", enum_strings=("No", "Yes"))
    readback_location = pv(StringPut, "RDBL", "Readback from this PV", value="")

    # Where its zero and its limits are
    user_offset = pv(DoublePut, "OFF", "User offset", **_LENGTH)
    user_direction = pv(EnumPut, "DIR", "User direction", value="Pos", enum_strings=("Pos", "Neg"))
    offset_freeze_switch = pv(
        EnumPut, "FOFF", "Offset-freeze switch", value="Variable", enum_strings=("Variable", "Frozen")
    )
    freeze_offset = pv(ShortPut, "FOF", "Freeze the offset", value=0)
    variable_offset = pv(ShortPut, "VOF", "Let the offset vary", value=0)
    set_use_switch = pv(EnumPut, "SET", "Set/use switch", value="Use", enum_strings=("Use", "Set"))
    set_set_mode = pv(ShortPut, "SSET", "SET mode", value=0)
    set_use_mode = pv(ShortPut, "SUSE", "USE mode", value=0)
    user_high_limit = pv(DoublePut, "HLM", "User high limit", **_LENGTH)
    user_low_limit = pv(DoublePut, "LLM", "User low limit", **_LENGTH)
    dial_high_limit = pv(DoublePut, "DHLM", "Dial high limit", **_LENGTH)
    dial_low_limit = pv(DoublePut, "DLLM", "Dial low limit", **_LENGTH)
    hw_limit_violation_svr = pv(EnumPut, "HLSV", "Severity at a limit", value="MAJOR", enum_strings=_SEVERITIES)

    # What it is told
    dial_desired_value = pv(DoublePut, "DVAL", "Dial target", **_LENGTH)
    raw_desired_value = pv(IntegerPut, "RVAL", "Raw target", **_STEPS)
    relative_value = pv(DoublePut, "RLV", "Relative move", **_LENGTH)
    tweak_step_size = pv(DoublePut, "TWV", "Tweak step", **_LENGTH)
    tweak_motor_forward = pv(ShortPut, "TWF", "Tweak forward", value=0)
    tweak_motor_reverse = pv(ShortPut, "TWR", "Tweak reverse", value=0)
    jog_motor_forward = pv(ShortPut, "JOGF", "Jog forward; 0 ends it", value=0)
    jog_motor_reverse = pv(ShortPut, "JOGR", "Jog reverse; 0 ends it", value=0)
    home_forward = pv(ShortPut, "HOMF", "Home forward", value=0)
    home_reverse = pv(ShortPut, "HOMR", "Home reverse", value=0)
    stop = pv(ShortPut, "STOP", "Stop", value=0)
    sync_position = pv(ShortPut, "SYNC", "Let the target be where it is", value=0)
    status_update = pv(EnumPut, "STUP", "Look at the motor", value="OFF", enum_strings=("OFF", "ON", "BUSY"))
    process_record: Any = pv(ShortPut, "PROC", "Look at the motor, too", value=0)
    stop_pause_move_go = pv(
        EnumPut, "SPMG", "Stop/Pause/Move/Go", value="Go", enum_strings=("Stop", "Pause", "Move", "Go")
    )
    disable_putfield = pv(ShortPut, "DISP", "Whether puts are refused", value=0)
    enable_control = pv(EnumPut, "CNEN", "Motor power", value="Enable", enum_strings=("Disable", "Enable"))
    proportional_gain = pv(DoublePut, "PCOF", "Proportional gain", **_GAIN)
    integral_gain = pv(DoublePut, "ICOF", "Integral gain", **_GAIN)
    derivative_gain = pv(DoublePut, "DCOF", "Derivative gain", **_GAIN)
    code_version = pv(PvpropertyFloatRO, "VERS", "Like this version of the record", value=7.2, precision=2)

    # Texts that stay what is put
    pre_move_commands = pv(StringPut, "PREM", "Commands before a move: nobody runs them", value="")
    post_move_commands = pv(StringPut, "POST", "Commands after a move: nobody runs them", value="")
    startup_commands = pv(StringPut, "INIT", "Commands at the start: nobody runs them", value="")
    output_specification = pv(StringPut, "OUT", "What it drives", value="simulated axis")
    forward_link = pv(StringPut, "FLNK", "Forward link: nobody follows it", value="")
    readback_outlink = pv(StringPut, "RLNK", "Readback link: nobody follows it", value="")
    stop_outlink = pv(StringPut, "STOO", "Stop link: nobody follows it", value="")
    desired_output_loc = pv(StringPut, "DOL", "Target link: nobody follows it", value="")

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        super().__init__(prefix, **kwargs)
        for field in self.pvdb.values():
            field.alarm = self.parent.alarm
