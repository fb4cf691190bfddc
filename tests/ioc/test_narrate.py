"""What the engine does, for people."""

import time
from typing import Any

import numpy as np
import pytest

from reioc.engine import Hold, Msg, State
from reioc.ioc.narrate import narrate


class Motor:
    name = "m1"

    @property
    def position(self) -> float:
        raise AssertionError("a position may be a PV that does not answer")

    @property
    def egu(self) -> str:
        raise AssertionError("units may be a PV that does not answer")


class Detector:
    name = "det1"


MOTOR, DETECTOR = Motor(), Detector()


def running(msg: Msg | None, *waiting_for: str, **also: Any) -> str:
    return narrate(State.RUNNING, msg, waiting_for, **also)


def clock(text: str) -> float:
    return time.mktime(time.strptime(f"2024-05-06 {text}", "%Y-%m-%d %H:%M:%S"))


def test_idle_is_idle():
    """Nothing else is said, whatever ran before."""
    assert narrate(State.IDLE, None) == "idle"


def test_scan_id_comes_first():
    """People know their scans by number."""
    assert running(Msg("null"), scan_id=12) == "scan 12: running"


@pytest.mark.parametrize("scan_id", [None, 0])
def test_without_a_run_no_scan_is_named(scan_id):
    """A plan that opens no run has no number."""
    assert running(Msg("wait"), "m1", scan_id=scan_id) == "waiting for m1"


def test_move_says_where_to_and_who_is_waited_for():
    """The line of a scan at work; no PV is read for it."""
    assert running(Msg("set", MOTOR, 3.5), "m1", scan_id=12) == "scan 12: moving m1 to 3.5, waiting for m1"


def test_units_are_said_when_they_are_known():
    """Whoever knows the units passes them."""
    assert running(Msg("set", MOTOR, 3.5), units="mm") == "moving m1 to 3.5 mm"


def test_counting_says_who_is_waited_for():
    """The line of a detector at work."""
    assert running(Msg("trigger", DETECTOR), "det1", scan_id=12) == "scan 12: counting: waiting for det1"


@pytest.mark.parametrize(
    ("msg", "told"),
    [
        (None, "running"),
        (Msg("set", MOTOR, 0.1 + 0.2), "moving m1 to 0.3"),
        (Msg("set", MOTOR, np.float64(2)), "moving m1 to 2"),
        (Msg("set", MOTOR, {"x": 1}), "moving m1 to {'x': 1}"),
        (Msg("set", MOTOR, np.arange(1000)[:2]), "moving m1 to [0 1]"),
        (Msg("set", MOTOR), "moving m1"),
        (Msg("set", DETECTOR, "on"), "setting det1 to on"),
        (Msg("trigger", DETECTOR), "counting with det1"),
        (Msg("wait"), "waiting"),
        (Msg("read", DETECTOR), "reading det1"),
        (Msg("sleep", None, 2.0), "sleeping 2 s"),
        (Msg("stage", DETECTOR), "staging det1"),
        (Msg("unstage", DETECTOR), "unstaging det1"),
        (Msg("open_run"), "opening a run"),
        (Msg("close_run"), "closing the run"),
        (Msg("checkpoint"), "at a checkpoint"),
        (Msg("create", name="baseline"), "taking an event of baseline"),
        (Msg("create", None, "primary"), "taking an event of primary"),
        (Msg("save"), "saving the event"),
        (Msg("null"), "running"),
        (Msg("kickoff", DETECTOR), "kickoff det1"),
        (Msg("wait_for", None, []), "wait for"),
        (Msg("_wake"), "wake"),
    ],
)
def test_each_command_has_its_words(msg, told):
    """One short line, also for commands of a beamline's own."""
    assert running(msg) == told


def test_long_position_is_shortened():
    """The line stays a line."""
    assert len(running(Msg("set", MOTOR, "x" * 1000))) < 80


def test_several_devices_are_named():
    """All that is waited for is named."""
    assert running(Msg("wait"), "m1", "m2") == "waiting for m1, m2"


def test_suspended_says_since_when_and_why():
    """What an operator wants to know first."""
    hold = Hold("ring", "DEMO:Ring:Current is 0.0, below 100", clock("12:01:03"))
    told = narrate(State.SUSPENDED, Msg("_until_holds_change"), holds=[hold], reason="ring", scan_id=12)
    assert told == "suspended since 12:01:03: DEMO:Ring:Current is 0.0, below 100"


def test_several_holds_give_all_reasons_since_the_first():
    """Each that holds is named; the time is that of the first."""
    holds = [Hold("a", "no beam", clock("12:01:03")), Hold("b", "shutter closed", clock("12:00:00"))]
    assert narrate(State.SUSPENDED, None, holds=holds) == "suspended since 12:00:00: no beam; shutter closed"


def test_suspended_without_a_hold_is_about_to_go_on():
    """The post-plans run: nobody holds any more."""
    assert narrate(State.SUSPENDED, None, reason="no beam") == "suspended, about to go on: no beam"


@pytest.mark.parametrize("state", [state for state in State if state not in (State.RUNNING, State.SUSPENDED)])
def test_other_states_give_their_reason(state):
    """The operator's own words come back."""
    assert narrate(state, Msg("wait"), ["m1"], 12, "lunch") == f"{state}: lunch"


def test_state_without_a_reason_is_its_name():
    """No colon without words."""
    assert narrate(State.PAUSED, Msg("wait")) == "paused"


@pytest.mark.parametrize("state", list(State))
def test_what_does_not_watch_is_in_brackets(state):
    """Whatever the engine does, people are to see it; where all watch there are no brackets."""
    holds = [Hold("a", "no beam", clock("12:01:03"))]
    told = narrate(state, Msg("wait"), ["m1"], 12, "lunch", holds)

    assert not told.endswith("]")
    assert narrate(state, Msg("wait"), ["m1"], 12, "lunch", holds, out_of_action="disabled: beam") == (
        f"{told} [disabled: beam]"
    )
