"""Devices some of whose components are chosen when they are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ophyd import Component

__all__ = ["optional", "with_components"]

AnyDevice = TypeVar("AnyDevice")


def with_components(cls: type[AnyDevice], components: Mapping[str, Component[Any] | None]) -> type[AnyDevice]:
    """A subclass of the same name with these components; None: it has none of that name, or what `cls` says itself.

    ophyd makes components per class. For use in `__new__`, so that the configuration can choose PVs by keywords.
    """
    chosen = {name: component for name, component in components.items() if component is not None}
    told = {"__module__": cls.__module__, "__doc__": cls.__doc__, "__qualname__": cls.__qualname__}
    return type(cls)(cls.__name__, (cls,), {**told, **chosen})


def optional(cls: type[Any], suffix: str | None, **kwargs: Any) -> Component[Any] | None:
    """A component of this class, or none without a suffix."""
    return None if suffix is None else Component(cls, suffix, **kwargs)
