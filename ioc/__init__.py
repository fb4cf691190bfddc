"""The IOC around an engine: its state, its controls, its suspenders as PVs."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .root import EngineIOC as EngineIOC


def __getattr__(name: str) -> Any:
    # When it is asked for: who reads a journal needs no server, and no Channel Access.
    if name == "EngineIOC":
        from .root import EngineIOC

        return EngineIOC
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
