"""Counters of a scaler record, by the names that the record gives them.

Rules of this file:
- Names are asked for when the record is connected, and again at every `stage`: never in the middle of a run.
- Counts have no monitor: it may bring an exposure's counts after its put-completion. Each read asks the server, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ophyd import Component, Device, DynamicDeviceComponent, EpicsSignal, EpicsSignalRO, Kind
from ophyd.status import DeviceStatus

from .checked_signal import CheckedEpicsSignal
from .parts.asking import Answer, ask
from .parts.checked_reading import OnInvalid
from .parts.exposing import Exposures, exposure_of
from .parts.scaler_channels import choose
from .trouble import ReadingInvalid, is_valid

__all__ = ["Scaler"]

_MOST = 64
"""Channels of the record; of how many there is hardware says NCH."""

_INVALID = 3


def _channels(kind: type[Any], field: str, **options: Any) -> DynamicDeviceComponent:
    # Lazy: a record whose hardware has eight counters is not asked for all of them.
    options = {"lazy": True, "kind": Kind.omitted, **options}
    return DynamicDeviceComponent(
        {f"{field.lower()}{n}": (kind, f".{field}{n}", options) for n in range(1, _MOST + 1)}, kind=Kind.omitted
    )


class Scaler(Device):
    """Counts for `preset` s when triggered; reads the chosen channels, and the time that was really counted.

    A channel's data are called by the name that its NM field gives it, `<device>_<name>`; with `rates` there are also
    counts per second, `<device>_<name>_rate`.
    """

    count = Component(CheckedEpicsSignal, ".CNT", kind=Kind.omitted, put_complete=True)
    count_mode = Component(EpicsSignal, ".CONT", kind=Kind.config, string=True)
    preset = Component(EpicsSignal, ".TP", kind=Kind.config)
    frequency = Component(EpicsSignalRO, ".FREQ", kind=Kind.config)
    time = Component(EpicsSignalRO, ".T", kind=Kind.omitted, auto_monitor=False)
    wired = Component(EpicsSignalRO, ".NCH", kind=Kind.omitted)
    channels = _channels(EpicsSignalRO, "S", auto_monitor=False)
    names = _channels(EpicsSignalRO, "NM", auto_monitor=False)

    def __init__(
        self,
        prefix: str = "",
        *,
        name: str,
        channels: Sequence[str | int] | None = None,
        rates: bool = False,
        invalid: OnInvalid = "refuse",
        **kwargs: Any,
    ) -> None:
        """`channels`: names or numbers of those that are read; None: all that have a name, but the clock, which is 1.

        `invalid`: what becomes of a reading that is INVALID.
        """
        self._wanted = None if channels is None else tuple(channels)
        self._rates, self._invalid = rates, invalid
        self._chosen: dict[str, int] = {}
        super().__init__(prefix, name=name, **kwargs)
        self._exposures = Exposures(self.count)
        # A record that counts by itself would begin the next count before this one is read.
        self.stage_sigs["count_mode"] = "OneShot"

    @property
    def chosen(self) -> dict[str, int]:
        """The channels that are read, name to number; asks the record the first time."""
        if not self._chosen:
            self.choose_channels()
        return self._chosen

    @property
    def hints(self) -> dict[str, list[str]]:
        """The channels, or their rates."""
        return {"fields": [self._key(name) + ("_rate" if self._rates else "") for name in self._chosen]}

    def wait_for_connection(self, all_signals: bool = False, timeout: Any = 2.0) -> None:
        """Wait until it is connected, and ask for the names of its channels."""
        super().wait_for_connection(all_signals=all_signals, timeout=timeout)
        self.choose_channels()

    def choose_channels(self) -> None:
        """Ask the record for its channels' names, and choose those that are wanted.

        Raises ValueError for a channel that there is not, Disconnected or TimeoutError if the record does not answer.
        """
        wired: Any = self.wired.get()
        count = min(wired or _MOST, _MOST)
        told = ask({str(number): getattr(self.names, f"nm{number}") for number in range(1, count + 1)})
        names = {int(number): str(answer.value).strip() for number, answer in told.items()}
        self._chosen = choose(self.name, names, self._wanted)
        for number in self._chosen.values():
            getattr(self.channels, f"s{number}")  # now, as the first access waits for the connection

    def stage(self) -> list[Any]:
        """As ophyd's; names may have changed since the last run."""
        self.choose_channels()
        return super().stage()

    def trigger(self) -> DeviceStatus:
        """Count once; the Status is done when `read()` gives these counts.

        It fails with PutFailed when the server refuses or is lost. A count still under way is given up first.
        """
        return self._exposures.begin(exposure_of(self))

    def stop(self, *, success: bool = False) -> None:
        """End the count now; its Status fails unless `success`, then it is done with the counts so far."""
        self._exposures.stop(success=success)
        super().stop(success=success)

    def read(self) -> Any:
        """Counts of the chosen channels, their rates if wanted, and the time counted (s).

        Raises ReadingInvalid, which names the PV, and Disconnected.
        """
        signals = {name: getattr(self.channels, f"s{number}") for name, number in self.chosen.items()}
        told = ask({"time": self.time, **signals})
        if self._invalid == "refuse":
            self._refuse_invalid(told, {"time": self.time, **signals})
        readings = {self._key(name): _reading(answer, answer.value) for name, answer in told.items()}
        if self._rates:
            seconds = told["time"].value
            for name in signals:
                rate = told[name].value / seconds if seconds else 0.0
                readings[f"{self._key(name)}_rate"] = _reading(told[name], rate)
        return {**super().read(), **readings}

    def describe(self) -> Any:
        """What `read` gives."""
        keys = {self._key("time"): _data_key(self.time.pvname, "s")}
        for name, number in self.chosen.items():
            pv = f"{self.prefix}.S{number}"
            keys[self._key(name)] = _data_key(pv, "counts")
            if self._rates:
                keys[f"{self._key(name)}_rate"] = _data_key(pv, "counts/s")
        return {**super().describe(), **keys}

    def _refuse_invalid(self, told: Mapping[str, Answer], signals: Mapping[str, Any]) -> None:
        for name, answer in told.items():
            if answer.severity >= _INVALID:
                signal = signals[name]
                raise ReadingInvalid(signal.pvname, "severity INVALID: no measurement", over=is_valid(signal))

    def _key(self, name: str) -> str:
        return f"{self.name}_{name}"


def _reading(answer: Answer, value: float) -> dict[str, float]:
    return {"value": value, "timestamp": answer.timestamp}


def _data_key(pv: str, units: str) -> dict[str, Any]:
    return {"source": f"PV:{pv}", "dtype": "number", "shape": [], "units": units}
