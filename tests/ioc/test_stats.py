"""How the IOC says that it is doing, each second."""

from __future__ import annotations

import time
from datetime import datetime
from importlib.metadata import version

from reioc.ioc.channel_access import Client

from .suspending.support import Watch, with_ioc


def test_it_says_since_when_and_what_it_is_before_anybody_looks(RE) -> None:
    """From its first moment: no client sees PVs that say nothing."""

    async def test(ioc):
        begun = datetime.fromisoformat(ioc.read("StartedAt")).timestamp()
        assert 0 <= time.time() - begun < 60
        assert (ioc.read("Version"), ioc.read("Uptime") < 60) == (version("reioc"), True)
        assert ioc.read("PVCount") == len(ioc.ioc.pvdb)
        assert (ioc.read("Memory") > 1, ioc.read("FDs") > 2) == (True, True)

    with_ioc(RE, test)


def test_it_counts_clients_and_pvs(RE) -> None:
    """Those that are there now: a suspender has PVs as long as it is installed."""

    async def test(ioc):
        there = [Client("alice"), Client("bob")]
        ioc.ioc.clients = lambda: there
        await second(ioc)
        before = ioc.read("PVCount")
        assert (ioc.read("Clients"), before) == (2, len(ioc.ioc.pvdb))

        suspender = Watch("beam", value=250.0).suspender
        RE.install_suspender(suspender)
        await ioc.shows("Susp:Count", 1)
        there.clear()
        await second(ioc)
        assert (ioc.read("Clients"), ioc.read("PVCount") > before) == (0, True)

        RE.remove_suspender(suspender)
        await ioc.shows("Susp:Count", 0)
        await second(ioc)
        assert ioc.read("PVCount") == before

    with_ioc(RE, test)


def test_the_heart_beats_each_second_only(RE) -> None:
    """What is written ten times a second does not move it."""

    async def test(ioc):
        await second(ioc)
        before = ioc.read("Heartbeat")
        await ioc.tick()
        assert ioc.read("Heartbeat") == before
        await second(ioc)
        assert ioc.read("Heartbeat") == before + 1

    with_ioc(RE, test)


async def second(ioc) -> None:
    """What happens once a second."""
    await ioc.ioc.publisher._tick(whole_second=True)
