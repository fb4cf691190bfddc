"""What is measured along with every run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...messages import MsgGenerator
from .baseline import baseline_wrapper
from .during import fly_during_wrapper, monitor_during_wrapper

__all__ = ["SupplementalData"]


class SupplementalData:
    """A preprocessor for `RE.preprocessors`, with lists of devices that may be changed between plans.

    In each run of each plan the devices of `baseline` are read at its beginning and end, the signals of `monitors` are
    monitored and the `flyers` fly. In this order: baseline, monitors, flyers, the plan itself, flyers, monitors,
    baseline.
    """

    def __init__(
        self,
        *,
        baseline: Iterable[Any] | None = None,
        monitors: Iterable[Any] | None = None,
        flyers: Iterable[Any] | None = None,
    ) -> None:
        self.baseline: list[Any] = list(baseline or ())
        self.monitors: list[Any] = list(monitors or ())
        self.flyers: list[Any] = list(flyers or ())

    def __repr__(self) -> str:
        return f"{type(self).__name__}(baseline={self.baseline}, monitors={self.monitors}, flyers={self.flyers})"

    def __call__(self, plan: Any) -> MsgGenerator:
        """The plan with all of that in its runs, from the lists as they are when it begins."""
        plan = fly_during_wrapper(plan, self.flyers)
        plan = monitor_during_wrapper(plan, self.monitors)
        return (yield from baseline_wrapper(plan, self.baseline))
