"""What may be said by a key of `[metadata]`: the `[[metadata_rule]]` of beamline.toml.

Rules of this file:
- A rule is about one key, whose configured value says which type it has.
- An empty text says nothing, and breaks no rule; `required` refuses plans while it is empty.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...devices.hints import did_you_mean
from ..config.errors import Mistake
from ..pvs.declaration import LONGEST_DESCRIPTION

__all__ = ["MetadataRule", "Value", "kind_of", "metadata_mistakes"]

Value = str | int | float | bool
"""What a key with a PV can have."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


def _choice(value: Any) -> Any:
    if not kind_of(value):
        raise ValueError(f"should be a text, a number, true or false; got {value!r}")
    return value


Number = Annotated[float, Field(allow_inf_nan=False)]


class MetadataRule(BaseModel):
    """`[[metadata_rule]]`: what may be said by the key `name`.

    `choices` are all that is allowed, `pattern` is what a whole text must fit (a regular expression), `min` and `max`
    are for numbers. `required`: no plan is started while the text is empty. `doc` is the PV's description.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(min_length=1)
    doc: str = Field(default="", max_length=LONGEST_DESCRIPTION)
    required: bool = False
    choices: tuple[Annotated[Any, AfterValidator(_choice)], ...] | None = Field(
        default=None, min_length=1, strict=False
    )
    pattern: Annotated[str, AfterValidator(_pattern)] | None = None
    lowest: Number | None = Field(default=None, alias="min")
    highest: Number | None = Field(default=None, alias="max")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise ValueError(f"min = {self.lowest:g} is more than max = {self.highest:g}")
        return self

    def wrong(self, value: Value) -> str:
        """What is wrong with a value of the right type; nothing if it may be said."""
        if value == "":
            return ""
        if self.choices is not None and value not in self.choices:
            among = [str(choice) for choice in self.choices]
            return f"must be one of {', '.join(among)}, not {value}{did_you_mean(str(value), among)}"
        if isinstance(value, str):
            fits = self.pattern is None or re.fullmatch(self.pattern, value)
            return "" if fits else f"must fit the pattern {self.pattern}, which {value!r} does not"
        if self.lowest is not None and value < self.lowest:
            return f"must be at least {self.lowest:g}, not {value}"
        if self.highest is not None and value > self.highest:
            return f"must be at most {self.highest:g}, not {value}"
        return ""


def kind_of(value: Any) -> str:
    """What a value is, for people: a text, a number …; empty if it is nothing that a PV of a key can have."""
    match value:
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int():
            return "a whole number"
        case float() if math.isfinite(value):
            return "a number"
        case _:
            return ""


def metadata_mistakes(metadata: Any, rules: Any) -> list[Mistake]:
    """Find rules that do not go with the key that they are about, and values that break their rule.

    `metadata` and `rules` are `[metadata]` and `[[metadata_rule]]` of a document that nobody has checked yet. What is
    wrong in a rule by itself is not looked at.
    """
    if not isinstance(metadata, dict) or not isinstance(rules, list | tuple):
        return []
    mistakes: list[Mistake] = []
    for index, table in enumerate(rules):
        try:
            rule = MetadataRule.model_validate(table)
        except ValidationError:
            continue
        found = _mistakes_of(rule, metadata, ("metadata_rule", index))
        mistakes += [Mistake(path, what) for path, what in found]
    return mistakes


_Found = Iterator[tuple[tuple[str | int, ...], str]]


def _mistakes_of(rule: MetadataRule, metadata: dict[str, Any], place: tuple[str | int, ...]) -> _Found:
    name = rule.name
    if name not in metadata:
        known = ", ".join(metadata) or "nothing"
        yield (*place, "name"), f"no key {name!r} in [metadata]; it has: {known}{did_you_mean(name, metadata)}"
        return
    value, kind = metadata[name], kind_of(metadata[name])
    if not kind:
        yield (*place, "name"), f"a rule is for a text, a number, true or false; metadata.{name} is {value!r}"
        return
    unfit = list(_unfit(rule, name, kind))
    yield from (((*place, *path), what) for path, what in unfit)
    if not unfit and (wrong := rule.wrong(value)):
        yield ("metadata", name), wrong


def _unfit(rule: MetadataRule, name: str, kind: str) -> _Found:
    """What of a rule is for values of another kind."""
    if rule.pattern is not None and kind != "a text":
        yield ("pattern",), f"is for a text; metadata.{name} is {kind}"
    for key, limit in (("min", rule.lowest), ("max", rule.highest)):
        if limit is not None and "number" not in kind:
            yield (key,), f"is for a number; metadata.{name} is {kind}"
    allowed = (kind, "a whole number") if kind == "a number" else (kind,)
    for number, choice in enumerate(rule.choices or ()):
        if kind_of(choice) not in allowed:
            yield ("choices", number), f"should be {kind} as metadata.{name} is; got {choice!r}"
