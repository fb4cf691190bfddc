"""The house: its folders and walls, from the packages and the import contracts in pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from .svg import Arrow, Box, Drawing

__all__ = ["draw"]

_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
_WIDTH, _MARGIN, _GAP = 1000, 20, 34
_ROOM = (118, 30)
_COLOURS = {"ioc": "#e8f0fb", "devices": "#eaf6ee", "suspenders": "#fff6dd", "engine": "#fdebe0", "sim_iocs": "#f3f3f3"}


def draw() -> Drawing:
    """Layers from the top; who is above may import who is below. Sub-packages are the small boxes of a layer."""
    with _PYPROJECT.open("rb") as file:
        project = tomllib.load(file)
    contracts = project["tool"]["importlinter"]["contracts"]
    names = [name.split(".", 1)[1] for name in project["tool"]["setuptools"]["packages"]]
    rows = [layer.replace("reioc.", "").split(" | ") for layer in _layers(contracts, "containers", wanted=False)]
    inside = [layer.split(" | ") for layer in _layers(contracts, "containers", wanted=True)]
    inside.insert(0, ["plans"])  # makes messages, and is no layer: it knows nothing of who executes them
    parts: list[Box | Arrow] = []
    frames: list[Box] = []
    y = float(_MARGIN)
    for row in rows:
        width = (_WIDTH - 2 * _MARGIN - _GAP * (len(row) - 1)) / len(row)
        made = [
            _layer(name, names, inside if name == "engine" else [], (_MARGIN + (width + _GAP) * column, y, width))
            for column, name in enumerate(row)
        ]
        y += max(boxes[0].height for boxes in made) + _GAP
        parts += [box for boxes in made for box in boxes]
        parts += [_down(above, boxes[0]) for above in frames for boxes in made]
        frames = [boxes[0] for boxes in made]
    apart = _layer("sim_iocs", names, [], (_MARGIN, y, _WIDTH - 2 * _MARGIN), dashed=True)
    parts += apart
    y += apart[0].height + 30
    walls = [contract["name"] for contract in contracts]
    notes = [(float(_MARGIN), y + 20 * number, f"· {name}") for number, name in enumerate(walls)]
    return Drawing(_WIDTH, round(y + 20 * len(walls)), "The folders of reioc and what may import what", parts, notes)


def _layers(contracts: list[dict[str, Any]], key: str, *, wanted: bool) -> list[str]:
    return next(each["layers"] for each in contracts if each["type"] == "layers" and (key in each) == wanted)


def _layer(
    name: str, names: list[str], inside: list[list[str]], place: tuple[float, float, float], *, dashed: bool = False
) -> list[Box]:
    """The frame of a folder, and its rooms: by their own layers if it has such, or else in rows."""
    x, y, width = place
    rooms = [each.split(".")[1] for each in names if each.startswith(f"{name}.") and each.count(".") == 1]
    across = max(1, int((width - 20) // (_ROOM[0] + 10)))
    rows = inside or [rooms[start : start + across] for start in range(0, len(rooms), across)]
    boxes = []
    for number, row in enumerate(rows):
        left = x + (width - len(row) * (_ROOM[0] + 10) + 10) / 2
        boxes += [
            Box(left + (_ROOM[0] + 10) * column, y + 34 + (_ROOM[1] + 8) * number, *_ROOM, (room,), is_plain=True)
            for column, room in enumerate(row)
        ]
    height = 44 + (_ROOM[1] + 8) * len(rows)
    frame = Box(x, y, width, height, (f"{name}/",), fill=_COLOURS[name], is_frame=True, is_dashed=dashed)
    return [frame, *boxes]


def _down(above: Box, below: Box) -> Arrow:
    """An arrow straight down, where one layer stands above another."""
    x = (max(above.x, below.x) + min(above.x + above.width, below.x + below.width)) / 2
    return Arrow(above, below, lead_from=(x, above.y + above.height), lead_to=(x, below.y))
