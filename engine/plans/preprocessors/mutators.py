"""Changing a plan's messages on their way.

Theory of operation of `plan_mutator`: frames on a stack, the plan at the bottom. Only the top frame is asked. A message
that is replaced gets a head (what is done in its place) and perhaps a tail (what is done after that), each a frame; the
message's own sender waits below for the reply.

Rules of this file:
1. The reply to a replaced message is the last one that its head was given; a tail's replies are its own.
2. A message that was replaced is not shown to `msg_proc` again: a head may yield it as it is.
3. An error belongs to the top frame. If that frame lets it out, or ends on it, the one below gets it; a tail is not
   begun then. Only a frame that goes on with another message has handled it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...messages import Msg, MsgGenerator
from ..generators import ensure_generator, single_gen
from ..requirements import check_function

__all__ = ["msg_mutator", "plan_mutator"]


class _Frame:
    """A generator, what follows it, and what the frame below will be replied."""

    __slots__ = ("_is_tail", "answer", "generator", "tail")

    def __init__(self, generator: MsgGenerator, tail: Any = None) -> None:
        self.generator = generator
        self.tail: Any = tail
        self.answer: Any = None
        self._is_tail = False

    def send(self, reply: Any) -> Msg:
        if not self._is_tail:
            self.answer = reply
        return self.generator.send(reply)

    def become_tail(self) -> None:
        """Go on with the tail; the answer stays the head's."""
        self.generator, self.tail = ensure_generator(self.tail), None
        self._is_tail = True

    def close(self) -> None:
        self.generator.close()
        if hasattr(self.tail, "close"):
            self.tail.close()


class _Frames:
    """The stack; `reply` or `error` is what the top frame gets next."""

    def __init__(self, plan: MsgGenerator) -> None:
        self._stack = [_Frame(plan)]
        self.reply: Any = None
        self.error: Exception | None = None
        self.value: Any = None

    @property
    def ended(self) -> bool:
        return not self._stack

    def replace(self, msg: Msg, answer: Any) -> bool:
        """Put head and tail in the message's place; False if there is neither."""
        try:
            head, tail = answer
        except (TypeError, ValueError):
            wanted = "a pair (head, tail), each a plan or None"
            raise TypeError(f"plan_mutator: msg_proc must answer {wanted}, not {answer!r}") from None
        if head is None and tail is None:
            return False
        self._stack.append(_Frame(single_gen(msg) if head is None else ensure_generator(head), tail))
        self.reply = None
        return True

    def advance(self) -> Any:
        """The next message of whichever frame has one; None when all have ended. Raises what the last frame raises."""
        while self._stack:
            try:
                msg = self._ask(self._stack[-1])
            except StopIteration as end:
                self._pop(end.value)
            except Exception as error:
                self._stack.pop().close()
                if not self._stack:
                    raise
                self.error = error
            else:
                self.error = None
                return msg
        return None

    def _ask(self, frame: _Frame) -> Msg:
        return frame.send(self.reply) if self.error is None else frame.generator.throw(self.error)

    def _pop(self, value: Any) -> None:
        frame = self._stack[-1]
        if frame.tail is not None and self.error is None:
            frame.become_tail()
            self.reply = None
            return
        self._stack.pop().close()
        self.reply = frame.answer
        self.value = value

    def close(self) -> None:
        while self._stack:
            self._stack.pop().close()


def plan_mutator(plan: Any, msg_proc: Callable[[Msg], tuple[Any, Any]]) -> MsgGenerator:
    """The plan with messages replaced, or with others inserted around them; returns what the plan returns.

    `msg_proc(msg)` answers a pair of plans. `(None, None)`: leave it. `(head, None)`: the head in its place. `(head,
    tail)`: and the tail after that. `(None, tail)`: the message, then the tail. The plan is replied what the head's
    last message was replied, so that should be a message of the same kind. What `msg_proc` raises is thrown into the
    plan, so that the plan can clean up.
    """
    frames = _Frames(ensure_generator(plan))
    check_function("plan_mutator", "msg_proc", msg_proc)
    # Kept, since an id is only unique among living objects. Messages that pass are not kept: a plan may be endless.
    replaced: dict[int, Msg] = {}
    while True:
        msg = frames.advance()
        if frames.ended:
            return frames.value
        try:
            if id(msg) not in replaced and frames.replace(msg, msg_proc(msg)):
                replaced[id(msg)] = msg
                continue
            frames.reply = yield msg
        except GeneratorExit:
            frames.close()
            raise
        except Exception as error:
            frames.error = error


def msg_mutator(plan: Any, msg_proc: Callable[[Msg], Msg | None]) -> MsgGenerator:
    """The plan with each message changed by `msg_proc`, which may answer None: leave it out, reply None to the plan.

    What `msg_proc` raises is thrown into the plan. Returns what the plan returns.
    """
    plan = ensure_generator(plan)
    check_function("msg_mutator", "msg_proc", msg_proc)
    step, value = plan.send, None
    while True:
        try:
            msg = step(value)
        except StopIteration as end:
            return end.value
        try:
            msg = msg_proc(msg)
            value = None if msg is None else (yield msg)
            step = plan.send
        except GeneratorExit:
            plan.close()
            raise
        except BaseException as error:
            step, value = plan.throw, error
