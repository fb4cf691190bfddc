"""The IOC around an engine: its state, its controls, its suspenders as PVs."""

from .root import EngineIOC as EngineIOC
