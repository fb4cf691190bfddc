"""The `Cmd:` PVs, to whoever monitors them."""

from __future__ import annotations

import asyncio

from reioc.ioc.desk import Acknowledgement, Result
from reioc.ioc.groups.commands import AcknowledgementGroup


class Listener:
    """Hears of Seq, as a client's monitor does, and looks at the others then."""

    def __init__(self, group):
        self.group, self.heard = group, []

    async def publish(self, channel, *_):
        group = self.group
        self.heard.append((channel.value, group.name_.value, group.message.value, group.result.value))


def heard_of(*news):
    """What a monitor on Seq finds, when these are told at the same time."""

    async def run():
        group = AcknowledgementGroup("T:Cmd:")
        listener, show = Listener(group), group.seq.show

        async def shown(*args):
            await show(*args)
            await listener.publish(group.seq)

        group.seq.show = shown
        name_shown = group.name_.show

        async def slowly(*args):
            await name_shown(*args)
            await asyncio.sleep(0)

        group.name_.show = slowly
        await asyncio.gather(*map(group.publish, news))
        return listener.heard

    return asyncio.run(run())


def told(seq, name, result, message):
    return Acknowledgement(seq, name, result, message, "user@host", 5.0)


def test_what_is_told_of_two_commands_at_the_same_time_is_not_mixed():
    """Each monitor of Seq finds what belongs together."""
    news = told(1, "Queue:Add", Result.DONE, "first"), told(2, "Queue:Remove", Result.REFUSED, "second")
    assert heard_of(*news) == [(1, "Queue:Add", "first", "done"), (2, "Queue:Remove", "second", "refused")]


def test_the_end_of_a_command_is_told_with_its_number_again():
    """A monitor on Seq alone hears of what was accepted, and of what became of it."""
    news = told(1, "Queue:Add", Result.ACCEPTED, "accepted"), told(1, "Queue:Add", Result.DONE, "it is in")
    assert [(seq, result) for seq, _, _, result in heard_of(*news)] == [(1, "accepted"), (1, "done")]
