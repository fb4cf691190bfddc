"""In which order clients are told what has changed, and who has to wait for whom."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import caproto as ca
import pytest
from caproto._data import SubscriptionUpdate
from caproto.server import PVGroup
from caproto.server.server import PvpropertyDouble

from reioc.sim_iocs.faults import Fault, FaultInjector, Kind
from reioc.sim_iocs.faults.context import FaultyContext
from reioc.sim_iocs.faults.updates import AtOnce, Backlog
from reioc.sim_iocs.pvs.puts import DoublePut, pv

from .connection import Connection, settle

DONE = ca.WriteNotifyResponse


class Mover(PVGroup):
    """A put to `go` passes four places, and is complete at the last, if it `may_end`."""

    go = pv(DoublePut, "go", "Where to go", value=0.0, record="ao")
    place = pv(PvpropertyDouble, "place", "Where it is", value=0.0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_end = asyncio.Event()
        self.may_end.set()

    @go.putter  # pyright: ignore[reportAttributeAccessIssue]  # in the body of a group it is a pvproperty
    async def go(self, instance: Any, value: float) -> None:
        for quarter in range(1, 5):
            await self.place.write(value * quarter / 4)
        await self.may_end.wait()


class Server:
    """A server without sockets, with clients, and what is wrong with its PVs."""

    def __init__(self) -> None:
        self.group = Mover("T:")
        self.injector = FaultInjector(self.group.pvdb, prefix="T:")
        self.context = FaultyContext(dict(self.group.pvdb), ["127.0.0.1"], self.injector)
        self.clients: list[Connection] = []

    async def client(self) -> tuple[Connection, ca.ClientChannel, ca.ClientChannel]:
        """A client that knows where it is, and its channels to `go` and `place`."""
        client = Connection(self.context, len(self.clients))
        self.clients.append(client)
        go, place = await client.channel("T:go"), await client.channel("T:place")
        client.say(place.subscribe())
        await settle()
        assert client.heard() == [self.group.place.value]
        return client, go, place


def served(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """A test that runs in an event loop and is given a server, whose clients leave at the end."""

    @functools.wraps(test)
    def run() -> None:
        async def main() -> None:
            server = Server()
            await test(server)
            for client in server.clients:
                await client.leave()

        asyncio.run(main())

    del run.__wrapped__  # pytest would ask for a fixture `server`
    return run


async def _put(client: Connection, channel: ca.ClientChannel, value: float) -> list[Any]:
    """What the client hears after a put."""
    client.say(channel.write([value], notify=True))
    await settle()
    return client.heard()


@served
async def test_what_a_put_has_changed_is_told_before_it_is_complete(server: Server) -> None:
    """All of it, in order, also to who has put twice."""
    client, go, _ = await server.client()

    assert await _put(client, go, 4.0) == [1.0, 2.0, 3.0, 4.0, DONE]
    client.say(go.write([8.0], notify=True))
    assert await _put(client, go, 12.0) == [2.0, 4.0, 6.0, 8.0, DONE, 3.0, 6.0, 9.0, 12.0, DONE]


@served
async def test_what_is_frozen_does_not_hold_up_what_is_not(server: Server) -> None:
    """The put is complete without it; when the fault is over the present is told."""
    client, go, _ = await server.client()
    server.injector.attach(server.context)
    following = asyncio.create_task(server.context._follow())
    with server.injector.injected(Fault(Kind.FREEZE, "place")):
        assert await _put(client, go, 4.0) == [DONE]
    await settle()
    following.cancel()

    assert client.heard() == [4.0]


@served
async def test_a_client_that_takes_nothing_delays_nobody(server: Server) -> None:
    """The puts of others are complete; it hears of the present when it takes what there is, and of its own put."""
    frozen, its_go, _ = await server.client()
    client, go, _ = await server.client()
    frozen.freeze()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ca, "MAX_TOTAL_SUBSCRIPTION_BACKLOG", 10)
        for target in range(1, 20):
            assert (await _put(client, go, float(target)))[-2:] == [target, DONE]
    frozen.say(its_go.write([4.0], notify=True))
    await settle()
    assert client.heard() == [1.0, 2.0, 3.0, 4.0]
    frozen.thaw()
    await settle()

    told = frozen.heard()
    assert told[-5:] == [1.0, 2.0, 3.0, 4.0, DONE]
    assert len(told) < 20


@served
async def test_a_channel_that_is_cleared_is_told_nothing_more(server: Server) -> None:
    """Also where its subscription was not ended before; what else the client listens to it is told."""
    client, go, place = await server.client()
    again = await client.channel("T:place")
    client.say(again.subscribe(), place.clear())
    await settle()
    assert client.heard() == [ca.ClearChannelResponse, 0.0]
    other, its_go, _ = await server.client()

    assert await _put(client, go, 4.0) == [1.0, 2.0, 3.0, 4.0, DONE]
    assert (await _put(other, its_go, 8.0))[-1] is DONE
    assert client.heard() == [2.0, 4.0, 6.0, 8.0]


@served
async def test_what_waits_for_a_client_is_not_told_after_the_end_of_its_subscription(server: Server) -> None:
    """And the put is complete all the same."""
    client, go, place = await server.client()
    server.group.may_end.clear()
    await _put(client, go, 4.0)
    client.freeze()
    for value in (5.0, 6.0):  # one on its way, one that waits
        await server.group.place.write(value)
        await settle()
    (subscription,) = place.subscriptions
    client.say(place.unsubscribe(subscription))
    await settle()
    server.group.may_end.set()
    await settle()
    client.thaw()
    await settle()

    assert client.heard() == [5.0, DONE]


def test_of_too_many_updates_the_newest_of_each_subscription_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the newest; those that are gone already are not counted."""

    class Update:
        def __init__(self, subscriptionid: int, value: int) -> None:
            self.subscriptionid, self.value = subscriptionid, value

    async def story() -> list[tuple[int, int]]:
        backlog = Backlog()
        for number, value in [(1, 1), (2, 2), (1, 3), (3, 4)]:
            await backlog.put(functools.partial(Update, number, value))
        await backlog.put(lambda: None)
        await backlog.put(functools.partial(Update, 1, 5))
        return [(each.subscriptionid, each.value) for each in backlog.take()]

    monkeypatch.setattr(ca, "MAX_TOTAL_SUBSCRIPTION_BACKLOG", 5)
    assert asyncio.run(story()) == [(2, 2), (1, 3), (3, 4), (1, 5)]


def test_who_writes_a_pv_has_nothing_to_do_with_who_listens(caplog: pytest.LogCaptureFixture) -> None:
    """That an update cannot be passed on is logged, with the PV."""

    async def fail(*update: Any) -> None:
        raise ValueError("a bad day")

    class Spec:
        db_entry = Mover("T:").place

    asyncio.run(AtOnce(fail).put(SubscriptionUpdate((Spec,), None, None, 0, None)))
    assert "told of T:place" in caplog.text
    assert "a bad day" in caplog.text
