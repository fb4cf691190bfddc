"""Any PVs, read after a trigger.

Rules of this file: values have no monitor: it may bring an exposure's values after its put-completion.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from ophyd import Component, EpicsSignal, EpicsSignalRO, Kind
from ophyd.status import DeviceStatus

from .checked_signal import CheckedEpicsSignal
from .parts.checked_reading import ChecksReadings, OnInvalid
from .parts.chosen import optional, with_components
from .parts.exposing import Exposures, exposure_of

__all__ = ["Counter", "Values"]

Values = Mapping[str, str] | Sequence[str]
"""PVs that are read, by the name of their data, or just PVs; what follows the prefix."""


class Counter(ChecksReadings):
    """Reads PVs after a put of 1 to a trigger PV has completed; that PV takes 0 to stop.

    `Counter("SIM:det1:", name="det", trigger="Acquire", values={"counts": "Counts"}, preset="Preset")` has the data
    `det_counts`. One value that has no name is called as the device is.
    """

    acquire: Any
    preset: Any = None

    def __new__(
        cls,
        prefix: str = "",
        *,
        trigger: str = "",
        values: Values = (),
        preset: str | None = None,
        **kwargs: Any,  # noqa: ARG004
    ) -> Any:
        """Make a class that has these components."""
        chosen = {
            "acquire": optional(CheckedEpicsSignal, trigger, kind=Kind.omitted, put_complete=True),
            "preset": optional(EpicsSignal, preset, kind=Kind.config),
            **value_components(cls.__name__, prefix, values),
        }
        return super().__new__(with_components(cls, chosen))

    def __init__(
        self,
        prefix: str = "",
        *,
        name: str,
        trigger: str,
        values: Values,
        preset: str | None = None,
        invalid: OnInvalid = "refuse",
        **kwargs: Any,
    ) -> None:
        """What follows the prefix: `trigger`, `values`, and `preset`, the PV of the time to count (None: none)."""
        super().__init__(prefix, name=name, invalid=invalid, **kwargs)
        name_single_value(self, values)
        self._exposures = Exposures(self.acquire)

    def trigger(self) -> DeviceStatus:
        """Count once; the Status is done when `read()` gives what was counted.

        It fails with PutFailed when the server refuses or is lost. A count still under way is given up first.
        """
        return self._exposures.begin(exposure_of(self))

    def stop(self, *, success: bool = False) -> None:
        """End the count now; its Status fails unless `success`, then it is done with what there is."""
        self._exposures.stop(success=success)
        super().stop(success=success)


def value_components(kind: str, prefix: str, values: Values) -> dict[str, Component[Any]]:
    """A component for each PV that is read. Raises ValueError when there are none, or a name is none."""
    if isinstance(values, str) or not values:
        raise ValueError(
            f"a {kind} needs the PVs that it reads: values={{'counts': 'Counts'}}, what follows {prefix!r}"
        )
    by_name = dict(values) if isinstance(values, Mapping) else {f"value{n}": pv for n, pv in enumerate(values, 1)}
    wrong = [name for name in by_name if not name.isidentifier()]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no name for a value: letters, digits and _, not beginning with a digit")
    make = functools.partial(Component, EpicsSignalRO, kind=Kind.hinted, auto_monitor=False)
    return {name: make(pv) for name, pv in by_name.items()}


def name_single_value(device: Any, values: Values) -> None:
    """Call the only value of a device as the device, if it has no name of its own."""
    if len(values) == 1 and not isinstance(values, Mapping):
        device.value1.name = device.name
