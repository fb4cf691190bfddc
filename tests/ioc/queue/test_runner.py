"""The queue runs its items, and stops where it should."""

from __future__ import annotations

import asyncio

import pytest

from reioc.engine import State
from reioc.ioc.bridge import Failure
from reioc.ioc.queue.runner import QueueState

from .support import one_point, with_beamline


def test_all_that_waits_is_run_in_order(RE):
    """And the start is done when nothing waits any more."""

    async def test(beamline):
        await beamline.add("one_point", sample="a")
        await beamline.add("one_point", sample="b")
        assert await beamline.runner.start() == "the queue is empty"
        assert [doc["sample"] for doc in beamline.started] == ["a", "b"]
        assert beamline.past == [("one_point", "success")] * 2
        assert (beamline.runner.state, beamline.waiting) == (QueueState.STOPPED, [])

    with_beamline(RE, test)


def test_a_run_tells_who_has_added_its_item(RE):
    """And which item it was; not who has started the queue."""

    async def test(beamline):
        [item] = await beamline.add("one_point")
        await beamline.runner.start()
        [doc] = beamline.started
        assert (doc["operator"], doc["queue_item"]) == ("user@host", item.uid)

    with_beamline(RE, test)


@pytest.mark.parametrize("plan", ["broken", "unmade"])
def test_a_failed_plan_stops_the_queue(RE, plan):
    """Its item is first again, with the same uid, and the start fails."""

    async def test(beamline):
        items = await beamline.add(plan, "one_point")
        with pytest.raises(Failure, match="first in the queue again"):
            await beamline.runner.start()
        assert [item.uid for item in beamline.queue.line] == [item.uid for item in items]
        assert beamline.past == [(plan, "fail")]
        assert "has failed" in beamline.runner.message

    with_beamline(RE, test)


@pytest.mark.parametrize("plan", ["broken", "unmade"])
def test_a_failed_plan_is_skipped_where_that_is_set(RE, plan):
    """It is in the history, and nowhere else."""

    async def test(beamline):
        await beamline.queue.set_on_failure("skip")
        await beamline.add(plan, "one_point")
        await beamline.runner.start()
        assert beamline.past == [(plan, "fail"), ("one_point", "success")]
        assert beamline.waiting == []

    with_beamline(RE, test)


@pytest.mark.parametrize("end", ["abort", "halt"])
@pytest.mark.parametrize("on_failure", ["stop", "skip"])
def test_what_is_aborted_or_halted_stops_the_queue(RE, end, on_failure):
    """Also where failures are skipped: somebody has decided it. The item is first again."""

    async def test(beamline):
        await beamline.queue.set_on_failure(on_failure)
        await beamline.add("waiting", "one_point")
        over = await beamline.start()
        await getattr(beamline.bridge, end)("the sample fell off")
        with pytest.raises(Failure, match="the sample fell off"):
            await over
        assert beamline.waiting == ["waiting", "one_point"]
        assert beamline.past == [("waiting", end)]

    with_beamline(RE, test)


def test_a_plan_that_is_stopped_is_done(RE):
    """And the queue stops after it: the start has not failed."""

    async def test(beamline):
        await beamline.add("waiting", "one_point")
        over = await beamline.start()
        await beamline.bridge.stop("enough")
        assert "enough" in await over
        assert (beamline.waiting, beamline.past) == (["one_point"], [("waiting", "stop")])

    with_beamline(RE, test)


def test_a_pause_after_the_run_stops_the_queue_when_the_plan_is_over(RE):
    """The plan cannot pause any more, so that the next one waits."""

    async def test(beamline):
        await beamline.add("waiting", "one_point")
        over = await beamline.start()
        paused = beamline.bridge.pause_after_run("")
        beamline.let_go()
        await asyncio.gather(over, paused)
        assert (beamline.waiting, beamline.past) == (["one_point"], [("waiting", "success")])
        assert "pause after" in beamline.runner.message

    with_beamline(RE, test)


def test_stop_lets_the_plan_that_runs_end(RE):
    """And is done when the queue has stopped."""

    async def test(beamline):
        await beamline.add("waiting", "one_point")
        over = await beamline.start()
        stopped = asyncio.ensure_future(beamline.runner.stop())
        assert beamline.runner.state is QueueState.STOPPING
        assert RE.state is State.RUNNING
        await beamline.bridge.stop("")
        await asyncio.gather(over, stopped)
        assert beamline.waiting == ["one_point"]

    with_beamline(RE, test)


def test_a_loop_adds_what_is_done_again(RE):
    """As an item of its own, at the end."""

    async def test(beamline):
        await beamline.queue.set_loop(True)
        items = [*await beamline.add("one_point", sample="a"), *await beamline.add("one_point", sample="b")]
        over = asyncio.ensure_future(beamline.runner.start())
        await beamline.until(lambda: len(beamline.started) >= 4)
        beamline.runner.stop()
        await over
        assert [doc["sample"] for doc in beamline.started[:4]] == ["a", "b", "a", "b"]
        assert len(beamline.queue.line) == 2
        assert not {item.uid for item in items} & {item.uid for item in beamline.queue.line}

    with_beamline(RE, test)


def test_an_item_that_no_longer_validates_stops_the_queue(RE):
    """It is first still, and the reason is told."""

    async def test(beamline):
        await beamline.add("nothing", "one_point")
        beamline.offer(one_point)
        with pytest.raises(Failure, match="no plan 'nothing'"):
            await beamline.runner.start()
        assert (beamline.waiting, beamline.past) == (["nothing", "one_point"], [])

    with_beamline(RE, test)


def test_an_item_that_no_longer_validates_can_be_skipped(RE):
    """It is in the history, as not started."""

    async def test(beamline):
        await beamline.queue.set_on_failure("skip")
        await beamline.add("nothing", "one_point")
        beamline.offer(one_point)
        await beamline.runner.start()
        assert beamline.past == [("nothing", "fail"), ("one_point", "success")]
        assert "not started: no plan 'nothing'" in beamline.history.entries[-1]["reason"]

    with_beamline(RE, test)


def test_a_service_that_ends_gives_its_plan_back(RE):
    """Stopped by the service, the plan is not done: it is first again."""

    async def test(beamline):
        await beamline.add("waiting", "one_point")
        over = await beamline.start()
        beamline.runner.give_back("the service ends")
        await beamline.bridge.stop("the service ends")
        await beamline.runner.rest()
        assert "the service ends" in await over
        assert (beamline.waiting, beamline.past) == (["waiting", "one_point"], [("waiting", "stop")])

    with_beamline(RE, test)


def test_whoever_waits_for_rest_finds_the_queue_at_rest(RE):
    """What is to be written is written before anybody is told."""

    async def test(beamline):
        seen = []

        async def look():
            seen.append((beamline.runner.state, beamline.runner.has_nothing_to_run))

        beamline.runner.before_rest.append(look)
        await beamline.add("one_point")
        await beamline.runner.start()
        assert seen == [(QueueState.STOPPED, True)]

    with_beamline(RE, test)


def test_the_history_of_a_plan_from_python(RE):
    """What its documents tell of it, with the time in which it was active."""

    async def test(beamline):
        result = await asyncio.wrap_future(RE.submit(one_point("a", number=3)))
        await beamline.until(lambda: len(beamline.history.entries) == 1)
        [entry] = beamline.history.entries
        assert (entry["plan"], entry["exit_status"], entry["by"], entry["points"]) == ("one_point", "success", "", 3)
        assert (entry["run_uids"], entry["scan_ids"]) == (list(result.uids), [1])
        assert 0 < entry["seconds"] <= entry["ended"] - entry["started"] + 0.001

    with_beamline(RE, test)
