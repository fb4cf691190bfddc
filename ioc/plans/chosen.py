"""The plan that is to be started next, its parameters as a whole and one by one.

Rules of this file:
1. The text of all parameters and the texts of each are two views of one thing. Any text is taken, so that it can be
   mended where it was written; what is wrong with it is told, by parameter.
2. A text that is no JSON says nothing of single parameters: they stay as they were.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from .catalogue import Catalogue, UnknownPlan, parse
from .entry import BoundPlan, Entry
from .parameter_errors import InvalidParameters, ParameterError
from .parameters import Parameter
from .value_text import NOT_GIVEN

__all__ = ["Chosen"]


class Chosen:
    """A plan of the catalogue by name, and its parameters.

    `bound` is what could be run; where that is None `errors` say why.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.name = ""
        self.text = ""
        """Of all parameters: a JSON object."""
        self.bound: BoundPlan | None = None
        self.errors: tuple[ParameterError, ...] = ()
        self._catalogue = catalogue
        self._given: dict[str, Any] = {}
        self._typed: dict[str, str] = {}
        self.look_again()

    @property
    def entry(self) -> Entry | None:
        """The plan; None where none is chosen, or it is offered no more."""
        try:
            return self._catalogue[self.name]
        except UnknownPlan:
            return None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Those of the plan."""
        return self.entry.parameters if self.entry is not None else ()

    @property
    def params(self) -> dict[str, Any]:
        """What is given, by name; of the last text that was an object."""
        return dict(self._given)

    def choose(self, name: str) -> Entry:
        """Choose another plan; what was given stays. Raises UnknownPlan, and nothing is changed."""
        entry = self._catalogue[name]
        self.name = name
        self._typed.clear()
        self.look_again()
        return entry

    def write(self, text: str) -> None:
        """Give all parameters at once."""
        self.text = text
        self._typed.clear()
        self.look_again()

    def write_one(self, number: int, text: str, longest: int) -> str:
        """Give one parameter, the first is number 0; empty: it is not given. Returns its name.

        What is given beside the plan's parameters, for another plan perhaps, is left out from then on. Raises
        LookupError if the plan has not so many parameters, ValueError if the text of all would be longer than `longest`
        bytes.
        """
        entry, parameters = self.entry, self.parameters
        if entry is None or number >= len(parameters):
            has = f"the plan {self.name} has {len(parameters)} parameters" if self.name else "no plan is chosen"
            raise LookupError(f"{has}, there is no number {number + 1}")
        name = parameters[number].name
        names = [parameter.name for parameter in parameters]
        given = {key: value for key, value in self._given.items() if key in names and key != name}
        value = _meant(entry, name, text)
        if value is not NOT_GIVEN:
            given[name] = value
        whole = json.dumps({key: given[key] for key in names if key in given}, ensure_ascii=False)
        if len(whole.encode()) > longest:
            raise ValueError(f"the parameters as a whole would be longer than {longest} bytes")
        self.text = whole
        self._typed[name] = text
        self.look_again()
        return name

    def look_again(self) -> None:
        """Find out anew whether it could be run: catalogue and registry may have changed."""
        with suppress(InvalidParameters):
            self._given = parse(self.text)
        self.bound, self.errors = self.check()

    def check(self) -> tuple[BoundPlan | None, tuple[ParameterError, ...]]:
        """What could be run now, or why nothing could."""
        try:
            return self._catalogue[self.name].bind(parse(self.text)), ()
        except InvalidParameters as invalid:
            return None, invalid.errors
        except UnknownPlan as error:
            return None, (ParameterError("", str(error)),)

    def value_text(self, name: str) -> str:
        """What is given for a parameter, as one would type it; empty if nothing is."""
        if name not in self._given or self.entry is None:
            return ""
        value, typed = self._given[name], self._typed.get(name)
        if typed is not None and isinstance(value, str) and value == typed.strip():
            return typed  # perhaps it is wrong, and is to be mended
        return self.entry.text_of(name, value)


def _meant(entry: Entry, name: str, text: str) -> Any:
    """What a typed text means; itself where it means nothing that the parameter takes: the error then quotes it."""
    try:
        return entry.value_from_text(name, text)
    except InvalidParameters:
        return text.strip()
