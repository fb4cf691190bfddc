"""Many lives of one beamline's service, and what must be true after each death."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable
from typing import Any

from ..support import until
from .records import ENGINE_DIED, Records, Run
from .screen import Screen
from .services import Beamline

__all__ = ["Story"]

LABELS = ("a", "b", "c")
"""Of the items that go round and round."""
WATCHED = ("Run:UID", "Run:Open", "Run:Events", "State", "History:JSON")
LONGEST = 0.6
"""Seconds that a queue may run until it is killed."""
DURABLE = 0.1
"""Seconds within which an event is durable."""
SAVED = 0.5
"""And a setting."""
SETTINGS = {
    "Queue:Loop": "Yes",
    "Queue:AutoStart": "Yes",
    "Susp:beam:Low": "7.500",
    "Plan:Name": "film",
    "Plan:Params": '{"points": 3}',
}


class Story:
    """What was told and acknowledged so far, and what was found after each death."""

    def __init__(self, beamline: Beamline, chance: random.Random) -> None:
        self.beamline, self._chance = beamline, chance
        self._records: Records
        """What was found after the last death."""
        self._settings = dict(SETTINGS)
        self._sample, self._next_sample, self._sample_put = "none", "none", float("inf")
        self._extras: dict[str, bool] = {}
        """Items by label that were added on the way: whether it was acknowledged."""
        self._start_takes = 0.0
        self.told_of: list[str] = []
        """uids of runs that a start has told of as broken off."""
        self.closed_by_a_start_that_was_killed: list[str] = []

    def begin(self) -> Screen:
        """The first life: items wait, settings are set, and both are durable."""
        began = time.monotonic()
        screen = self.beamline.start()
        self._start_takes = time.monotonic() - began
        screen.watch(WATCHED)
        for label in LABELS:
            screen.put("Queue:Add", _item(label))
        for name, value in SETTINGS.items():
            screen.put(name, value)
        until(self._is_saved, "the settings to be saved")
        self._records = self._read()
        return screen

    # One life, and its end

    def run_and_kill(self, screen: Screen, *, in_a_run: bool = False) -> None:
        """The queue runs until the service is killed at some moment, or in the midst of a run; people work with it."""
        self._work_before(screen)
        screen.begin_put("Queue:Start")
        extra = f"extra {self.beamline.lives}"
        added = screen.begin_put("Queue:Add", _item(extra))
        moment = self._chance.uniform(0.0, LONGEST)
        if in_a_run:
            self._until_in_a_run()
        else:
            screen.look(time.monotonic() + moment)
        killed = self._kill(screen)
        self._extras[extra] = screen.is_done(added)
        self._find(screen, killed)

    def _until_in_a_run(self) -> None:
        with self.beamline.reader() as reader:
            until(lambda: any(run.stop is None and run.events in (2, 3) for run in reader.runs(1)), "a run with points")

    def kill_at_start(self) -> None:
        """The service is killed at some moment of its start, when it has just found what the last one has left."""
        self.beamline.begin()
        moment = time.monotonic() + self._chance.uniform(0.0, 1.2 * self._start_takes)
        while time.monotonic() < moment:
            time.sleep(0.001)
        self.beamline.kill()
        before = self._records.orphans
        self._find()
        still = {run.uid for run in self._records.orphans}
        self.closed_by_a_start_that_was_killed += [run.uid for run in before if run.uid not in still]

    def _work_before(self, screen: Screen) -> None:
        on_failure = self._settings["Queue:OnFailure"] = self._chance.choice(("stop", "skip"))
        screen.put("Queue:OnFailure", on_failure)
        self._next_sample, self._sample_put = f"life {self.beamline.lives}", time.monotonic()
        screen.put("MD:sample", self._next_sample)
        for item in self._records.line:
            if item["params"]["label"] in self._extras:
                screen.put("Queue:Remove", item["uid"])
                self._extras.pop(item["params"]["label"])
                return

    def _kill(self, screen: Screen) -> float:
        self.beamline.kill()
        killed = time.monotonic()
        screen.look(killed + 1.0)  # what was on its way, until it finds that the service has gone
        screen.close()
        return killed

    # What must be there then

    def _find(self, screen: Screen | None = None, killed: float = 0.0) -> None:
        found = self._read()
        _continues(self._records, found)
        self._records = found
        if screen is not None:
            _keeps_word(found, screen.told, killed)
        self._check_queue(found)
        assert len(found.orphans) <= 1
        assert [run.start["scan_id"] for run in found.runs.values()] == list(range(1, len(found.runs) + 1))
        self._check_sample(killed)

    def _read(self) -> Records:
        with self.beamline.reader() as reader:
            return Records(reader)

    def _check_queue(self, found: Records) -> None:
        """Nothing is lost, nothing is doubled, and each is where it belongs."""
        labels = [item["params"]["label"] for item in found.items]
        assert len(set(labels)) == len(labels), labels
        assert set(labels) >= {*LABELS, *(label for label, is_acknowledged in self._extras.items() if is_acknowledged)}
        assert set(labels) <= {*LABELS, *self._extras}
        self._extras = dict.fromkeys(set(labels) - {*LABELS}, True)
        done = [entry for entry in found.history if entry["exit_status"] == "success"]
        assert not {entry["item_uid"] for entry in done} & {item["uid"] for item in found.items}
        turns = _in_turn(entry["params"]["label"] for entry in done)
        waiting = _in_turn(labels)
        expected = [LABELS[number % len(LABELS)] for number in range(len(turns) + len(LABELS))]
        assert [*turns, *waiting] == expected

    def _check_sample(self, killed: float) -> None:
        saved = self._saved()["metadata"]["values"].get("sample", {"value": "none"})["value"]
        assert saved in (self._sample, self._next_sample)
        if killed - self._sample_put > SAVED:
            assert saved == self._next_sample
        self._sample = self._next_sample = saved

    def _saved(self) -> dict[str, Any]:
        return json.loads(self.beamline.toml.with_name("beamline.autosave.json").read_text())

    def _is_saved(self) -> bool:
        saved = json.dumps(self._saved())
        return all(json.dumps(word) in saved for word in ("film", '{"points": 3}')) and "7.5" in saved

    # The next life

    def live_again(self) -> Screen:
        """A service that finds what the last one has left, tells of it, and starts nothing."""
        before = self._records
        began = time.monotonic()
        screen = self.beamline.start()
        self._start_takes = time.monotonic() - began
        screen.watch((*WATCHED, "StateSeq"))
        _tells_of(screen, before)
        self.told_of += [run.uid for run in before.orphans]
        for name, value in {**self._settings, "MD:sample": self._sample}.items():
            assert (name, screen.get(name)) == (name, value)
        assert screen.get("MD:ScanID") == str(before.last_scan_id)
        assert screen.get("Journal:State") == "ok"
        self._find_closed(before)
        assert (screen.get("State"), screen.get("Queue:State")) == ("idle", "stopped")
        assert (screen.seen("State"), len(set(screen.seen("StateSeq")))) == (["idle"], 1)
        return screen

    def _find_closed(self, before: Records) -> None:
        """Each run that was open is closed now, with what it had; its item is in the history as failed."""
        with self.beamline.reader() as reader:
            if before.in_progress:
                until(lambda: len(reader.history()) > len(before.history), "the item in the history")
            found = Records(reader)
        _continues(before, found)
        assert found.items == before.items
        for orphan in before.orphans:
            run = found.runs[orphan.uid]
            assert (run.is_broken, run.streams) == (True, orphan.streams)
        if before.in_progress:
            entry = found.history[-1]
            assert (entry["item_uid"], entry["exit_status"]) == (before.in_progress["uid"], "fail")
            assert (entry["reason"], entry["run_uids"]) == (ENGINE_DIED, [run.uid for run in before.orphans])

    def end(self, screen: Screen) -> Records:
        """Nothing starts by itself. What waits is run to its end, and the service ends as it should; what is there."""
        screen.watch(["Heartbeat"])
        first = screen.values["Heartbeat"]
        screen.until(lambda: screen.values["Heartbeat"] != first, "a second to pass")
        assert (screen.seen("State"), len(set(screen.seen("StateSeq")))) == (["idle"], 1)
        screen.put("Queue:Loop", "No")
        screen.put("Queue:Start")
        assert (screen.get("Queue:Size"), screen.get("Queue:State"), screen.get("State")) == ("0", "stopped", "idle")
        assert screen.get("AllDone") == "1"
        assert self.beamline.stop() == 0
        screen.close()
        found = self._read()
        _continues(self._records, found)
        assert (found.items, found.orphans) == ([], [])
        return found


def _item(label: str) -> str:
    return json.dumps({"plan": "film", "params": {"label": label, "pause": 0.02}, "metadata": {"sample_label": label}})


def _in_turn(labels: Iterable[str]) -> list[str]:
    """Those of the items that go round."""
    return [label for label in labels if label in LABELS]


def _continues(before: Records, after: Records) -> None:
    """What was durable is there, as it was."""
    assert after.history[: len(before.history)] == before.history
    for uid, run in before.runs.items():
        now = after.runs[uid]
        assert now.start == run.start
        assert run.stop in (None, now.stop)
        assert all(now.streams[name][: len(numbers)] == numbers for name, numbers in run.streams.items())


def _keeps_word(found: Records, told: list[tuple[float, str, str]], killed: float) -> None:
    """What a client had been told of is there: each run that was over; each event, after a moment."""
    uid = ""
    for when, name, value in told:
        if name == "Run:UID":
            uid = value
        elif name == "Run:Open" and value == "No" and uid:
            assert found.runs[uid].stop is not None, "the client was told that it is over"
        elif name == "Run:Events" and uid and killed - when > DURABLE:
            assert found.runs[uid].events >= int(value), "the client was told of more events"
        elif name == "History:JSON":
            _are_over(found, json.loads(value))


def _are_over(found: Records, history: list[dict[str, Any]]) -> None:
    for entry in history:
        assert all(found.runs[uid].stop is not None for uid in entry["run_uids"])


def _tells_of(screen: Screen, before: Records) -> None:
    """What was open when the service died, and what is in the queue."""
    assert screen.texts("Queue:Uids") == [item["uid"] for item in before.items]
    recovered, message = screen.get("Journal:Recovered"), screen.get("Queue:Message")
    if not before.orphans:
        assert recovered == ""
    for run in before.orphans:
        assert f"scan {run.start['scan_id']} (film, {run.uid[:8]}) was open when the engine died" in recovered
    if before.in_progress:
        assert f"label={before.in_progress['params']['label']}" in message
        assert message.startswith("the engine died while film(")
        newest = screen.json("History:JSON")[0]
        assert (newest["item_uid"], newest["reason"]) == (before.in_progress["uid"], ENGINE_DIED)


def broken_siblings(found: Records) -> list[Run]:
    """Runs that were done, of items that were broken off later: they are in no entry of the history."""
    named = {uid for entry in found.history for uid in entry["run_uids"]}
    return [run for uid, run in found.runs.items() if uid not in named]
