"""The plan's generators and the reply each is owed. Sans-I/O.

Rules of this file:
1. Each frame owns its reply, or the error that is thrown into it instead: nothing is kept in parallel containers.
   `top` is the frame that is asked next; whoever has executed its message sets `top.reply`.
2. The top frame is asked until it is exhausted. Its return value is dropped, unless it repeats messages of the frame
   below (`replay`): then its last reply is the reply that the frame below is owed. The frame below is not asked in the
   same breath: its exit may have had something happen that comes first.
3. An error goes to the top frame; what a frame does not handle goes to the one below, and out of the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import iscoroutine
from typing import Any

from .messages import Msg, MsgGenerator, is_message
from .results import NO_PLAN_RETURN

__all__ = ["ENDED", "PlanStack", "as_generator"]

ENDED = object()
"""The answer of `advance` when a frame has ended instead of yielding a message."""


def as_generator(plan: Any) -> MsgGenerator:
    """A generator of the plan's messages, whatever the plan is: a generator, a message, an iterable of messages.

    Raises TypeError for anything else, with a hint for the commonest mistake, a plan function that was not called.
    """
    if is_message(plan):
        plan = [plan]
    if iscoroutine(plan):
        plan.close()
        raise TypeError(f"A plan is a generator, not a coroutine: write {plan.__name__} with def and yield")
    if hasattr(plan, "send") and hasattr(plan, "throw"):
        return plan
    if not isinstance(plan, Iterable) or isinstance(plan, (str, bytes)):
        raise TypeError(
            f"A plan is a generator or an iterable of Msg, not {type(plan).__name__}: {plan!r}{_hint_for(plan)}"
        )
    made = iter(plan)
    return made if hasattr(made, "send") else _each(made)  # type: ignore[return-value]


def _hint_for(plan: Any) -> str:
    if plan is None:
        return "; a plan function without yield returns that"
    return f"; call it: {getattr(plan, '__name__', 'plan')}(…)" if callable(plan) else ""


def _each(messages: Iterable[Msg]) -> MsgGenerator:
    for msg in messages:  # noqa: UP028 - `yield from` would hand the replies to the iterator, which takes none
        yield msg


def _repeat(messages: Iterable[Msg]) -> MsgGenerator:
    reply = None
    for msg in messages:
        reply = yield msg
    return reply


_PATIENCE = 20
"""How often a generator is told to end: each `finally` that yields a message takes one."""

OnExit = Callable[[BaseException | None], None]


@dataclass(slots=True, eq=False)
class Frame:
    """A generator, and what it is sent or thrown when it is next asked."""

    generator: MsgGenerator
    replays: bool = False
    on_exit: OnExit | None = None
    reply: Any = None
    error: BaseException | None = None


class PlanStack:
    """The frames of the plan, the plan itself at the bottom."""

    def __init__(self, plan: MsgGenerator) -> None:
        self.top = Frame(plan)
        """The frame that is asked for the next message; the plan's own, exhausted, when it `is_over`."""
        self.is_over = False
        """Whether there is nothing left to advance."""
        self.value: Any = NO_PLAN_RETURN
        self._frames = [self.top]

    @property
    def owes_error(self) -> bool:
        """Whether an error waits to be thrown, in place of a reply."""
        return not self.is_over and self.top.error is not None

    def push(self, plan: MsgGenerator, on_exit: OnExit | None = None) -> None:
        """Do this first. `on_exit` is called when it is over, with the error that ended it, if one did."""
        self._put_on_top(Frame(plan, on_exit=on_exit))

    def replay(self, messages: list[Msg], *, owed: bool) -> None:
        """Do these again; with `owed` the last one's reply is what the frame below waits for."""
        if messages:
            self._put_on_top(Frame(_repeat(messages), replays=owed))

    def throw(self, error: BaseException) -> None:
        """Raise this in the plan when it is next asked for a message; it outranks the reply."""
        self.top.error = error

    def advance(self) -> Any:
        """What the top frame yields next, or ENDED: then another frame is on top, or it `is_over`.

        Raises what no frame handled.
        """
        if self.is_over:
            return ENDED
        frame = self.top
        try:
            if frame.error is None:
                return frame.generator.send(frame.reply)
            error, frame.error = frame.error, None
            return frame.generator.throw(error)
        except StopIteration as stop:
            self._pop(frame, stop.value)
        except BaseException as raised:  # SystemExit as well: the frames below must be able to clean up
            self._drop(frame, raised)
            if self.is_over:
                raise
            self.top.error = raised
        return ENDED

    def halt(self, error: BaseException) -> list[MsgGenerator]:
        """End every frame without its clean-up. Returns the generators that tried to go on all the same.

        Those are asked again, a few times: a generator that is left half-way complains when it is collected.
        """
        stubborn = []
        while not self.is_over:
            frame = self.top
            self._drop(frame, error)
            if not _ends(frame.generator, error):
                stubborn.append(frame.generator)
        return stubborn

    def _pop(self, frame: Frame, value: Any) -> None:
        self._drop(frame)
        if self.is_over:
            self.value = value
        elif frame.replays:
            self.top.reply = value

    def _put_on_top(self, frame: Frame) -> None:
        self._frames.append(frame)
        self.top, self.is_over = frame, False

    def _drop(self, frame: Frame, error: BaseException | None = None) -> None:
        self._frames.remove(frame)
        if self._frames:
            self.top = self._frames[-1]
        else:
            self.is_over = True
        if frame.on_exit is not None:
            frame.on_exit(error)


def _ends(generator: MsgGenerator, error: BaseException) -> bool:
    """Whether the generator takes the error as its end instead of yielding another message."""
    for attempt in range(_PATIENCE):
        try:
            generator.throw(error)
        except BaseException:
            return attempt == 0
    return False
