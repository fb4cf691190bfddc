"""What operators can do with suspenders as a whole: switch, add, remove."""

from __future__ import annotations

from collections.abc import Awaitable

from ...engine import RunEngine
from ...suspenders import SuspenderBase, SuspenderSpec
from ..bridge import Failure
from ..pvs.puts import Refusal
from .maker import SuspenderMaker
from .probe import probe
from .roster import Roster
from .saved import SavedSuspenders

__all__ = ["SuspenderKeeper"]


class SuspenderKeeper:
    """Carries out what is asked of the group of all suspenders; see `groups.suspenders.Keeper`."""

    def __init__(self, engine: RunEngine, maker: SuspenderMaker, saved: SavedSuspenders) -> None:
        self._engine = engine
        self._maker = maker
        self._saved = saved
        self._coming: set[str] = set()
        self.roster: Roster | None = None
        """Given later: the roster needs the group that this is for."""

    def switch(self, enabled: bool) -> str:
        """The master switch."""
        self._engine.suspenders_enabled = enabled
        return "suspenders are on" if enabled else "all suspenders are off"

    def add(self, description: str) -> Awaitable[str]:
        """Check the description, wait for its PVs, and only then install it."""
        try:
            spec = self._maker.parse(description)
            suspender = self._maker.make(spec)
        except ValueError as error:
            raise Refusal(str(error)) from error
        if spec.name in self._coming or self._find(spec.name) is not None:
            raise Refusal(f"name: there is a suspender {spec.name!r} already; remove it first, or take another name")
        self._coming.add(spec.name)
        return self._add(spec, suspender)

    async def _add(self, spec: SuspenderSpec, suspender: SuspenderBase) -> str:
        try:
            await probe(suspender)
            self._saved.know(suspender, spec)
            self._engine.install_suspender(suspender)
        except ValueError as error:
            self._saved.forget(suspender)
            raise Failure(str(error)) from error
        finally:
            self._coming.discard(spec.name)
        return await self._shown(f"{spec.name} watches {suspender.status.source}")

    def remove(self, name: str) -> Awaitable[str]:
        """One that is in the configuration comes back with the next start."""
        suspender = self._find(name)
        if suspender is None:
            names = self.roster.names if self.roster is not None else []
            raise Refusal(f"there is no suspender {name!r}; there are: {', '.join(names) or 'none'}")
        self._saved.forget(suspender)
        self._engine.remove_suspender(suspender)
        return self._shown(f"{name} is removed")

    async def _shown(self, text: str) -> str:
        """Whoever waits for a suspender to come or go finds it so."""
        if self.roster is not None:
            self.roster.call_the_roll()
            await self.roster.publish_all()
        return text

    def _find(self, name: str) -> SuspenderBase | None:
        return self.roster.suspender(name) if self.roster is not None else None
