"""Exceptions that are bluesky's as well, where bluesky is.

Plans, scripts and devices that were written for bluesky import its exceptions, and catch them by class. An exception of
ours is therefore made a child of bluesky's of the same name in the moment in which it is raised: whoever catches
bluesky's has imported it by then. bluesky is never imported for it.
"""

from __future__ import annotations

import sys
from typing import Any, Self

__all__ = ["AlsoTheirs", "is_either"]

_NEIGHBOURS = ("bluesky.run_engine", "bluesky.utils")
_children: dict[type, type] = {}


class AlsoTheirs:
    """Mixed into a class of exceptions: its instances are caught as bluesky's of the same name, too."""

    def __new__(cls, *args: Any, **_: Any) -> Self:
        return super().__new__(_child_of_both(cls), *args)


def is_either(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether an error that somebody else raised is of this kind, or of bluesky's kind of the same name."""
    return isinstance(error, (kind, _theirs(kind) or kind))


def _theirs(kind: type) -> type | None:
    found = (getattr(sys.modules.get(module), kind.__name__, None) for module in _NEIGHBOURS)
    return next((theirs for theirs in found if isinstance(theirs, type)), None)


def _child_of_both(kind: type) -> type:
    child = _children.get(kind)
    if child is None:
        theirs = _theirs(kind)
        if theirs is None or issubclass(kind, theirs):
            return kind

        def reduce(self: BaseException) -> Any:  # pickled as ours: the child has no name of its own
            return (kind, *BaseException.__reduce__(self)[1:])

        names = {name: getattr(kind, name) for name in ("__module__", "__qualname__", "__doc__")}
        child = _children[kind] = type(kind.__name__, (kind, theirs), {**names, "__reduce__": reduce})
    return child
