"""A service that is killed while it runs its queue, again and again."""

import os
import random

import pytest

from .records import ENGINE_DIED
from .services import Beamline
from .story import Story, broken_siblings

KILLS = int(os.environ.get("REIOC_KILLS", "8"))
SEED = int(os.environ.get("REIOC_SEED", "6"))
RUNNING, STARTING = True, False
KINDS = (RUNNING, RUNNING, STARTING, RUNNING, STARTING, STARTING, RUNNING, RUNNING)
"""One after the other, over and over: which moment of a life the death is in."""


@pytest.mark.timeout(60 + 10 * KILLS)
def test_what_was_told_is_there_after_every_kill(beamline: Beamline) -> None:
    """Whether the queue ran or it was just starting: no document, item or setting is lost, and runs are closed."""
    story = Story(beamline, random.Random(SEED))
    screen = story.begin()
    for number in range(KILLS):
        if KINDS[number % len(KINDS)] is RUNNING:
            story.run_and_kill(screen if number == 0 else story.live_again(), in_a_run=number < 2)
        else:
            story.kill_at_start()
    found = story.end(story.live_again())

    done = [entry for entry in found.history if entry["exit_status"] == "success"]
    assert all([found.runs[uid].stop["exit_status"] for uid in entry["run_uids"]] == ["success"] * 2 for entry in done)
    broken = {run.uid for run in found.runs.values() if run.is_broken}
    assert {*story.told_of, *story.closed_by_a_start_that_was_killed} == broken
    assert story.told_of
    items = {entry["item_uid"] for entry in found.history if entry["reason"] == ENGINE_DIED}
    assert [run for run in broken_siblings(found) if run.start["queue_item"] not in items] == []
