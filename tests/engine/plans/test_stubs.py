"""Small plans: what they refuse, and what differs from bluesky's on purpose."""

from __future__ import annotations

from typing import Any

import pytest
from ophyd import sim

from reioc.engine.plans import (
    abs_set,
    caching_repeater,
    collect_while_completing,
    mov,
    movr,
    mv,
    mvr,
    rd,
    repeat,
    stage,
)
from reioc.engine.plans.generators import unique_group

from .cases import FakeLocatable, FakeMotor, counter, flyer, moves, note
from .driver import Driver, drive

a, b = FakeMotor("a"), FakeMotor("b")


@pytest.mark.parametrize(
    ("plan", "error", "part"),
    [
        (
            mv,
            ValueError,
            "mv takes (motor, position) once per motor: the number of arguments must be a",
        ),
        (lambda: mv(a, 1, b), ValueError, "must be a multiple of 2, not 3"),
        (lambda: mvr(a, 1, b), ValueError, "mvr takes (motor, position) once per motor"),
        (lambda: mv(1, a), TypeError, "argument 1 is no motor but 1"),
        (lambda: mv(a, 1, a, 2), ValueError, "mv: each motor can be named once, 'a' is named more often"),
        (lambda: rd(sim.det_with_conf), ValueError, "'det' has 2 values (det_a, det_b), rd reads one"),
        (
            lambda: repeat(note("x"), num=3, delay=[1]),
            ValueError,
            "repeat: 3 times need 2 delays, there are only 1",
        ),
        (lambda: repeat(note("x"), num="x"), TypeError, "repeat: num must be a whole number, not 'x'"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(plan: Any, error: type[Exception], part: str) -> None:
    """No message is sent; the error says what is wrong."""
    trace = drive(plan())

    assert trace.messages == []
    assert error.__name__ == trace.result[0]
    assert part in trace.result[1]


def test_too_few_uncounted_delays_fail_when_they_run_out() -> None:
    """An iterator of delays cannot be counted before."""
    trace = drive(repeat(note("x"), num=3, delay=iter([0])))

    assert trace.commands.count("checkpoint") == 2
    assert trace.result == ("ValueError", "repeat: 3 times need 2 delays, there are only 1")


def test_an_old_device_cannot_be_told_not_to_wait() -> None:
    """The error has the command and the device."""
    trace = drive(stage(a, wait=False))

    assert "stage of" in trace.result[1]
    assert "cannot be told not to wait" in trace.result[1]


def test_staging_with_a_status_can_be_left_running() -> None:
    """A status is returned at once unless waiting was asked for."""
    trace = drive(stage(a, wait=False), driver=Driver(status_from_stage=True))

    assert trace.commands == ["stage"]
    assert trace.result.done


def test_rd_falls_back_to_the_default_without_an_engine() -> None:
    """A plan that is only listed gets the default value."""
    assert drive(rd(sim.det, default_value=7), driver=Driver(replies=False)).result == 7
    assert drive(rd(FakeLocatable("l"), default_value=7), driver=Driver(replies=False)).result == 7


def test_groups_are_never_shared() -> None:
    """Each wait has a group of its own, which says what it is for."""
    first, second = unique_group("set"), unique_group("set")

    assert first != second
    assert first.startswith("set")


def test_abs_set_waits_for_its_own_status_only() -> None:
    """With `wait` and no group it makes one up and waits for that."""
    trace = drive(abs_set(a, 3, wait=True))

    assert [message[3]["group"] for message in trace.messages] == ["group 0", "group 0"]


def test_mv_returns_statuses_in_the_order_of_the_motors() -> None:
    """All are set, then waited for together, with the time-out."""
    trace = drive(mv(a, 1, b, 2, timeout=4))

    assert [(a, (1,)), (b, (2,))] == [message[1:3] for message in trace.messages[:2]]
    assert trace.messages[2][3]["timeout"] == 4
    assert len(trace.result) == 2


def test_collecting_comes_to_an_end_without_an_engine() -> None:
    """A plan that is only listed waits once (bluesky's for ever)."""
    trace = drive(collect_while_completing([flyer], [counter], 0.1), driver=Driver(replies=False), limit=10)

    assert trace.commands == ["complete", "wait", "collect"]


def test_collecting_goes_on_until_the_flyers_are_done() -> None:
    """With each wait that ends unfinished, and once more afterwards."""
    trace = drive(collect_while_completing([flyer], [counter], 0.1, "fly", ["motion"]))

    assert trace.commands == ["complete", *["wait", "collect"] * 3]
    assert trace.messages[1][3] == {
        "group": "group 0",
        "timeout": 0.1,
        "error_on_timeout": False,
        "watch": ["motion"],
    }
    assert trace.messages[2][3]["name"] == "fly"


def test_repeating_from_a_cache_is_here_to_stay() -> None:
    """It does not warn that it will be removed, as bluesky's does."""
    trace = drive(caching_repeater(2, moves()))

    assert trace.commands == ["set", "set", "wait"] * 2


def test_synonyms_are_the_same_function() -> None:
    """`mov` and `movr` are other names, not other plans."""
    assert mov is mv
    assert movr is mvr
