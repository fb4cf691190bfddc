"""The walls inside the engine that import-linter does not see."""

import re
from pathlib import Path

import reioc.engine

ENGINE = Path(reioc.engine.__file__).parent

WHERE_THREADS_MEET = {
    "face/during_task.py",  # the caller's thread, while a plan runs
    "face/giving_up.py",  # the thread that looks after a halt
    "face/keyboard.py",  # signal handlers belong to the main thread
    "face/loop_thread.py",  # the engine's thread
    "face/requests.py",  # the gate: to look at the state and to post a request is one step
    "holds.py",  # who holds the plan, which any thread may say
    "terminal.py",  # the thread that waits for a line
}


def test_threads_meet_in_few_files():
    """Only the files in which threads meet import `threading`; the others run in one thread and lock nothing."""
    importing = {
        path.relative_to(ENGINE).as_posix()
        for path in ENGINE.rglob("*.py")
        if re.search(r"^\s*(import|from) threading\b", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }

    assert importing == WHERE_THREADS_MEET
