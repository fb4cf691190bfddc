"""Beacons, as caproto's client understands them."""

from __future__ import annotations

import asyncio
import os
import socket

import caproto
import pytest

from reioc.ioc.channel_access import Server, beacons
from reioc.ioc.channel_access.beacons import beacon_addresses, send_beacons

from ...system.support import free_port
from .client import PVs
from .fake_transport import with_loop

LIST, AUTO = "EPICS_CAS_BEACON_ADDR_LIST", "EPICS_CAS_AUTO_BEACON_ADDR_LIST"


@pytest.fixture
def repeater(monkeypatch):
    """A socket that hears beacons."""
    with socket.socket(type=socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.setblocking(False)
        monkeypatch.setenv(AUTO, "NO")
        monkeypatch.setenv(LIST, f"127.0.0.1:{heard.getsockname()[1]}")
        yield heard


async def beacon(repeater):
    async with asyncio.timeout(10):
        data = await asyncio.get_running_loop().sock_recv(repeater, 1000)
    (told,) = caproto.Broadcaster(our_role=caproto.CLIENT).recv(data, ("127.0.0.1", 5065))
    assert isinstance(told, caproto.Beacon)
    return told


async def with_beacons(test):
    sending = asyncio.create_task(send_beacons(5064, ["127.0.0.1"], asyncio.Event()))
    try:
        return await test
    finally:
        sending.cancel()
        await asyncio.wait([sending])
        assert sending.cancelled()


@with_loop
async def test_a_beacon_tells_where_the_server_is(repeater):
    """Its port; the address is that from which it comes."""
    told = await with_beacons(beacon(repeater))

    assert (told.server_port, told.version, told.header.parameter2) == (5064, 13, 0)


@with_loop
async def test_beacons_are_numbered(repeater, monkeypatch):
    """From 0: a client that sees it start again knows of a new server."""
    monkeypatch.setattr(beacons, "_FIRST", 0.001)

    async def several():
        return [(await beacon(repeater)).beacon_id for _ in range(4)]

    assert await with_beacons(several()) == [0, 1, 2, 3]


@with_loop
async def test_beacons_become_rarer_up_to_the_period(repeater, monkeypatch):
    """Each pause is twice the one before; with news they begin again."""
    monkeypatch.setenv("EPICS_CAS_BEACON_PERIOD", "1")
    pauses = []

    class Enough(Exception):
        pass

    async def is_set_within(seconds, news):
        pauses.append(seconds)
        if len(pauses) == 10:
            raise Enough
        return len(pauses) == 8

    monkeypatch.setattr(beacons, "_is_set_within", is_set_within)
    with pytest.raises(Enough):
        await send_beacons(5064, ["127.0.0.1"], asyncio.Event())

    assert pauses == [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1, 1, 0.02, 0.04]


@with_loop
async def test_pvs_that_come_are_news(repeater, monkeypatch):
    """A client that misses one hears a beacon when it is there, long before the next one is due."""
    monkeypatch.setattr(beacons, "_FIRST", 30.0)
    monkeypatch.setenv("EPICS_CAS_BEACON_PERIOD", "30")
    server = Server({})
    serving = asyncio.create_task(server.serve(["127.0.0.1"], free_port()))
    try:
        numbers = [(await beacon(repeater)).beacon_id]
        server.add(PVs("T:").pvdb)
        numbers.append((await beacon(repeater)).beacon_id)
    finally:
        serving.cancel()
        await asyncio.wait([serving])

    assert numbers == [0, 1]


@with_loop
async def test_a_beacon_that_cannot_be_sent_does_not_end_them(repeater, monkeypatch):
    """Others are sent all the same."""
    monkeypatch.setenv(LIST, f"192.0.2.1:0 {os.environ[LIST]}")

    assert (await with_beacons(beacon(repeater))).server_port == 5064


@pytest.fixture
def plain(monkeypatch):
    """An environment that says nothing of beacons, whatever is done to it."""
    for each in (LIST, AUTO):
        monkeypatch.setenv(each, "")
        monkeypatch.delenv(each)


@pytest.mark.usefixtures("plain")
def test_beacons_stay_here_where_only_this_host_is_served(monkeypatch):
    """Nobody else could connect; the environment, which others read, is left as it is."""
    monkeypatch.setenv("EPICS_CAS_BEACON_PORT", "5099")

    assert beacon_addresses(["127.0.0.1"]) == [("127.0.0.1", 5099)]
    assert not {AUTO, LIST} & os.environ.keys()


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("interfaces", [["0.0.0.0"], ["127.0.0.1", "10.0.0.7"]])
def test_beacons_go_out_where_others_are_served(interfaces):
    """As the environment says, which says nothing."""
    assert beacon_addresses(interfaces) == caproto.get_beacon_address_list()
    assert "255.255.255.255" in [host for host, _ in beacon_addresses(interfaces)]


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("name", "value", "hosts"),
    [(LIST, "127.0.0.9", {"127.0.0.9", "255.255.255.255"}), (AUTO, "YES", {"255.255.255.255"})],
)
def test_what_the_environment_says_of_beacons_wins(monkeypatch, name, value, hosts):
    """Whoever set it knows."""
    monkeypatch.setenv(name, value)

    assert {host for host, _ in beacon_addresses(["127.0.0.1"])} == hosts
