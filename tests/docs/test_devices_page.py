"""The page about devices lists what their classes take."""

import inspect
import re
from typing import Any

import pytest

from reioc.devices.registry.loader import resolve_class

from .markdown import ROOT, first_cells, section

PAGE = ROOT / "docs" / "reference" / "devices.md"
CLASSES = re.findall(r"^## `(reioc\.devices\.[\w.]+)`$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", CLASSES)
def test_the_keywords_of_a_device_are_listed(path: str) -> None:
    """Those that its class names itself; what it hands on is another class's."""
    cls: Any = resolve_class(path)
    parameters = inspect.signature(cls.__init__).parameters.values()
    own = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY} - {"name"}
    listed = {cells[0] for cells in first_cells(section(PAGE, f"## `{path}`"))}

    assert own <= listed, f"not listed: {own - listed}"
    assert listed <= _taken(cls), f"listed, and not taken: {listed - _taken(cls)}"


def _taken(cls: Any) -> set[str]:
    makers = [vars(each)["__init__"] for each in cls.__mro__ if "__init__" in vars(each)]
    return {name for maker in makers for name in inspect.signature(maker).parameters}
