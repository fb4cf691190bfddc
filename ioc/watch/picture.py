"""A picture of the dashboard, for documentation."""

from __future__ import annotations

import re
from pathlib import Path

from .app import WatchApp

__all__ = ["save_picture"]

_FONT = re.compile(r"\s*@font-face\s*\{.*?\}", re.DOTALL)


def save_picture(app: WatchApp, path: Path, title: str = "reioc watch") -> None:
    """Write what is on the screen of a running app as SVG, which loads nothing from elsewhere."""
    # Its fonts would be fetched by whoever looks at it; any monospaced one does.
    path.write_text(_FONT.sub("", app.export_screenshot(title=title)), encoding="utf-8")
