"""The queue from another thread."""

from __future__ import annotations

import asyncio

import pytest

from reioc.ioc.bridge import Failure
from reioc.ioc.pvs.puts import Refusal
from reioc.ioc.queue.face import QueueFace

from .support import with_beamline


def from_a_thread(RE, test):
    """Run a test in another thread than the queue's."""

    async def run(beamline):
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, test, QueueFace(beamline.runner, loop))

    with_beamline(RE, run)


def test_a_script_adds_and_runs(RE):
    """And reads what became of it."""

    def test(queue):
        uid = queue.add("one_point", {"number": 2}, {"sample": "Si"})
        first = queue.add("nothing", front=True)
        assert [item["uid"] for item in queue.items] == [first, uid]
        assert queue.move_to(first, 1) == f"{first} is number 2 of 2"
        assert (queue.start(), queue.state) == ("the queue is empty", "stopped")
        assert [entry["item_uid"] for entry in queue.history] == [first, uid]

    from_a_thread(RE, test)


def test_a_script_is_told_what_is_wrong(RE):
    """By an exception with the sentence that a client would read."""

    def test(queue):
        for wrong, why in (("no_plan", "no plan 'no_plan'"), ("", "plan: must be the name")):
            with pytest.raises(Refusal, match=why):
                queue.add(wrong)
        queue.add("broken")
        with pytest.raises(Failure, match="the filter wheel is stuck"):
            queue.start()

    from_a_thread(RE, test)


def test_starting_an_empty_queue_is_no_mistake(RE):
    """There is nothing to wait for."""

    def test(queue):
        queue.start_soon()
        assert (queue.start(), queue.state) == ("the queue is empty: nothing to do", "stopped")

    from_a_thread(RE, test)


def test_a_script_starts_and_stops_without_waiting(RE):
    """As a button would."""

    def test(queue):
        queue.add("nothing")
        queue.set_loop(True)
        queue.set_on_failure("skip")
        queue.start_soon()
        queue.stop()
        while queue.state != "stopped":
            pass
        assert queue.clear() == "the queue is empty: 1 removed"
        with pytest.raises(Refusal, match="does not run"):
            queue.stop()

    from_a_thread(RE, test)


def test_the_loop_itself_cannot_wait_for_itself(RE):
    """It would for ever."""

    async def test(beamline):
        face = QueueFace(beamline.runner, asyncio.get_running_loop())
        with pytest.raises(RuntimeError, match="own loop"):
            face.clear()

    with_beamline(RE, test)
