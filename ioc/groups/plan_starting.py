"""Whether the chosen plan can be started now, by who asks."""

from __future__ import annotations

from ..plans.catalogue import BoundPlan, Catalogue
from ..plans.chosen import Chosen
from ..plans.dry_run import DryRun
from ..plans.presence import devices_in, missing_devices
from ..pvs.puts import Refusal, current_put
from .plan_texts import errors_text

__all__ = ["to_be_started"]


def to_be_started(chosen: Chosen, found: DryRun | None, catalogue: Catalogue) -> BoundPlan:
    """What is chosen, if who puts may start it, its devices are there, and its dry run has `found` nothing wrong.

    Raises Refusal, which says why not.
    """
    bound, errors = chosen.check()
    if bound is not None and found is not None:
        errors = found.problems or found.beyond_limits(bound)
    if errors or bound is None:
        raise Refusal(errors_text(errors))
    put = current_put()
    why = catalogue.refusal(bound.name, put.user) if put is not None else ""
    devices = catalogue.registry.to_be_there(devices_in([*bound.args, bound.kwargs]))
    if why := why or missing_devices(devices):
        raise Refusal(why)
    return bound
