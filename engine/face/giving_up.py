"""The part of the engine's face that gives the engine back when its loop is blocked.

    halt → does the loop answer? → free its thread, or make another one → an heir ends the plan

Rules of this file:
1. The loop is looked after from outside, in a thread of its own, and only while a halt is under way.
2. First the core is deposed (`heir`), then its thread is freed or given up: whatever it does in between has no effect.
3. What was half-way when the thread was given up, telling observers or handing over a document, is gone on with by the
   next thread before anything else: nobody misses anything but who blocks.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from types import FrameType
from typing import Any

from ..environment import Environment
from ..errors import TransitionError
from ..heir import Heir
from ..interruptions import Ask, Request
from ..runs import RunBundler
from .loop_thread import LoopThread, undisturbed
from .place import calls_of, in_words, is_ours
from .starting import Starting
from .submission import Submission

__all__ = ["GivingUp"]

BLOCKED_AFTER = 0.1
"""Seconds without an answer that a busy machine may take: the loop does not count as blocked before."""
SOMETHING = "what nobody can say"
FREEING = 0.3
"""Seconds that a thread has for getting out of Python code, before it is given up."""


LOOKS, LOOK = 50, 0.01
"""How often, and with how many seconds in between, it is seen whether the thread is just in the engine's own code."""


@dataclass(frozen=True)
class _GivenUp:
    """A thread, what it was blocked in, since when (monotonic), the subscribers among that; and who takes over."""

    heir: Heir
    thread: LoopThread
    what: str
    since: float
    callbacks: list[Any]


class GivingUp(Starting):
    """A halt that does not depend on what the engine's thread is blocked in."""

    def __init__(self, env: Environment, thread: LoopThread) -> None:
        super().__init__(env, thread)
        self.halt_patience = 2.0
        """Seconds that a halt waits for a loop that does not answer, before the thread is freed or given up."""
        self._halting = False
        """Whether a thread looks after a halt."""
        self._to_halt: list[Submission] = []
        """The plans that it is about: none that was accepted later."""
        self._halted_by = ""
        """Who has asked for the halt that is looked after, whose reason is told."""
        self._cannot_halt = ""
        """Why the last halt comes to nothing, as long as the loop is blocked."""
        self._half_way: deque[Callable[[], object]] = deque()
        self._given_up: list[LoopThread] = []

    @property
    def blocked(self) -> float:
        """For how many seconds the engine's loop has not answered; 0 when it does.

        May be asked often, and from any thread; never blocks. Each call asks the loop and tells what has come of the
        call before: who looks once, and not again, sees 0.
        """
        silence = self._thread.silence()
        return silence if silence >= BLOCKED_AFTER else 0.0

    @property
    def blocked_in(self) -> str:
        """In what, for people: `set m1, in EpicsMotor.move (positioner.py:123)`; empty when it answers."""
        return self._what_it_is_in(self._thread.frame()) if self.blocked else ""

    def request_halt(self, reason: str = "", *, by: str = "") -> None:
        """Ask for the end of the plan, as `halt`; `by` is the `operator` in the RunStop. TransitionError when idle.

        It needs nothing of the engine's thread: one that has not answered for `halt_patience` seconds is freed from
        what it is blocked in or, where that is not possible, given up for a new one. That counts when idle as well.
        """
        try:
            super().request_halt(reason, by=by)
        except TransitionError:
            if not (self.state.is_idle and self.blocked):
                raise
        with self._gate:
            self._to_halt = self._unfinished
            if self._halting:
                return
            self._halting, self._cannot_halt, self._halted_by = True, "", by
        try:
            threading.Thread(target=self._see_to_halt, args=(reason,), name="reioc-halt", daemon=True).start()
        except RuntimeError:  # the process ends, and with it whatever is blocked
            self._halting = False

    def _halt_without_a_plan(self, reason: str) -> None:
        """See whether the loop answers; where it does not, wait for one that does."""
        if self._thread.is_current:
            self.request_halt(reason)
            return
        self._asked()
        self.request_halt(reason)
        self._news.wait_for(lambda: not self._halting)
        if self._cannot_halt:
            raise RuntimeError(self._cannot_halt)

    # In the thread that looks after a halt

    def _see_to_halt(self, reason: str) -> None:
        try:
            while True:
                answered = self._asked()
                if not answered:
                    if not self._thread.is_ours:
                        self._tell_that_it_cannot()
                        return
                    self._give_up(reason, answered)
                with self._gate:
                    if self._are_over() or self._thread.is_closed:
                        self._halting = False
                        return
                self._news.wait_for(self._are_over, self.halt_patience)
        except BaseException:
            self._halting = False
            raise

    def _are_over(self) -> bool:
        return all(submission.over for submission in self._to_halt)

    def _asked(self) -> list[str]:
        """The answer of the loop: empty until it comes, and if it does not come in time."""
        answered, thread = [], self._thread
        thread.silence()

        def answer() -> None:
            answered.append("here")
            self._news.tell()

        thread.ask(answer)
        self._news.wait_for(lambda: bool(answered) or thread.is_closed, self.halt_patience)
        return answered or (["closed"] if thread.is_closed else answered)

    def _tell_that_it_cannot(self) -> None:
        blocked_in = self._what_it_is_in(self._thread.frame()) or SOMETHING
        why = (
            f"the engine's loop is blocked in {blocked_in}, and belongs to somebody else, so that it cannot be given "
            "up: the plan is halted when the loop answers"
        )
        self.log.error("%s", why)  # before whoever waits for this is told: they may look for it
        self._cannot_halt, self._halting = why, False  # in this order: who waits for the second reads the first
        self._news.tell()

    def _give_up(self, reason: str, answered: list[str]) -> None:
        for looks_left in reversed(range(LOOKS)):
            with self._gate, undisturbed():
                frame = self._thread.frame()
                if answered:
                    return
                given_up = self._depose(reason, frame) if not (looks_left and is_ours(frame)) else None
            if given_up is not None:
                self._go_on(reason, given_up)
                return
            self._news.wait_for(lambda: bool(answered), LOOK)

    def _depose(self, reason: str, frame: FrameType | None) -> _GivenUp:
        """Undisturbed: the core has no say any more, and what its thread was in is known."""
        thread = self._thread
        handing = [known.get("subscription") for _, known in calls_of(frame, self.dispatcher.hand)]
        callbacks = [subscription.callback for subscription in handing if subscription is not None]
        opening = [(known["msg"].run, known["self"]) for _, known in calls_of(frame, RunBundler.open_run)]
        what, since = self._what_it_is_in(frame), monotonic() - thread.silence()
        self._half_way.extendleft(reversed(self._left_half_way(frame)))
        unstarted = self._plan if self._begins and self._engine.ctx is None else None
        self._engine = heir = Heir(self._engine, opening)
        for submission in self._unfinished:
            submission.give_up(started=submission is not unstarted)
            if submission is unstarted:
                self._unsubscribe(submission)
                if submission in self._to_halt:
                    heir.inbox.post(Request(Ask.HALT, reason, by=self._halted_by))
        self._given_up.append(thread)
        self.dispatcher.is_refused = self._is_given_up
        for callback in callbacks:
            self.dispatcher.pass_over(callback)
        thread.strike()
        return _GivenUp(heir, thread, what, since, callbacks)

    def _unsubscribe(self, submission: Submission) -> None:
        for token in submission.tokens:
            self.dispatcher.unsubscribe(token)

    def _go_on(self, reason: str, given_up: _GivenUp) -> None:
        alive = given_up.thread.is_freed(FREEING, partial(self._came_back, given_up))
        if alive:
            self._let_in(given_up.thread, given_up.callbacks)
            self.log.warning("the engine's thread was freed from %s, for a halt", given_up.what or SOMETHING)
        else:
            self._replace(given_up.thread, given_up.what)
        self._thread.ask(partial(self._take_over, given_up, reason, alive))

    def _let_in(self, thread: LoopThread, callbacks: list[Any]) -> None:
        for callback in callbacks:
            self.dispatcher.come_back_to(callback)
        with self._gate:
            self._given_up.remove(thread)
            if not self._given_up:
                self.dispatcher.is_refused = None

    def _replace(self, thread: LoopThread, blocked_in: str) -> None:
        self._thread = LoopThread(in_place_of=thread)
        self._waits_again = True  # in a thread of its own, since a suspender may be what blocks
        threading.Thread(target=self._wait_on_new_loop, name="reioc-suspend-again", daemon=True).start()
        self.log.error(
            "given up: the engine's thread is blocked in %s. The engine goes on in another one, with an event loop of "
            "its own; what it was blocked in may still be busy. What was connected, or made, on the old loop "
            "(ophyd-async's devices, suspenders over their signals, asyncio's locks and events) has to be connected, "
            "or made, again",
            blocked_in or SOMETHING,
        )

    def _what_it_is_in(self, frame: FrameType | None) -> str:
        ctx = self._engine.ctx
        return in_words(frame, self._engine.msg if ctx is not None and not ctx.is_over else None)

    def _left_half_way(self, frame: FrameType | None) -> list[Callable[[], object]]:
        """What the thread was handing out, to be gone on with; the innermost first."""
        hands = {self._hand_out: ("left",), self._engine.states.tell: ("change", "left")}
        hands[self.dispatcher.hand] = ("name", "doc", "left")
        return [
            partial(hand, *map(known.__getitem__, hands[hand]))
            for hand, known in calls_of(frame, *hands)
            if known["self"] is hand.__self__
        ]

    def _is_given_up(self) -> bool:
        return any(thread.is_calling for thread in self._given_up)

    def _came_back(self, given_up: _GivenUp) -> None:
        """In the thread that was given up: it has returned from what it was blocked in, and ends."""
        self._let_in(given_up.thread, given_up.callbacks)
        what, seconds = given_up.what or SOMETHING, monotonic() - given_up.since
        self.log.warning("%s came back after %.0f s; nobody waits for it any more", what, seconds)

    # On the loop that goes on

    def _take_over(self, given_up: _GivenUp, reason: str, alive: bool) -> None:
        while self._half_way:
            go_on = self._half_way.popleft()
            try:
                go_on()
            except Exception:
                self.log.exception("what was half-way when the engine's thread was given up has failed")
        for submission in tuple(self._unfinished):
            if submission.given_up is None:
                self._begin(submission)
            else:
                ending = given_up.heir.end_plan(
                    reason, given_up.what, submission.given_up, alive=alive, by=self._halted_by
                )
                submission.begin(ending, self._news.tell, partial(self._plan_over, submission))
