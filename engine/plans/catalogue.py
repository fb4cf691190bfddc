"""The plans that a catalogue offers by default.

Not offered, though bluesky has them: `scan_nd` and `ramp_plan` take objects that only Python has, `tweak` asks whoever
sits at the terminal, `inner_product_scan` and the names that begin with relative_ are older forms of what is here.
"""

from __future__ import annotations

from collections.abc import Callable

from ..messages import MsgGenerator
from .adaptive import adaptive_scan, rel_adaptive_scan
from .flying import fly
from .grid_scans import grid_scan, list_grid_scan, rel_grid_scan, rel_list_grid_scan
from .inner_product_scans import x2x_scan
from .log_scans import log_scan, rel_log_scan
from .scans import count, list_scan, rel_list_scan, rel_scan, scan
from .spirals import rel_spiral, rel_spiral_fermat, rel_spiral_square, spiral, spiral_fermat, spiral_square
from .stubs.motion import mv, mvr
from .tuning import tune_centroid

__all__ = ["CATALOGUE"]

CATALOGUE: tuple[Callable[..., MsgGenerator], ...] = (
    count,
    scan,
    rel_scan,
    list_scan,
    rel_list_scan,
    grid_scan,
    rel_grid_scan,
    list_grid_scan,
    rel_list_grid_scan,
    log_scan,
    rel_log_scan,
    x2x_scan,
    spiral,
    rel_spiral,
    spiral_fermat,
    rel_spiral_fermat,
    spiral_square,
    rel_spiral_square,
    adaptive_scan,
    rel_adaptive_scan,
    tune_centroid,
    fly,
    mv,
    mvr,
)
