"""A thread in which devices do not tell where they are now, since the plan that asks is for later.

Rules of this file:
1. Plans read `device.position` without a message, so that it is the property that has to answer. It is wrapped once per
   class, and answers as ever in all other threads.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["elsewhere"]

_here = threading.local()


class _Position(property):
    """A device's position; within `elsewhere`, what that says."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        place = getattr(_here, "place", None)
        return super().__get__(instance, owner) if place is None or instance is None else place(instance)


@contextmanager
def elsewhere(devices: Iterable[Any], place: Callable[[Any], Any]) -> Iterator[None]:
    """Within this, in this thread, the `position` of a device is `place(device)`.

    Of those devices, and of all that are ophyd's positioners.
    """
    for kind in (*map(type, devices), getattr(sys.modules.get("ophyd.positioner"), "PositionerBase", None)):
        _wrap(kind)
    before = getattr(_here, "place", None)
    _here.place = place
    try:
        yield
    finally:
        _here.place = before


def _wrap(kind: type | None) -> None:
    for each in kind.__mro__ if kind is not None else ():
        found = vars(each).get("position")
        if type(found) is property:
            each.position = _Position(found.fget, found.fset, found.fdel, found.__doc__)  # type: ignore[attr-defined]
        if found is not None:
            return
