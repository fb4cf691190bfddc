"""What becomes of what was asked for."""

import os
import pwd

import pytest

from reioc.ioc.watch.asking import TIMEOUT, Asking, myself
from reioc.ioc.watch.readings import Told

from .support import ME


def heard(asking: Asking, *told: Told, now: float = 0.0) -> list:
    return list(asking.hear(told, now))


def outcome(asking: Asking) -> tuple[str, str, bool]:
    asked = asking.last
    assert asked is not None
    return asked.result, asked.message, asked.is_over


def test_we_are_who_libca_says_we_are(monkeypatch: pytest.MonkeyPatch):
    """Whatever USER says, which `su` leaves as it was, and where nobody has this number."""
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("LOGNAME", "somebody-else")
    assert myself().startswith(f"{pwd.getpwuid(os.getuid()).pw_name}@")

    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_001)
    assert myself().startswith("@")


def test_a_command_is_followed_to_its_end():
    """Accepted, then done, each with what the engine says."""
    asking = Asking(ME)
    assert asking.ask("Pause", "", 7, 0.0) == ("Pause", 1)
    assert outcome(asking) == ("asked", "", False)

    assert heard(asking, Told(8, "Pause", "accepted", "", ME)) == []
    assert outcome(asking) == ("accepted", "", False)
    assert heard(asking, Told(8, "Pause", "done", "the engine is paused", ME), now=999.0) == []
    assert outcome(asking) == ("done", "the engine is paused", True)


def test_what_is_said_of_others_is_not_taken_for_ours():
    """Older ones, other commands, other people."""
    asking = Asking(ME)
    asking.ask("Pause", "", 7, 0.0)

    others = [
        Told(7, "Pause", "done", "", ME),
        Told(8, "Abort", "done", "", ME),
        Told(9, "Pause", "refused", "", "you@x"),
    ]
    assert heard(asking, *others) == []

    assert outcome(asking) == ("asked", "", False)


def test_the_reason_goes_first():
    """The command follows when the reason was taken."""
    asking = Asking(ME)
    assert asking.ask("Abort", "lunch", 7, 0.0) == ("Reason", "lunch")

    assert heard(asking, Told(8, "Reason", "done", "", ME)) == [("Abort", 1)]
    assert heard(asking, Told(8, "Abort", "done", "", ME)) == []  # somebody's before
    assert heard(asking, Told(9, "Abort", "done", "the engine is idle", ME)) == []
    assert outcome(asking) == ("done", "the engine is idle", True)


def test_a_reason_that_is_refused_ends_it():
    """Nothing is asked for without the reason that was given."""
    asking = Asking(ME)
    asking.ask("Abort", "x" * 3000, 7, 0.0)

    assert heard(asking, Told(8, "Reason", "refused", "it is too long", ME)) == []
    assert outcome(asking) == ("refused", "it is too long", True)


def test_a_command_that_is_refused_leaves_no_reason_behind():
    """The next command of somebody else would take it."""
    asking = Asking(ME)
    asking.ask("Abort", "lunch", 7, 0.0)
    heard(asking, Told(8, "Reason", "done", "", ME))

    assert heard(asking, Told(9, "Abort", "refused", "idle", ME)) == [("Reason", "")]
    assert outcome(asking) == ("refused", "idle", True)


def test_what_is_not_acknowledged_is_told():
    """And not tried again; what was accepted may take as long as it likes."""
    asking = Asking(ME)
    asking.ask("Pause", "", 7, 0.0)
    heard(asking, Told(8, "Pause", "accepted", "", ME))
    asking.ask("Abort", "", 8, 0.0)

    assert heard(asking, now=TIMEOUT + 1) == []

    assert outcome(asking) == ("failed", "not acknowledged within 10 s", True)
    assert [asked.result for asked in asking.asked] == ["accepted", "failed"]


def test_we_are_named_as_the_server_names_us():
    """user@host, and no more of it than a string PV holds."""
    assert "@" in myself()
    assert len(myself().encode()) <= 39
