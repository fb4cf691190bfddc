"""What is left of a plan when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["NO_PLAN_RETURN", "Outcome", "RunEngineResult", "RunResult"]

NO_PLAN_RETURN = object()
"""The result of a plan that did not come to return one."""


class Outcome(StrEnum):
    """How a plan ended. event-model knows only success, abort and fail; operators want all five told apart."""

    SUCCESS = "success"
    STOP = "stop"
    ABORT = "abort"
    HALT = "halt"
    FAIL = "fail"

    @property
    def exit_status(self) -> str:
        """event-model's word for it."""
        return {"stop": "success", "halt": "abort"}.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class RunResult:
    """The outcome of a plan, made once, when it is over. The first six fields are bluesky's RunEngineResult."""

    run_start_uids: tuple[str, ...]
    plan_result: Any
    exit_status: str
    interrupted: bool
    reason: str
    exception: BaseException | None
    outcome: Outcome
    problems: tuple[str, ...] = field(default=())
    """What went wrong while cleaning up, and wishes that came to nothing, one sentence each."""
    pause_wished: bool = False
    """Whether a pause after the run was wished for, and the plan was over first: whoever has more plans waits."""

    @property
    def uids(self) -> tuple[str, ...]:
        """The uids of the runs, for short."""
        return self.run_start_uids

    @property
    def value(self) -> Any:
        """What the plan returned, for short."""
        return self.plan_result


RunEngineResult = RunResult
"""bluesky's name for it."""
