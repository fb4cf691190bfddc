"""Settings in a file."""

import asyncio
import errno
import json
import logging
import os
import threading
import time
from pathlib import Path

import pytest

from reioc.ioc import autosave
from reioc.ioc.autosave import Autosave, autosave_path, restore_saved, write_whole

SAVED = {"format": 1, "low": 1}


class Desk:
    """An Autosave of a state that the test changes; keeps what people are told, and counts what is written."""

    def __init__(self, path, monkeypatch):
        self.state, self.told, self.written = {"low": 1}, [], []
        self.news = asyncio.Event()
        self.autosave = Autosave(path, lambda: dict(self.state), self.tell, clock=lambda: 43200.0)

        def write(path, text):
            self.written.append(json.loads(text))
            write_whole(path, text)

        monkeypatch.setattr(autosave, "write_whole", write)

    async def tell(self, text, wrong):
        self.told.append((text, wrong))
        self.news.set()

    def save(self):
        asyncio.run(self.autosave.save())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "beamline.autosave.json"


@pytest.fixture
def desk(path, monkeypatch):
    return Desk(path, monkeypatch)


def disk_is_full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_replaced_as_a_whole(path, monkeypatch):
    """Whoever reads it while it is written finds what was there before."""
    found, flush = [], os.fsync

    def look(number):
        found.append(path.read_text())
        flush(number)

    path.write_text("old and long")
    monkeypatch.setattr(os, "fsync", look)
    write_whole(path, "new")

    assert (found, path.read_text()) == (["old and long"], "new")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", [(os, "fsync"), (Path, "replace")])
def test_a_write_that_fails_leaves_what_was_there(path, monkeypatch, step):
    """The disk is full, say; and the next one succeeds."""
    path.write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(*step, disk_is_full)
        with pytest.raises(OSError, match="No space left"):
            write_whole(path, "new")
    assert path.read_text() == "old"
    write_whole(path, "newer")

    assert path.read_text() == "newer"


def test_it_is_beside_the_configuration(monkeypatch):
    """Under its name."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)

    assert autosave_path("/etc/beamlines/xf99.toml") == Path("/etc/beamlines/xf99.autosave.json")


@pytest.mark.parametrize("folders", ["/var/lib/reioc", "/var/lib/reioc:/var/lib/other"])
def test_it_is_where_systemd_keeps_state(monkeypatch, folders):
    """In the first of the directories that it gives."""
    monkeypatch.setenv("STATE_DIRECTORY", folders)

    assert autosave_path("/etc/beamlines/xf99.toml") == Path("/var/lib/reioc/xf99.autosave.json")


def test_what_has_changed_is_saved_and_told(desk, path):
    """With its format, and when it was."""
    desk.save()

    assert json.loads(path.read_text()) == SAVED
    assert desk.told == [(f"settings were saved at {time.strftime('%H:%M:%S', time.localtime(43200))}", False)]


def test_what_has_not_changed_is_not_saved_again(desk):
    """Nor told."""
    desk.save()
    desk.save()
    assert (len(desk.written), len(desk.told)) == (1, 1)
    desk.state = {"low": 2}
    desk.save()

    assert [each["low"] for each in desk.written] == [1, 2]


def test_a_failure_is_told_and_tried_again(desk, path, monkeypatch):
    """Where, and why; the state is not taken for saved."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", disk_is_full)
        desk.save()
    assert desk.told == [(f"settings cannot be saved in {path}: No space left on device", True)]
    desk.save()

    assert json.loads(path.read_text()) == SAVED
    assert desk.told[-1][1] is False


def test_a_folder_that_is_not_there_is_told(desk, path):
    """It is not made: somebody has mistyped it."""
    path.parent.rmdir()
    desk.save()

    assert desk.told == [(f"settings cannot be saved in {path}: No such file or directory", True)]


def test_what_json_does_not_have_is_told(desk, path):
    """Python may set anything; it ends nothing, and the next state is saved."""
    desk.state = {"low": object()}
    desk.save()
    assert desk.told[0][1]
    assert "object is not JSON serializable" in desk.told[0][0]
    desk.state = {"low": 1}
    desk.save()

    assert json.loads(path.read_text()) == SAVED


def test_two_are_not_written_at_the_same_time(desk, path, monkeypatch):
    """When the service ends, the one before may still be writing: the last one comes after it, and stays."""
    begun, go_on, steps = threading.Event(), threading.Event(), []

    def write(path, text):
        steps.append("begins")
        begun.set()
        assert go_on.wait(30)
        path.write_text(text)
        steps.append("ends")

    monkeypatch.setattr(autosave, "write_whole", write)

    async def test():
        first = asyncio.create_task(desk.autosave.save())
        await asyncio.to_thread(begun.wait, 30)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        desk.state = {"low": 2}
        last = asyncio.create_task(desk.autosave.save())
        await asyncio.to_thread(lambda: None)  # a thread that is free would have begun by now
        go_on.set()
        await last

    asyncio.run(test())

    assert steps == ["begins", "ends"] * 2
    assert json.loads(path.read_text())["low"] == 2


def test_changes_are_followed(desk, path, monkeypatch):
    """Each is saved, also after one that could not be."""

    async def test():
        changed = asyncio.Event()
        following = asyncio.create_task(desk.autosave.follow(changed))
        for number, full in ((1, False), (2, True), (3, False)):
            desk.state = {"low": number}
            with monkeypatch.context() as patch:
                if full:
                    patch.setattr(os, "fsync", disk_is_full)
                changed.set()
                await desk.news.wait()
                desk.news.clear()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    asyncio.run(test())

    assert [wrong for _, wrong in desk.told] == [False, True, False]
    assert json.loads(path.read_text())["low"] == 3


def test_what_was_saved_is_restored(desk, path):
    """All of it, and what is made of it is returned."""
    desk.save()

    assert restore_saved(path, lambda saved: [saved]) == [{"low": 1}]
    assert path.exists()


def test_nothing_is_restored_where_nothing_was_saved(path, caplog):
    """The first start is not worth a word."""
    assert restore_saved(path, lambda saved: pytest.fail(f"restored {saved}")) is None
    assert not caplog.records
    assert not list(path.parent.iterdir())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"format": 1, "low"', "Expecting"),
        (b"", "Expecting value"),
        (b'{"low": 1}', "it has no format 1"),
        (b'{"format": 2, "low": 1}', "it has no format 1"),
        (b"[1]", "it has no format 1"),
        (b'"\xff"', "can't decode byte"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_what_cannot_be_read_is_set_aside(path, caplog, content, why):
    """As it is, under another name, which the log says; and nothing is restored."""
    path.write_bytes(content)

    assert restore_saved(path, lambda saved: pytest.fail(f"restored {saved}")) is None
    (aside,) = path.parent.iterdir()
    assert aside.name.startswith(f"{path.name}.2")
    assert aside.suffix == ".broken"
    assert aside.read_bytes() == content
    ((level, text),) = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert level == logging.ERROR
    assert f"it is set aside as {aside}, nothing is restored" in text
    assert why in text


def test_what_makes_no_sense_is_set_aside(path, caplog):
    """Whoever restores says so."""
    path.write_text(json.dumps(SAVED))

    def restore(saved):
        raise ValueError(f"no such setting: {saved}")

    assert restore_saved(path, restore) is None
    assert [each.suffix for each in path.parent.iterdir()] == [".broken"]
    assert "no such setting: {'low': 1}" in caplog.text


def test_what_cannot_be_set_aside_is_left_and_told(path, caplog, monkeypatch):
    """The service starts all the same."""
    path.write_text("{")
    monkeypatch.setattr(Path, "rename", disk_is_full)

    assert restore_saved(path, lambda saved: pytest.fail(f"restored {saved}")) is None
    assert path.read_text() == "{"
    assert "nor set aside: [Errno 28] No space left on device" in caplog.text


def test_what_is_no_file_is_set_aside(path, caplog):
    """It cannot be read, for whatever reason."""
    path.mkdir()

    assert restore_saved(path, lambda saved: pytest.fail(f"restored {saved}")) is None
    assert [each.suffix for each in path.parent.iterdir()] == [".broken"]
    assert "Is a directory" in caplog.text
