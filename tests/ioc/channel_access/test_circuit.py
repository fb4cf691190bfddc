"""One client's connection: its turn, its flow, its end."""

from __future__ import annotations

import asyncio
import logging
import socket

import caproto
import pytest
from caproto import CAStatus

from reioc.ioc.channel_access import Server, answers, circuit
from reioc.ioc.channel_access.wire import Command, message
from reioc.ioc.pvs import post

from .client import Client, PVs
from .fake_transport import settle, until, with_loop


@with_loop
async def test_the_version_is_told_first():
    """Without being asked."""
    client = Client(Server({}))
    (version,) = await client.say()

    assert (type(version), version.version) == (caproto.VersionResponse, 13)


@with_loop
async def test_a_connection_is_set_up_for_quick_answers_and_for_noticing_that_a_client_has_gone():
    """And without more than a little in the kernel, which would be old news for a client that is slow."""
    asked = Client(Server({})).wire.socket.asked

    assert asked == {
        (socket.IPPROTO_TCP, socket.TCP_NODELAY): 1,
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
        (socket.SOL_SOCKET, socket.SO_SNDBUF): circuit.SEND_BUFFER,
    }


# Turns


@with_loop
async def test_one_that_asks_without_end_lets_the_others_have_their_turn(monkeypatch):
    """It is answered so many times, and then whoever else asks."""
    monkeypatch.setattr(circuit, "TURN", 4)
    server = Server(PVs("T:").pvdb)
    flood, other = await Client.of(server), await Client.of(server)
    before = []
    flood.send_raw(message(Command.ECHO) * 100)
    for _ in range(5):
        other.send_raw(message(Command.ECHO))
        await until(lambda: other.wire.sent)
        before.append((len(other.overheard()), len(flood.overheard())))

    assert [answered for answered, _ in before] == [1] * 5
    assert all(0 < flooded <= 4 * 4 for _, flooded in before)


@with_loop
async def test_one_that_asks_without_end_is_answered_in_the_end(monkeypatch):
    """Everything, in order, and then it is listened to again."""
    monkeypatch.setattr(circuit, "TURN", 4)
    client = await Client.of(Server(PVs("T:").pvdb), "T:Low")
    reads = [client["T:Low"].read() for _ in range(50)]

    assert [each.ioid for each in await client.say(*reads)] == [each.ioid for each in reads]
    assert client.wire.is_reading()


@with_loop
async def test_nothing_more_is_read_from_one_whose_turn_is_not_over(monkeypatch):
    """What it sends stays where it is."""
    monkeypatch.setattr(circuit, "TURN", 4)
    client = await Client.of(Server({}))
    client.wire.chunk = 16 * 10
    client.send_raw(message(Command.ECHO) * 30)
    await until(lambda: client.wire.unread < 16 * 30)

    assert (client.wire.is_reading(), client.wire.unread) == (False, 16 * 20)
    await settle()
    assert len(client.overheard()) == 30


# Flow


@with_loop
async def test_one_that_takes_no_answers_is_not_looked_at(monkeypatch):
    """What it asks is not read until it takes what it was sent; then it is, and all is answered."""
    client = await Client.of(Server(PVs("T:").pvdb), "T:Wave")
    monkeypatch.setattr(circuit, "TURN", 4)
    client.freeze(room=500)
    client.wire.chunk = 64
    reads = [client["T:Wave"].read() for _ in range(200)]
    client.send(*reads)
    await settle()
    assert client.wire.unread > 100 * 16
    assert len(client.wire.sent) < 2000

    answered = []
    while len(answered) < 200:
        await settle()
        assert client.wire.sent
        answered += client.heard()
    assert [each.ioid for each in answered] == [each.ioid for each in reads]


@with_loop
async def test_one_that_takes_no_updates_hears_the_newest_at_last():
    """While all others hear of each; and nobody who writes waits."""
    group = PVs("T:")
    server = Server(group.pvdb)
    frozen, other = await Client.of(server, "T:Text"), await Client.of(server, "T:Text")
    for each in (frozen, other):
        await each.say(each["T:Text"].subscribe())
    frozen.freeze(room=50)
    for number in range(1000):
        await post(group.text, f"{number:04}")
        (told,) = await other.say()
        assert bytes(told.data) == f"{number:04}".encode()
    late = frozen.thaw()
    await settle()
    late += frozen.heard()

    assert bytes(late[-1].data) == b"0999"
    assert len(late) <= 4 + 10  # what a PV of a long text says, and what was on its way


# Its end


@pytest.mark.parametrize("number", [5, 7, 24, 99, 65535])
@with_loop
async def test_a_message_that_is_not_is_told_of_and_ends_the_connection(number, caplog):
    """What comes after it means nothing, and is not answered."""
    caplog.set_level(logging.INFO, "reioc.ioc.channel_access")
    server = Server({})
    client = await Client.of(server)
    (told,) = await client.say_raw(message(number), message(Command.ECHO))

    assert (told.status, told.error_message.rstrip(b"\0")) == (
        CAStatus.ECA_INTERNAL.value,
        f"there is no message {number}".encode(),
    )
    assert not client.is_connected
    assert server.clients == ()
    assert "anna@xf99 (127.0.0.1:" in caplog.text


@with_loop
async def test_a_message_of_a_size_that_cannot_be_ends_the_connection():
    """As soon as its header is there; the client is told of it."""
    client = await Client.of(Server({}))
    (told,) = await client.say_raw(b"\0\1\0\7" + bytes(12))

    assert told.error_message.startswith(b"a message of 7 bytes")
    assert not client.is_connected


@with_loop
async def test_a_message_that_is_too_large_is_told_of(monkeypatch):
    """And skipped; the connection lives."""
    monkeypatch.setattr(circuit, "MAX_MESSAGE", 64)
    client = await Client.of(Server(PVs("T:").pvdb), "T:Low")
    client.wire.chunk = 32
    large = message(Command.WRITE_NOTIFY, bytes(80), data_type=6, count=10, p1=client["T:Low"].sid, p2=3)
    (told,) = await client.say_raw(large)

    assert (told.status, bytes(told.original_request)) == (CAStatus.ECA_TOLARGE.value, large[:16])
    assert told.error_message.rstrip(b"\0") == b"a message of more than 64 bytes is not taken"
    assert await client.is_served


@with_loop
async def test_a_fault_of_ours_disconnects_that_client_only(monkeypatch, caplog):
    """It would wait for ever otherwise; the log tells what it was."""
    server = Server(PVs("T:").pvdb)
    client, other = await Client.of(server), await Client.of(server)

    def fail(self, msg):
        raise ZeroDivisionError("a fault")

    monkeypatch.setitem(answers.Answers._METHODS, Command.EVENTS_OFF, fail)
    (told,) = await client.say_raw(message(Command.EVENTS_OFF))

    assert told.error_message.rstrip(b"\0") == b"the message could not be answered"
    assert (client.is_connected, other.is_connected) == (False, True)
    assert await other.is_served
    assert "a fault" in caplog.text


async def pass_time(monkeypatch, seconds):
    """The loop's clock goes on by so much at once."""
    loop = asyncio.get_running_loop()
    now = loop.time() + seconds
    monkeypatch.setattr(loop, "time", lambda: now)
    await asyncio.sleep(0)
    await settle()


@with_loop
async def test_one_that_says_nothing_is_disconnected(monkeypatch):
    """After a time, and not before."""
    client = Client(Server({}))
    await pass_time(monkeypatch, circuit.GREETING - 1)
    assert client.is_connected
    await pass_time(monkeypatch, 2)

    assert not client.is_connected


@with_loop
async def test_one_that_has_said_something_may_be_silent(monkeypatch):
    """As a client is that has nothing to ask."""
    client = await Client.of(Server({}))
    await pass_time(monkeypatch, 100 * circuit.GREETING)

    assert client.is_connected


@with_loop
async def test_one_that_goes_leaves_nothing_behind():
    """Neither subscriptions, nor channels, nor what waited for it."""
    group = PVs("T:")
    server = Server(group.pvdb)
    client = await Client.of(server, "T:High", "T:Low")
    await client.say(client["T:High"].subscribe(), client["T:Low"].subscribe())
    client.freeze()
    for value in (1.0, 2.0, 3.0):
        await post(group.high, value)
        await settle()
    client.wire.hang_up()
    await settle()

    assert (server.clients, server.monitors._watched, client.circuit.channels) == ((), {}, {})
    assert client.circuit.outbox._waiting == 0


@with_loop
async def test_one_whose_connection_breaks_in_its_turn_is_asked_nothing_more(monkeypatch):
    """What it has sent is not looked at any more."""
    monkeypatch.setattr(circuit, "TURN", 2)
    group = PVs("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    client.send(*(client["T:Low"].write([value], notify=True) for value in (1.0, 2.0, 3.0, 4.0, 5.0)))
    await until(lambda: client.circuit.puts)
    client.circuit.connection_lost(ConnectionResetError())
    await settle()

    assert group.low.value == 2.0
