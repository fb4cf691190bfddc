"""What is asked of a running plan, and what comes next.

Rules of this file:
1. A request is data. It arrives from any thread, is kept in order, and is looked at by the engine's loop only.
2. Suspension is a level, not an edge (`holds`): whether something holds the plan is an argument of the rule.
3. `next_step` is the one rule that says what comes next. It is pure. Halt outranks abort, abort outranks stop, and
   each of them outranks pause, resume and holds; a point is skipped when nothing else is to be done.
4. Whoever waits for the inbox clears the wake-up *before* looking at it. The other way round loses a request that
   arrives in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto

from .holds import Scope

__all__ = ["Ask", "Inbox", "Request", "Step", "Wishes", "next_step"]

RUN_OVER = "the run is over"
"""Why the plan has paused, where nobody has said why it was to pause after the run."""


class Ask(IntEnum):
    """What can be asked for; the three that end a plan are in order of rank. A remark is only to be recorded."""

    PAUSE_AFTER_RUN = -3
    SKIP_POINT = -2
    REMARK = -1
    DEFERRED_PAUSE = 0
    PAUSE = 1
    RESUME = 2
    STOP = 3
    ABORT = 4
    HALT = 5


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks, with a reason in their words; with a scope, only of a plan and a moment that it covers.

    `by` is who, as whoever asks for them knows it ("user@host").
    """

    ask: Ask
    reason: str = ""
    scope: Scope | None = None
    by: str = ""


class Inbox:
    """Requests on their way to the engine's loop. `post` may be called from any thread and never blocks.

    `pending` is true when something may have changed since the loop last looked: a request, a hold, a failed status.
    It is the one flag the loop tests between two messages, so that a quiet plan pays for a single attribute.
    """

    def __init__(self) -> None:
        self.pending = False
        self.waker: Callable[[], object] = lambda: None
        self._requests: deque[Request] = deque()

    def post(self, request: Request) -> None:
        """Hand a request to the loop."""
        self._requests.append(request)
        self.nudge()

    def nudge(self) -> None:
        """Have the loop look again."""
        self.pending = True
        self.waker()

    def __contains__(self, ask: Ask) -> bool:
        """Whether this is asked for and not yet seen by the loop."""
        return any(request.ask is ask for request in tuple(self._requests))

    def take(self) -> list[Request]:
        """What has arrived, oldest first. `pending` is cleared first: what comes from now on sets it again."""
        self.pending = False
        taken = []
        while self._requests:
            taken.append(self._requests.popleft())
        return taken


@dataclass(slots=True)
class Wishes:
    """What is wished for now: the requests so far, folded in the order in which they came."""

    end: Request | None = None
    pause: Request | None = None
    deferred: Request | None = None
    after_run: Request | None = None
    after_runs: int = 0
    """How many runs the plan must have had when it pauses after a run."""
    skip: Request | None = None
    begun: Ask | None = field(default=None)
    """The rank of the ending that is already under way."""

    def fold(self, request: Request) -> None:
        """Take one more request into account."""
        match request.ask:
            case Ask.DEFERRED_PAUSE:
                self.deferred = request
            case Ask.PAUSE:
                if not self.pauses_after_run:  # that needs less, and is as good
                    self.pause = request
                self.deferred = None
            case Ask.PAUSE_AFTER_RUN:
                self.after_run, self.after_runs = request, 0
            case Ask.SKIP_POINT:
                self.skip = request
            case Ask.RESUME if self.pause is None:
                self.after_run = None
            case Ask.RESUME:
                self.pause = None
            case rank:
                if rank > max(self.begun or 0, self.end.ask if self.end else 0):
                    self.end = request

    def at_checkpoint(self) -> bool:
        """A deferred pause becomes a pause. Whether there was one."""
        if self.deferred is None:
            return False
        self.pause, self.deferred = self.deferred, None
        return True

    def may_pause_after(self, runs: int) -> bool:
        """Whether a pause waits for the end of a run, and so many are enough. A plan that ends is not paused."""
        return self.after_run is not None and self.begun is None and runs >= self.after_runs

    def at_new_beginning(self) -> None:
        """No run is open, and something new would begin: a pause that has waited for this becomes a pause."""
        if self.after_run is not None:
            self.pause, self.after_run = Request(Ask.PAUSE_AFTER_RUN, self.after_run.reason or RUN_OVER), None

    @property
    def pauses_after_run(self) -> bool:
        """Whether the pause is one that comes between runs: there is nothing that would have to be repeated."""
        return self.pause is not None and self.pause.ask is Ask.PAUSE_AFTER_RUN


class Step(Enum):
    """What the engine does next, before the plan's next message."""

    GO_ON = auto()
    PAUSE = auto()
    SUSPEND = auto()
    SKIP = auto()
    END = auto()
    CANNOT_HOLD = auto()


def next_step(wishes: Wishes, *, held: bool, suspended: bool, resumable: bool) -> Step:
    """The one rule (see the top of this file).

    `held`: a hold is in force; `suspended`: the engine is already in a suspension, which minds the holds itself;
    `resumable`: the plan has a checkpoint to come back to. A plan that is ending is never held: it must be able to
    clean up. While it is suspended no point is skipped: what is executed is not the plan's.
    """
    if wishes.end is not None:
        return Step.END
    if wishes.begun is not None:
        return Step.GO_ON
    wanted = Step.PAUSE if wishes.pause else Step.SUSPEND if held and not suspended else Step.GO_ON
    if wanted is Step.GO_ON:
        return Step.SKIP if wishes.skip is not None and not suspended else Step.GO_ON
    if not resumable and not suspended and not wishes.pauses_after_run:
        return Step.CANNOT_HOLD
    return wanted
