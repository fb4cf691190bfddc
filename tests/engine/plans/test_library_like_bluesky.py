"""Our library of plans sends the messages that bluesky's sends, also when it is interrupted anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .cases import OURS, THEIRS
from .driver import Driver, Trace, drive
from .library import DECIDING, EVERY, LIBRARY, peak_driver
from .test_like_bluesky import INTERRUPTIONS, _compare_but_for_statuses

Make = Callable[[Any], Any]

every_plan = pytest.mark.parametrize("make", EVERY.values(), ids=EVERY.keys())


@pytest.fixture(autouse=True)
def quiet_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bluesky formats the stack in each stub, for a warning, and its `tweak` prints."""
    monkeypatch.setattr("traceback.format_stack", lambda *_: [])
    monkeypatch.setattr("bluesky.plans.print", lambda *_: None, raising=False)
    monkeypatch.setattr("IPython.display.clear_output", lambda **_: None)


def played(make: Make, p: Any, **options: Any) -> Trace:
    return drive(make(p), driver=peak_driver(), **options)


@every_plan
def test_same_messages_when_nothing_happens(make: Make) -> None:
    """Uninterrupted, ours sends bluesky's messages and returns what bluesky's returns."""
    theirs, ours = (played(make, p) for p in (THEIRS, OURS))

    _compare_but_for_statuses(theirs, ours)
    assert ours.ending == "returned"


@pytest.mark.parametrize("make", LIBRARY.values(), ids=LIBRARY.keys())
def test_same_messages_without_replies(make: Make) -> None:
    """Listed instead of run (each reply is None), ours sends what bluesky's sends."""
    theirs, ours = (drive(make(p), driver=Driver(replies=False)) for p in (THEIRS, OURS))

    _compare_but_for_statuses(theirs, ours)


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY.keys())
@pytest.mark.parametrize("predeclare", ["1", ""])
def test_streams_are_declared_ahead_on_demand(make: Make, predeclare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in bluesky the environment's BLUESKY_PREDECLARE decides, unless it is empty."""
    monkeypatch.setenv("BLUESKY_PREDECLARE", predeclare)
    theirs, ours = (played(make, p) for p in (THEIRS, OURS))

    _compare_but_for_statuses(theirs, ours)


@every_plan
@pytest.mark.parametrize("kind", ["error", "stop"])
def test_same_clean_up_when_interrupted_anywhere(make: Make, kind: str) -> None:
    """Whatever is thrown in at whichever message, ours cleans up by bluesky's messages and ends in the same way."""
    our_error, their_error = INTERRUPTIONS[kind]
    length = len(played(make, OURS).messages)
    # A long search is interrupted here and there: its messages repeat.
    for number in range(0, length, 1 if make not in DECIDING.values() else 1 + length // 40):
        theirs = played(make, THEIRS, throw={number: their_error("why")})
        ours = played(make, OURS, throw={number: our_error("why")})

        _compare_but_for_statuses(theirs, ours)
