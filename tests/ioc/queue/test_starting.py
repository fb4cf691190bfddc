"""When the queue can be started, and what starts it."""

from __future__ import annotations

import asyncio

import pytest

from reioc.ioc.bridge import Failure
from reioc.ioc.pvs.puts import Refusal
from reioc.ioc.queue.runner import QueueState

from .support import waiting, with_beamline


def test_an_empty_queue_has_nothing_to_do(RE):
    """Starting it is no mistake."""

    async def test(beamline):
        assert "empty" in await beamline.runner.start()
        assert beamline.runner.has_nothing_to_run

    with_beamline(RE, test)


def test_start_takes_a_stop_back(RE):
    """The stop fails, and the queue goes on."""

    async def test(beamline):
        await beamline.add("waiting", "one_point")
        over = await beamline.start()
        stopped = beamline.runner.stop()
        beamline.runner.start()
        beamline.let_go()
        with pytest.raises(Failure, match="Start has taken it back"):
            await stopped
        await over
        assert beamline.past == [("waiting", "success"), ("one_point", "success")]

    with_beamline(RE, test)


def test_a_stop_before_the_first_plan_has_begun_leaves_it(RE):
    """It was taken out of the line already: it is back."""

    async def test(beamline):
        [item] = await beamline.add("one_point")
        over = beamline.runner.start()
        await beamline.runner.stop()
        await over
        assert [each.uid for each in beamline.queue.line] == [item.uid]
        assert beamline.started == []

    with_beamline(RE, test)


def test_a_stopped_queue_cannot_be_stopped(RE):
    """Which is told."""

    async def test(beamline):
        with pytest.raises(Refusal, match="does not run"):
            beamline.runner.stop()

    with_beamline(RE, test)


def test_what_keeps_all_plans_from_starting_refuses_the_start(RE):
    """Metadata that are missing, for instance."""

    async def test(beamline):
        await beamline.add("one_point")
        beamline.runner.why_not = lambda: "who is the user?"
        with pytest.raises(Refusal, match="who is the user"):
            beamline.runner.start()

    with_beamline(RE, test)


def test_what_keeps_all_plans_from_starting_stops_the_queue(RE):
    """Also where failures are skipped: the next one could not start either."""

    async def test(beamline):
        await beamline.queue.set_on_failure("skip")
        await beamline.add("one_point", "one_point")
        beamline.runner.why_not = lambda: "who is the user?" if beamline.past else ""
        with pytest.raises(Failure, match="who is the user"):
            await beamline.runner.start()
        assert (beamline.waiting, beamline.past) == (["one_point"], [("one_point", "success")])

    with_beamline(RE, test)


def test_a_busy_engine_refuses_the_start(RE):
    """The queue does not wait for somebody else's plan, and the item stays."""

    async def test(beamline):
        await beamline.add("one_point")
        run = beamline.bridge.run(waiting())
        await beamline.running()
        with pytest.raises(Refusal, match="the engine is running"):
            beamline.runner.start()
        await beamline.bridge.stop("")
        await run
        assert beamline.waiting == ["one_point"]

    with_beamline(RE, test)


def test_nobody_comes_between_two_items(RE):
    """From start to rest, whatever the engine does at the moment."""

    async def test(beamline):
        await beamline.add(*["one_point"] * 5)
        over = asyncio.ensure_future(beamline.runner.start())
        while len(beamline.past) < 5:
            assert beamline.runner.why_not_run()
            await asyncio.sleep(0)
        await over
        assert beamline.runner.why_not_run() == ""

    with_beamline(RE, test)


def test_a_plan_from_python_that_was_faster_is_waited_for(RE):
    """Nobody can keep it from starting; the queue goes on after it."""

    async def test(beamline):
        await beamline.add("one_point")
        over = beamline.runner.start()
        RE.submit(waiting())
        await beamline.until(lambda: "from Python" in beamline.runner.message)
        await beamline.bridge.stop("")
        await over
        assert beamline.past == [("waiting", "stop"), ("one_point", "success")]

    with_beamline(RE, test)


def test_an_item_that_is_added_starts_an_idle_queue(RE):
    """Where that is set."""

    async def test(beamline):
        await beamline.queue.set_auto_start(True)
        await beamline.add("one_point")
        await beamline.until(lambda: beamline.past == [("one_point", "success")])

    with_beamline(RE, test)


def test_an_added_item_starts_when_a_plan_of_somebody_else_is_over(RE):
    """It would wait for ever otherwise."""

    async def test(beamline):
        await beamline.queue.set_auto_start(True)
        run = beamline.bridge.run(waiting())
        await beamline.running()
        await beamline.add("one_point")
        assert beamline.runner.state is QueueState.STOPPED
        await beamline.bridge.stop("")
        await run
        await beamline.until(lambda: ("one_point", "success") in beamline.past)

    with_beamline(RE, test)


def test_a_queue_that_has_stopped_for_a_failure_is_not_started_by_the_next_item(RE):
    """What has failed would be run again, with nobody looking."""

    async def test(beamline):
        await beamline.queue.set_auto_start(True)
        await beamline.add("broken")
        await beamline.until(lambda: len(beamline.past) == 1 and beamline.runner.has_nothing_to_run)
        await beamline.add("one_point")
        assert (beamline.runner.state, beamline.waiting) == (QueueState.STOPPED, ["broken", "one_point"])

    with_beamline(RE, test)


def test_a_device_that_is_not_connected_keeps_its_item_from_starting(RE, monkeypatch):
    """The plan has not begun: it is first in the queue."""
    monkeypatch.setattr("reioc.ioc.queue.plan_queue.missing_devices", lambda _: "m1 is not connected: m1.VAL")

    async def test(beamline):
        await beamline.add("one_point")
        with pytest.raises(Failure, match="m1 is not connected"):
            await beamline.runner.start()
        assert (beamline.waiting, beamline.started) == (["one_point"], [])

    with_beamline(RE, test)


def test_somebody_who_goes_away_does_not_stop_the_queue(RE):
    """A client that disconnects takes its put with it, no more."""

    async def test(beamline):
        await beamline.add("waiting")
        first, second = await beamline.start(), asyncio.ensure_future(beamline.runner.start())
        first.cancel()
        await asyncio.sleep(0)
        assert beamline.runner.state is QueueState.RUNNING
        await beamline.bridge.stop("")
        await second

    with_beamline(RE, test)
