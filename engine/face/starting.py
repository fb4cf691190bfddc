"""The part of the engine's face that accepts plans.

Rules of this file:
1. One plan at a time: `_busy` says why not another, from the moment in which a plan is accepted to its end.
2. Ctrl-C can strike at any instruction. A plan has then either been accepted as a whole, or nothing is left of it.
3. The end of a plan is known to its caller before any observer hears of it: none of them can keep the caller waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeAlias

from ..dispatcher import Subscribers, normalize_subs
from ..environment import Environment
from ..errors import GivenUp, TransitionError
from ..interruptions import Ask
from ..plan_stack import as_generator
from ..results import RunResult
from ..states import State, StateChange
from .loop_thread import LoopThread
from .news import News
from .requests import CLOSED, IN_PROGRESS, Requests
from .submission import Submission

__all__ = ["Starting"]

_Call: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function, and what it is called with."""


class Starting(Requests):
    """Plans come in here, and are known to be over."""

    def __init__(self, env: Environment, thread: LoopThread) -> None:
        super().__init__(env, thread)
        self.observers: list[Callable[[StateChange | RunResult], None]] = []
        """Each is called with each transition, and with the result of each plan, in the engine's thread."""
        self._news = News()
        self._plan: Submission | None = None
        self._submissions: list[Submission] = []
        """The plan in progress; and the one before it, while its observers are still being told of its end."""
        self._engine.states.observers.append(self._state_changed)

    def submit(self, plan: Any, subs: Subscribers | None = None, /, **metadata: Any) -> Future[RunResult]:
        """Start a plan and return at once; the future is done when the plan is over.

        Raises TransitionError if another plan has not ended, and what is wrong with the plan or `subs`.
        """
        submission = Submission()
        self._submit(submission, plan, subs, metadata)
        return submission.future

    def _submit(self, submission: Submission, source: Any, subs: Subscribers | None, metadata: dict[str, Any]) -> None:
        self._refuse_another_plan()
        plan = as_generator(source)
        for preprocessor in self.preprocessors:
            plan = as_generator(preprocessor(plan))
        wanted = normalize_subs(subs)
        self._hold_for_suspenders()

        def run() -> Coroutine[Any, Any, RunResult]:
            submission.tokens = self.dispatcher.subscribe_each(wanted)
            return self._engine.run(plan, source, metadata, submission.tokens)

        submission.run = run
        self._accept(submission)
        self.log.debug("accepted the plan %r", source)

    def why_no_plan(self) -> str:
        """Why a plan that were submitted now would be refused, for people; empty if it would not."""
        if not self._busy:
            return ""
        hint = "; it is paused: resume, stop, abort or halt what is in progress" if self.state.is_paused else ""
        return f"{self._busy}: a plan can be started when the engine is idle{hint}"

    def _refuse_another_plan(self) -> None:
        if why := self.why_no_plan():
            raise TransitionError(why)

    def _accept(self, submission: Submission) -> None:
        with self._gate:
            self._refuse_another_plan()
            before, others = self._plan, self._unfinished
            try:
                self._submissions = [*others, submission]
                self._engine.inbox.take()  # what was asked of the last plan is not asked of this one
                self._plan, self._busy, self._begins, submission.accepted = submission, IN_PROGRESS, True, True
                self.loop.call_soon_threadsafe(self._begin, submission)
            except BaseException:  # Ctrl-C is one: nothing has begun, since that takes the gate
                self._submissions = others
                self._plan, self._busy, self._begins, submission.accepted = before, "", False, False
                raise

    @property
    def _unfinished(self) -> list[Submission]:
        return [submission for submission in self._submissions if not submission.over]

    def _begin(self, submission: Submission) -> None:
        with self._gate:
            if not submission.accepted or submission.begun:
                return
        submission.begin(submission.run(), self._news.tell, partial(self._plan_over, submission))

    def _state_changed(self, change: StateChange) -> None:
        with self._gate:
            # First: whoever hears of it may start the next plan at once.
            self._begins = False
            late = self._engine.inbox.take() if change.new is State.IDLE else []
            if change.new is State.IDLE and self._busy != CLOSED:
                self._busy = ""
            elif change.new is State.PANICKED:
                self._busy = f"The engine has panicked ({change.reason})"
        self._news.tell()
        for request in late:  # after the engine's last look: the result could not tell
            if request.ask is Ask.REMARK:
                continue  # it is in the log already
            self.log.warning("%s was asked for when the plan was already over", request.ask.name.lower())
        self.log.debug("%s → %s %s", change.old, change.new, change.reason)
        hook = [(self.state_hook, (change.new, change.old))] if self.state_hook is not None else []
        self._tell(change, hook)

    def _plan_over(self, submission: Submission) -> None:
        if submission.result is not None:
            self._tell(submission.result)

    def _tell(self, news: StateChange | RunResult, before: Iterable[_Call] = ()) -> None:
        self._hand_out(iter([*before, *((observer, (news,)) for observer in self.observers)]))

    def _hand_out(self, left: Iterator[_Call]) -> None:
        """Call those who are left. Where this is given up half-way, another thread goes on with it."""
        for observer, news in left:
            try:
                observer(*news)
            except GivenUp:
                raise
            except BaseException:  # a SystemExit would end the thread that runs the loop
                self.log.exception("%r failed on %r", observer, news)
