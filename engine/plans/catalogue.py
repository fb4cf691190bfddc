"""The plans that a catalogue offers by default."""

from __future__ import annotations

from collections.abc import Callable

from ..messages import MsgGenerator
from .grid_scans import grid_scan, rel_grid_scan
from .scans import count, list_scan, rel_list_scan, rel_scan, scan
from .stubs.motion import mv, mvr

__all__ = ["CATALOGUE"]

CATALOGUE: tuple[Callable[..., MsgGenerator], ...] = (
    count,
    scan,
    rel_scan,
    list_scan,
    rel_list_scan,
    grid_scan,
    rel_grid_scan,
    mv,
    mvr,
)
