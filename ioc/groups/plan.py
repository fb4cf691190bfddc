"""Choosing a plan, setting its parameters, starting it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from caproto.server import PVGroup

from ..bridge import EngineBridge
from ..desk import Desk
from ..plans.catalogue import BoundPlan, Catalogue, CatalogueError, InvalidParameters, UnknownPlan, parse
from ..plans.presence import missing_devices
from ..pvs import (
    DONE,
    MINOR,
    bool_display,
    bool_setting,
    handled_by,
    post,
    string_setting,
    strings_display,
    text_display,
    text_setting,
)
from ..pvs.puts import Refusal
from .commands import press

__all__ = ["PlanGroup"]

log = logging.getLogger("reioc.ioc")

MAX_PLANS = 200


class PlanGroup(PVGroup):
    """The plan to be started next. What is set is checked when it is written; `Run` starts what is valid."""

    names = strings_display("Names", "The plans that can be chosen", MAX_PLANS)
    name_ = string_setting("Name", "The chosen plan", put=handled_by("choose"))
    doc = text_display("Doc", "What the chosen plan does", length=4000)
    params = text_setting("Params", "Its parameters, a JSON object by name", length=8000, put=handled_by("set_params"))
    valid = bool_display("Valid", "Plan and parameters could be started", severities={"No": MINOR}, archive=None)
    error = text_display("Error", "What is wrong with the parameters")
    run = bool_setting("Run", "Start the plan; done when it is over", (DONE, "Run"), put=handled_by("start"))

    def __init__(
        self,
        *args: Any,
        bridge: EngineBridge,
        desk: Desk,
        catalogue: Catalogue,
        on_change: Callable[[], None] = lambda: None,
        **kwargs: Any,
    ) -> None:
        """`on_change` is called when something has changed that `state` tells."""
        super().__init__(*args, **kwargs)
        self.on_change = on_change
        self.bridge = bridge
        self.desk = desk
        self.catalogue = catalogue

    async def begin(self) -> None:
        """Show the catalogue."""
        await post(self.names, self.catalogue.names)
        await self._check(self.name_.value, self.params.value)

    def state(self) -> dict[str, str]:
        """What was chosen."""
        return {"name": self.name_.value, "params": self.params.value}

    async def restore(self, name: str, params: str) -> None:
        """Choose again what was chosen before a restart; a plan that is offered no more is not."""
        await post(self.params, params)
        if name in self.catalogue.names:
            await post(self.name_, name)
            await post(self.doc, self.catalogue[name].doc)
        elif name:
            log.warning("the plan %s, which was chosen, is offered no more", name)

    async def choose(self, pv: Any, value: str) -> None:
        """Only a plan of the catalogue can be chosen."""
        try:
            entry = self.catalogue[value]
        except UnknownPlan as error:
            await self.desk.refuse(pv.pvname, str(error))
        else:
            await post(self.doc, entry.doc)
            await self._check(value, self.params.value)
            await self.desk.note(pv.pvname, f"{value} is chosen")
            self.on_change()

    async def set_params(self, pv: Any, value: str) -> None:
        """Any text is taken, so that a screen can show and mend it; `Valid` and `Error` say what it is worth."""
        error = await self._check(self.name_.value, value)
        await self.desk.note(pv.pvname, f"taken, but not valid: {error}" if error else "the parameters are valid")
        self.on_change()

    async def start(self, pv: Any, value: str) -> None:
        """Check once more, and whether the devices are there, then start."""

        def command() -> Awaitable[str]:
            try:
                plan = self._bind(self.name_.value, self.params.value)
            except (CatalogueError, UnknownPlan, InvalidParameters) as error:
                raise Refusal(str(error)) from error
            missing = missing_devices([*plan.args, plan.kwargs])
            if missing:
                raise Refusal(missing)
            return self.bridge.run(plan.make())

        await press(pv, value, self.desk, command)

    def _bind(self, name: str, params: str) -> BoundPlan:
        return self.catalogue[name].bind(parse(params) if params.strip() else {})

    async def _check(self, name: str, params: str) -> str:
        """Publish what the plan and parameters are worth. Returns what is wrong, or nothing."""
        try:
            self._bind(name, params)
            error = ""
        except (CatalogueError, UnknownPlan, InvalidParameters) as wrong:
            error = str(wrong)
        await post(self.valid, not error)
        await post(self.error, error)
        return error
