"""What goes along with runs: monitors, flyers, baselines, lazy staging, count times, summaries."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from reioc.engine import Msg
from reioc.engine.plans import (
    SupplementalData,
    baseline_wrapper,
    configure_count_time_wrapper,
    fly_during_wrapper,
    lazily_stage_wrapper,
    monitor_during_wrapper,
    print_summary_wrapper,
    set_run_key_wrapper,
    suspend_wrapper,
)

from .cases import OURS, THEIRS, Fake, FakeLocatable, det, flyer, motor1, moves, one_run, signal, suspender, two_runs
from .driver import Driver, drive

AROUND_RUNS = {
    "monitor_during_wrapper": lambda plan: monitor_during_wrapper(plan, [signal]),
    "fly_during_wrapper": lambda plan: fly_during_wrapper(plan, [flyer]),
    "baseline_wrapper": lambda plan: baseline_wrapper(plan, [det]),
}


@pytest.mark.parametrize("around", AROUND_RUNS.values(), ids=AROUND_RUNS)
def test_what_goes_along_with_a_run_bears_its_key(around: Any) -> None:
    """With run keys as well: bluesky's monitors and flyers speak of a run without a key, which is not open."""
    trace = drive(around(set_run_key_wrapper(one_run(OURS), "inner")))

    keyless = [message[0] for message in trace.messages if message[4] is None]

    assert set(keyless) <= {"wait"}
    assert len(trace.messages) > len(drive(one_run(OURS)).messages)


def test_each_of_two_open_runs_has_its_own() -> None:
    """Runs that are open at the same time are told apart by their keys."""
    plan = [Msg("open_run", run="a"), Msg("open_run", run="b"), Msg("close_run", run="a"), Msg("close_run", run="b")]

    trace = drive(monitor_during_wrapper(plan, [signal]))

    assert [(message[0], message[4]) for message in trace.messages if "monitor" in message[0]] == [
        ("monitor", "a"),
        ("monitor", "b"),
        ("unmonitor", "a"),
        ("unmonitor", "b"),
    ]


def test_devices_may_come_from_an_iterator() -> None:
    """They are taken from it once, for all runs."""
    trace = drive(baseline_wrapper(two_runs(OURS), iter([det])))

    assert trace.commands.count("read") == 4


def test_supplemental_data_follows_its_lists() -> None:
    """What is put into the lists, or taken out, counts for the next plan."""
    data = SupplementalData(baseline=[det])
    data.monitors.append(signal)
    data.baseline.clear()

    assert drive(data(one_run(OURS))).commands == drive(monitor_during_wrapper(one_run(OURS), [signal])).commands


def test_supplemental_data_measures_from_the_outside_in() -> None:
    """Baseline, monitors, flyers; and back."""
    data = SupplementalData(baseline=[motor1], monitors=[signal], flyers=[flyer])

    commands = drive(data([Msg("open_run"), Msg("null"), Msg("close_run")])).commands

    assert [name for name in commands if name in {"read", "monitor", "unmonitor", "kickoff", "collect", "null"}] == [
        *("read", "monitor", "kickoff"),
        "null",
        *("collect", "unmonitor", "read"),
    ]


def test_supplemental_data_is_shown_as_blueskys() -> None:
    """Its lists, by their names."""
    theirs, ours = (p.SupplementalData(baseline=(1, 2), flyers=iter("a")) for p in (THEIRS, OURS))

    assert repr(theirs) == repr(ours) == "SupplementalData(baseline=[1, 2], monitors=[], flyers=['a'])"
    assert repr(pickle.loads(pickle.dumps(ours))) == repr(ours)


def test_supplemental_data_leaves_the_callers_lists_alone() -> None:
    """Changing them later changes nothing, in either direction."""
    baseline = [det]
    data = SupplementalData(baseline=baseline)
    data.baseline.append(motor1)

    assert baseline == [det]


def test_lazy_staging_waits_for_what_takes_time() -> None:
    """A device whose `stage` returns a status is used when that is done, and unstaged (bluesky's fails on it)."""
    trace = drive(lazily_stage_wrapper(moves()), driver=Driver(status_from_stage=True))

    assert trace.commands == ["stage", "wait", "set", "stage", "wait", "set", "wait", "unstage", "unstage", "wait"]
    assert trace.messages[0][3] == trace.messages[1][3]


def test_lazy_staging_stages_a_device_once() -> None:
    """Also when one of its parts is used later on, which bluesky would stage it for again."""
    trace = drive(lazily_stage_wrapper([Msg("read", motor1), Msg("read", motor1.readback), Msg("read", motor1)]))

    assert trace.commands == ["stage", "read", "read", "read", "unstage"]


def test_lazy_staging_unstages_what_was_staged() -> None:
    """In reverse order, what the devices said; not what has nothing to stage."""

    part = Fake("part")
    replies: dict[Any, Any] = {det: [det, part], flyer: []}

    class Staging(Driver):
        def reply(self, msg: Any) -> Any:
            return replies[msg.obj] if msg.command == "stage" else super().reply(msg)

    trace = drive(lazily_stage_wrapper([Msg("read", det), Msg("kickoff", flyer), Msg("read", flyer)]), driver=Staging())

    assert trace.commands == ["stage", "read", "stage", "kickoff", "read", "unstage", "unstage"]
    assert [message[1] for message in trace.messages if message[0] == "unstage"] == [part, det]


def test_a_count_time_may_be_an_asynchronous_signal() -> None:
    """One without `get` is asked by a message, and set back to what it said."""
    device: Any = Fake("device")
    device.count_time = FakeLocatable("count_time")

    trace = drive(configure_count_time_wrapper([Msg("read", device)], 5))

    assert trace.commands == ["locate", "set", "wait", "read", "set", "wait"]
    assert [message[2] for message in trace.messages if message[0] == "set"] == [(5,), (3.1,)]


@pytest.mark.parametrize("plan", ["count", "scan", "two runs"])
def test_the_summary_is_blueskys(plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs, moves and what is read together, line for line, and nothing else."""
    plans: dict[str, Any] = {
        "count": lambda p: p.count([det], 2),
        "scan": lambda p: p.scan([det, motor1], motor1, 0, 1, 3),
        "two runs": two_runs,
    }
    printed = []
    for p in (THEIRS, OURS):
        drive(p.print_summary_wrapper(plans[plan](p)))
        printed.append(capsys.readouterr().out)

    assert printed[0] == printed[1]
    assert " Open Run " in printed[1]


def test_the_summary_takes_what_has_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A device without a name, and a position given by name."""
    drive(
        print_summary_wrapper([Msg("set", 3, position=4), Msg("create"), Msg("read", 5), Msg("save")]),
        driver=Driver(replies=False),
    )

    assert capsys.readouterr().out == "3 -> {'position': 4}\n  Read ['5']\n"


def test_suspenders_are_removed_when_the_plan_fails() -> None:
    """All of them, whichever message fails."""
    for number in range(len(drive(suspend_wrapper(moves(), [suspender])).messages) - 1):
        trace = drive(suspend_wrapper(moves(), [suspender]), throw={number: ValueError()})

        assert trace.commands[-1] == "remove_suspender"
