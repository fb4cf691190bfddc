"""Opening a journal, and what may be there instead of one."""

import os
import sqlite3
import subprocess
import sys

import pytest

from reioc.ioc.journal import Journal, JournalError, JournalReader
from tests.ioc.journal.support import keep, stored, whole_run


def snapshot(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith(".lock")}


@pytest.fixture
def written(path):
    """The path of a journal with three runs, closed."""
    journal = Journal(path)
    for number in range(3):
        keep(journal, *whole_run(f"run-{number}", number, notes="x" * 5000))
    journal.close()
    return path


def test_a_missing_folder_is_made(tmp_path):
    """All of them on the way."""
    path = tmp_path / "a" / "b" / "journal"
    Journal(path).close()

    assert stored(path) == []


def test_an_empty_file_becomes_a_journal(path):
    """As somebody has made it to give it its owner."""
    path.touch()
    journal = Journal(path)
    journal.close()

    assert journal.set_aside == ""
    assert stored(path) == []


def test_closing_leaves_one_file(written):
    """Beside its lock: it can be copied as it is."""
    assert sorted(file.name for file in written.parent.iterdir()) == [written.name, f"{written.name}.lock"]


def test_the_second_who_opens_it_is_told_who_has_it(journal, path):
    """And may have it when the first has let go."""
    with pytest.raises(JournalError, match=f"{path} is in use by process {os.getpid()} on .*: end that"):
        Journal(path)
    journal.close()

    Journal(path).close()


def test_another_name_for_it_is_no_way_in(journal, path):
    """Whoever has it open has it under all its names."""
    path.with_name("link").symlink_to(path)

    with pytest.raises(JournalError, match="is in use by"):
        Journal(path.with_name("link"))


def test_another_process_holds_it_until_it_ends(path):
    """However that ends."""
    script = (
        "import fcntl, sys; file = open(sys.argv[1], 'a'); fcntl.flock(file, fcntl.LOCK_EX);"
        "file.write('process 1234 on elsewhere'); file.flush(); print(); sys.stdin.read()"
    )
    command = [sys.executable, "-S", "-c", script, f"{path}.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"\n"
        with pytest.raises(JournalError, match="in use by process 1234 on elsewhere"):
            Journal(path)
        other.kill()

    Journal(path).close()


@pytest.mark.parametrize("pragma", ["user_version = 2", "user_version = 0"])
def test_another_version_is_refused_and_left_alone(written, pragma):
    """The text names both versions, and what to do."""
    connection = sqlite3.connect(written)
    connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    before = snapshot(written.parent)

    version = pragma[-1]
    expected = f"{written} is a journal of version {version}, and this reioc has version 1: use the reioc that wrote it"
    for reading in (Journal, JournalReader):
        with pytest.raises(JournalError, match=expected):
            reading(written)
    assert snapshot(written.parent) == before


def test_the_database_of_another_program_is_left_alone(path):
    """Its owner may have it open."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()
    before = snapshot(path.parent)

    with pytest.raises(JournalError, match="another program's database, not a journal: name another file"):
        Journal(path)
    assert snapshot(path.parent) == before


@pytest.mark.parametrize("content", [b"x", b"garbage " * 1000, b"SQLite format 3\0", bytes(8192)])
def test_garbage_is_set_aside(path, content):
    """Nothing of it is lost, and a new journal is begun."""
    path.write_bytes(content)
    journal = Journal(path)
    keep(journal, *whole_run("run-aaaa"))
    journal.close()

    (aside,) = path.parent.glob("*.broken")
    assert aside.read_bytes() == content
    expected = f"{path} cannot be read (it is no journal): it is set aside as {aside.name}, a new journal is begun"
    assert journal.set_aside == expected
    assert len(stored(path)) == 4


def test_a_damaged_journal_is_set_aside(written):
    """One that has lost its end, say."""
    with written.open("r+b") as file:
        file.truncate(written.stat().st_size // 4096 // 2 * 4096)
    damaged = written.read_bytes()
    journal = Journal(written)
    journal.close()

    (aside,) = written.parent.glob("*.broken")
    assert aside.read_bytes() == damaged
    assert "cannot be read (it is damaged (SQLITE_CORRUPT))" in journal.set_aside
    assert stored(written) == []


def test_a_journal_that_is_damaged_where_it_is_to_be_written_is_set_aside(written):
    """It reads as if all were well, and would hold every plan; the attempt leaves nothing behind where it succeeds."""
    found = stored(written)
    Journal(written).close()
    assert stored(written) == found

    with sqlite3.connect(written) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs_by_uid'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    database.close()
    with written.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    journal = Journal(written)
    journal.close()

    assert f"{written} cannot be read (it is damaged" in journal.set_aside
    assert stored(written) == []


def test_what_cannot_be_opened_says_why(tmp_path):
    """A file where the folder should be; a folder where the file should be."""
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match=r"/file/journal cannot be made: .*: (file exists|not a directory)"):
        Journal(tmp_path / "file" / "journal")
    (tmp_path / "folder").mkdir()
    with pytest.raises(JournalError, match="/folder cannot be opened: is a directory"):
        Journal(tmp_path / "folder")


def test_a_file_system_that_is_read_only_says_so(written):
    """The journal cannot be opened; who reads finds everything."""
    folder = written.parent
    bound = subprocess.run(["mount", "-o", "bind,ro", folder, folder], check=False, capture_output=True, text=True)
    if bound.returncode:
        pytest.skip(f"no file system may be mounted here: {bound.stderr.strip()}")
    try:
        with pytest.raises(JournalError, match=r"cannot be locked: .*read-only file system"):
            Journal(written)
        assert len(stored(written)) == 12
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_name_with_signs_of_its_own_is_a_name(tmp_path):
    """SQLite's file names know options."""
    path = tmp_path / "100% sure?mode=ro#1.journal"
    Journal(path).close()

    assert path.exists()
    assert stored(path) == []
