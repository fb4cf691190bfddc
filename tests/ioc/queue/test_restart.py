"""A queue outlives its IOC: what a journal has of it is what was acknowledged."""

from __future__ import annotations

import asyncio

import pytest

from reioc.ioc.journal import Journal
from reioc.ioc.queue.changes import Valued
from reioc.ioc.queue.plan_queue import Settings

from .support import with_beamline


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


def first_life(RE, path, live):
    """Run `live` with a journal, which is then as a crash leaves it."""
    journal = Journal(path)
    try:
        with_beamline(RE, live, journal)
    finally:
        journal.close()


def restarted(RE, path, test):
    """Run `test` with what is there after that."""
    journal = Journal(path)

    async def run(beamline):
        beamline.runner.restore(journal.recovered)
        await test(beamline)

    try:
        with_beamline(RE, run, journal)
    finally:
        journal.close()


def test_what_waits_waits_again(RE, path):
    """In its order, with its uids and the settings."""
    kept = []

    async def live(beamline):
        items = await beamline.add("nothing", "one_point", "waiting", "broken")
        await beamline.queue.move_front(items[2].uid)
        await beamline.queue.remove(items[1].uid)
        await beamline.queue.set_loop(True)
        await beamline.queue.set_on_failure("skip")
        kept.extend(beamline.queue.line)

    async def test(beamline):
        assert list(beamline.queue.line) == kept
        assert beamline.waiting == ["waiting", "nothing", "broken"]
        assert beamline.queue.settings == Settings(loop=True, on_failure="skip")

    first_life(RE, path, live)
    restarted(RE, path, test)


def test_what_ran_when_the_engine_died_is_first_again(RE, path):
    """With its uid; the history says what became of it, and nothing starts by itself."""
    uids = []

    async def live(beamline):
        items = await beamline.add("one_point", "waiting", "nothing")
        await beamline.queue.set_auto_start(True)
        uids.extend(item.uid for item in items)
        beamline.runner.start()
        await beamline.running()

    async def test(beamline):
        assert [item.uid for item in beamline.queue.line] == uids[1:]
        assert beamline.past == [("one_point", "success"), ("waiting", "fail")]
        newest = beamline.history.entries[0]
        assert (newest["reason"], newest["item_uid"]) == ("engine died", uids[1])
        assert "the engine died while waiting()" in beamline.runner.message
        assert beamline.runner.has_nothing_to_run
        await beamline.add("nothing")
        assert beamline.runner.has_nothing_to_run

    async def again(beamline):
        assert [item.uid for item in beamline.queue.line][:2] == uids[1:]
        assert beamline.past == [("one_point", "success"), ("waiting", "fail")]

    first_life(RE, path, live)
    RE.request_halt("")
    restarted(RE, path, test)
    restarted(RE, path, again)


def test_a_run_that_the_engine_died_in_is_in_the_history(RE, path):
    """With its number and what it had measured, though nobody had queued it."""

    class Run:
        uid, scan_id, plan_name, stop = "r1", 7, "scan", {"num_events": {"primary": 4}}

    async def test(beamline):
        beamline.runner.restore([Run()])
        [entry] = beamline.history.entries
        assert (entry["plan"], entry["exit_status"], entry["reason"]) == ("scan", "fail", "engine died")
        assert (entry["scan_ids"], entry["run_uids"], entry["points"]) == ([7], ["r1"], 4)

    first_life(RE, path, test)
    restarted(RE, path, lambda beamline: asyncio.sleep(0, beamline.past == [("scan", "fail")] or pytest.fail("gone")))


def test_the_history_is_kept(RE, path):
    """Of queued plans and of others, the newest first."""

    async def live(beamline):
        await beamline.add("one_point", "nothing")
        await beamline.runner.start()
        await asyncio.wrap_future(RE.submit(iter([])))
        await beamline.until(lambda: len(beamline.history.entries) == 3)

    async def test(beamline):
        assert [status for _, status in beamline.past] == ["success"] * 3
        assert beamline.past[:2] == [("one_point", "success"), ("nothing", "success")]

    first_life(RE, path, live)
    restarted(RE, path, test)


def test_settings_that_make_no_sense_are_left_out(RE, path):
    """Those of another version."""

    async def live(beamline):
        await beamline.queue.keeping.keep(
            [Valued("queue.settings", {"loop": 7, "on_failure": "pray", "auto_start": True})]
        )

    async def test(beamline):
        assert beamline.queue.settings == Settings()

    first_life(RE, path, live)
    restarted(RE, path, test)
