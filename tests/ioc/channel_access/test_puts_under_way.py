"""Puts under way: in which order, how many, and when their client goes."""

from __future__ import annotations

import caproto
import pytest
from caproto import CAStatus

from reioc.ioc.channel_access import Server, circuit
from reioc.ioc.channel_access.wire import Command, message

from .client import Client, PVs
from .fake_transport import settle, with_loop
from .putting import Slow, put, put_status


@pytest.mark.parametrize("notify", [True, False])
@with_loop
async def test_who_puts_and_then_gets_gets_what_was_put(notify):
    """Also in one packet, and also a put for which nobody waits."""
    client = await Client.of(Server(PVs("T:").pvdb), "T:Low")
    for value in (1.0, 2.0, 3.0):
        client.send(put(client, "T:Low", value, notify=notify), client["T:Low"].read())
    await settle()
    got = [each.data[0] for each in client.heard() if isinstance(each, caproto.ReadNotifyResponse)]

    assert got == [1.0, 2.0, 3.0]


@with_loop
async def test_puts_of_a_client_begin_in_their_order():
    """Each one after the other, without a turn of the loop for each."""
    group = Slow("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    client.send(*(put(client, "T:Low", float(value)) for value in range(20)))
    await settle()

    assert group.begun == list(range(20))


@with_loop
async def test_a_put_that_takes_its_time_keeps_nothing_else_waiting():
    """A get after it is answered."""
    group = Slow("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    client.send(put(client, "T:Low", 1.0), client["T:Low"].read())
    await settle()

    assert [type(each) for each in client.heard()] == [caproto.ReadNotifyResponse]


@pytest.mark.parametrize("slow", [False, True])
@with_loop
async def test_what_a_put_has_changed_is_told_before_it_is_complete(slow):
    """Clients read then what they were told last; also one that does not keep up."""
    group = Slow("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    await client.say(client["T:Low"].subscribe())
    client.send(*(put(client, "T:Low", value) for value in (1.0, 2.0)))
    await settle()
    if slow:
        client.freeze()
        client.send(client["T:Low"].read())  # whose answer it does not take
        await settle()
    group.may_end.set()
    told = []
    for _ in range(4):
        await settle()
        told += [each for each in client.heard() if not isinstance(each, caproto.ReadNotifyResponse)]
    order = [each.data[0] if isinstance(each, caproto.EventAddResponse) else type(each) for each in told]

    done = caproto.WriteNotifyResponse
    assert order == ([1.0, 2.0, done, done] if slow else [1.0, done, 2.0, done])


# How many


@with_loop
async def test_a_client_with_too_many_puts_under_way_has_to_wait(monkeypatch):
    """Nothing more is read from it until one is over; then all is, to the end."""
    monkeypatch.setattr(circuit, "MAX_PUTS", 3)
    group = Slow("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    client.wire.chunk = 32  # a put
    client.send(*(put(client, "T:Low", float(value)) for value in range(10)))
    await settle()
    assert group.begun == [0, 1, 2]
    assert client.wire.unread > 0

    group.may_end.set()
    await settle()
    assert group.begun == list(range(10))
    assert len(client.heard()) == 10
    assert client.wire.is_reading()


@with_loop
async def test_a_client_with_too_many_puts_under_way_concerns_nobody_else(monkeypatch):
    """Others put as ever."""
    monkeypatch.setattr(circuit, "MAX_PUTS", 3)
    group = Slow("T:")
    server = Server(group.pvdb | PVs("P:").pvdb)
    client, other = await Client.of(server, "T:Low"), await Client.of(server, "P:Low")
    client.send(*(put(client, "T:Low", float(value)) for value in range(10)))
    await settle()

    assert await put_status(other, put(other, "P:Low", 1.0)) == CAStatus.ECA_NORMAL.value
    group.may_end.set()
    await settle()


@with_loop
async def test_puts_that_are_refused_are_not_under_way(monkeypatch):
    """However many there are."""
    monkeypatch.setattr(circuit, "MAX_PUTS", 3)
    client = await Client.of(Server(PVs("T:").pvdb), "T:High")

    assert len(await client.say(*(put(client, "T:High", 1.0) for _ in range(50)))) == 50


# A client that goes


@with_loop
async def test_a_put_is_carried_out_though_its_client_has_gone():
    """It was taken in; nobody is told."""
    group = Slow("T:")
    server = Server(group.pvdb)
    client = await Client.of(server, "T:Low")
    client.send(*(put(client, "T:Low", float(value)) for value in range(10)))
    await settle()
    client.wire.hang_up()
    await settle()
    assert server.clients == ()
    group.may_end.set()
    await settle()

    assert group.low.value == 9.0
    assert (server._puts, client.wire.lost_writes) == (set(), 0)


@with_loop
async def test_puts_that_were_not_taken_in_are_not_carried_out(monkeypatch):
    """If the connection breaks meanwhile."""
    monkeypatch.setattr(circuit, "MAX_PUTS", 2)
    group = Slow("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    client.send(*(put(client, "T:Low", float(value)) for value in range(5)))
    await settle()
    client.wire.break_off()
    group.may_end.set()
    await settle()

    assert group.begun == [0, 1]


@with_loop
async def test_puts_of_a_client_that_goes_at_once_are_carried_out(monkeypatch):
    """All that it has sent: whoever puts without waiting may leave."""
    monkeypatch.setattr(circuit, "TURN", 2)
    monkeypatch.setattr(circuit, "MAX_PUTS", 3)
    group = PVs("T:")
    server = Server(group.pvdb)
    client = await Client.of(server, "T:Low")
    client.wire.chunk = 100
    client.send(*(put(client, "T:Low", value / 10, notify=False) for value in range(50)))
    client.wire.hang_up()
    await settle()

    assert (group.low.value, server.clients) == (4.9, ())


@with_loop
async def test_a_put_is_answered_though_its_channel_has_gone():
    """Its number is known to the client as long as it waits."""
    group = Slow("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    command = put(client, "T:Low", 1.0)
    await client.say(command)
    await client.say_raw(message(Command.CLEAR_CHANNEL, p1=client["T:Low"].sid, p2=client["T:Low"].cid))
    group.may_end.set()
    await settle()

    assert [(type(each), each.ioid) for each in client.overheard()] == [(caproto.WriteNotifyResponse, command.ioid)]
