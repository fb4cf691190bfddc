"""PVs that inject faults.

Rules of this file: a put that makes no sense is refused, and `Message` says why and what would be right; nothing is
injected that was not asked for by `Inject` or `Run`.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from caproto.server.server import PvpropertyIntegerRO

from ..pvs.puts import Command, DoublePut, EnumPut, RefusedError, SimulationGroup, StringPut, pv
from ..records.table import Text, TextShown, TextsShown
from .injector import FaultInjector
from .kinds import SERVER_KINDS, WITH_VALUE, Fault, FaultError, Kind
from .library import Library

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["FaultGroup"]

MOST_SHOWN = 32
_TEXT = 1000
_LONGEST_STRING = 39


class TextPut(Text):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A long text without blanks around it."""

    def sensible(self, value: Any) -> str:
        """Without the blanks; refuses one that is too long to be shown again."""
        return super().sensible(str(value).strip())


class FaultGroup(SimulationGroup):
    """`SubGroup(FaultGroup, prefix="Fault:")`, then `link`."""

    name = pv(
        TextPut,
        "PV",
        "Name of the PV to be hit, or a pattern",
        value="",
        max_length=_TEXT,
        string_encoding="utf-8",
        rtyp="waveform",
    )
    kind = pv(
        EnumPut,
        "Kind",
        "What goes wrong",
        enum_strings=[kind.value for kind in Kind],
        value=Kind.DISCONNECT.value,
        record="mbbo",
    )
    value = pv(StringPut, "Value", "Wrong value, s, severity, or limit", value="", record="stringout")
    duration = pv(
        DoublePut,
        "Duration",
        "Simulated seconds; 0: until cleared",
        value=0.0,
        units="s",
        precision=2,
        lower_ctrl_limit=0.0,
        upper_ctrl_limit=1e6,
        record="ao",
    )
    inject = pv(Command, "Inject", "Begin the fault", enum_strings=("Done", "Inject"), value="Done", record="bo")
    clear = pv(Command, "Clear", "End the faults of that PV", enum_strings=("Done", "Clear"), value="Done", record="bo")
    clear_all = pv(Command, "ClearAll", "End all faults", enum_strings=("Done", "Clear"), value="Done", record="bo")
    active = pv(TextsShown, "Active", "Faults there are now", value=[""], max_length=MOST_SHOWN, rtyp="waveform")
    count = pv(PvpropertyIntegerRO, "Count", "How many faults there are", value=0, record="longin")
    scenario = pv(
        TextPut,
        "Scenario",
        "Scenario to be played",
        value="",
        max_length=_TEXT,
        string_encoding="utf-8",
        rtyp="waveform",
    )
    scenarios = pv(TextsShown, "Scenarios", "Scenarios there are", value=[""], max_length=MOST_SHOWN, rtyp="waveform")
    play = pv(Command, "Run", "Play the scenario", enum_strings=("Done", "Run"), value="Done", record="bo")
    abort = pv(Command, "Abort", "End the scenario", enum_strings=("Done", "Abort"), value="Done", record="bo")
    message = pv(
        TextShown,
        "Message",
        "What was done, or why not",
        value="",
        max_length=_TEXT,
        string_encoding="utf-8",
        rtyp="waveform",
    )
    log = pv(
        TextShown,
        "Log",
        "What was done, newest first",
        value="",
        max_length=8000,
        string_encoding="utf-8",
        rtyp="waveform",
    )

    def link(self, injector: FaultInjector, library: Library | None = None) -> None:
        """Inject with this injector, and play what is in the library; without one, what is built in."""
        self._injector = injector
        self._library = library or Library()
        self._playing: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._acts = {
            self.inject: self._inject,
            self.clear: self._clear,
            self.clear_all: self._clear_all,
            self.play: self._play,
            self.abort: self._abort,
        }
        injector.spare(self.pvdb.values())
        injector.watch(self._changed.set)

    async def run(self) -> None:
        """Show the faults that there are, for ever."""
        await self.scenarios.write([_short(name) for name in self._library.names][:MOST_SHOWN], verify_value=False)
        while True:
            self._changed.clear()
            await self._publish()
            await self._changed.wait()

    async def group_write(self, instance: Any, value: Any) -> Any:
        """Every put to a PV of this group."""
        act = self._acts.get(instance)
        try:
            if act is not None:
                return await instance.obey(value, act)
            return self._setting(instance, value)
        except (FaultError, RefusedError) as error:
            await self._say(str(error))
            raise RefusedError(f"{instance.pvname}: {error}") from error

    def _setting(self, instance: Any, value: Any) -> Any:
        if instance is self.scenario:
            self._library.find(value)
        return value

    async def _inject(self) -> None:
        # What a fault of this kind does not take may be there from the one before.
        kind = Kind(self.kind.value)
        name = "" if kind in SERVER_KINDS else self.name.value
        value = self.value.value if kind in WITH_VALUE else ""
        fault = Fault(kind, name, value, self.duration.value)
        self._injector.inject(fault)
        await self._say(f"injected: {fault}")

    async def _clear(self) -> None:
        if not self.name.value:
            raise FaultError("PV is empty; put the name there, or use ClearAll")
        await self._say(f"{self._injector.clear(self.name.value)} cleared")

    async def _clear_all(self) -> None:
        await self._say(f"{self._injector.clear()} cleared")

    async def _play(self) -> None:
        if self._playing is not None:
            raise FaultError("a scenario is being played; put 1 to Abort to end it")
        scenario = self._library.find(self.scenario.value)
        self._injector.prepared(scenario)  # refuses one that does not fit
        await self._say(f"scenario {scenario.name}: {scenario.description}")
        # The story goes on when the put is forgotten, as in a crash that is part of it.
        playing = self._playing = asyncio.create_task(self._tell(scenario))
        # Not by the task itself: one that is aborted before its first turn never has one.
        playing.add_done_callback(self._played)
        await asyncio.wait([playing])
        if playing.cancelled():
            raise FaultError(f"scenario {scenario.name} was aborted")
        playing.result()

    async def _tell(self, scenario: "Scenario") -> None:
        await self._injector.run(scenario)
        await self._say(f"scenario {scenario.name} is over")

    def _played(self, _: "asyncio.Task[None]") -> None:
        self._playing = None

    async def _abort(self) -> None:
        if self._playing is None:
            raise FaultError("no scenario is being played")
        self._playing.cancel()

    async def _say(self, text: str) -> None:
        await self.message.write(text[: _TEXT - 1], verify_value=False)

    async def _publish(self) -> None:
        active = self._injector.active
        shown = [_short(str(begun.fault)) for begun in active][:MOST_SHOWN]
        await self.active.write(shown or [""], verify_value=False)
        await self.count.write(len(active), verify_value=False)
        await self.log.write("\n".join(self._injector.log)[:7999], verify_value=False)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_STRING else f"{text[: _LONGEST_STRING - 3]}..."
