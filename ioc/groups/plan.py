"""Choosing a plan, setting its parameters, starting it.

Rules of this file:
1. What is chosen is in `chosen`; the PVs, those that clients write as well, are written from it, by one writer. So two
   clients who write at the same time leave PVs that belong together.
2. The put of a choice is done when all PVs are true of it, the dry run included, unless that takes longer than
   LONGEST_WAIT: then the PVs follow.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from caproto import SkipWrite
from caproto.server import PVGroup

from ..bridge import EngineBridge, Failure
from ..desk import Desk
from ..plans.aside import aside
from ..plans.catalogue import BoundPlan, Catalogue, Entry, UnknownPlan
from ..plans.chosen import Chosen
from ..plans.pace import Pace
from ..plans.parameter_errors import ParameterError
from ..plans.rehearsal import Rehearsals
from ..pvs import (
    DONE,
    MINOR,
    NO_ALARM,
    bool_display,
    bool_setting,
    float_display,
    handled_by,
    int_display,
    post,
    string_setting,
    strings_display,
    text_display,
    text_setting,
)
from ..pvs.puts import Refusal
from .commands import press
from .parameter import ParameterGroup, publish_parameters
from .plan_starting import Enqueue, Starting
from .plan_texts import catalogue_text, errors_text, problems_text, schema_text

__all__ = ["PARAMETERS", "PlanGroup"]

log = logging.getLogger("reioc.ioc")

MAX_PLANS = 200
PARAMS_LENGTH, SCHEMA_LENGTH, CATALOGUE_LENGTH = 8000, 30000, 8000
PARAMETERS = 12
"""Parameters that have PVs of their own, `P1` and so on; the others are given in `Params`."""
LONGEST_WAIT = 1.0
"""Seconds for which the put of a choice waits for its dry run."""


class PlanGroup(PVGroup):
    """The plan to be started next. What is set is checked when it is written; `Run` starts what is valid."""

    names = strings_display("Names", "The plans that can be chosen", MAX_PLANS)
    list_ = text_display("Catalogue", "The plans and what they do, one a line", length=CATALOGUE_LENGTH)
    name_ = string_setting("Name", "The chosen plan", put=handled_by("choose"))
    doc = text_display("Doc", "What the chosen plan does", length=4000)
    schema = text_display("Schema", "JSON schema of its parameters", length=SCHEMA_LENGTH)
    params = text_setting("Params", "Its parameters, a JSON object", length=PARAMS_LENGTH, put=handled_by("set_params"))
    valid = bool_display("Valid", "Plan and parameters could be started", severities={"No": MINOR}, archive=None)
    error = text_display("Error", "What is wrong with the parameters")
    points = int_display("Points", "How many points it makes; 0: not known")
    duration = float_display("Duration", "How long it takes; 0: not known", units="s")
    summary = text_display("Summary", "What it would do, line by line", length=4000)
    can_run = bool_display("CanRun", "Run would be accepted now", archive=None)
    can_enqueue = bool_display("CanEnqueue", "Enqueue would be accepted now", archive=None)
    run = bool_setting("Run", "Start the plan; done when it is over", (DONE, "Run"), put=handled_by("start"))
    enqueue = bool_setting("Enqueue", "Put it at the queue's end", (DONE, "Enqueue"), put=handled_by("put_in_queue"))
    reload = bool_setting("Reload", "Read the plans' modules anew", (DONE, "Reload"), put=handled_by("read_anew"))
    problems = text_display("Problems", "What cannot be offered, and why", length=8000)

    def __init__(
        self,
        *args: Any,
        bridge: EngineBridge,
        desk: Desk,
        catalogue: Catalogue,
        on_change: Callable[[], None] = lambda: None,
        pace: Pace | None = None,
        why_not_run: Callable[[], str] = lambda: "",
        why_not_reload: Callable[[], str] = lambda: "",
        why_not_enqueue: Callable[[], str] = lambda: "",
        enqueue: Enqueue | None = None,
        **kwargs: Any,
    ) -> None:
        """`on_change` is called when something has changed that `state` tells.

        `pace` knows how long plans take; who feeds it calls `refresh`. `why_not_run` says why no plan may be started
        now; `enqueue` puts one in the queue, and `why_not_enqueue` says why it could not.
        """
        super().__init__(*args, **kwargs)
        self.bridge, self.desk, self.catalogue = bridge, desk, catalogue
        self.chosen = Chosen(catalogue)
        self.rehearsals = Rehearsals(pace)
        self.on_change, self.why_not_reload = on_change, why_not_reload
        self.starting = Starting(
            *(self.chosen, catalogue, bridge),
            enqueue=enqueue,
            why_none_runs=why_not_run,
            why_none_waits=why_not_enqueue,
        )
        self.is_reading_anew = False
        self.parameters = tuple(
            ParameterGroup(f"{self.prefix}P{number + 1}:", number=number, desk=desk, on_write=self.set_one)
            for number in range(PARAMETERS)
        )
        """The PVs of single parameters, to be served beside this group's own."""
        self._looking: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._shown: Entry | None = None

    async def begin(self) -> None:
        """Show the catalogue, and what is chosen; the dry run follows."""
        await self._show_catalogue()
        self.chosen.look_again()
        self._begin_looking()
        await self._publish()

    def state(self) -> dict[str, str]:
        """What was chosen."""
        return {"name": self.chosen.name, "params": self.chosen.text}

    async def restore(self, name: str, params: str) -> None:
        """Choose again what was chosen before a restart; a plan that is offered no more is not."""
        await post(self.params, params)  # it is cut if it is too long
        self.chosen.write(self.params.value)
        try:
            self.chosen.choose(name)
        except UnknownPlan:
            if name:
                log.warning("the plan %s, which was chosen, is offered no more", name)

    # Choosing

    async def choose(self, pv: Any, value: str) -> None:
        """Only a plan of the catalogue can be chosen."""
        try:
            self.chosen.choose(value)
        except UnknownPlan as error:
            await self.desk.refuse(pv.pvname, str(error))
        await self._changed()
        await self.desk.note(pv.pvname, f"{value} is chosen")
        raise SkipWrite

    async def set_params(self, pv: Any, value: str) -> None:
        """Any text is taken, so that a screen can show and mend it; `Valid` and `Error` say what it is worth."""
        self.chosen.write(value)
        await self._taken(pv, "the parameters are valid", lambda _: True)

    async def set_one(self, number: int, pv: Any, value: str) -> None:
        """One parameter of the chosen plan, as somebody types it. Any text is taken here as well."""
        try:
            name = self.chosen.write_one(number, value, PARAMS_LENGTH - 1)
        except (LookupError, ValueError) as error:
            await self.desk.refuse(pv.pvname, str(error))
        await self._taken(pv, f"{name} is set", lambda error: error.parameter == name)

    async def _taken(self, pv: Any, message: str, concerns: Callable[[ParameterError], bool]) -> None:
        await self._changed()
        error = errors_text(filter(concerns, self.starting.errors))
        await self.desk.note(pv.pvname, f"taken, but not valid: {error}" if error else message)
        raise SkipWrite  # it is written already, with all the others

    async def refresh(self) -> None:
        """Check what is chosen again: something has changed that it depends on. The PVs follow."""
        self.chosen.look_again()
        self._begin_looking()
        if self._looking is None:
            await self._publish()

    async def _changed(self) -> None:
        self.on_change()
        self.starting.found = None
        self._begin_looking()
        await self._settled()

    async def _settled(self) -> None:
        """Come back when all PVs are true of what is chosen now, but for a dry run that takes too long."""
        loop = asyncio.get_running_loop()
        late = loop.time() + LONGEST_WAIT
        while (looking := self._looking) is not None and not looking.done() and (left := late - loop.time()) > 0:
            await asyncio.wait([looking], timeout=left)
        await self._publish()

    def _begin_looking(self) -> None:
        bound, self._looking = self.chosen.bound, None
        if bound is None:
            self.starting.found = None
        else:
            self._looking = asyncio.create_task(self._look(bound))

    async def _look(self, bound: BoundPlan) -> None:
        found = await self.rehearsals.of(bound)
        if self.chosen.bound is bound:
            self.starting.found = found
            await self._publish()

    # Writing

    async def _publish(self) -> None:
        """Write all that depends on what is chosen."""
        async with self._writing:
            chosen, found, errors = self.chosen, self.starting.found, self.starting.errors
            await post(self.name_, chosen.name)
            await post(self.params, chosen.text)
            await self._show_entry()
            await post(self.points, (found.points or 0) if found is not None else 0)
            await post(self.duration, (found.seconds or 0.0) if found is not None else 0.0)
            await post(self.summary, "\n".join(found.lines) if found is not None else "")
            await publish_parameters(self.parameters, chosen, errors)
            await post(self.error, errors_text(errors))
            await post(self.valid, not errors)
            await self.look_again()

    async def look_again(self) -> None:
        """See whether what is chosen could be started now: its devices may be lost, or there again."""
        self.starting.look()
        await self.publish_offers()

    async def publish_offers(self) -> None:
        """Which commands would be accepted now."""
        await post(self.can_run, not self.starting.why_not_run())
        await post(self.can_enqueue, not self.starting.why_not_enqueue())

    async def _show_entry(self) -> None:
        entry = self.chosen.entry
        if entry is not None and entry is self._shown:
            return
        self._shown = entry
        await post(self.doc, entry.doc if entry is not None else "")
        await post(self.schema, schema_text(entry.schema, SCHEMA_LENGTH) if entry is not None else "")

    async def _show_catalogue(self) -> None:
        await post(self.names, self.catalogue.names)
        await post(self.list_, catalogue_text(self.catalogue, CATALOGUE_LENGTH - 1))
        text = problems_text(self.catalogue)
        await post(self.problems, text, severity=MINOR if text else NO_ALARM)

    # Starting

    async def start(self, pv: Any, value: str) -> None:
        """Check once more, and whether the devices are there, then start."""
        await self._begin_with_it(pv, value, self.starting.run)

    async def put_in_queue(self, pv: Any, value: str) -> None:
        """Check as for `Run`, and put it in the queue."""
        await self._begin_with_it(pv, value, self.starting.put_in_queue)

    async def _begin_with_it(self, pv: Any, value: str, command: Callable[[], Awaitable[str]]) -> None:
        if value != DONE and (found := self.starting.found) is not None and found.problems:
            # Before it is refused for that: limits may be others by now. What is valid is not kept waiting.
            await self.refresh()
            await self._settled()
        await press(pv, value, self.desk, command)

    async def read_anew(self, pv: Any, value: str) -> None:
        """Take in what has changed in the beamline's modules, while no plan runs."""

        def command() -> Awaitable[str]:
            state = self.bridge.state
            why = "" if state.is_idle else f"the engine is {state}: plans are read anew when it is idle"
            if why := why or self.why_not_reload():
                raise Refusal(why)
            self.is_reading_anew = True
            return self._reloaded()

        await press(pv, value, self.desk, command)

    async def _reloaded(self) -> str:
        try:
            report = await aside(self.catalogue.reload, "read plans anew")
        finally:
            self.is_reading_anew = False
        await self._show_catalogue()
        await self.refresh()
        await self._settled()
        if report.failed:
            raise Failure(str(report))
        return str(report)
