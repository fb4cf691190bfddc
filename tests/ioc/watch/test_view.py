"""What is shown for which values."""

import math
import time

import pytest

from reioc.ioc.watch.readings import Reading, Readings
from reioc.ioc.watch.view import SILENT, view_of

from .support import IDLE, RUNNING, WALL, P, readings, suspender, view


def clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))


def test_values_that_have_come_lately_are_live():
    """State, message, run and times are as the PVs say."""
    shown = view(RUNNING, now=1.0)

    assert (shown.link.is_live, shown.link.trouble) == (True, "")
    assert (shown.state, shown.message) == ("running", "scan 12: moving m1 to 3.5 mm")
    assert (shown.run.fraction, shown.run.point, shown.run.end) == (0.25, 25, "")
    assert shown.run.times == "0:12:05 of about 0:40:00, over at 14:32"


def test_without_a_heartbeat_nothing_is_known():
    """An IOC that is frozen keeps its connections: after some seconds of silence nothing counts as live."""
    assert view(RUNNING, now=SILENT - 0.1).link.is_live
    silent = view(RUNNING, now=SILENT).link

    assert not silent.is_live
    assert silent.trouble == f"no sign of life since {clock(WALL - SILENT)} (4 s); waiting for it"


def test_an_ioc_that_is_gone_is_told_with_the_time():
    """All that was known is lost."""
    gone = view_of(P, readings(RUNNING, lost=10.0), 13.0, WALL)

    assert not gone.link.is_live
    assert gone.link.trouble == f"the IOC is gone: all PVs are lost since {clock(WALL - 3)}; waiting for it"
    assert gone.state == "running"  # the last that was known


def test_single_pvs_that_are_lost_are_named():
    """The rest is live; of many the first are named."""
    lost = {name: Reading("", lost=5.0) for name in ("Error", "Run:Plan", "Run:Times", "Susp:Since")}
    shown = view_of(P, Readings({"Heartbeat": Reading(1, 6.0), **lost}), 7.0, WALL)

    assert shown.link.is_live
    assert shown.link.trouble == f"lost since {clock(WALL - 2)}: Error, Run:Plan, Run:Times and 1 more"


def test_before_anything_has_come_nothing_is_shown():
    """It says so."""
    shown = view({})

    assert (shown.link.is_live, shown.link.trouble, shown.state) == (False, "not connected yet", "")
    assert (shown.run.plan, shown.suspenders, shown.queue, shown.curves) == ("", (), (), ())


@pytest.mark.parametrize(
    ("values", "state", "note"),
    [
        ({}, "good", ""),
        ({"Tripped": "Yes", "Reason": "it is 0"}, "tripped", "it is 0"),
        ({"Tripped": "Yes", "Countdown": 4.0, "Reason": "settling"}, "settling", "4 s"),
        ({"Tripped": "Yes", "Action": "warn", "Reason": "it is 0"}, "warning", "it is 0"),
        ({"Tripped": "Yes", "Bypass": 60.0}, "bypassed", "60 s"),
        ({"Tripped": "Yes", "Bypass": 60.0, "Enable": "No"}, "disabled", ""),
        ({"Connected": "No"}, "disconnected", ""),
        ({"Connected": "No", "Tripped": "Yes", "Reason": "it is disconnected"}, "tripped", "it is disconnected"),
    ],
)
def test_a_suspender_has_one_state(values, state, note):
    """What it does now outranks what is wrong with its PV; who has switched it off outranks all."""
    (shown,) = view({**IDLE, "Susp:Names": ("beam", "", ""), **suspender("beam", **values)}).suspenders

    assert (shown.name, shown.state, shown.note) == ("beam", state, note)
    assert (shown.value, shown.limits) == ("498.2", "below 100, good again at 200")


def test_a_value_that_is_no_number_is_left_out():
    """NaN means that there is none."""
    (shown,) = view({"Susp:Names": ("beam",), **suspender("beam", Value=math.nan)}).suspenders

    assert shown.value == ""


def test_why_it_is_held_is_said_once():
    """Not again where the message says it; with the countdown, and what blocks the engine."""
    held = {**RUNNING, "State": "paused", "Susp:Reason": "the beam is off", "Susp:Since": "2026-01-01 12:34:56.7+00:00"}

    assert view(held).reasons == ("why: the beam is off (since 12:34:56)",)
    assert view({**held, "Message": "suspended: the beam is off"}).reasons == ()
    assert view({**RUNNING, "Susp:Countdown": 4.2}).reasons == ("good again; the plan goes on in 4 s",)
    assert view({**RUNNING, "Blocked": 12.0, "BlockedIn": "m1.set"}).reasons == (
        "the engine has not answered for 12 s: it is in m1.set",
    )


def test_how_a_run_ended_is_told_with_its_reason():
    """Not while it is open; without `Run:Times` its seconds are shown."""
    over = {**RUNNING, "Run:Open": "No", "Run:ExitStatus": "abort", "Run:Reason": "lunch"}

    assert view(over).run.end == "abort: lunch"
    assert view({**over, "Run:Reason": ""}).run.end == "abort"
    assert view({**over, "Run:Open": "Yes"}).run.end == ""
    assert view({**over, "Run:Times": "", "Run:Elapsed": 12.0}).run.times == "took 12 s"
    times = {**RUNNING, "Run:Times": "", "Run:Elapsed": 12.0, "Run:ETA": 30.0}
    assert view(times).run.times == "12 s, about 30 s left"
    assert view({**RUNNING, "Run:Points": 0}).run.fraction is None


def test_a_suspender_that_has_not_been_heard_of_is_not_called_good():
    """Its name comes before its PVs do."""
    (row,) = view({**IDLE, "Susp:Names": ("beam",)}).suspenders

    assert row.state == "unknown"


def test_rows_of_the_queue_end_where_the_plans_do():
    """Arrays of strings are filled up with empty ones."""
    columns = {"Queue:Plans": ("scan", "count", ""), "Queue:Summaries": ("m1", "", ""), "Queue:By": ("a@b", "c@d", "")}

    assert [(each.plan, each.summary, each.by) for each in view(columns).queue] == [
        ("scan", "m1", "a@b"),
        ("count", "", "c@d"),
    ]


def test_curves_end_where_the_run_does():
    """`Data:N` points of each curve that has a name."""
    first, second = view(RUNNING).curves

    assert (first.x_name, first.y_name, list(first.x), list(first.y)) == ("m1", "det1", [0, 1, 2], [5, 9, 7])
    assert (second.y_name, list(second.y)) == ("ring", [500, 499, 498])
    assert view({**RUNNING, "Data:N": 0}).curves == ()


def test_the_last_command_is_told_whoever_gave_it():
    """When, what, what became of it, by whom."""
    said = {"Cmd:Name": "Pause", "Cmd:Result": "refused", "Cmd:By": "a@b", "Cmd:Message": "idle"}

    shown = view({**said, "Cmd:Time": "2026-01-01 12:34:56.789+01:00"})

    assert shown.last_command == "12:34:56 Pause refused, by a@b: idle"
