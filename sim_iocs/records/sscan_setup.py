"""What a put to a parameter of an sscan record does, and what scan the parameters make."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import numpy as np
from caproto import SkipWrite

from ..pvs.puts import RefusedError
from .sscan_access import ScanAccess
from .sscan_fields import COMMANDS, MOST_POINTS, POSITIONERS
from .sscan_links import LinkError
from .sscan_positions import KEPT, FrozenError, Range

_NUMBER = re.compile(rf"P([1-4])({'|'.join(KEPT)})")
_FREEZE_FLAGS = {"SP": "FS", "EP": "FE", "CP": "FC", "WD": "FW", "SI": "FI"}
_NOT_SIMULATED = {"ACQT": "SCALAR", "ACQM": "NORMAL"}
_MODES = ("SM", "AR", *_FREEZE_FLAGS.values())
_CLEARS: dict[str, tuple[str, bool]] = {
    COMMANDS[3]: ("PRTDBA", True),
    COMMANDS[4]: ("P", True),
    COMMANDS[5]: ("P", False),
    COMMANDS[6]: ("PR", True),
    COMMANDS[7]: ("PR", False),
}
"""By CMND: the links that it blanks, by their first letter, and whether modes and freeze flags are reset."""


class Setup:
    """The parameters of one record."""

    def __init__(self, record: ScanAccess) -> None:
        self._record = record
        self._puts: dict[str, Callable[[Any], Awaitable[Any]]] = {
            "NPTS": self._points,
            "WAIT": self._wait,
            "CMND": self._command,
        }

    async def change(self, field: str, value: Any) -> Any:
        """Obey a put; what it returns is stored. Raises RefusedError."""
        if field in self._puts:
            return await self._puts[field](value)
        if field.endswith("PA"):
            return np.concatenate([value, np.zeros(MOST_POINTS - len(value))])
        if number := _NUMBER.fullmatch(field):
            return await self._number(number[1], number[2], value)
        if field.endswith("PV"):
            return await self._name(field, value)
        if value != _NOT_SIMULATED.get(field, value):
            raise RefusedError(f"{field}: {value} is not simulated, only {_NOT_SIMULATED[field]}")
        if field in ("PDLY", "DDLY", "ATIME") and value < 0:
            raise RefusedError(f"{field}: {value} s is below 0")
        return value

    async def check(self) -> None:
        """See that every link can be used. Raises LinkError for the first that cannot."""
        problems = [problem for field in self._links() if (problem := await self._check_link(field))]
        if problems:
            raise problems[0]

    async def places(self) -> dict[str, list[float]]:
        """Where each positioner that has a name goes; their positions of now become PnPP. Raises LinkError."""
        return {number: await self._places_of(number) for number in self._record.named("P")}

    async def _places_of(self, number: str) -> list[float]:
        record = self._record
        link = record.link(f"P{number}PV")
        prior = await link.read() if link is not None else 0.0
        await record.show(f"P{number}PP", prior)
        if record.value(f"P{number}SM") == "TABLE":
            places = [float(each) for each in record.value(f"P{number}PA")[: record.value("NPTS")]]
        else:
            places = self._range(number).positions
        relative = record.value(f"P{number}AR") == "RELATIVE"
        return [prior + place for place in places] if relative else places

    def _links(self) -> Iterable[str]:
        yield from ("BSPV", "ASPV", "A1PV")
        for letter in "PRTD":
            yield from (f"{letter}{number}PV" for number in self._record.named(letter))

    async def _check_link(self, field: str) -> LinkError | None:
        valid = f"{field[:-2]}NV"
        try:
            link = self._record.link(field)
            if link is not None:
                await link.read()
        except LinkError as error:
            await self._record.show(valid, error.valid)
            return LinkError(f"{field}: {error}", error.valid)
        await self._record.show(valid, "PV OK" if self._record.value(field).strip() else "No PV")
        return None

    async def _name(self, field: str, value: str) -> type[SkipWrite]:
        await self._record.show(field, value)
        problem = await self._check_link(field)
        if problem:
            await self._record.alert(str(problem))
        elif field[0] in "PD":
            await self._describe(field)
        return SkipWrite

    async def _describe(self, field: str) -> None:
        link, name = self._record.link(field), field[:-2]
        low, high = link.range if link else (0.0, 0.0)
        for key, value in (
            ("EU", link.units if link else ""),
            ("HR", high),
            ("LR", low),
            ("PR", link.precision if link else 0),
        ):
            await self._record.show(f"{name}{key}", value)

    def _range(self, number: str) -> Range:
        start, end = (self._record.value(f"P{number}{key}") for key in ("SP", "EP"))
        return Range(start, end, int(self._record.value("NPTS")))

    def _frozen(self, number: str) -> list[str]:
        if self._record.value("FFO") == "OVERRIDE":
            return []
        return [key for key, flag in _FREEZE_FLAGS.items() if self._record.value(f"P{number}{flag}") == "FREEZE"]

    async def _number(self, number: str, key: str, value: float) -> float:
        try:
            changed = self._range(number).changed(key, value, self._frozen(number))
        except FrozenError as error:
            await self._record.alert(f"P{number}{error}")
            raise RefusedError(f"P{number}{error}") from error
        await self._show_range(number, changed, but=key)
        return value

    async def _points(self, value: int) -> int:
        if not 1 <= value <= MOST_POINTS:
            raise RefusedError(f"NPTS: {value} is not 1 ... {MOST_POINTS} (MPTS)")
        try:
            ranges = {each: self._range(each).with_points(value, self._frozen(each)) for each in POSITIONERS}
        except FrozenError as error:
            await self._record.alert(str(error))
            raise RefusedError(str(error)) from error
        for number, changed in ranges.items():
            await self._show_range(number, changed)
        return value

    async def _show_range(self, number: str, changed: Range, but: str = "") -> None:
        for key, value in changed.values.items():
            if key != but:
                await self._record.show(f"P{number}{key}", value)

    async def _wait(self, value: int) -> int:
        await self._record.show("WCNT", max(self._record.value("WCNT") + (1 if value else -1), 0))
        self._record.news.tell()
        return value

    async def _command(self, value: str) -> str:
        if value == "Clear msg":
            await self._record.show("ALRT", 0)
            await self._record.show("SMSG", "")
        elif value == "Check limits":
            await self._check_limits()
        elif value == "Preview scan":
            await self._preview()
        else:
            await self._clear(*_CLEARS[value])
        return value

    async def _check_limits(self) -> None:
        for number, places in (await self.places()).items():
            low, high = self._record.value(f"P{number}LR"), self._record.value(f"P{number}HR")
            beyond = [place for place in places if low < high and not low <= place <= high]
            if beyond:
                await self._record.alert(f"P{number} {beyond[0]:g} is outside {low:g} ... {high:g}")
                return
        await self._record.show("ALRT", 0)
        await self._record.show("SMSG", "SCAN Values within limits")

    async def _preview(self) -> None:
        for number, places in (await self.places()).items():
            await self._record.show(f"P{number}CA", np.array(places + places[-1:] * (MOST_POINTS - len(places))))
        for number in self._record.named("D"):
            await self._record.show(f"D{number}CA", np.arange(MOST_POINTS, dtype=float))

    async def _clear(self, letters: str, modes: bool) -> None:
        for field in [each for each in self._links() if each[0] in letters]:
            await self._name(field, "")
        if modes:
            for number in POSITIONERS:
                for mode in _MODES:
                    await self._record.show(f"P{number}{mode}", _first_label(mode))


def _first_label(mode: str) -> str:
    return {"SM": "LINEAR", "AR": "ABSOLUTE"}.get(mode, "NO")
