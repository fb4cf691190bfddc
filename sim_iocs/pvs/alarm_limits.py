"""A reading with the alarm limits of the record `ai`.

Rules of this file: as in EPICS Base, the first limit of HIHI, LOLO, HIGH, LOW that a value reaches makes the alarm; it
goes away when the value is back by more than HYST; a limit whose severity is NO_ALARM is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caproto import AlarmSeverity, AlarmStatus
from caproto.server import menus
from caproto.server.server import PvpropertyDoubleRO

_LABELS = menus.menuAlarmSevr.get_string_tuple()


@dataclass(frozen=True)
class Limit:
    """There is an alarm from `value` on, upwards or downwards."""

    status: AlarmStatus
    value: float
    severity: AlarmSeverity
    upwards: bool


def alarm_of(
    value: float, limits: Sequence[Limit], hysteresis: float = 0.0, last: AlarmStatus = AlarmStatus.NO_ALARM
) -> tuple[AlarmStatus, AlarmSeverity]:
    """Status and severity of a value that had status `last` before."""
    for limit in limits:
        beyond = value - limit.value if limit.upwards else limit.value - value
        if limit.severity and beyond >= (-hysteresis if limit.status == last else 0.0):
            return limit.status, limit.severity
    return AlarmStatus.NO_ALARM, AlarmSeverity.NO_ALARM


class LimitedReading(PvpropertyDoubleRO):
    """A PV that clients read; its fields HIHI … LOLO, HHSV … LLSV and HYST are obeyed. Give it `record="ai"`."""

    async def show(self, value: float) -> None:
        """Publish a value with the alarm that it has."""
        fields: Any = self.field_inst
        before = (self.status, self.severity)
        status, severity = alarm_of(value, self._limits(), fields.alarm_deadband.value, last=self.status)
        if (status, severity) != before:
            await self.write(value, verify_value=False, status=status, severity=severity)
        elif value != self.value:
            await self.write(value, verify_value=False)

    def _limits(self) -> tuple[Limit, ...]:
        fields: Any = self.field_inst
        return (
            Limit(AlarmStatus.HIHI, self.upper_alarm_limit, _severity(fields.hihi_severity), upwards=True),
            Limit(AlarmStatus.LOLO, self.lower_alarm_limit, _severity(fields.lolo_severity), upwards=False),
            Limit(AlarmStatus.HIGH, self.upper_warning_limit, _severity(fields.high_severity), upwards=True),
            Limit(AlarmStatus.LOW, self.lower_warning_limit, _severity(fields.low_severity), upwards=False),
        )


def _severity(field: Any) -> AlarmSeverity:
    value = field.value
    return AlarmSeverity(_LABELS.index(value) if value in _LABELS else int(value))
