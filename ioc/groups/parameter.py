"""One parameter of the chosen plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from caproto.server import PVGroup

from ..desk import Desk
from ..plans.chosen import Chosen
from ..plans.limits import number
from ..plans.parameter_errors import ParameterError
from ..plans.parameters import Parameter
from ..plans.parameters_text import call_text
from ..pvs import handled_by, post, string_display, text_display, text_setting

__all__ = ["ParameterGroup", "publish_parameters"]

_MOST_CHOICES = 30

Write = Callable[[int, Any, str], Awaitable[None]]


class ParameterGroup(PVGroup):
    """Name and meaning of a parameter, and what is given for it; empty where the plan has not so many."""

    name_ = string_display("Name", "The parameter's name")
    type_ = text_display("Type", "What it takes, limits, default", length=400)
    doc = text_display("Doc", "What it means", length=1000)
    value_ = text_setting("Value", "What is given; empty: its default", length=400, put=handled_by("write_value"))
    error = text_display("Error", "What is wrong with it", length=1000)

    def __init__(self, *args: Any, number: int, desk: Desk, on_write: Write, **kwargs: Any) -> None:
        """`number` is its place among the parameters, from 0 on; `on_write(number, pv, text)` takes what is put."""
        super().__init__(*args, **kwargs)
        self.number = number
        self.desk = desk
        self.on_write = on_write

    async def write_value(self, pv: Any, value: str) -> None:
        """Any text is taken, so that a screen can show and mend it."""
        await self.on_write(self.number, pv, value)

    async def publish(
        self, parameter: Parameter | None, text: str, errors: Iterable[ParameterError], others: Iterable[str] = ()
    ) -> None:
        """Show a parameter and what is given for it; `others` are parameters for which there are no PVs."""
        if parameter is None:
            for pv in (self.name_, self.type_, self.doc, self.value_, self.error):
                await post(pv, "")
            return
        await post(self.name_, parameter.name)
        await post(self.type_, _type_of(parameter))
        await post(self.doc, "\n".join(_doc_of(parameter, list(others))))
        await post(self.value_, text)
        await post(self.error, "; ".join(_within(parameter.name, error) for error in errors))


async def publish_parameters(
    groups: Sequence[ParameterGroup], chosen: Chosen, errors: Sequence[ParameterError]
) -> None:
    """Show the parameters of the chosen plan, as far as there are groups for them; the last one names the others."""
    parameters = chosen.parameters
    for place, group in enumerate(groups):
        if place >= len(parameters):
            await group.publish(None, "", ())
            continue
        name = parameters[place].name
        own = [error for error in errors if error.parameter == name]
        others = [each.name for each in parameters[len(groups) :]] if group is groups[-1] else ()
        await group.publish(parameters[place], chosen.value_text(name), own, others)


def _type_of(parameter: Parameter) -> str:
    """`number, mm, -10 … 10, default 0`."""
    parts = [parameter.type, parameter.units, _span(parameter)]
    parts.append("required" if parameter.required else f"default {_default(parameter)}")
    return ", ".join(part for part in parts if part)


def _default(parameter: Parameter) -> str:
    text = call_text("", {parameter.name: parameter.default})
    return text.removeprefix(f"({parameter.name}=").removesuffix(")")


def _span(parameter: Parameter) -> str:
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)}"
    if low is not None:
        return f"at least {number(low)}"
    return f"at most {number(high)}" if high is not None else ""


def _doc_of(parameter: Parameter, others: list[str]) -> Iterable[str]:
    if parameter.doc:
        yield parameter.doc
    if parameter.choices:
        shown = parameter.choices[:_MOST_CHOICES]
        more = len(parameter.choices) - len(shown)
        yield f"one of: {', '.join(shown)}{f' and {more} more' if more else ''}"
    if others:
        yield f"the plan has more parameters, which are given in Params: {', '.join(others)}"


def _within(name: str, error: ParameterError) -> str:
    """An error beside its parameter need not name it, but where in it: `[0]: …`."""
    where = error.place.removeprefix(name)
    return f"{where}: {error.message}" if where else error.message
