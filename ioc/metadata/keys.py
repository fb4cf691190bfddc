"""Keys of the metadata that can be set by PV: their types and texts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .rules import MetadataRule, Value, kind_of

__all__ = ["MetadataKey", "metadata_keys", "pv_keys", "shown", "why_no_pv"]

LONGEST_PV_NAME = 60
SCAN_ID = "ScanID"
_PV_NAME = re.compile(r"[A-Za-z0-9_:;<>\[\]+-]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LARGEST = 2**63 - 1
"""Of whole numbers; larger ones cannot be stored everywhere that documents go."""
_TRUTH = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}


@dataclass(frozen=True, slots=True)
class MetadataKey:
    """A key of `[metadata]` with a text, a number, true or false; its type is that of the configured value."""

    name: str
    configured: Value
    rule: MetadataRule | None = None

    @property
    def description(self) -> str:
        """For the PV."""
        return (self.rule.doc if self.rule else "") or f"Goes into each run's metadata: {self.name}"[:40]

    @property
    def is_required(self) -> bool:
        """Whether no plan is to be started while it is empty."""
        return self.rule is not None and self.rule.required

    def read(self, text: str) -> Value:
        """The value that somebody means by a text. Raises ValueError, which says what must be written."""
        return self.check(self._parse(text))

    def check(self, value: Any) -> Value:
        """The value, if it has the type of this key and keeps its rule. Raises ValueError."""
        plain = value.item() if isinstance(value, np.generic) else value
        wanted = kind_of(self.configured)
        if wanted == "a number" and kind_of(plain) == "a whole number":
            plain = float(plain)
        if kind_of(plain) != wanted:
            raise ValueError(f"must be {wanted}, not {value!r}")
        if isinstance(plain, int) and abs(plain) > _LARGEST:
            raise ValueError(f"must be a whole number of up to 19 digits, not {_beginning(str(plain))}")
        if self.rule is not None and (wrong := self.rule.wrong(plain)):
            raise ValueError(wrong)
        return plain

    def _parse(self, text: str) -> Value:
        word = text.strip()
        match self.configured:
            case str():
                return text
            case bool():
                if (truth := _TRUTH.get(word.lower())) is None:
                    raise ValueError(f"must be true or false (or yes, no, 1, 0), not {_beginning(text)!r}")
                return truth
            case int():
                return _whole(word)
            case _:
                return _number(word)


def _number(word: str) -> float:
    number = float(word) if _NUMBER.fullmatch(word) else math.nan
    if not math.isfinite(number):
        raise ValueError(f"must be a number, not {_beginning(word)!r}")
    return number


def _whole(word: str) -> int:
    if re.fullmatch(r"[+-]?\d+", word, re.ASCII):
        return int(word)
    number = _number(word)
    if not number.is_integer():  # a screen writes 7.0, where people write 7
        raise ValueError(f"must be a whole number, not {word}")
    return int(number)


def _beginning(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def shown(value: Any) -> str:
    """A value of the metadata as a PV shows it: texts as they are, all else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value.item() if isinstance(value, np.generic) else value, ensure_ascii=False)
    except (TypeError, ValueError):  # Python may have set anything
        return str(value)


def metadata_keys(configured: Mapping[str, Any], rules: Iterable[MetadataRule] = ()) -> tuple[MetadataKey, ...]:
    """The keys of `[metadata]` that can be set: those with a text, a number, true or false."""
    by_name = {rule.name: rule for rule in rules}
    return tuple(MetadataKey(name, value, by_name.get(name)) for name, value in configured.items() if kind_of(value))


def pv_keys(keys: Iterable[MetadataKey], prefix: str) -> tuple[MetadataKey, ...]:
    """Those keys that have a PV, where PV names begin with `prefix`, the MD: not yet included."""
    return tuple(key for key in keys if not why_no_pv(key.name, f"{prefix}MD:"))


def why_no_pv(name: str, place: str) -> str:
    """Why a key can be no PV whose name is `place`, MD: included, and its own; nothing if it can."""
    if name == SCAN_ID:
        return f"{place}{name} is the number of the last run"
    if not _PV_NAME.fullmatch(name):
        return "a PV name has letters, digits and _ - + : ; < > [ ] only"
    too_long = len(place) + len(name) - LONGEST_PV_NAME
    return f"{place}{name} would have {too_long} characters more than a PV name can have" if too_long > 0 else ""
