"""Files written into a folder: all of them, or none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reioc.ioc.opi.writing import NotOurs, write_all

FIRST = {"a.bob": "a", "b.bob": "µ\n"}


def seen(folder):
    """What is in the folder, but for the note of what was written, and what somebody who was killed has left."""
    files = [each for each in folder.iterdir() if each.is_file()]
    return {each.name: each.read_text(encoding="utf-8") for each in files if each.suffix != ".json"}


@pytest.fixture
def folder(tmp_path):
    """One that was written already, with a file of somebody else's."""
    folder = tmp_path / "new" / "screens"
    write_all(folder, FIRST)
    (folder / "own.bob").write_text("own")
    return folder


def test_a_folder_is_made(tmp_path):
    """With all above it."""
    write_all(tmp_path / "x" / "y", FIRST)

    assert seen(tmp_path / "x" / "y") == FIRST


def test_what_was_written_is_written_anew(folder):
    """What is not written any more goes, what others have put there stays, and there is nothing else."""
    write_all(folder, {"a.bob": "A", "c.bob": "c"})

    assert seen(folder) == {"a.bob": "A", "c.bob": "c", "own.bob": "own"}


def test_what_was_changed_by_hand_is_not_overwritten(folder):
    """Nor what somebody else has written; nothing is written then, and each is named."""
    (folder / "a.bob").write_text("mine")
    before = seen(folder)

    with pytest.raises(NotOurs, match=r"a\.bob, own\.bob; .*--force") as caught:
        write_all(folder, {"a.bob": "A", "b.bob": "B", "own.bob": "O"})

    assert caught.value.names == ["a.bob", "own.bob"]
    assert seen(folder) == before


def test_force_overwrites(folder):
    """What is then written is ours."""
    (folder / "a.bob").write_text("mine")
    write_all(folder, {"a.bob": "A", "own.bob": "O"}, force=True)
    write_all(folder, {"a.bob": "1", "own.bob": "2"})

    assert seen(folder) == {"a.bob": "1", "own.bob": "2"}


def test_what_is_the_same_anyway_is_nobodys_in_particular(folder):
    """A folder that was copied without its note can be written into."""
    for note in folder.glob("*.json"):
        note.unlink()
    write_all(folder, FIRST)
    write_all(folder, {**FIRST, "a.bob": "A"})

    assert seen(folder) == {**FIRST, "a.bob": "A", "own.bob": "own"}


def test_what_was_changed_by_hand_and_is_not_written_any_more_stays(folder):
    """It is somebody's work."""
    (folder / "b.bob").write_text("mine")
    write_all(folder, {"a.bob": "A"})

    assert seen(folder) == {"a.bob": "A", "b.bob": "mine", "own.bob": "own"}


def test_a_folder_in_the_place_of_a_file_is_a_stranger(folder):
    """It is named like one, and not removed."""
    (folder / "c.bob").mkdir()

    with pytest.raises(NotOurs, match=r"c\.bob"):
        write_all(folder, {"c.bob": "c"})


def test_a_link_to_nowhere_is_a_stranger(folder):
    """Somebody has made it."""
    (folder / "c.bob").symlink_to(folder / "nowhere")

    with pytest.raises(NotOurs, match=r"c\.bob"):
        write_all(folder, {"c.bob": "c"})


def test_after_a_kill_all_is_written_anew(folder, tmp_path, monkeypatch):
    """Whenever that was: what was written until then is ours, the old as well as the new."""
    replace, left = Path.replace, []

    def watched(path, target):
        left.append(shutil.copytree(folder, tmp_path / f"left {len(left)}"))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", watched)
    write_all(folder, {"a.bob": "A", "c.bob": "c"})
    monkeypatch.undo()
    for each in [*left, folder]:
        write_all(each, {"a.bob": "other", "d.bob": "d"})

    assert len(left) > 3
    assert [seen(each) for each in [*left, folder]] == [{"a.bob": "other", "d.bob": "d", "own.bob": "own"}] * (
        len(left) + 1
    )


def test_a_note_that_cannot_be_read_makes_all_strangers(folder):
    """Nothing is known to be ours."""
    for note in folder.glob("*.json"):
        note.write_text("{")

    with pytest.raises(NotOurs, match=r"a\.bob"):
        write_all(folder, {"a.bob": "A"})


@pytest.mark.parametrize("is_new", [False, True])
def test_half_of_it_is_taken_back(folder, monkeypatch, is_new):
    """When a file cannot be put in its place, those before it are as they were; a folder that was made goes."""
    if is_new:
        shutil.rmtree(folder)
    before = None if is_new else seen(folder)
    replace = Path.replace

    def full(path, target):
        if target == folder / "d.bob":
            raise OSError(28, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_all(folder, {"a.bob": "A", "c.bob": "c", "d.bob": "d"})

    assert (seen(folder) if folder.exists() else None) == before
    write_all(folder, {"a.bob": "A"})  # and it is remembered what was ours
