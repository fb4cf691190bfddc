"""The pictures of the documentation are what is drawn from the sources."""

import importlib
import sys
from pathlib import Path

import pytest

from .markdown import ROOT, name_of


@pytest.fixture(scope="module")
def drawings() -> dict[Path, str]:
    """What docs/make_pictures.py would write."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return dict(importlib.import_module("make_pictures").drawings())
    finally:
        sys.path.remove(str(ROOT / "docs"))


def test_pictures_are_up_to_date(drawings: dict[Path, str]) -> None:
    """Those that are drawn from the table of states, the packages and the import contracts are as these are now."""
    stale = [name_of(path) for path, svg in drawings.items() if path.read_text(encoding="utf-8") != svg]

    assert stale == [], "run: python docs/make_pictures.py"
