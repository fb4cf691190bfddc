"""Every exception of the engine: when it is raised, who catches it, and what it is not.

Two families. `EngineError` is what went wrong; a caller catches it. `PlanInterruption` is what was asked for; it is
thrown into a plan so that the plan can clean up, and whoever swallows one in a plan swallows the operator's wish.
The names are bluesky's, because plans and scripts catch them by name; who catches bluesky's catches ours (`kin`).
"""

from __future__ import annotations

from typing import Any

from .kin import AlsoTheirs
from .messages import Msg

__all__ = [
    "DocumentInvalid",
    "EngineError",
    "FailedPause",
    "FailedStatus",
    "GivenUp",
    "IllegalMessageSequence",
    "InvalidCommand",
    "MalformedMessage",
    "NoReplayAllowed",
    "PlanHalt",
    "PlanInterruption",
    "RampFail",
    "RequestAbort",
    "RequestStop",
    "RunEngineControlException",
    "RunEngineInterrupted",
    "TransitionError",
    "UnknownDocument",
    "UnsupportedDevice",
    "WaitForTimeoutError",
]


class EngineError(AlsoTheirs, Exception):
    """Base of what goes wrong in the engine. Never raised itself."""

    def __init__(self, *args: Any) -> None:
        if type(self) is EngineError:
            raise TypeError("EngineError is a family; raise one of its members")
        super().__init__(*args)


class TransitionError(EngineError, RuntimeError):
    """A request that the engine's state does not allow (resume while idle). Raised to who asked; changes nothing."""


class _NamedKeyError(EngineError, KeyError):
    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would show the repr


class InvalidCommand(_NamedKeyError):
    """A message with a command that is not registered. Thrown into the plan that sent it."""


class UnknownDocument(_NamedKeyError, ValueError):
    """A subscription to documents of a name that there is not. Raised to who subscribes."""


class MalformedMessage(EngineError, TypeError, ValueError):
    """A message whose arguments are not those of its command (`sleep` without seconds). Thrown into its plan."""


class IllegalMessageSequence(EngineError):
    """A message that has no meaning here (`save` without `create`). Thrown into the plan that sent it."""


class UnknownSuspender(KeyError):
    """A name that no installed suspender has. The message says which names there are.

    Raised by `RE.suspender(name)`, and in a plan by what speaks of a suspender by its name.
    """

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0])


class UnsupportedDevice(EngineError, TypeError):
    """A device without the method that a command calls. Thrown into the plan that sent it."""


class FailedStatus(EngineError):
    """Something that was set, triggered or kicked off did not succeed.

    Thrown into the plan, at its `wait` or, if it does not wait, at its next message; `__cause__` is the device's own
    exception where it has one. `args[0]` is the status, as bluesky has it.
    """

    def __init__(self, status: Any, text: str = "") -> None:
        super().__init__(status)
        self.text = text
        self.failed: list[tuple[Msg, BaseException | None]] = []
        """The messages whose work has failed, each with the device's own exception where it has one."""

    def __str__(self) -> str:
        return self.text or repr(self.args[0])


class WaitForTimeoutError(EngineError, TimeoutError):
    """A `wait` ran out of time. Names what it still waits for. Thrown into the plan."""


class RampFail(EngineError, RuntimeError):
    """The ramp of `ramp_plan` took longer than it was given. Raised in the plan, whose run fails with it."""


class DocumentInvalid(EngineError):
    """A document that event-model's schema refuses. Thrown into the plan; the document was not emitted."""


class NoReplayAllowed(EngineError):
    """A device's `pause` raises this to say that its readings since the checkpoint must not be repeated.

    The engine catches it and goes on from where it was, instead of from the checkpoint.
    """


class RunEngineInterrupted(EngineError):
    """`RE(plan)`, or `RE.resume()`, returned before the plan's end: it is paused, or it was stopped, aborted or halted.

    Raised to the caller of the blocking face only; inside the engine an interruption is data.
    """


class PlanInterruption(AlsoTheirs, Exception):
    """Base of what is thrown into a plan because somebody asked for its end. `reason` is theirs, in their words."""

    exit_status = "abort"
    verb = "ended"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.verb}: {self.reason}" if self.reason else self.verb


RunEngineControlException = PlanInterruption
"""bluesky's name for it."""


class RequestStop(PlanInterruption):
    """Stop was asked for: the plan cleans up, and its runs count as successful."""

    exit_status = "success"
    verb = "stopped"


class RequestAbort(PlanInterruption):
    """Abort was asked for: the plan cleans up, and its runs count as aborted."""

    verb = "aborted"


class FailedPause(PlanInterruption):
    """The plan had to be held, but has no checkpoint to come back to: it is aborted, with why it had to be held."""

    verb = "aborted, since it cannot be resumed without a checkpoint"


class PlanHalt(AlsoTheirs, GeneratorExit):
    """Halt was asked for: thrown into each generator in place of its clean-up, which is not run.

    A GeneratorExit, so that plans which clean up "unless closed" (`finalize_wrapper`, ours and bluesky's) do not.
    """

    exit_status = "abort"
    verb = "halted"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.verb}: {self.reason}" if self.reason else self.verb


class GivenUp(SystemExit):
    """Ends whatever goes on in the engine's thread when that was blocked, and a halt has given it up.

    Raised in that thread from outside, and by whatever would still have an effect; nobody catches it but the thread's
    own function. A SystemExit, since an event loop lets no other exception of a task or a callback through.
    """
