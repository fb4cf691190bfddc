"""A suspender: sources, a judge, and the engine that is held.

Rules of this file
- One lock guards the judge. Nothing but the condition is called under it: decisions and news are queued in the order in
  which they were made and carried out after it is released, each for the engine that the suspender was installed in at
  the time.
- Reports of a source that was stopped, and timers of an earlier installation, come to nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias

from .changes import Change
from .conditions import OURS, Condition, Predicates
from .decisions import Decision, Decisions, End, Hold, LookAgainAt, Release, Warn
from .judge import Judge
from .operated import Operated
from .outbox import Outbox
from .pv_source import PVSource
from .sample import Sample
from .settings import Rules
from .sources import AsyncSignalSource, SignalSource, Source, as_source
from .timers import TimerFactory, start_timer
from .together import Together, any_of
from .watched import Watched
from .words import Action, OnBadPV

__all__ = ["HoldKeeper", "Member", "SuspenderBase"]

log = logging.getLogger("reioc.suspenders")


class HoldKeeper(Protocol):
    """What a suspender asks of an engine; every method is thread-safe and never blocks."""

    def hold(
        self, owner: Hashable, reason: str, *, pre_plan: Any = None, post_plan: Any = None, scope: Any = None
    ) -> None:
        """Be suspended while `owner` (or anyone) holds; called again it changes the reason."""
        ...

    def release(self, owner: Hashable) -> None:
        """`owner` holds no longer, if it ever did."""
        ...

    def end_plan(self, how: str, reason: str, *, scope: Any = None) -> Any:
        """Stop or abort the plan that runs, if any."""
        ...

    def remark(self, text: str) -> None:
        """Have the runs that are open record this."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A source, and when its readings are bad."""

    source: Source
    condition: Condition


_watching: dict[int, SuspenderBase] = {}
"""Who watches which source, by its id: they live as long as who is in here."""


class _News:
    """In the queue: tell the observers."""


_NEWS = _News()
_Item: TypeAlias = "tuple[HoldKeeper | None, Decision | Change | _News]"


class SuspenderBase(Operated):
    """Holds an engine while what it watches is bad.

    `signal` is an ophyd or ophyd-async signal, or a Source; `condition` says when it is bad. As with bluesky, a
    subclass may define `_should_suspend(value)` and `_should_resume(value)` instead. `sleep` (s) is the settle time;
    `on_bad_pv` what a source does that is disconnected, INVALID or older than `max_age` (s): `suspend`, `ignore`,
    `abort`; `action` what a trip does: `suspend`, `stop`, `abort`, `warn`; `scope` (an engine's Scope) limits it to
    plans, commands or devices. `name` is the source's unless given. `clock` (s, monotonic), `wall_clock` (s since 1970)
    and `timer` are for tests.

    ValueError for a setting that is wrong, TypeError for what cannot be watched.
    """

    def __init__(
        self,
        signal: Any,
        *,
        condition: Condition | None = None,
        name: str | None = None,
        sleep: float = 0,
        pre_plan: Any = None,
        post_plan: Any = None,
        tripped_message: str = "",
        on_bad_pv: OnBadPV | str = OnBadPV.SUSPEND,
        max_age: float | None = None,
        action: Action | str = Action.SUSPEND,
        scope: Any = None,
        enabled: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        timer: TimerFactory = start_timer,
        members: Sequence[Member] = (),
        together: Together = any_of,
    ) -> None:
        self.RE: Any = None
        self.part_of: Any = None
        """The suspender that this is a part of; then it cannot be installed by itself."""
        members = tuple(members) or (Member(as_source(signal), condition or self._own_condition()),)
        self._sources = [member.source for member in members]
        self.has_own_name = name is not None
        self._pre_plan, self._post_plan = pre_plan, post_plan
        self._start_timer = timer
        rules = Rules(sleep, on_bad_pv, action, max_age, enabled)  # type: ignore[arg-type]  it checks the words
        watched = [Watched(member.source.name, member.condition) for member in members]
        judge = Judge(watched, rules, together=together, message=tripped_message)
        super().__init__(name or ", ".join(each.name for each in watched), judge, clock, wall_clock)
        self._scope = scope
        self._installation = 0  # which one it is, so that reports to an earlier one can be told
        self._told: Any = judge.state
        self._outbox: Outbox[_Item] = Outbox(self._carry_out)

    def _own_condition(self) -> Condition:
        try:
            return Predicates(self._should_suspend, self._should_resume)  # type: ignore[attr-defined]
        except AttributeError:
            raise TypeError(
                f"{type(self).__name__} does not say when to suspend: pass a condition, or define "
                "_should_suspend(value) and _should_resume(value)"
            ) from None

    @property
    def members(self) -> tuple[Member, ...]:
        """What it watches, each with its limits of now."""
        with self._lock:
            pairs = zip(self._sources, self._judge.watched, strict=True)
            return tuple(Member(source, watched.condition) for source, watched in pairs)

    def __repr__(self) -> str:
        sources = ", ".join(source.name for source in self._sources)
        return f"<{type(self).__name__} {self._name!r} on {sources!r}>"

    def __str__(self) -> str:
        return self._name

    # The engine's side

    def install(self, RE: Any, *, event_type: str | None = None) -> None:
        """Watch, and hold `RE` (a HoldKeeper) while it is bad; at once if it is bad now, or not known yet.

        `event_type` is that of an ophyd signal's events, its usual one unless given. Installing it once more in the
        same engine changes nothing. RuntimeError if another engine has it, if it is a part of another suspender, or if
        another one watches the same Source.
        """
        if self.part_of is not None:  # a source has one watcher: the whole would hear nothing any more
            raise RuntimeError(f"suspender {self._name!r} is a part of {self.part_of!r}: install that")
        with self._lock:
            if self.RE is RE:
                return
            if self.RE is not None:
                raise RuntimeError(
                    f"suspender {self._name!r} is installed in {self.RE!r} already: remove it there first"
                )
            self._claim_sources()
            self.RE = RE
            self._installation += 1
            installation = self._installation
        try:
            # Before the judge begins: a source that knows its value should not cause a moment's hold.
            for index, (source, watched) in enumerate(zip(self._sources, self._judge.watched, strict=True)):
                if isinstance(source, SignalSource):
                    source.event_type = event_type
                if isinstance(source, PVSource):
                    source.at_once = type(watched.condition) in OURS
                if isinstance(source, AsyncSignalSource) and source.loop is None:
                    source.loop = getattr(RE, "loop", None)
                source.start(partial(self._on_sample, installation, index))
        except BaseException:
            self.remove()
            raise
        self._change_judge(installation, self._judge.begin)

    def remove(self) -> None:
        """Let go, and watch no more. Harmless when not installed."""
        with self._lock:
            if self.RE is None:
                return
            self._post(self._judge.end(self._clock()))
            self.RE = None
            self._installation += 1
        self._flush()
        # Not under the lock: Channel Access waits here for a callback that is being run, which may want the lock.
        for source in self._sources:
            source.stop()
        self._disclaim_sources()

    def engine_loop_is_given_up(self) -> None:
        """The engine's event loop is another one now. What was watched on the old one is not any more, which is bad."""
        for source in self._sources:
            if isinstance(source, AsyncSignalSource):
                source.loop_is_given_up()

    def _claim_sources(self) -> None:
        # A source calls back whoever has started it last: the one before would be blind, and not know it.
        for source in self._sources:
            other = _watching.setdefault(id(source), self)
            if other is not self:
                self._disclaim_sources()
                raise RuntimeError(f"{source.name} is watched by {other!r} already: make a source for each suspender")

    def _disclaim_sources(self) -> None:
        for source in self._sources:
            if _watching.get(id(source)) is self:
                del _watching[id(source)]

    # What happens

    def _on_sample(self, installation: int, index: int, sample: Sample) -> None:
        age = self._wall_clock() - sample.timestamp
        self._change_judge(installation, lambda now: self._judge.see(sample, now, age=age, index=index))

    def _change_judge(self, installation: int, make: Callable[[float], Decisions]) -> None:
        with self._lock:
            if installation != self._installation:
                return
            self._post(make(self._clock()))
        self._flush()

    def _post(self, decisions: Decisions, changes: tuple[Change, ...] = ()) -> None:
        """Under the lock."""
        state = self._judge.state
        if state != self._told:
            self._told = state
            if not self._judge.tripped:
                self._since = None
            elif self._since is None:
                self._since = self._wall_clock()
            news: tuple[Change | _News, ...] = (*changes, _NEWS)
        else:
            news = (*changes, _NEWS) if changes else ()
        if decisions or news:
            self._outbox.put((self.RE, each) for each in (*decisions, *news))

    def _flush(self) -> None:
        self._outbox.flush()

    def _carry_out(self, item: _Item) -> None:
        keeper, what = item
        try:
            if isinstance(what, _News):
                self._tell()
            elif isinstance(what, Change):
                self._tell_change(what)
            elif keeper is not None:
                self._obey(keeper, what)
        except Exception:  # an engine that fails must not end the watching: nothing would show it
            log.exception("suspender %s could not pass on %r", self._name, what)

    def _obey(self, keeper: HoldKeeper, decision: Decision) -> None:
        match decision:
            case Hold(reason):
                log.info("%s holds: %s", self._name, reason)
                plans = {"pre_plan": self._pre_plan, "post_plan": self._post_plan}
                keeper.hold(self, reason, **plans, scope=self._scope)
            case Release():
                log.info("%s lets go", self._name)
                keeper.release(self)
            case End(how, reason):
                keeper.end_plan(how, reason, scope=self._scope)
            case Warn(reason):
                keeper.remark(f"warning: {reason}")
            case LookAgainAt(when):
                self._look_again_at(when)

    def _look_again_at(self, when: float) -> None:
        # Not cancelled when there is nothing to look at any more: a look that comes to nothing costs nothing.
        tick = partial(self._change_judge, self._installation, partial(self._judge.tick, when=when))
        self._start_timer(max(0.0, when - self._clock()), tick)
