"""A service that offers the plans in `plans/` beside the library's."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from .engine_client import EngineService, beamline_toml, serving
from .support import free_port

__all__ = ["PLANS", "serving_plans"]

PLANS = """
[plans]
modules = ["reioc.engine.plans", "system_plans"]
"""
_FOLDER = Path(__file__).parent / "plans"


def serving_plans(
    folder: Path, *addr_list: str, tables: str = "", port: int = 0, **env: str
) -> AbstractContextManager[EngineService]:
    """`reioc serve` of these tables and of our own plans, as `serving` does it."""
    path = beamline_toml(folder, *addr_list, tables=PLANS + tables, port=port or free_port())
    return serving(path, PYTHONPATH=f"{_FOLDER}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", **env)
