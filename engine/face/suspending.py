"""The part of the engine's face that suspends: holds, and the suspenders that make them.

Rules of this file:
1. Whoever holds is known by name or by object, and a hold lasts until that owner lets go.
2. bluesky's suspenders tell of a trip once, and only if the engine is running just then. They are asked again whenever
   the plan is about to go on: at install, at start, at resume, before a hold ends, and when suspenders are enabled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Any

from ..attention import contained
from ..awaited import settled
from ..environment import Environment
from ..errors import GivenUp, TransitionError, UnknownSuspender
from ..holds import Scope
from ..states import State, StateChange
from .facts import Facts
from .loop_thread import LoopThread

__all__ = ["Suspending"]


class Suspending(Facts):
    """What keeps a plan from going on. Every method may be called from any thread, and none of them waits."""

    def __init__(self, env: Environment, thread: LoopThread) -> None:
        super().__init__(env)
        self._thread = thread
        self._suspenders: dict[Any, None] = {}
        self._awaited: dict[Hashable, Any] = {}
        """What `request_suspend` waits for, by the owner of the hold."""
        self._waits_again = False
        """Whether what was waited for on a loop that was given up is just being moved to another one."""
        self._suspenders_enabled = True
        self.suspender_observers: list[Callable[[], None]] = []
        """Each is called when suspenders have come or gone, or the master switch was used, in whatever thread."""
        env.install_suspender, env.remove_suspender = self.install_suspender, self.remove_suspender
        env.configure_suspender = self.configure_suspender
        self._engine.states.observers.append(self._ask_suspenders_again)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The engine's event loop, on which plans are executed."""
        return self._thread.loop

    _loop = loop
    """bluesky's suspenders ask for it under this name."""

    # Holds

    def hold(
        self,
        owner: Hashable,
        reason: str,
        *,
        pre_plan: Any = None,
        post_plan: Any = None,
        scope: Scope | None = None,
        patient: bool = False,
    ) -> None:
        """Suspend the plan, and any later one, until `release(owner)`. The reason is what people see.

        The pre-plan runs when the plan is suspended, the post-plan before it goes on: iterables of messages, or
        functions that make one, which can then be used for every trip. With a `scope` only plans of these names are
        held, and only when they come to messages that it covers. A plan that has no checkpoint to come back to is
        aborted by a hold; one that is `patient` lets it go on to its next checkpoint, and suspends it there.
        """
        self._engine.holds.add(owner, reason, pre_plan, post_plan, scope, patient=patient)

    def release(self, owner: Hashable) -> None:
        """Let go of a hold; no matter if there is none."""
        self._hold_for_suspenders()
        self._engine.holds.discard(owner)

    def request_suspend(
        self, fut: Any, *, pre_plan: Any = None, post_plan: Any = None, justification: str | None = None
    ) -> None:
        """Suspend the plan until `fut`, an awaitable or a function that makes one, is done.

        Raises TransitionError when the engine is closed.
        """
        if self.loop.is_closed():
            raise TransitionError("Suspending is not possible: the engine is closed, and no plan can be started")
        owner, reason = object(), justification or "suspended"
        self._awaited[owner] = fut
        self.hold(owner, reason, pre_plan=pre_plan, post_plan=post_plan)
        self._wait_for(owner, fut, reason)

    def _wait_for(self, owner: Hashable, fut: Any, reason: str) -> None:
        loop = self.loop

        async def done() -> None:
            await settled(fut() if callable(fut) else fut)

        async def release_when_done() -> None:
            try:
                await contained(done())
            except Exception:
                self.log.exception("%s: what it waited for has failed", reason)
            finally:
                if self.loop is loop:  # otherwise that was given up, and the other one is where it is waited for
                    self._awaited.pop(owner, None)
                    self.release(owner)

        asyncio.run_coroutine_threadsafe(release_when_done(), loop)

    def _wait_on_new_loop(self) -> None:
        """The loop is another one: wait there for what was waited for on the old one, as far as that is possible.

        bluesky's suspenders have an event that is bound to the old one; installed anew they make another.
        """
        try:
            for suspender in self.suspenders:
                if hasattr(suspender, "engine_loop_is_given_up"):
                    suspender.engine_loop_is_given_up()
            self._wait_again(dict(self._awaited))
        finally:
            self._waits_again = False

    def _wait_again(self, before: dict[Hashable, Any]) -> None:
        replaced = [fut for suspender in self.suspenders for fut in self._reinstalled(suspender)]
        for owner, fut in before.items():
            reason = next((hold.reason for hold in self.holds if hold.owner is owner), "suspended")
            if callable(fut) and fut not in replaced:
                self._wait_for(owner, fut, reason)
                continue
            if fut not in replaced:
                self.log.error("%s: what it waited for was bound to the loop that was given up: it is let go", reason)
            self._awaited.pop(owner, None)
            self.release(owner)

    def _reinstalled(self, suspender: Any) -> list[Any]:
        """What was waited for for a suspender of bluesky's that holds; it is installed anew, and holds again."""
        if not hasattr(suspender, "get_futures") or not suspender.tripped:
            return []
        futures, _ = suspender.get_futures()
        suspender.remove()
        suspender.install(self)
        self._hold_for_suspenders()
        return futures

    # Suspenders

    @property
    def suspenders(self) -> tuple[Any, ...]:
        """The installed suspenders."""
        return tuple(self._suspenders)

    @property
    def suspenders_enabled(self) -> bool:
        """The master switch: off, no suspender holds, ends or says anything; each one's own is left as it is.

        Of bluesky's suspenders none is asked while it is off; one that holds already goes on holding.
        """
        return self._suspenders_enabled

    @suspenders_enabled.setter
    def suspenders_enabled(self, enabled: bool) -> None:
        self._suspenders_enabled = bool(enabled)
        for suspender in self.suspenders:
            if hasattr(suspender, "mute"):
                suspender.mute(not enabled)
        self._hold_for_suspenders()  # one that tripped meanwhile has told nobody
        self._tell_of_suspenders()

    def suspender(self, name: str) -> Any:
        """The installed suspender of this name. Raises UnknownSuspender, naming those there are."""
        known = {getattr(suspender, "name", None): suspender for suspender in self.suspenders}
        known.pop(None, None)
        if name not in known:
            there = ", ".join(map(str, known)) or "none"
            raise UnknownSuspender(f"no suspender is called {name!r}; there are: {there}")
        return known[name]

    def install_suspender(self, suspender: Any) -> None:
        """Have a suspender, ours or bluesky's, watch over the plans; one that is tripped holds the next plan, or this.

        No matter if it is already installed. Raises TypeError for what is no suspender, ValueError for one that was
        given the name of another.
        """
        if isinstance(suspender, type) or not (hasattr(suspender, "install") and hasattr(suspender, "remove")):
            raise TypeError(f"A suspender is an object with the methods install() and remove(), not {suspender!r}")
        if suspender in self._suspenders:
            return
        self._refuse_name_twice(suspender)
        if hasattr(suspender, "mute"):
            suspender.mute(not self._suspenders_enabled)
        suspender.install(self)
        self._suspenders[suspender] = None
        if not self.state.is_running:  # then it asks by itself
            self._hold_for_suspenders()
        self._tell_of_suspenders()

    def _refuse_name_twice(self, suspender: Any) -> None:
        # A name that was not given is the signal's: two suspenders may well watch the same.
        if not getattr(suspender, "has_own_name", False):
            return
        for other in self.suspenders:
            if getattr(other, "has_own_name", False) and other.name == suspender.name:
                raise ValueError(f"{other!r} is already called {suspender.name!r}: remove it, or give another name")

    def remove_suspender(self, suspender: Any) -> None:
        """Forget a suspender, which lets go; no matter if it is not installed."""
        if suspender in self._suspenders:
            del self._suspenders[suspender]
            suspender.remove()
            self._tell_of_suspenders()

    def configure_suspender(self, suspender: Any, *, by: str = "", **settings: Any) -> None:
        """Change settings of a suspender of ours, or of the one of that name; for `bypass` seconds it holds nothing.

        Raises UnknownSuspender for a name that none has, TypeError for one that has no settings, ValueError for a
        setting that is wrong; then nothing has changed.
        """
        found = self.suspender(suspender) if isinstance(suspender, str) else suspender
        if not hasattr(found, "configure") or not hasattr(found, "bypass"):  # a device can be configured as well
            raise TypeError(f"{found!r} has no settings that could be changed; suspenders of reioc.suspenders have")
        found.configure(by=by, **settings)

    def _tell_of_suspenders(self) -> None:
        for observer in tuple(self.suspender_observers):
            try:
                observer()
            except Exception:
                self.log.exception("%r failed when suspenders came or went", observer)

    def clear_suspenders(self) -> None:
        """Forget all suspenders."""
        for suspender in self.suspenders:
            self.remove_suspender(suspender)

    def _hold_for_suspenders(self) -> None:
        for suspender in self.suspenders if self._suspenders_enabled else ():
            if hasattr(suspender, "get_futures"):  # otherwise it is one of ours, which holds and releases by itself
                try:
                    self._hold_for(suspender)
                except Exception:
                    self.log.exception("%r does not say whether it is tripped", suspender)

    def _hold_for(self, suspender: Any) -> None:
        futures, justification = suspender.get_futures()
        if futures and not suspender.tripped:
            # It let go while it was asked, and has made a future that it will never finish, nor make another.
            suspender.remove()
            suspender.install(self)
            return
        for fut in futures:
            if fut not in self._awaited.values():
                self.request_suspend(fut, justification=justification)

    def _ask_suspenders_again(self, change: StateChange) -> None:
        if change.new is not State.RUNNING:
            return
        try:  # it may have tripped in the moment before, while the state was another
            self._hold_for_suspenders()
        except GivenUp:
            raise
        except BaseException:  # a SystemExit would end the thread that runs the loop
            self.log.exception("the suspenders could not be asked")
