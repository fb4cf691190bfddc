"""The server as a whole: who is connected, and how it begins and ends."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket

import caproto
import pytest

from reioc.ioc.channel_access import Client as Who
from reioc.ioc.channel_access import PortUnavailable, Server
from reioc.ioc.channel_access import server as module
from reioc.ioc.channel_access.wire import Command, Framer, message

from ...system.support import free_port
from .client import Client, PVs
from .fake_transport import settle, with_loop

HERE = "127.0.0.1"
PATIENCE = 10


@pytest.fixture(autouse=True)
def _beacons_stay_here(monkeypatch):
    """And the environment as it was."""
    monkeypatch.setenv("EPICS_CAS_AUTO_BEACON_ADDR_LIST", "NO")
    monkeypatch.setenv("EPICS_CAS_BEACON_ADDR_LIST", HERE)


# Who is connected


@with_loop
async def test_it_knows_who_is_connected():
    """From where, and as they call themselves; until they go."""
    server = Server(PVs("T:").pvdb)
    anna, bob = await Client.of(server), await Client.of(server, user="bob", host="xf11", address="10.0.0.7")
    assert {each.user for each in server.clients} == {"anna", "bob"}
    anna.wire.hang_up()
    await settle()

    assert server.clients == (Who("bob", "xf11", bob.wire.get_extra_info("peername")),)


@with_loop
async def test_there_is_room_for_so_many_clients_and_no_more(monkeypatch, caplog):
    """One that comes too much is disconnected, and the log tells from where; one that goes makes room."""
    monkeypatch.setattr(module, "MAX_CLIENTS", 2)
    server = Server(PVs("T:").pvdb)
    first, second = await Client.of(server), await Client.of(server)
    third = Client(server, address="10.0.0.7")
    await settle()
    assert (third.is_connected, bytes(third.wire.sent)) == (False, b"")
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    assert "(10.0.0.7:" in caplog.text
    assert len(server.clients) == 2
    assert await second.is_served
    first.wire.hang_up()
    await settle()

    assert await (await Client.of(server)).is_served


@with_loop
async def test_everybody_may_write_unless_something_else_is_said():
    """Settings, that is."""
    client = await Client.of(Server(PVs("T:").pvdb), "T:Low", "T:High")

    assert [client[name].access_rights for name in ("T:Low", "T:High")] == [3, 1]


# Its end


@with_loop
async def test_clients_get_what_is_on_its_way_before_it_ends(monkeypatch):
    """At once, where they take it."""
    server = Server(PVs("T:").pvdb)
    clients = [await Client.of(server) for _ in range(3)]
    for each in clients:
        each.circuit.outbox.send(message(Command.ECHO))
    await asyncio.wait_for(server._say_goodbye(), PATIENCE)

    assert server.clients == ()
    assert [[type(each) for each in client.heard()] for client in clients] == [[caproto.EchoResponse]] * 3


@with_loop
async def test_a_client_that_takes_nothing_does_not_keep_it_from_ending(monkeypatch):
    """It has a moment."""
    monkeypatch.setattr(module, "LEAVING", 0.01)
    server = Server(PVs("T:").pvdb)
    client, other = await Client.of(server), await Client.of(server)
    client.freeze()
    client.circuit.outbox.send(message(Command.ECHO))
    await asyncio.wait_for(server._say_goodbye(), PATIENCE)
    await settle()

    assert (client.wire.is_gone, other.wire.is_gone, server.clients) == (True, True, ())


@with_loop
async def test_without_clients_it_ends_at_once(monkeypatch):
    """Nobody has to be waited for; nor where all have gone before."""
    monkeypatch.setattr(module, "LEAVING", 1e9)
    server = Server({})
    await asyncio.wait_for(server._say_goodbye(), PATIENCE)
    client = await Client.of(server)
    client.wire.hang_up()
    await settle()
    await asyncio.wait_for(server._say_goodbye(), PATIENCE)


# With sockets


class Serving:
    """A server that serves on 127.0.0.1 meanwhile."""

    def __init__(self, server, port):
        self.server, self.port, self.times = server, port, 0
        self._ready = asyncio.Event()

    def _is_ready(self):
        self.times += 1
        self._ready.set()

    async def __aenter__(self):
        self._task = asyncio.create_task(self.server.serve([HERE], self.port, self._is_ready))
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait([self._task, ready], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        assert self.times == 1
        return self

    async def __aexit__(self, *_):
        self._task.cancel()
        await asyncio.wait([self._task], timeout=PATIENCE)
        assert self._task.cancelled()


async def first_message(reader):
    framer = Framer(1000)
    async with asyncio.timeout(PATIENCE):
        while (msg := framer.next()) is None:
            framer.feed(await reader.read(1000))
    return msg


@with_loop
async def test_it_can_be_connected_to_when_it_says_so():
    """By TCP; the one who serves is told of whoever comes."""
    server, port = Server(PVs("T:").pvdb), free_port()
    async with Serving(server, port):
        reader, writer = await asyncio.open_connection(HERE, port)
        told = await first_message(reader)
        assert (told.command, told.count) == (Command.VERSION, 13)
        assert [each.address for each in server.clients] == [writer.get_extra_info("sockname")]
        assert server.port == port
        writer.close()
        await writer.wait_closed()


@with_loop
async def test_it_answers_searches_when_it_says_so():
    """By UDP, with its port."""
    port = free_port()
    loop = asyncio.get_running_loop()
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        async with Serving(Server(PVs("T:").pvdb), port):
            asked = message(Command.SEARCH, b"T:Low\0", data_type=5, count=13, p1=7, p2=7)
            await loop.sock_sendto(client, asked, (HERE, port))
            async with asyncio.timeout(PATIENCE):
                data, _ = await loop.sock_recvfrom(client, 1000)
    _, told = caproto.Broadcaster(our_role=caproto.CLIENT).recv(data, (HERE, port))

    assert (told.cid, told.port) == (7, port)


@with_loop
async def test_when_it_ends_its_clients_are_disconnected_and_the_port_is_free():
    """At once, for the next one."""
    server, port = Server(PVs("T:").pvdb), free_port()
    for _ in range(2):
        async with Serving(server, port):
            reader, writer = await asyncio.open_connection(HERE, port)
            await first_message(reader)
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


@with_loop
async def test_where_the_port_cannot_be_had_it_is_not_ready():
    """It raises instead."""
    port = free_port()
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind((HERE, port))
        ready = []
        with pytest.raises(PortUnavailable, match=f"UDP port {port} of 127.0.0.1 is in use"):
            await Server({}).serve([HERE], port, lambda: ready.append(True))

    assert ready == []


@pytest.mark.parametrize(
    ("limits", "asked"),
    [
        ((1024, 1 << 20), [(5000, 1 << 20)]),
        ((1024, 4096), [(4096, 4096)]),
        ((1024, resource.RLIM_INFINITY), [(5000, resource.RLIM_INFINITY)]),
        ((1 << 20, 1 << 20), []),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), []),
        ((4096, 4096), []),
    ],
)
def test_it_may_have_as_many_files_as_clients_where_the_system_lets_it(limits, asked, monkeypatch):
    """Never fewer than before."""
    made = []
    monkeypatch.setattr(module.resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(module.resource, "setrlimit", lambda _, wanted: made.append(wanted))
    module._allow_files()

    assert made == asked
