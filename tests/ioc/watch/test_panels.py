"""A view as lines."""

import pytest

from reioc.ioc.watch import panels
from reioc.ioc.watch.asking import Asked
from reioc.ioc.watch.once import page
from reioc.ioc.watch.spans import plain

from .support import IDLE, RUNNING, suspender, view

STATES = ("idle", "running", "pausing", "paused", "suspended", "stopping", "aborting", "halting", "panicked", "offline")
QUEUE = {
    "Queue:State": "running",
    "Queue:Size": 9,
    "Queue:Plans": ("scan", "count", "grid"),
    "Queue:Summaries": ("num=5", "num=2", ""),
    "Queue:By": ("a@b", "a@b", "a@b"),
}
FULL = {
    **RUNNING,
    **QUEUE,
    "Susp:Names": ("beam", "shutter"),
    **suspender("beam"),
    **suspender("shutter", Value=0.0, Tripped="Yes", Reason="it is Closed", Limits="Closed"),
}


def text(lines) -> str:
    return "\n".join(map(plain, lines))


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_told_by_a_word_and_a_sign_and_a_colour(state):
    """Over the whole width, in letters that are read from further away."""
    lines = panels.banner(view({**IDLE, "State": state}), 60)

    assert " ".join(state.upper()) in text(lines)
    assert [sum(len(span.text) for span in each) for each in lines] == [60, 60, 60]
    backgrounds = {span.style.split(" on ")[-1] for each in lines for span in each}
    assert len(backgrounds) == 1


def test_states_that_need_different_answers_differ_without_their_colour():
    """By the sign in front of the word."""
    signs = {state: plain(panels.banner(view({**IDLE, "State": state}), 60)[1]).split()[0] for state in STATES}

    alike = [("pausing", "paused"), ("stopping", "aborting", "halting")]
    assert len(set(signs.values())) == len(STATES) - sum(len(each) - 1 for each in alike)


def test_nothing_that_is_stale_is_shown_as_live():
    """The banner says LOST, not the last state, and every other line is dim."""
    stale = view(FULL, now=60.0)
    banner = text(panels.banner(stale, 80))

    assert "L O S T" in banner
    assert "R U N N I N G" not in banner
    assert "no sign of life since" in banner
    assert "last known state: running; nothing below is of now" in text(panels.run(stale, 80))
    rest = [panels.run(stale, 80), panels.suspenders(stale, 80), panels.queue(stale, 80), panels.plot(stale, 0, 40, 10)]
    assert {span.style for part in rest for each in part for span in each} == {"dim"}


def test_a_run_is_told_with_its_progress():
    """Plan, parameters, points, times."""
    told = text(panels.run(view(RUNNING), 80))

    assert told.splitlines()[0] == "run 12  scan  detectors=[det1], args=[m1, -1, 1], num=100"
    assert "25%  25 of 100 points  0:12:05 of about 0:40:00" in told
    bar = plain(panels.run(view({**RUNNING, "Run:Times": ""}), 80)[1])
    assert (bar.count("█"), bar.count("░")) == (10, 30)
    assert "░" not in text(panels.run(view(RUNNING), 60))  # no room


def test_those_that_hold_come_first():
    """With their word, their value, and what makes them trip."""
    beam_last = text(panels.suspenders(view(FULL), 100)).splitlines()

    assert " ".join(beam_last[0].split()) == "shutter ▲ tripped 0 it is Closed trips when Closed"
    assert " ".join(beam_last[1].split()) == "beam · good 498.2 trips when below 100, good again at 200"


def test_narrow_lines_drop_what_matters_least():
    """Limits, and who has added what waits; every line fits."""
    for width in (30, 50, 80, 120):
        parts = (panels.run, panels.suspenders, panels.queue)
        lines = [plain(each) for part in parts for each in part(view(FULL), width)]
        assert max(map(len, lines)) <= width
        assert ("trips when" in "".join(lines)) == (width >= 60)
        assert ("by a@b" in "".join(lines)) == (width >= 60)


def test_what_there_is_no_room_for_is_counted():
    """Nothing disappears without a word."""
    assert text(panels.queue(view(FULL), 80, 3)).splitlines()[1:] == ["  1 scan  num=5  by a@b", "and 8 more"]
    assert text(panels.suspenders(view(FULL), 80, 1)) == "and 2 more"


def test_one_curve_is_drawn_at_a_time():
    """Two of different size in one frame say nothing; the title says which it is, and its last value."""
    first, second, again = (panels.plot(view(RUNNING), number, 60, 10) for number in range(3))

    assert plain(first[0]) == "det1 7 at m1 2  (1 of 2: y for the next)"
    assert plain(second[0]).startswith("ring 498 at m1 2  (2 of 2")
    assert (again, len(first)) == (first, 10)
    assert panels.plot(view(IDLE), 0, 60, 10) == []


def test_what_became_of_a_command_is_told():
    """Ours, else anybody's; a hint goes before both; a failure of the last plan stays above."""
    shown = view({**IDLE, "Error": "m1 is gone", "Cmd:Name": "Stop", "Cmd:Result": "done", "Cmd:By": "a@b"})
    ours = Asked("Pause", "", 0, 0.0, "", "refused", "there is no plan")

    assert "last command: Stop done, by a@b" in text(panels.bottom(shown, None, "", 80))
    assert text(panels.bottom(shown, ours, "", 80)).splitlines() == [
        "error m1 is gone",
        "Pause refused: there is no plan",
    ]
    assert text(panels.bottom(shown, ours, "no, because", 80)).splitlines()[-1] == "no, because"


def test_keys_that_would_be_refused_are_in_brackets():
    """And dim; so they are known without colours too."""
    shown = panels.keys([("p", "pause", True), ("r", "resume", False)], ("?", "help"), 80)

    assert plain(shown) == " p pause  r(resume) ? help"
    assert [span.style for span in shown if "resume" in span.text] == ["dim"]


def test_how_to_get_help_is_always_said():
    """Where there is no room for all keys."""
    commands = [("p", "pause", True), ("h", "halt", False), ("q", "quit", True)]

    assert plain(panels.keys(commands, ("?", "help"), 40)) == " p pause  h(halt) q quit  ? help"
    assert plain(panels.keys(commands, ("?", "help"), 24)) == " p pause  h(halt) ? help"
    assert plain(panels.keys(commands, ("?", "help"), 5)) == " ? help"


def test_a_page_for_scripts_has_all_but_the_plot():
    """Plain text, one part below the other."""
    told = "\n".join(page(view(FULL), 80))

    for part in ("R U N N I N G", "run 12  scan", "shutter", "queue running, 9 waiting", "  1 scan"):
        assert part in told
    assert max(map(len, told.splitlines())) <= 80
