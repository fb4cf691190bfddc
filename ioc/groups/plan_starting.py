"""Whether the chosen plan can be started now, or put in the queue; and doing it.

Rules of this file:
1. What refuses a command also tells beforehand that it would be refused: the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ..bridge import EngineBridge
from ..plans.catalogue import BoundPlan, Catalogue
from ..plans.chosen import Chosen
from ..plans.dry_run import DryRun
from ..plans.parameter_errors import ParameterError
from ..plans.presence import devices_in, missing_devices
from ..pvs.puts import Refusal, current_put
from ..queue.history import About
from .plan_texts import errors_text

__all__ = ["Enqueue", "Starting"]

Enqueue = Callable[[str, Mapping[str, Any]], Awaitable[str]]
"""Puts a plan with its params in the queue; done when it is there. Raises Refusal when it is called."""


class Starting:
    """Starts what is chosen, or has it wait."""

    def __init__(
        self,
        chosen: Chosen,
        catalogue: Catalogue,
        bridge: EngineBridge,
        *,
        enqueue: Enqueue | None = None,
        why_none_runs: Callable[[], str] = lambda: "",
        why_none_waits: Callable[[], str] = lambda: "",
    ) -> None:
        """`enqueue` puts a plan in the queue; `why_none_runs` says why no plan may be started now, whatever it is, and
        `why_none_waits` why the queue takes none; empty where they do."""
        self._chosen, self._catalogue, self._bridge = chosen, catalogue, bridge
        self._enqueue = enqueue
        self._why_none_runs, self._why_none_waits = why_none_runs, why_none_waits
        self.make: Callable[[BoundPlan], Any] = BoundPlan.make
        """Makes of a plan with its arguments what the engine runs."""
        self.found: DryRun | None = None
        """What trying the chosen plan has found, as far as that is known."""
        self._seen = ""

    @property
    def errors(self) -> tuple[ParameterError, ...]:
        """What is wrong with what is chosen."""
        return self._chosen.errors or (self.found.problems if self.found is not None else ())

    def run(self) -> Awaitable[str]:
        """Check once more, and whether the devices are there, then start. Raises Refusal."""
        if why := self._why_none_runs():
            raise Refusal(why)
        put = current_put()
        about = About(self._chosen.name, self._chosen.params, put.by if put is not None else "")
        return self._bridge.run(self.make(self._startable()), about)

    def put_in_queue(self) -> Awaitable[str]:
        """Check likewise, and put it in the queue. Raises Refusal."""
        if self._enqueue is None:
            raise Refusal("there is no queue")
        self._startable()
        return self._enqueue(self._chosen.name, self._chosen.params)

    def look(self) -> None:
        """See whether what is chosen could be started: after each choice, and every so often, since it takes its time
        where there are thousands of numbers."""
        _, self._seen = self._check()

    def why_not_run(self) -> str:
        """Why `run` would refuse, whoever asks, as of the last look at what is chosen; empty if it would not."""
        return self._why_none_runs() or self._seen or self._bridge.engine.why_no_plan()

    def why_not_enqueue(self) -> str:
        """Why `put_in_queue` would refuse, likewise."""
        return "there is no queue" if self._enqueue is None else self._seen or self._why_none_waits()

    def _startable(self) -> BoundPlan:
        bound, why = self._check()
        put = current_put()
        if bound is not None and put is not None:
            why = self._catalogue.refusal(bound.name, put.user) or why
        if bound is None or why:
            raise Refusal(why)
        return bound

    def _check(self) -> tuple[BoundPlan | None, str]:
        """What could be started, and why it may not be: what is wrong with it, devices that are missing. Nothing of who
        asks: what is seen in the context of somebody's put is shown to everybody."""
        bound, errors = self._chosen.check()
        if bound is not None and self.found is not None:
            errors = self.found.problems or self.found.beyond_limits(bound)
        if errors or bound is None:
            return None, errors_text(errors)
        devices = self._catalogue.registry.to_be_there(devices_in([*bound.args, bound.kwargs]))
        return bound, missing_devices(devices)
