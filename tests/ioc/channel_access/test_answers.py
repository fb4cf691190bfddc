"""What a client is answered, message by message."""

from __future__ import annotations

import caproto
import pytest
from caproto import CAStatus

from reioc.ioc.channel_access import Server, answers
from reioc.ioc.channel_access.wire import Command, message
from reioc.ioc.pvs import post

from .client import Client, PVs
from .fake_transport import with_loop


def kinds(commands):
    return [type(each) for each in commands]


@with_loop
async def test_an_echo_is_answered():
    """By which a client finds out whether the server is there."""
    client = await Client.of(Server({}))

    assert kinds(await client.say(caproto.EchoRequest())) == [caproto.EchoResponse]


@with_loop
async def test_a_client_that_is_byte_by_byte_is_answered():
    """However it sends."""
    client = await Client.of(Server(PVs("T:").pvdb), "T:Low")
    client.wire.chunk = 1
    (answer,) = await client.say(client["T:Low"].read())

    assert answer.data == [0.0]


@with_loop
async def test_a_search_by_tcp_is_answered():
    """With the port; where nothing is called so, only to who wants to know."""
    server = Server(PVs("T:").pvdb)
    server.port = 5064
    client = await Client.of(server)
    searches = [(b"T:Low\0", 5), (b"T:None\0", 5), (b"T:None\0", 10)]
    found, missed = await client.say_raw(
        *(message(Command.SEARCH, name, data_type=reply, count=13, p1=7, p2=7) for name, reply in searches)
    )

    assert (type(found), found.cid, found.port) == (caproto.SearchResponse, 7, 5064)
    assert (type(missed), missed.cid) == (caproto.NotFoundResponse, 7)


@with_loop
async def test_a_get_of_what_cannot_be_shown_fails():
    """With zeros, and the status of a failure; the connection lives."""
    group = PVs("T:")
    await post(group.name, "five")
    client = await Client.of(Server(group.pvdb), "T:Name")
    (answer,) = await client.say(client["T:Name"].read(data_type=6))

    assert (answer.status, list(answer.data)) == (CAStatus.ECA_GETFAIL.value, [0.0])
    assert await client.is_served


@with_loop
async def test_a_get_of_the_old_kind_that_fails_is_an_error():
    """Its answer has no room for a status."""
    group = PVs("T:")
    await post(group.name, "five")
    client = await Client.of(Server(group.pvdb), "T:Name")
    asked = message(Command.READ, data_type=6, count=1, p1=client["T:Name"].sid, p2=4)
    (told,) = await client.say_raw(asked)

    assert (told.status, told.cid) == (CAStatus.ECA_GETFAIL.value, client["T:Name"].cid)
    assert bytes(told.original_request) == asked


@pytest.mark.filterwarnings("ignore:ReadResponse was deprecated")
@with_loop
async def test_a_get_of_the_old_kind_is_answered_with_the_channel():
    """As it always was."""
    client = await Client.of(Server(PVs("T:").pvdb), "T:High", "T:Low")
    (answer,) = await client.say_raw(message(Command.READ, data_type=6, count=1, p1=client["T:Low"].sid, p2=4))

    assert (answer.header.parameter1, answer.ioid, list(answer.data)) == (client["T:Low"].cid, 4, [0.0])


@pytest.mark.parametrize(
    ("data_type", "count", "status", "why"),
    [
        (35, 1, CAStatus.ECA_BADTYPE, "T:Wave: there is no type 35"),
        (39, 1, CAStatus.ECA_BADTYPE, "T:Wave: there is no type 39"),
        (6, 11, CAStatus.ECA_BADCOUNT, "T:Wave has 10 elements, not 11"),
        (6, 0xFFFF_FFFF, CAStatus.ECA_BADCOUNT, "T:Wave has 10 elements, not 4294967295"),
    ],
)
@pytest.mark.parametrize("command", [Command.READ_NOTIFY, Command.READ, Command.EVENT_ADD])
@with_loop
async def test_types_and_counts_that_are_not_are_told_of(command, data_type, count, status, why):
    """By an error about the message; the connection lives."""
    client = await Client.of(Server(PVs("T:").pvdb), "T:Wave")
    asked = message(command, bytes(16), data_type=data_type, count=count, p1=client["T:Wave"].sid, p2=1)
    (told,) = await client.say_raw(asked)

    assert (told.status, told.cid) == (status.value, client["T:Wave"].cid)
    assert told.error_message.rstrip(b"\0") == why.encode()
    assert bytes(told.original_request) == asked[:16]
    assert await client.is_served


# Subscriptions


@with_loop
async def test_a_subscription_tells_until_it_is_cancelled():
    """Its end is confirmed, and nothing comes after that; not even what was on its way."""
    group = PVs("T:")
    client = await Client.of(Server(group.pvdb), "T:High")
    subscribe = client["T:High"].subscribe()
    (first,) = await client.say(subscribe)
    await post(group.high, 1.0)
    (second,) = await client.say()
    (confirmed,) = await client.say(client["T:High"].unsubscribe(subscribe.subscriptionid))
    await post(group.high, 2.0)

    assert [list(each.data) for each in (first, second)] == [[0.0], [1.0]]
    assert (confirmed.payload_size, confirmed.subscriptionid) == (0, subscribe.subscriptionid)
    assert await client.say() == []


@with_loop
async def test_a_subscription_that_was_never_made_can_be_cancelled():
    """Nobody minds."""
    client = await Client.of(Server(PVs("T:").pvdb), "T:High")
    sid = client["T:High"].sid

    assert await client.say_raw(message(Command.EVENT_CANCEL, data_type=6, count=1, p1=sid, p2=99)) == []
    assert await client.is_served


@with_loop
async def test_a_number_of_a_subscription_is_used_once_at_a_time():
    """The client is told; the first one goes on."""
    group = PVs("T:")
    client = await Client.of(Server(group.pvdb), "T:High")
    again = message(Command.EVENT_ADD, bytes(12) + b"\0\1\0\0", data_type=6, count=1, p1=client["T:High"].sid, p2=4)
    _, told = await client.say_raw(again, again)
    assert told.error_message.rstrip(b"\0") == b"subscription 4 is already in use"
    await post(group.high, 1.0)

    assert [each.subscriptionid for each in await client.say_raw()] == [4]


@with_loop
async def test_a_client_may_have_so_many_subscriptions_and_no_more(monkeypatch):
    """One that it cancels makes room."""
    monkeypatch.setattr(answers, "MAX_SUBSCRIPTIONS", 2)
    client = await Client.of(Server(PVs("T:").pvdb), "T:High")
    made = [client["T:High"].subscribe() for _ in range(2)]
    await client.say(*made)
    (told,) = await client.say(client["T:High"].subscribe())
    assert (told.status, told.cid) == (CAStatus.ECA_ALLOCMEM.value, client["T:High"].cid)
    await client.say(client["T:High"].unsubscribe(made[0].subscriptionid))

    assert kinds(await client.say(client["T:High"].subscribe())) == [caproto.EventAddResponse]


@with_loop
async def test_as_many_elements_as_were_asked_for_are_told():
    """In each update; Phoebus takes fewer for a PV that is disconnected."""
    group = PVs("T:")
    client = await Client.of(Server(group.pvdb), "T:Names", "T:Text")
    sent = await client.say(client["T:Names"].subscribe(data_count=5), client["T:Text"].subscribe(data_count=100))
    await post(group.text, "hot")
    sent += await client.say()

    assert [(each.data_count, each.payload_size) for each in sent] == [(5, 200), (100, 104), (100, 104)]


@with_loop
async def test_events_that_are_turned_off_come_once_when_they_are_on():
    """The newest."""
    group = PVs("T:")
    client = await Client.of(Server(group.pvdb), "T:High")
    await client.say(client["T:High"].subscribe(), caproto.EventsOffRequest())
    for value in (1.0, 2.0):
        await post(group.high, value)
    assert await client.say() == []

    assert [list(each.data) for each in await client.say(caproto.EventsOnRequest())] == [[2.0]]
