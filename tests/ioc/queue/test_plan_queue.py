"""What is asked of the queue, whether it runs or not."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import Future

import pytest

from reioc.ioc.bridge import Failure
from reioc.ioc.pvs.puts import Refusal
from reioc.ioc.queue.items import new_item
from reioc.ioc.queue.plan_queue import Settings

from .support import with_beamline


class SlowJournal:
    """Keeps when it is told to; the statements that came are in `stored`."""

    def __init__(self):
        self.trouble = ""
        self.stored = []

    def store(self, *statements):
        self.stored.append((statements, Future()))
        return self.stored[-1][1]

    def write(self):
        for _, future in self.stored:
            if not future.done():
                future.set_result(None)


def test_an_item_is_told_with_its_uid_and_place(RE):
    """Which is how a client that adds it knows it."""

    async def test(beamline):
        await beamline.add("nothing")
        text = await beamline.queue.add('{"plan": "one_point", "params": {"number": 2}}')
        item = list(beamline.queue.line)[1]
        assert text == f"{item.uid} is in the queue, number 2 of 2: one_point(number=2)"

    with_beamline(RE, test)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"plan": "one_pint"}', "no plan 'one_pint' (did you mean 'one_point'?)"),
        ('{"plan": "one_point", "params": {"nuber": 2}}', "nuber"),
        ('{"plan": "one_point", "parms": {}}', "parms: no such key"),
    ],
)
def test_what_could_not_be_run_is_not_taken(RE, text, why):
    """The queue stays as it was."""

    async def test(beamline):
        with pytest.raises(Refusal) as refused:
            beamline.queue.add(text)
        assert why in str(refused.value)
        assert beamline.waiting == []

    with_beamline(RE, test)


def test_who_may_not_run_a_plan_cannot_add_it(RE):
    """By the catalogue's allow lists, which are about people; from Python everybody may."""

    async def test(beamline):
        beamline.queue.catalogue.refusal = lambda plan, user: f"{plan} is not for {user}"
        with pytest.raises(Refusal, match="one_point is not for guest"):
            beamline.queue.add_item(new_item("one_point", by="guest@host"))
        await beamline.queue.add_item(new_item("one_point"))

    with_beamline(RE, test)


def test_items_are_moved_and_removed_by_uid(RE):
    """Wherever they are meanwhile."""

    async def test(beamline):
        first, second, third = await beamline.add("nothing", "one_point", "waiting")
        await beamline.queue.move_up(third.uid)
        await beamline.queue.move_front(third.uid)
        assert beamline.waiting == ["waiting", "nothing", "one_point"]
        assert await beamline.queue.move_down(first.uid) == f"{first.uid} is number 3 of 3"
        await beamline.queue.remove(f" {second.uid} ")
        assert beamline.waiting == ["waiting", "nothing"]
        assert await beamline.queue.clear() == "the queue is empty: 2 removed"

    with_beamline(RE, test)


@pytest.mark.parametrize("ask", ["remove", "move_up", "move_down", "move_front"])
def test_of_two_clients_the_second_is_told(RE, ask):
    """The item is gone: what there is is named, and nothing else is touched."""

    async def test(beamline):
        first, second = await beamline.add("nothing", "one_point")
        await beamline.queue.remove(first.uid)
        with pytest.raises(Refusal) as refused:
            getattr(beamline.queue, ask)(first.uid)
        assert first.uid in str(refused.value)
        assert f"there is: {second.uid}" in str(refused.value)
        assert beamline.waiting == ["one_point"]

    with_beamline(RE, test)


def test_what_runs_is_not_in_the_queue(RE):
    """Who wants to remove it is told how it is ended."""

    async def test(beamline):
        [item] = await beamline.add("waiting")
        over = beamline.runner.start()
        await beamline.running()
        with pytest.raises(Refusal, match="runs now"):
            beamline.queue.remove(item.uid)
        await beamline.bridge.stop("")
        await over

    with_beamline(RE, test)


def test_on_failure_is_stop_or_skip(RE):
    """Nothing else."""

    async def test(beamline):
        with pytest.raises(Refusal, match="stop or skip, not 'retry'"):
            beamline.queue.set_on_failure("retry")
        assert beamline.queue.settings == Settings()

    with_beamline(RE, test)


def test_a_change_is_acknowledged_when_it_is_durable(RE):
    """Not before, and though the one who waited for another has gone."""
    journal = SlowJournal()

    async def test(beamline):
        impatient = asyncio.ensure_future(beamline.queue.add('{"plan": "nothing"}'))
        patient = asyncio.ensure_future(beamline.queue.add('{"plan": "one_point"}'))
        await asyncio.sleep(0)
        impatient.cancel()
        await beamline.until(lambda: len(journal.stored) == 2)
        assert not patient.done()
        journal.write()
        await patient
        assert beamline.waiting == ["nothing", "one_point"]

    with_beamline(RE, test, journal)


def test_a_journal_that_gives_up_fails_what_waits_for_it(RE):
    """The client is not told that it is kept."""
    journal = SlowJournal()

    async def test(beamline):
        added = asyncio.ensure_future(beamline.queue.add('{"plan": "nothing"}'))
        await beamline.until(lambda: bool(journal.stored))
        journal.stored[0][1].set_exception(OSError("the disk is on fire"))
        with pytest.raises(Failure, match="the disk is on fire"):
            await added

    with_beamline(RE, test, journal)


def test_a_journal_that_cannot_write_refuses_changes(RE):
    """At once, with its reason; the queue stays as it is."""
    journal = SlowJournal()

    async def test(beamline):
        [item] = [new_item("nothing")]
        beamline.queue.add_item(item).close()
        await beamline.queue.arrived()
        journal.trouble = "disk full"
        for ask in (
            lambda: beamline.queue.add('{"plan": "nothing"}'),
            lambda: beamline.queue.remove(item.uid),
            lambda: beamline.queue.move_front(item.uid),
            beamline.queue.clear,
            lambda: beamline.queue.set_loop(True),
            beamline.runner.start,
        ):
            with pytest.raises(Refusal, match="disk full"):
                ask()
        assert list(beamline.queue.line) == [item]

    with_beamline(RE, test, journal)


def test_a_plan_does_not_start_before_its_item_is_kept(RE):
    """And a stop does not wait for the journal: the item is back, and nothing has run."""
    journal = SlowJournal()

    async def test(beamline):
        beamline.queue.add_item(new_item("one_point")).close()
        await beamline.queue.arrived()
        over = beamline.runner.start()
        await beamline.until(lambda: len(journal.stored) == 2)
        assert beamline.started == []
        stopped = beamline.runner.stop()
        journal.write()
        await beamline.until(lambda: len(journal.stored) == 3)
        journal.write()
        await asyncio.gather(over, stopped)
        assert (beamline.started, beamline.waiting) == ([], ["one_point"])

    with_beamline(RE, test, journal)


def test_ten_thousand_items_are_added_quickly(RE):
    """Each with its plan and its parameters checked, and tried."""
    texts = [json.dumps({"plan": "one_point", "params": {"sample": str(number)}}) for number in range(2000)]

    async def test(beamline):
        began = time.process_time()
        for text in texts:
            await beamline.queue.add(text)
        assert (time.process_time() - began) * 5 < 10.0
        assert len(beamline.queue.line) == 2000

    with_beamline(RE, test)


def test_an_item_that_is_added_as_the_last_one_ends_is_run(RE):
    """The queue runs, for all that anybody can see, until it says that it is empty."""
    journal = SlowJournal()

    async def test(beamline):
        beamline.queue.add_item(new_item("one_point")).close()
        await beamline.queue.arrived()
        over = beamline.runner.start()
        await beamline.until(lambda: len(journal.stored) == 2)
        journal.write()
        await beamline.until(lambda: len(journal.stored) == 3)  # that it is over
        beamline.queue.add_item(new_item("nothing")).close()
        await beamline.queue.arrived()
        while not over.done():
            journal.write()
            await asyncio.sleep(0)
        assert (await over, beamline.past) == ("the queue is empty", [("one_point", "success"), ("nothing", "success")])

    with_beamline(RE, test, journal)
