"""The screens that come with the package, read once."""

from __future__ import annotations

from pathlib import Path

from .checker import read

__all__ = ["FILES", "ROOT", "SCREENS"]

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "ioc" / "opi").glob("*.bob"))
SCREENS, _ = read({file: file.read_text(encoding="utf-8") for file in FILES})
