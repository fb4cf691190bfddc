"""Runs plans by hand: answers their messages as an engine would, without moving anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reioc.engine.plans import patterns


class DoneStatus:
    """A status that was done from the beginning."""

    done = True
    success = True

    def add_callback(self, callback: Callable[[Any], None]) -> None:
        callback(self)

    def exception(self, timeout: float | None = 0.0) -> BaseException | None:
        return None


@dataclass
class Trace:
    """What a plan did: its messages in comparable form, how it ended, and what it returned or raised."""

    messages: list[tuple[Any, ...]] = field(default_factory=list)
    ending: str = "returned"
    result: Any = None

    @property
    def commands(self) -> list[str]:
        return [message[0] for message in self.messages]


class Driver:
    """Answers messages; the replies are plausible and the same for the same messages."""

    def __init__(self, *, status_from_stage: bool = False, rewindable: bool = True, replies: bool = True) -> None:
        self._status_from_stage = status_from_stage
        self._rewindable = rewindable
        self._replies = replies
        self._tokens = 0
        self._timeouts = 2
        self._status = DoneStatus()
        self._reply_to = {
            "open_run": lambda _: "uid-of-run",
            "close_run": lambda _: "uid-of-run",
            "read": self._read,
            "locate": lambda _: {"setpoint": 3.0, "readback": 3.1},
            "set": lambda _: self._status,
            "trigger": lambda _: self._status,
            "stage": self._stage,
            "unstage": self._stage,
            "subscribe": self._subscribe,
            "rewindable": self._set_rewindable,
            "kickoff": lambda _: self._status,
            "complete": lambda _: self._status,
            "prepare": lambda _: self._status,
            "configure": lambda _: ({}, {"exposure": 1}),
            "collect": lambda _: ["event"],
            "input": lambda _: "typed",
            "wait": self._wait,
        }

    def reply(self, msg: Any) -> Any:
        return self._reply_to.get(msg.command, lambda _: None)(msg) if self._replies else None

    def _read(self, msg: Any) -> dict[str, Any]:
        fields = (getattr(msg.obj, "hints", None) or {}).get("fields") or [msg.obj.name]
        return {name: {"value": 1.5, "timestamp": 0.0} for name in fields}

    def _wait(self, msg: Any) -> bool:
        """Done; but the first waits that may end unfinished do."""
        if msg.kwargs.get("timeout") is None or msg.kwargs["error_on_timeout"] or not self._timeouts:
            return True
        self._timeouts -= 1
        return False

    def _stage(self, msg: Any) -> Any:
        return self._status if self._status_from_stage else [msg.obj]

    def _subscribe(self, msg: Any) -> int:
        self._tokens += 1
        return self._tokens

    def _set_rewindable(self, msg: Any) -> bool:
        if msg.args[0] is not None:
            self._rewindable = msg.args[0]
        return self._rewindable


def drive(
    plan: Any,
    *,
    throw: dict[int, BaseException] | None = None,
    close_at: int | None = None,
    driver: Driver | None = None,
    limit: int = 10_000,
) -> Trace:
    """Run a plan to its end; `throw` has errors by the number of the message that they answer."""
    driver = driver or Driver()
    trace = Trace()
    groups: dict[Any, str] = {}
    throw = throw or {}
    step, value = plan.send, None
    try:
        while len(trace.messages) < limit:
            msg = step(value)
            number = len(trace.messages)
            trace.messages.append(comparable(msg, groups))
            if number == close_at:
                plan.close()
                trace.ending = "closed"
                return trace
            step, value = (plan.throw, throw[number]) if number in throw else (plan.send, driver.reply(msg))
    except StopIteration as end:
        trace.result = end.value
    except BaseException as error:
        trace.ending = "raised"
        trace.result = (type(error).__name__, str(error))
    else:
        raise RuntimeError(f"The plan has not ended after {limit} messages")
    return trace


def comparable(msg: Any, groups: dict[Any, str]) -> tuple[Any, ...]:
    """A message as a tuple in which names of groups are numbers and sleeps are rounded."""
    args, kwargs = msg.args, dict(msg.kwargs)
    if msg.command == "wait" and args:  # the group by its place, as old plans of bluesky have it
        kwargs["group"], args = args[0], args[1:]
    if msg.command == "sleep":
        args = (round(args[0], 1),)
    if kwargs.get("group") is not None:
        kwargs["group"] = groups.setdefault(kwargs["group"], f"group {len(groups)}")
    if kwargs.get("plan_pattern_module") == "bluesky.plan_patterns":
        kwargs["plan_pattern_module"] = patterns.__name__  # the one difference that is meant
    return msg.command, msg.obj, args, kwargs, msg.run
