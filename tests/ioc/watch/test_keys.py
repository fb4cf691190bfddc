"""Which commands would be refused, and why."""

import pytest

from reioc.ioc.watch.keys import ACTIONS, why_not
from reioc.ioc.watch.readings import Readings
from reioc.ioc.watch.view import view_of

from .support import IDLE, RUNNING, WALL, P, readings

BY_KEY = {action.key: action for action in ACTIONS}
PAUSED = {**RUNNING, "State": "paused", "CanPause": "No", "CanPauseDeferred": "No", "CanResume": "Yes", "CanSkip": "No"}


def why(key: str, said: Readings, now: float = 0.0) -> str:
    return why_not(BY_KEY[key], view_of(P, said, now, WALL), said)


def open_keys(values) -> str:
    said = readings(values)
    return "".join(action.key for action in ACTIONS if not why(action.key, said))


def test_the_engine_says_what_it_would_take():
    """A key is open unless the PV of its command says No."""
    assert open_keys(IDLE) == ""
    assert open_keys(RUNNING) == "pdksah"
    assert open_keys(PAUSED) == "rsah"
    assert open_keys({name: value for name, value in RUNNING.items() if not name.startswith("Can")}) == "pdrksah"


@pytest.mark.parametrize(
    ("key", "values", "reason"),
    [
        ("p", IDLE, "there is no plan in progress"),
        ("h", IDLE, "there is no plan in progress"),
        ("p", {**RUNNING, "CanPause": "No"}, "the plan has no checkpoint to come back to"),
        ("p", PAUSED, "the engine is paused"),
        ("r", RUNNING, "only what is paused can be resumed; the engine is running"),
        ("k", {**RUNNING, "CanSkip": "No"}, "no point is being taken"),
    ],
)
def test_why_is_told(key, values, reason):
    """In words that say what would be needed."""
    assert reason in why(key, readings(values))


def test_a_command_that_may_not_be_written_is_refused():
    """The access rules say who may; the keys of others are closed."""
    assert why("p", readings(RUNNING, writable=False)).startswith("T:RE:Pause cannot be written from here")


def test_nothing_is_asked_of_an_engine_that_is_not_there():
    """Lost, silent, or never seen."""
    assert why("p", readings(RUNNING, lost=1.0), now=2.0).startswith("the IOC is gone")
    assert why("p", readings(RUNNING), now=60.0).startswith("no sign of life")
    assert why("p", readings({"Heartbeat": 1})) == "T:RE:Pause is not connected"
