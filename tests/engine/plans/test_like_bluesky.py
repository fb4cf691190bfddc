"""Our plans send the messages that bluesky's send, also when they are interrupted anywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import bluesky.utils
import pytest

from reioc.engine import errors

from .cases import OURS, PLANS, PREPROCESSORS, STUBS, THEIRS
from .driver import Driver, Trace, drive

ALL = {**STUBS, **PREPROCESSORS, **PLANS}
# bluesky's collects for ever when nobody tells it that it is done.
ENDING = {name: make for name, make in ALL.items() if not name.startswith("collect_while_completing")}
# bluesky's cannot stage lazily what takes time.
STAGED = [
    pytest.param(make, status, id=f"{name}-{'status' if status else 'list'}")
    for name, make in ALL.items()
    for status in (False, True)
    if not (status and name.startswith("lazily_stage"))
]
INTERRUPTIONS: dict[str, tuple[type[BaseException], type[BaseException]]] = {
    "error": (RuntimeError, RuntimeError),
    "abort": (errors.RequestAbort, bluesky.utils.RequestAbort),
    "swallowed": (ValueError, ValueError),
    "stop": (errors.RequestStop, bluesky.utils.RequestStop),
    "halt": (errors.PlanHalt, bluesky.utils.PlanHalt),
}
# Plans are long, and made of what is tried with everything: two kinds of interruption do for them.
INTERRUPTED = [
    pytest.param(make, kind, id=f"{kind}-{name}")
    for name, make in ALL.items()
    for kind in (list(INTERRUPTIONS)[:2] if name in PLANS else INTERRUPTIONS)
    # bluesky goes on with the final plan when it is halted in an except or else plan, and Python then complains.
    if (kind, name) not in {("halt", "contingency_wrapper"), ("halt", "contingency_wrapper not raising")}
]

pytestmark = pytest.mark.filterwarnings("ignore:The caching_repeater will be removed")
STAGING = ("stage", "unstage")

every_case = pytest.mark.parametrize("make", ALL.values(), ids=ALL.keys())
Make = Callable[[Any], Any]


@pytest.fixture(autouse=True)
def quick_bluesky(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bluesky formats the stack in each stub, for a warning: nine tenths of the time here."""
    monkeypatch.setattr("traceback.format_stack", lambda *_: [])


def compare(expected: Trace, actual: Trace) -> None:
    """Same messages, same end; texts of errors are ours to choose."""
    assert expected.commands == actual.commands
    assert _staging_aside(expected) == _staging_aside(actual)
    assert expected.ending == actual.ending
    if expected.ending == "raised":
        assert expected.result[0] == actual.result[0]
    else:
        assert expected.result == actual.result


def _staging_aside(trace: Trace) -> list[Any]:
    """The messages without whom they stage, and without the order in which devices are declared.

    bluesky stages and declares motors in the order of a set, which follows their memory addresses; ours in that of the
    plan.
    """
    return [_without_order(msg) for msg in trace.messages]


def _without_order(msg: tuple[Any, ...]) -> tuple[Any, ...]:
    if msg[0] in STAGING:
        return (msg[0], None, *msg[2:])
    if msg[0] == "declare_stream":
        return (*msg[:2], sorted(msg[2], key=lambda device: device.name), *msg[3:])
    return msg


def _staged(trace: Trace) -> Counter[tuple[str, str]]:
    """Who is staged and unstaged, and how often."""
    return Counter((msg[0], msg[1].name) for msg in trace.messages if msg[0] in STAGING)


@pytest.mark.parametrize(("make", "status_from_stage"), STAGED)
def test_same_messages_when_nothing_happens(make: Make, status_from_stage: bool) -> None:
    """Uninterrupted, ours sends bluesky's messages and returns what bluesky's returns."""
    theirs, ours = (drive(make(p), driver=_driver(status_from_stage)) for p in (THEIRS, OURS))

    _compare_but_for_statuses(theirs, ours)
    assert _staged(theirs) == _staged(ours)


@pytest.mark.parametrize("make", ENDING.values(), ids=ENDING.keys())
def test_same_messages_without_replies(make: Make) -> None:
    """Listed instead of run (each reply is None), ours sends what bluesky's sends."""
    theirs, ours = (drive(make(p), driver=Driver(replies=False)) for p in (THEIRS, OURS))

    compare(theirs, ours)


@every_case
def test_same_messages_when_not_rewindable(make: Make) -> None:
    """In an engine that does not rewind anyway, ours sends what bluesky's sends."""
    theirs, ours = (drive(make(p), driver=Driver(rewindable=False)) for p in (THEIRS, OURS))

    _compare_but_for_statuses(theirs, ours)


@pytest.mark.parametrize(("make", "kind"), INTERRUPTED)
def test_same_clean_up_when_interrupted_anywhere(make: Make, kind: str) -> None:
    """Whatever is thrown in at whichever message, ours cleans up by bluesky's messages and ends in the same way."""
    our_error, their_error = INTERRUPTIONS[kind]
    for number in range(len(drive(make(OURS)).messages)):
        theirs = drive(make(THEIRS), throw={number: their_error("why")})
        ours = drive(make(OURS), throw={number: our_error("why")})

        _compare_but_for_statuses(theirs, ours)


@every_case
def test_same_clean_up_when_interrupted_twice(make: Make) -> None:
    """A second error during the clean-up of the first leaves the same messages."""
    for number in range(len(drive(make(OURS)).messages)):
        throw = {number: RuntimeError("first"), number + 1: RuntimeError("second")}
        theirs, ours = (drive(make(p), throw=throw) for p in (THEIRS, OURS))

        _compare_but_for_statuses(theirs, ours)


@every_case
def test_close_is_silent_at_any_message(make: Make) -> None:
    """A closed plan sends nothing any more, wherever it is, also while it cleans up."""
    for number in range(len(drive(make(OURS)).messages)):
        assert drive(make(OURS), close_at=number).ending == "closed"

        trace = drive(make(OURS), throw={number: RuntimeError()}, close_at=number + 1)
        assert trace.ending in ("closed", "raised", "returned")
        assert trace.result is None or "ignored GeneratorExit" not in str(trace.result)


def _driver(status_from_stage: bool) -> Driver:
    return Driver(status_from_stage=status_from_stage)


def _compare_but_for_statuses(theirs: Trace, ours: Trace) -> None:
    for trace in (theirs, ours):
        trace.result = _without_statuses(trace.result)
    compare(theirs, ours)


def _without_statuses(result: Any) -> Any:
    """Each driver makes its own statuses: compare that they are, not which."""
    if isinstance(result, (tuple, list)):
        return type(result)(map(_without_statuses, result))
    return "status" if hasattr(result, "add_callback") else result
