"""A client that wants no events for a while."""

from __future__ import annotations

from reioc.ioc.channel_access.wire import Command, message

from .fake_transport import with_loop
from .way import Way, blocked


@with_loop
async def test_one_that_wants_no_events_gets_answers():
    """Only updates stay."""
    way = Way()
    way.outbox.mute()
    way.update(way.subscription(), 1.0)
    way.outbox.send(message(Command.ECHO))

    assert await way.taken() == [Command.ECHO]


@with_loop
async def test_one_that_wants_events_again_hears_the_newest_of_each_once():
    """Of those that have changed meanwhile."""
    way = Way()
    one, two, _unchanged = way.subscription(), way.subscription(), way.subscription()
    way.outbox.mute()
    way.update(one, 1.0, 2.0, 3.0)
    way.update(two, 4.0)
    way.outbox.unmute()
    assert await way.taken() == [(1, 3.0), (2, 4.0)]
    way.outbox.unmute()

    assert await way.taken() == []


@with_loop
async def test_one_that_takes_nothing_and_wants_no_events_hears_when_both_are_over():
    """Whichever ends first."""
    for muted_longer in (True, False):
        way = await blocked()
        one = way.subscription()
        way.outbox.mute()
        way.update(one, 1.0, 2.0)
        if muted_longer:
            assert await way.taken() == [Command.ECHO]
            way.outbox.unmute()
            assert await way.taken() == [(1, 2.0)]
        else:
            way.outbox.unmute()
            assert await way.taken() == [Command.ECHO]
            assert await way.taken() == [(1, 2.0)]


@with_loop
async def test_one_that_turns_events_off_has_what_waited_replaced_by_the_newest():
    """What it could not be sent before is old by then."""
    way = await blocked()
    one = way.subscription()
    way.update(one, 1.0, 2.0)
    way.outbox.mute()
    way.update(one, 3.0)
    way.outbox.unmute()

    assert await way.all_taken() == [Command.ECHO, (1, 3.0)]
