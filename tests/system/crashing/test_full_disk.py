"""A service whose journal cannot write: the plan waits, nothing is lost, and people can see why."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from .disks import Disk, Quota, SmallDisk
from .records import Records, Run
from .screen import Screen
from .services import Beamline

WATCHED = ("State", "Run:Open", "Run:Events", "Run:ExitStatus", "Journal:State", "Heartbeat", "AllDone")
MAJOR = 2
POINTS = 12
FILM = {"runs": 1, "points": POINTS, "size": 6000}


def add(screen: Screen, label: str, **more: Any) -> None:
    """An item of the queue."""
    screen.put("Queue:Add", json.dumps({"plan": "film", "params": {**FILM, "label": label, **more}}))


def run_film(screen: Screen, **more: Any) -> int:
    """Start a plan by PV; the number of the put."""
    screen.put("Plan:Name", "film")
    screen.put("Plan:Params", json.dumps({**FILM, **more}))
    number = screen.begin_put("Plan:Run")
    screen.until_told("State", "running")
    screen.until(lambda: screen.values["Run:Open"] == "Yes" and int(screen.values["Run:Events"]) > 1, "some points")
    return number


def is_held(screen: Screen, words: str) -> None:
    """The plan waits for the journal, and everybody can see why."""
    screen.until_told("Journal:State", "failing")
    screen.until_told("State", "suspended")
    assert (screen.severity("Journal:State"), words in screen.get("Journal:Message")) == (MAJOR, True)
    screen.until(lambda: words in screen.get("Message"), "Message to say why")
    screen.until(lambda: "the journal cannot write: " in screen.get("Susp:Reason"), "Susp:Reason to say why")
    assert words in screen.get("Susp:Reason")


def let_a_second_pass(screen: Screen) -> None:
    """Whatever would happen by itself has happened."""
    beat = screen.values["Heartbeat"]
    screen.until(lambda: screen.values["Heartbeat"] != beat, "the next heartbeat")


def kept(beamline: Beamline) -> list[Run]:
    """The runs in the journal, each of them whole."""
    with beamline.reader() as reader:
        return list(Records(reader).runs.values())


def is_whole(run: Run, points: int = POINTS) -> bool:
    """A run that has succeeded, with all its points; the engine may have measured the one anew that it was held at."""
    found = {name: sorted(set(numbers)) for name, numbers in run.streams.items() if name != "interruptions"}
    assert run.stop is not None
    assert run.stop["exit_status"] == "success"
    assert found == {"baseline": [1], "primary": list(range(1, points + 1))}
    return True


@pytest.fixture(params=["disk", "quota"])
def either(request: pytest.FixtureRequest) -> tuple[Beamline, Disk]:
    """A beamline with a disk of its own, or one with a quota."""
    if request.param == "disk":
        return request.getfixturevalue("filling"), request.getfixturevalue("disk")
    beamline = request.getfixturevalue("beamline")
    return beamline, Quota(beamline.toml.parent)


def test_a_queue_waits_for_room(either: tuple[Beamline, Disk]) -> None:
    """Held with an alarm, the queue refuses changes and stays as it is; with room it goes on by itself, all of it."""
    beamline, disk = either
    screen = beamline.start()
    screen.watch(WATCHED)
    for label in ("a", "b"):
        add(screen, label)
    started = screen.begin_put("Queue:Start")
    screen.until(lambda: int(screen.values["Run:Events"]) > 1, "some points")
    disk.fill(beamline)
    is_held(screen, disk.words)
    waiting = screen.texts("Queue:Uids")

    for name, value in (("Queue:Add", '{"plan": "film"}'), ("Queue:Remove", waiting[0]), ("Queue:Loop", "Yes")):
        why = screen.refused(name, value)
        assert "the journal cannot write" in why
        assert disk.words in why
    assert screen.texts("Queue:Uids") == waiting
    assert (screen.get("Queue:State"), screen.get("Queue:Loop")) == ("running", "No")
    assert (screen.values["State"], screen.values["Run:Open"], screen.seen("AllDone")) == ("suspended", "Yes", ["0"])

    disk.clear(beamline)
    screen.until(lambda: screen.is_done(started), "the end of the queue")
    screen.until_told("AllDone", "1")
    assert (screen.severity("Journal:State"), screen.get("Journal:Message"), screen.get("Susp:Reason")) == (0, "", "")
    assert screen.seen("Journal:State") == ["ok", "failing", "ok"]
    assert all(map(is_whole, kept(beamline)))
    assert [entry["exit_status"] for entry in screen.json("History:JSON")] == ["success"] * 2


def test_a_plan_by_pv_waits_and_can_be_halted(filling: Beamline, disk: SmallDisk) -> None:
    """With room it goes on; halted while there is none, it is over at once, and its RunStop is stored with the room."""
    screen = filling.start()
    screen.watch(WATCHED)
    started = run_film(screen)
    disk.fill(filling)
    is_held(screen, disk.words)
    disk.clear(filling)
    screen.until(lambda: screen.is_done(started), "the end of the plan")

    run_film(screen)
    disk.fill(filling)
    is_held(screen, disk.words)
    screen.put("Halt")
    now = [screen.get(name) for name in ("State", "Run:ExitStatus", "Journal:State")]
    assert now == ["idle", "halt", "failing"]
    assert kept(filling)[1].stop is None
    disk.clear(filling)
    screen.until_told("Journal:State", "ok")

    first, halted = kept(filling)
    assert is_whole(first)
    assert halted.stop is not None
    assert "halt" in halted.stop["reason"]


def test_nobody_hears_of_an_end_that_does_not_fit(filling: Beamline, disk: SmallDisk) -> None:
    """A full disk at the RunStop: not idle, the run open, no success, until there is room; then all of it, once."""
    screen = filling.start()
    screen.watch(WATCHED)
    started = run_film(screen, rest=2.5)
    screen.until(lambda: int(screen.values["Run:Events"]) == POINTS + 1, "all points")
    with filling.reader() as reader:
        screen.until(lambda: reader.runs()[0].events == POINTS + 1, "all points to be durable")
    disk.fill(filling)
    screen.until_told("Journal:State", "failing")
    let_a_second_pass(screen)
    assert kept(filling)[0].stop is None
    assert (screen.values["Run:Open"], screen.values["Run:ExitStatus"]) == ("Yes", "none")
    assert screen.values["State"] != "idle"
    assert screen.get("WaitingFor") == "journal"
    assert not screen.is_done(started)

    disk.clear(filling)
    screen.until(lambda: screen.is_done(started), "the end of the plan")
    screen.until_told("State", "idle")
    assert (screen.values["Run:Open"], screen.values["Run:ExitStatus"]) == ("No", "success")
    assert screen.seen("AllDone") == ["0", "1"]
    assert all(map(is_whole, kept(filling)))


def test_a_lock_of_another_program_is_waited_for(beamline: Beamline) -> None:
    """The plan is held while another process has the journal; it goes on when that lets go, and all of it is stored."""
    screen = beamline.start()
    screen.watch(WATCHED)
    started = run_film(screen, points=40)
    with closing(sqlite3.connect(beamline.journal, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        is_held(screen, "it is locked by another program")
        other.execute("ROLLBACK")
    screen.until(lambda: screen.is_done(started), "the end of the plan")

    assert [is_whole(run, points=40) for run in kept(beamline)] == [True]


def look_into(journal: Path) -> None:
    """As anybody does with SQLite's own program, which deletes the -wal where nobody else has the journal open."""
    with closing(sqlite3.connect(journal)) as other:
        assert other.execute("SELECT count(*) FROM documents").fetchone()


def delete_a_part(journal: Path) -> None:
    """As somebody does who tidies up."""
    journal.with_name(f"{journal.name}-wal").unlink()


@pytest.mark.parametrize(("what_others_do", "is_repaired"), [(look_into, False), (delete_a_part, True)])
def test_what_others_do_to_the_journal_loses_nothing(
    beamline: Beamline, what_others_do: Callable[[Path], None], is_repaired: bool
) -> None:
    """While it is written; the plan goes on, and all of its run is stored. Who merely looks deletes nothing."""
    screen = beamline.start()
    screen.watch(WATCHED)
    started = run_film(screen)
    what_others_do(beamline.journal)
    screen.until(lambda: screen.is_done(started), "the end of the plan")

    assert [is_whole(run) for run in kept(beamline)] == [True]
    assert ("was deleted or moved away: all of it was written anew" in beamline.output) is is_repaired
