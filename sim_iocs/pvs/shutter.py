"""PVs of a shutter."""

from typing import Any

from caproto import SkipWrite
from caproto.server.server import PvpropertyEnumRO

from ..clock import Clock
from ..physics.shutter import Shutter
from ..records.table import TextShown
from .puts import Command, EnumPut, RefusedError, SimulationGroup, pv


class ShutterGroup(SimulationGroup):
    """Status, open and close, permit; a put completes when the shutter is there."""

    status = pv(
        PvpropertyEnumRO,
        "Status",
        "Where the {what} is",
        enum_strings=("Closed", "Open"),
        value="Open",
        record="bi",
    )
    to_open = pv(Command, "Open", "Open the {what}", enum_strings=("Done", "Open"), value="Done", record="bo")
    to_close = pv(Command, "Close", "Close the {what}", enum_strings=("Done", "Close"), value="Done", record="bo")
    permit = pv(
        EnumPut,
        "Permit",
        "Whether the {what} may be open",
        enum_strings=("No permit", "Permit"),
        value="Permit",
        record="bo",
    )
    message = pv(TextShown, "Message", "Why the {what} is not as ordered", value="", max_length=200, rtyp="waveform")

    def link(self, shutter: Shutter, clock: Clock, what: str = "shutter", permit: str = "the interlock") -> None:
        """Show and obey this shutter; `what` it is called, and who gives its permit, in descriptions and refusals."""
        self._shutter = shutter
        self._clock = clock
        self._what = what
        self._permit_of = permit
        for each in self.pvdb.values():
            each.__doc__ = (each.__doc__ or "").format(what=what)

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a PV of this group."""
        if instance is self.permit:
            return await self._permit(value)
        return await instance.obey(value, lambda: self._order(instance, instance is self.to_open))

    async def _permit(self, value: str) -> type[SkipWrite]:
        await self.permit.publish_value(value)
        self._shutter.permit(value == "Permit")
        if not self._shutter.permitted:
            await self._say(f"{self._permit_of} withdrew the permit: the {self._what} closes")
        await self._arrive()
        return SkipWrite

    async def _order(self, instance: Command, to_open: bool) -> None:
        try:
            await self._send(to_open)
        except RefusedError as refusal:
            await self._say(str(refusal))
            raise RefusedError(f"{instance.pvname}: {refusal}") from refusal
        await self._say("")

    async def _send(self, to_open: bool) -> None:
        if to_open and not self._shutter.permitted:
            raise RefusedError(f"the {self._what} has no permit from {self._permit_of}, see {self.permit.pvname}")
        self._shutter.send(to_open)
        await self._arrive()
        if self._shutter.heads_open != to_open:
            raise RefusedError(f"the {self._what} was sent the other way meanwhile")

    async def _arrive(self) -> None:
        while self._shutter.remaining > 0:
            await self._clock.sleep(self._shutter.remaining)
        await self.status.write("Open" if self._shutter.heads_open else "Closed", verify_value=False)

    async def _say(self, text: str) -> None:
        if self.message.value != text:
            await self.message.write(text, verify_value=False)
