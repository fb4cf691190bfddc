"""Commands and their acknowledgements."""

from __future__ import annotations

import asyncio

import pytest
from caproto import ChannelType
from caproto.server import PVGroup

from reioc.ioc.bridge import Failure
from reioc.ioc.desk import Desk, Result
from reioc.ioc.pvs import handled_by, text_setting
from reioc.ioc.pvs.puts import Refusal


class Board:
    """Keeps what is published."""

    def __init__(self):
        self.news = []
        self.desk = Desk("T:", self.publish, clock=lambda: 5.0)

    async def publish(self, news):
        self.news.append(news)

    @property
    def results(self):
        return [(item.seq, item.name, item.result) for item in self.news]


async def done(message="done"):
    return message


def test_command_is_accepted_and_then_done():
    """Both are told, under one number, with the name without the prefix."""
    board = Board()
    asyncio.run(board.desk.carry_out("T:Pause", done))

    assert board.results == [(1, "Pause", Result.ACCEPTED), (1, "Pause", Result.DONE)]
    assert board.news[-1].message == "done"


def test_refusal_is_told_and_fails_the_put():
    """A command that is refused says why, and the put fails with the same words."""
    board = Board()

    def command():
        raise Refusal("the engine is idle")

    with pytest.raises(Refusal, match="the engine is idle"):
        asyncio.run(board.desk.carry_out("T:Resume", command))

    assert board.results == [(1, "Resume", Result.REFUSED)]
    assert board.news[0].message == "the engine is idle"


def test_failure_after_acceptance_is_told_as_failed():
    """What was accepted and did not come true is failed, not refused."""
    board = Board()

    async def fails():
        raise Failure("the plan ended")

    with pytest.raises(Refusal, match="the plan ended"):
        asyncio.run(board.desk.carry_out("T:Pause", fails))

    assert [result for _, _, result in board.results] == [Result.ACCEPTED, Result.FAILED]


def test_refusal_that_is_found_out_later_is_one_as_well():
    """Nothing is done then, and it is no fault of the IOC's."""

    async def turned_down():
        raise Refusal("beyond its limits")

    async def run():
        board = Board()
        with pytest.raises(Refusal, match="beyond its limits"):
            await board.desk.carry_out("T:Add", turned_down)
        assert board.results == [(1, "Add", Result.ACCEPTED), (1, "Add", Result.REFUSED)]

    asyncio.run(run())


def test_commands_are_begun_in_order_before_anything_is_awaited():
    """Two puts in one tick are begun in the order of their arrival, though publishing takes its time."""
    board = Board()
    begun = []

    def command(name):
        def begin():
            begun.append(name)
            return done()

        return begin

    async def both():
        await asyncio.gather(
            board.desk.carry_out("T:Stop", command("stop")), board.desk.carry_out("T:Resume", command("resume"))
        )

    asyncio.run(both())

    assert begun == ["stop", "resume"]


def test_all_that_is_told_is_audited():
    """The same words, to whoever keeps them; but for a setting whose change is told of elsewhere."""
    board, audited = Board(), []
    board.desk = Desk("T:", board.publish, clock=lambda: 5.0, audit=audited.append)

    async def everything():
        await board.desk.carry_out("T:Pause", done)
        await board.desk.turn_away("T:Low", "not a value")
        with pytest.raises(Refusal, match="no"):
            await board.desk.refuse("T:High", "no")
        await board.desk.note("T:Reason", "because")
        await board.desk.note("T:Delay", "delay: 0 -> 3", audited=False)

    asyncio.run(everything())

    assert board.news[-1].name == "Delay"
    assert audited == board.news[:-1]
    assert [(item.name, item.result.name) for item in audited] == [
        *[("Pause", "ACCEPTED"), ("Pause", "DONE"), ("Low", "REFUSED"), ("High", "REFUSED"), ("Reason", "DONE")]
    ]


def test_what_keeps_the_engine_is_in_the_acceptance():
    """Who commands a blocked engine is told at once; what has become of it then says nothing of that any more."""
    board, asked = Board(), []

    def waits_for(command):
        asked.append(command)
        return "the engine is blocked in m1.set"

    board.desk = Desk("T:", board.publish, clock=lambda: 5.0, waits_for=waits_for)
    asyncio.run(board.desk.carry_out("T:Pause", done))

    assert asked == ["Pause"]
    assert [item.message for item in board.news] == ["accepted; the engine is blocked in m1.set", "done"]


def test_what_is_refused_waits_for_nothing():
    """The engine is not asked what it is in, nor is it for a setting."""
    board, asked = Board(), []
    board.desk = Desk("T:", board.publish, clock=lambda: 5.0, waits_for=asked.append)

    def command():
        raise Refusal("the engine is idle")

    async def everything():
        with pytest.raises(Refusal):
            await board.desk.carry_out("T:Pause", command)
        await board.desk.note("T:Reason", "because")

    asyncio.run(everything())

    assert asked == []


def test_the_put_is_in_what_is_told():
    """User, host and address of whoever has put."""
    board = Board()

    class Group(PVGroup):
        reason = text_setting("Reason", "A text", put=handled_by("take"))

        async def take(self, pv, value):
            await board.desk.note(pv.pvname, value)

    pv = Group("T:").reason
    asyncio.run(pv.auth_write("pc", "bob", [b"tea"], ChannelType.STRING, None, user_address=("10.1.2.3", 4)))

    assert [(item.by, item.address, item.message) for item in board.news] == [("bob@pc", "10.1.2.3", "tea")]


def test_setting_is_noted_as_done():
    """A setting that is taken at once has one acknowledgement."""
    board = Board()
    asyncio.run(board.desk.note("T:Reason", "because"))

    assert board.results == [(1, "Reason", Result.DONE)]
