"""A suspender: a source, a judge, and the engine that is held.

Rules of this file
- One lock guards the judge. Nothing but the condition is called under it: decisions and news are queued in the order in
  which they were made and carried out after it is released, each for the engine that the suspender was installed in at
  the time.
- Reports of a source that was stopped, and timers of a hold that is over, come to nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Protocol, TypeAlias

from .conditions import Condition, Predicates, with_limits
from .decisions import Abort, Decision, Decisions, Hold, Release, ReleaseAt
from .judge import Judge
from .outbox import Outbox
from .sample import Sample
from .sources import AsyncSignalSource, as_source
from .spec import OnBadPV
from .status import SuspenderStatus, status_of
from .timers import TimerFactory, TimerHandle, start_timer

__all__ = ["HoldKeeper", "SuspenderBase"]

log = logging.getLogger(__name__)


class HoldKeeper(Protocol):
    """What a suspender asks of an engine; every method is thread-safe and never blocks."""

    def hold(self, owner: Hashable, reason: str, *, pre_plan: Any = None, post_plan: Any = None) -> None:
        """Be suspended while `owner` (or anyone) holds; called again it changes the reason."""
        ...

    def release(self, owner: Hashable) -> None:
        """`owner` holds no longer, if it ever did."""
        ...

    def request_abort(self, reason: str) -> None:
        """Abort the plan that runs, if any."""
        ...


class _News:
    """In the queue: tell the observers."""


_NEWS = _News()
_Item: TypeAlias = "tuple[HoldKeeper | None, Decision | _News]"
Observer: TypeAlias = Callable[[SuspenderStatus], None]


class SuspenderBase:
    """Holds an engine while what it watches is bad.

    `signal` is an ophyd or ophyd-async signal, or a Source; `condition` says when its value is bad. As with bluesky, a
    subclass may define `_should_suspend(value)` and `_should_resume(value)` instead. `sleep` (s) is the settle time,
    `on_bad_pv` what a disconnected or INVALID source does: `suspend`, `ignore`, `abort`. `name` is the source's unless
    given. `clock` (s, monotonic) and `timer` are for tests.

    ValueError for a negative `sleep` or an unknown policy, TypeError for what cannot be watched.
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
        enabled: bool = True,
        clock: Callable[[], float] = time.monotonic,
        timer: TimerFactory = start_timer,
    ) -> None:
        self.RE: Any = None
        self._source = as_source(signal)
        self._name = name or self._source.name
        self._pre_plan, self._post_plan = pre_plan, post_plan
        self._clock, self._start_timer = clock, timer
        self._judge = Judge(
            self._source.name,
            condition or self._own_condition(),
            delay=sleep,
            on_bad_pv=on_bad_pv,
            enabled=enabled,
            message=tripped_message,
        )
        self._lock = threading.RLock()  # a condition is asked under it, and may look at its suspender
        self._installation = 0  # which one it is, so that reports to an earlier one can be told
        self._since: float | None = None
        self._observers: list[Observer] = []
        self._outbox: Outbox[_Item] = Outbox(self._carry_out)
        self._timer: TimerHandle | None = None  # touched only in the outbox's turn

    def _own_condition(self) -> Condition:
        try:
            return Predicates(self._should_suspend, self._should_resume)  # type: ignore[attr-defined]
        except AttributeError:
            raise TypeError(
                f"{type(self).__name__} does not say when to suspend: pass a condition, or define "
                "_should_suspend(value) and _should_resume(value)"
            ) from None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name!r} on {self._source.name!r}>"

    def __str__(self) -> str:
        return self._name

    # The engine's side

    def install(self, RE: Any) -> None:
        """Watch, and hold `RE` (a HoldKeeper) while it is bad; at once if it is bad now, or not known yet.

        Installing it once more in the same engine changes nothing. RuntimeError if another engine has it.
        """
        with self._lock:
            if self.RE is RE:
                return
            if self.RE is not None:
                raise RuntimeError(
                    f"suspender {self._name!r} is installed in {self.RE!r} already: remove it there first"
                )
            self.RE = RE
            self._installation += 1
            report = partial(self._on_sample, self._installation)
        if isinstance(self._source, AsyncSignalSource) and self._source.loop is None:
            self._source.loop = getattr(RE, "loop", None)
        try:
            # Before the judge begins: a source that knows its value should not cause a moment's hold.
            self._source.start(report)
        except BaseException:
            self.remove()
            raise
        self._change(lambda now: self._judge.begin(now) if self.RE is RE else ())

    def remove(self) -> None:
        """Let go, and watch no more. Harmless when not installed."""
        with self._lock:
            if self.RE is None:
                return
            self._post(self._judge.end(self._clock()))
            self.RE = None
            self._installation += 1
        self._outbox.flush()
        # Not under the lock: Channel Access waits here for a callback that is being run, which may want the lock.
        self._source.stop()

    @property
    def tripped(self) -> bool:
        """Whether it holds the engine, the settle time included."""
        with self._lock:
            return self._judge.tripped

    # The operator's side

    @property
    def name(self) -> str:
        """What people know it by."""
        return self._name

    @property
    def enabled(self) -> bool:
        """Whether it may hold the engine. Disabling lets go at once; enabling while bad holds at once."""
        with self._lock:
            return self._judge.enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._change(lambda now: self._judge.enable(bool(enabled), now))

    def configure(self, **thresholds: Any) -> None:
        """Change limits by their names (`low`, `resume_low`), `delay` (s), `on_bad_pv`; the last value is judged anew.

        ValueError for a name that this kind does not have or a value that does not fit; then nothing has changed.
        """
        self._change(lambda now: self._reconfigure(now, **thresholds))

    def _reconfigure(self, now: float, *, delay: Any = None, on_bad_pv: Any = None, **limits: Any) -> Decisions:
        judge = self._judge
        return judge.configure(
            with_limits(judge.condition, limits) if limits else judge.condition,
            judge.delay if delay is None else delay,
            judge.on_bad_pv if on_bad_pv is None else on_bad_pv,
            now,
        )

    @property
    def status(self) -> SuspenderStatus:
        """All there is to know of it now."""
        with self._lock:
            return status_of(self._judge, self._name, self._source.name, self._since, self._clock())

    def observe(self, callback: Observer) -> None:
        """Call `callback(status)` after every change, from whatever thread made it; it should return quickly."""
        with self._lock:
            self._observers = [*self._observers, callback]

    def unobserve(self, callback: Observer) -> None:
        """Call it no more."""
        with self._lock:
            self._observers = [each for each in self._observers if each != callback]

    # What happens

    def _on_sample(self, installation: int, sample: Sample) -> None:
        with self._lock:
            if installation != self._installation:
                return
            self._post(self._judge.see(sample, self._clock()))
        self._outbox.flush()

    def _change(self, make: Callable[[float], Decisions]) -> None:
        with self._lock:
            self._post(make(self._clock()))
        self._outbox.flush()

    def _post(self, decisions: Decisions) -> None:
        """Under the lock."""
        if not self._judge.tripped:
            self._since = None
        elif self._since is None:
            self._since = time.time()
        self._outbox.put((self.RE, decision) for decision in decisions)
        if self._observers:
            self._outbox.put([(None, _NEWS)])

    def _carry_out(self, item: _Item) -> None:
        keeper, what = item
        try:
            if isinstance(what, _News):
                self._tell()
            elif keeper is not None:
                self._obey(keeper, what)
        except Exception:  # an engine that fails must not end the watching: nothing would show it
            log.exception("suspender %s could not pass on %r", self._name, what)

    def _obey(self, keeper: HoldKeeper, decision: Decision) -> None:
        if not isinstance(decision, Abort) and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if isinstance(decision, Hold):
            keeper.hold(self, decision.reason, pre_plan=self._pre_plan, post_plan=self._post_plan)
        elif isinstance(decision, Release):
            keeper.release(self)
        elif isinstance(decision, ReleaseAt):
            wait = max(0.0, decision.when - self._clock())
            self._timer = self._start_timer(wait, lambda: self._change(self._judge.tick))
        else:
            keeper.request_abort(decision.reason)

    def _tell(self) -> None:
        status = self.status
        for observer in self._observers:
            try:
                observer(status)
            except Exception:
                log.exception("an observer of suspender %s failed", self._name)
