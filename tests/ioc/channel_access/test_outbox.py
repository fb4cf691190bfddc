"""What is on its way to one client, who takes it or does not."""

from __future__ import annotations

import pytest
from caproto import ChannelType

from reioc.ioc.channel_access import outbox
from reioc.ioc.channel_access.readings import Reading
from reioc.ioc.channel_access.wire import ECA, Command, message

from .fake_transport import settle, with_loop
from .way import Way, blocked


@with_loop
async def test_answers_and_updates_go_in_the_order_in_which_they_are_given():
    """To a client that takes them."""
    way = Way()
    one, two = way.subscription(), way.subscription()
    way.update(one, 1.0)
    way.outbox.send(message(Command.ECHO))
    way.update(two, 2.0)
    way.update(one, 3.0)

    assert await way.taken() == [(1, 1.0), Command.ECHO, (2, 2.0), (1, 3.0)]


@with_loop
async def test_what_is_sent_together_goes_together():
    """One packet takes as long as a hundred."""
    way = Way()
    for _ in range(100):
        way.outbox.send(message(Command.ECHO))
    assert way.wire.writes == 0
    await settle()

    assert way.wire.writes == 1


@with_loop
async def test_what_is_flushed_goes_at_once():
    """And not again later."""
    way = Way()
    way.outbox.send(message(Command.ECHO))
    way.outbox.flush()
    assert way.wire.sent == message(Command.ECHO)

    assert await way.taken() == [Command.ECHO]


@pytest.mark.parametrize(("good", "status"), [(True, ECA.NORMAL), (False, ECA.GETFAIL)])
@with_loop
async def test_an_update_tells_whether_there_is_a_value(good, status):
    """Which is zeros otherwise."""
    way = Way()
    way.outbox.update(way.subscription(), Reading(b"", bytes(8), 8), good=good)
    await settle()
    way.framer.feed(way.wire.taken())
    msg = way.framer.next()

    assert (msg.p1, msg.count, msg.data_type) == (status, 1, ChannelType.DOUBLE)


# A client that takes nothing


@with_loop
async def test_updates_wait_for_a_client_that_takes_nothing():
    """All of a few; asyncio is given nothing meanwhile."""
    way = await blocked()
    one = way.subscription()
    way.update(one, 1.0, 2.0, 3.0)
    await settle()
    assert len(way.wire.sent) == 16

    assert await way.all_taken() == [Command.ECHO, (1, 1.0), (1, 2.0), (1, 3.0)]


@with_loop
async def test_the_newest_updates_are_kept(monkeypatch):
    """As many of one subscription as the limit says; in their order."""
    monkeypatch.setattr(outbox, "MAX_UPDATES", 3)
    way = await blocked()
    one, two = way.subscription(), way.subscription()
    way.update(one, *range(10))
    way.update(two, 20, 21)

    assert await way.all_taken() == [Command.ECHO, (1, 7), (1, 8), (1, 9), (2, 20), (2, 21)]


@with_loop
async def test_no_more_are_kept_than_a_pv_says():
    """Of a long array the latest are enough."""
    way = await blocked()
    few = way.subscription(backlog=2)
    way.update(few, *range(10))

    assert await way.all_taken() == [Command.ECHO, (1, 8), (1, 9)]


@with_loop
async def test_bytes_are_kept_to_a_limit(monkeypatch):
    """Of all subscriptions together."""
    monkeypatch.setattr(outbox, "MAX_WAITING", 100 * 8)
    way = await blocked()
    one, two = way.subscription(), way.subscription()
    way.update(one, *range(20), elements=10)
    way.update(two, *range(20), elements=10)
    kept = [each for each in await way.all_taken() if each != Command.ECHO]

    assert len(kept) <= 10 + 1
    assert kept[-1] == (2, 19)


@with_loop
async def test_the_newest_of_each_is_kept_whatever_the_limit(monkeypatch):
    """A client hears of the present at last."""
    monkeypatch.setattr(outbox, "MAX_WAITING", 10)
    way = await blocked()
    subscriptions = [way.subscription() for _ in range(5)]
    for value in range(10):
        for each in subscriptions:
            way.update(each, value)

    assert sorted((await way.all_taken())[1:]) == [(number, 9) for number in range(1, 6)]


@with_loop
async def test_what_has_been_taken_makes_room(monkeypatch):
    """The limits are of what waits, not of what has been sent."""
    monkeypatch.setattr(outbox, "MAX_WAITING", 5 * 8)
    way = await blocked()
    one = way.subscription()
    for _ in range(3):
        way.update(one, *range(5))
        assert [value for _, value in (await way.all_taken())[1:]] == [0, 1, 2, 3, 4]
        way.outbox.send(message(Command.ECHO))
        await settle()

    assert way.outbox._waiting == 0


@with_loop
async def test_a_backlog_goes_in_portions():
    """Of one subscription after the other, each when there is room: what waits can still be replaced by what is new."""
    way = await blocked()
    one, two = way.subscription(), way.subscription(backlog=1)
    way.update(one, 1.0, 2.0)
    way.update(two, 1.0)

    assert await way.taken() == [Command.ECHO]
    way.update(two, 2.0)
    assert await way.taken() == [(1, 1.0), (1, 2.0)]
    assert await way.taken() == [(2, 2.0)]


@with_loop
async def test_a_client_that_has_caught_up_hears_at_once_again():
    """As one that has never been slow."""
    way = await blocked()
    one = way.subscription()
    way.update(one, 1.0)
    await way.all_taken()
    way.update(one, 2.0)

    assert await way.taken() == [(1, 2.0)]


@with_loop
async def test_a_subscription_that_ends_is_forgotten():
    """Nothing more is sent of it, and the bytes are free; of the others there is."""
    way = await blocked()
    one, two = way.subscription(), way.subscription()
    way.update(one, 1.0, 2.0)
    way.update(two, 3.0)
    way.outbox.forget([one])

    assert (len(one.pending), way.outbox._waiting, list(way.outbox._late)) == (0, 8, [two])
    assert await way.all_taken() == [Command.ECHO, (2, 3.0)]


# Puts


@with_loop
async def test_a_put_is_complete_behind_the_updates_that_were_there_before():
    """Not before those that are kept for a slow client; those that come later do not hold it up."""
    way = await blocked()
    one, two, three = way.subscription(), way.subscription(), way.subscription()
    way.update(one, 1.0)
    way.update(two, 2.0)
    way.outbox.complete(message(Command.WRITE_NOTIFY))
    way.update(three, 3.0)
    way.update(one, 1.5)

    assert await way.all_taken() == [Command.ECHO, (1, 1.0), (1, 1.5), (2, 2.0), Command.WRITE_NOTIFY, (3, 3.0)]


@with_loop
async def test_a_put_is_complete_at_once_where_no_update_waits():
    """Also for a client that is slow, or wants no events; one that turns them off waits for none of them."""
    slow, mute, turning_off = await blocked(), Way(), await blocked()
    mute.outbox.mute()
    mute.update(mute.subscription(), 1.0)
    turning_off.update(turning_off.subscription(), 1.0)
    for way in (slow, mute, turning_off):
        way.outbox.complete(message(Command.WRITE_NOTIFY))
    turning_off.outbox.mute()

    assert await slow.taken() == [Command.ECHO, Command.WRITE_NOTIFY]
    assert await mute.taken() == [Command.WRITE_NOTIFY]
    assert await turning_off.all_taken() == [Command.ECHO, Command.WRITE_NOTIFY]


# Its end


@with_loop
async def test_nothing_is_written_to_one_that_has_gone():
    """Of each such write asyncio warns in the log."""
    way = Way()
    way.wire.close()
    way.outbox.send(message(Command.ECHO))
    way.update(way.subscription(), 1.0)
    await settle()

    assert way.wire.lost_writes == 0
