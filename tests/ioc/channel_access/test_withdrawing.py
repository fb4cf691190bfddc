"""PVs that come and go while they are served."""

from __future__ import annotations

import asyncio

import caproto
import pytest

from reioc.ioc.channel_access import Server
from reioc.ioc.channel_access.lookup import look_up
from reioc.ioc.pvs import post

from .client import Client, PVs
from .fake_transport import settle, with_loop


@pytest.fixture
def group():
    return PVs("T:")


@with_loop
async def test_clients_that_are_connected_are_told(group):
    """Of the PV, of its fields and of what is asked of it with modifiers; of others nothing."""
    server = Server(group.pvdb)
    gone = ["T:Low", "T:Low.DESC", "T:Low.EGU", 'T:Low.{"dbnd":{"abs":1}}']
    one = await Client.of(server, *gone, "T:High", "T:High.DESC")
    two = await Client.of(server, "T:High", "T:Low.PREC")
    server.withdraw(["T:Low"])

    assert await one.disconnected() == gone
    assert await two.disconnected() == ["T:Low.PREC"]


def test_what_is_withdrawn_is_not_found_any_more(group):
    """Neither are its fields; when it comes again, they are."""
    server = Server(group.pvdb)
    assert look_up(server.pvdb, "T:Low.DESC")
    server.withdraw(["T:Low"])
    assert not any(look_up(server.pvdb, name) for name in ("T:Low", "T:Low.DESC", "T:Low."))
    assert look_up(server.pvdb, "T:High.DESC")
    server.add({"T:Low": group.low})

    assert look_up(server.pvdb, "T:Low.DESC")


@pytest.mark.parametrize("name", ["T:Low", "T:Low.DESC"])
@with_loop
async def test_nobody_is_sent_its_values_any_more(group, name):
    """Its subscriptions go with it; those on others stay."""
    server = Server(group.pvdb)
    client = await Client.of(server, name, "T:High")
    await client.say(client[name].subscribe(), client["T:High"].subscribe())
    server.withdraw(["T:Low"])
    await client.disconnected()
    await group.low.write(3.0, verify_value=False)
    assert await client.say() == []
    await group.high.write(3.0, verify_value=False)

    assert [list(each.data) for each in await client.say()] == [[3.0]]


@pytest.mark.parametrize("trouble", ["has just gone", "takes nothing"])
@with_loop
async def test_one_that_cannot_be_told_does_not_keep_the_others_from_it(group, trouble):
    """It goes at the same moment, or does not take what it is sent."""
    server = Server(group.pvdb)
    clients = [await Client.of(server, "T:Low") for _ in range(3)]
    by_circuit = {each.circuit: each for each in clients}
    first, *others = (by_circuit[each] for each in server._circuits)  # in the order in which they are told
    if trouble == "takes nothing":
        first.freeze()
        first.send(caproto.EchoRequest())
        await settle()
        assert first.circuit.outbox.is_blocked
    else:
        first.wire.break_off()
    server.withdraw(["T:Low"])

    assert [await each.disconnected() for each in others] == [["T:Low"]] * 2


@with_loop
async def test_one_that_takes_nothing_is_told_when_it_does(group):
    """What it was sent before comes before."""
    server = Server(group.pvdb)
    client = await Client.of(server, "T:Low", "T:High")
    await client.say(client["T:High"].subscribe())
    client.freeze()
    for value in (1.0, 2.0):
        await post(group.high, value)
        await settle()
    server.withdraw(["T:Low"])
    await settle()
    told = client.thaw()
    await settle()
    told += client.heard()

    assert [type(each) for each in told].count(caproto.ServerDisconnResponse) == 1
    assert [list(each.data) for each in told if isinstance(each, caproto.EventAddResponse)] == [[1.0], [2.0]]


@with_loop
async def test_another_of_the_same_name_can_be_served_at_once(group):
    """Clients of the one before are told all the same, and get the other when they connect again."""
    other = PVs("T:")
    await post(other.low, 7.0)
    server = Server(group.pvdb)
    client = await Client.of(server, "T:Low")
    server.withdraw(["T:Low"])
    server.add({"T:Low": other.low})
    assert await client.disconnected() == ["T:Low"]
    await client.connect("T:Low")

    assert [list(each.data) for each in await client.say(client["T:Low"].read())] == [[7.0]]


ASKING = {
    "read": lambda channel: channel.read(),
    "write": lambda channel: channel.write([3.0], notify=True),
    "write without an answer": lambda channel: channel.write([3.0], notify=False),
    "subscribe": lambda channel: channel.subscribe(),
    "clear": lambda channel: channel.clear(),
}


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
@with_loop
async def test_what_a_client_asks_for_too_late_costs_it_nothing_else(group, ask):
    """What was on its way when the PV was withdrawn is not answered; what it asks for next is."""
    server = Server(group.pvdb)
    client = await Client.of(server, "T:Low", "T:High")
    client.send(ask(client["T:Low"]))  # and is there only when the server next looks
    server.withdraw(["T:Low"])
    assert await client.disconnected() == ["T:Low"]
    (answer,) = await client.say(client["T:High"].read())

    assert isinstance(answer, caproto.ReadNotifyResponse)
    assert group.low.value == 0.0


@with_loop
async def test_a_subscription_that_is_cancelled_too_late_costs_nothing_else(group):
    """It has ended with its PV."""
    server = Server(group.pvdb)
    client = await Client.of(server, "T:Low", "T:High")
    subscribe = client["T:Low"].subscribe()
    await client.say(subscribe)
    client.send(client["T:Low"].unsubscribe(subscribe.subscriptionid))
    server.withdraw(["T:Low"])
    await settle()

    assert [type(each) for each in client.overheard()] == [caproto.ServerDisconnResponse]
    assert await client.is_served


@with_loop
async def test_a_put_that_is_under_way_is_carried_out_and_answered(group):
    """Though its PV goes meanwhile: the client waits for it."""
    begun, may_end = asyncio.Event(), asyncio.Event()

    class Slow(caproto.ChannelDouble):
        async def verify_value(self, value):
            begun.set()
            await may_end.wait()
            return value

    pv = Slow(value=0.0)
    server = Server({"pv": pv})
    client = await Client.of(server, "pv")
    client.send(client["pv"].write([2.0], notify=True))
    await begun.wait()
    server.withdraw(["pv"])
    may_end.set()
    await settle()

    assert pv.value == 2.0
    assert [type(each) for each in client.overheard()] == [caproto.ServerDisconnResponse, caproto.WriteNotifyResponse]


def test_withdrawing_before_anything_is_served_is_possible(group):
    """A suspender may go while the service starts."""
    server = Server({"T:Low": group.low, "T:High": group.high})
    server.withdraw(["T:Low", "T:None"])

    assert list(server.pvdb) == ["T:High"]


def test_the_pvs_of_whoever_made_the_server_stay_its_own(group):
    """What comes and goes does so in the server."""
    pvdb = dict(group.pvdb)
    server = Server(pvdb)
    server.withdraw(["T:Low"])

    assert "T:Low" in pvdb
