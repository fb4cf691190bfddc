"""Draw `pictures/watch.svg`: `reioc watch` as it looks with an engine that runs now.

    .venv/bin/python docs/make_watch_picture.py DEMO:RE:

The engine is found as `reioc watch` finds it, by EPICS_CA_ADDR_LIST.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from reioc.ioc.watch.app import WatchApp
from reioc.ioc.watch.asking import myself
from reioc.ioc.watch.picture import save_picture
from reioc.ioc.watch.source import ChannelAccess
from reioc.ioc.watch.watched import Watched

PICTURE = Path(__file__).parent / "pictures" / "watch.svg"
SIZE = (100, 28)
SETTLED = 3.0
"""Seconds within which everything is connected and drawn."""


async def _draw(prefix: str) -> None:
    app = WatchApp(Watched(prefix, ChannelAccess(prefix), myself()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(SETTLED)
        save_picture(app, PICTURE, f"reioc watch {prefix}")


if __name__ == "__main__":
    asyncio.run(_draw(sys.argv[1]))
    os._exit(0)  # libca's own end may take long
