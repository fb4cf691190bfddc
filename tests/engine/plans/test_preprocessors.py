"""Plans around plans, where they differ from bluesky's on purpose or have errors of their own."""

from __future__ import annotations

from typing import Any

import pytest

from reioc.engine import FailedPause, Msg
from reioc.engine.errors import PlanHalt, PlanInterruption, RequestAbort, RequestStop, UnknownDocument
from reioc.engine.plans import (
    contingency_wrapper,
    ensure_generator,
    finalize_decorator,
    finalize_wrapper,
    mvr,
    pchain,
    relative_set_wrapper,
    run_wrapper,
    set_run_key_wrapper,
    subs_wrapper,
)

from .cases import FakeMotor, moves, note, nothing
from .driver import drive


@pytest.mark.parametrize(
    ("error", "exit_status", "reason"),
    [
        (RequestStop("enough"), "success", None),
        (RequestAbort("beam is gone"), "abort", None),
        (FailedPause("no checkpoint"), "abort", None),
        (ValueError("wrong value"), "fail", "wrong value"),
    ],
)
def test_a_run_is_closed_with_the_interruptions_exit_status(error: Exception, exit_status: str, reason: Any) -> None:
    """Interruptions have a status, and their reason is the engine's to tell; errors fail the run with their text."""
    trace = drive(run_wrapper(moves()), throw={1: error})

    assert {"exit_status": exit_status, "reason": reason} == trace.messages[-1][3]
    assert (type(error).__name__, str(error)) == trace.result


@pytest.mark.parametrize("error", [PlanHalt("now"), PlanInterruption("any"), KeyboardInterrupt()])
@pytest.mark.parametrize("number", range(3))
def test_a_halt_during_clean_up_ends_it(error: BaseException, number: int) -> None:
    """A halted plan sends nothing more, also from except and else plans; anything else still gets the final plan."""
    plan = contingency_wrapper(moves(), except_plan=note("except"), else_plan=note("else"), final_plan=note("final"))

    trace = drive(plan, throw={number: ValueError(), number + 1: error} if number else {3: error})

    final = any("final" in message[2] for message in trace.messages)
    assert final is not isinstance(error, PlanHalt)
    assert type(error).__name__ == trace.result[0]


def test_a_final_plan_is_made_when_it_is_needed() -> None:
    """A function that makes the final plan sees what the plan has done by then."""
    done: list[str] = []

    def plan() -> Any:
        yield Msg("null")
        done.append("plan")

    trace = drive(finalize_wrapper(plan(), lambda: [Msg("null", None, *done)]))

    assert trace.messages[-1][2] == ("plan",)


def test_finalize_decorator_refuses_a_plan() -> None:
    """A generator could clean up only once: refused when decorating."""
    with pytest.raises(TypeError, match="final_plan must be a function that makes a plan, not a generator"):
        finalize_decorator(moves())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("subs", "error", "part"),
    [
        (3, TypeError, "A subscriber is a function of (name, document), not 3"),
        ([nothing, 3], TypeError, "A subscriber is a function of (name, document), not 3"),
        (
            {"stop": None, "end": nothing},
            UnknownDocument,
            "There are no documents named 'end'; there are: all, start, descriptor",
        ),
    ],
)
def test_wrong_subscriptions_are_refused(subs: Any, error: type[Exception], part: str) -> None:
    """Nothing is sent; the error has what cannot be subscribed."""
    trace = drive(subs_wrapper(moves(), subs))

    assert trace.messages == []
    assert error.__name__ == trace.result[0]
    assert part in trace.result[1]


def test_what_was_subscribed_is_unsubscribed_in_order() -> None:
    """Also when the plan fails in between; tokens go back in the order in which they came."""
    trace = drive(subs_wrapper(moves(), {"stop": [nothing] * 3, "all": nothing}), throw={5: ValueError()})

    assert [m[2][1] for m in trace.messages if m[0] == "subscribe"] == ["all", "stop", "stop", "stop"]
    assert [m[3]["token"] for m in trace.messages if m[0] == "unsubscribe"] == [1, 2, 3, 4]


def test_pchain_closes_what_it_never_began() -> None:
    """Whatever ends a chain early, plans after it are closed."""
    later = moves()

    drive(pchain(moves(), later), throw={0: ValueError()})

    with pytest.raises(StopIteration):
        next(later)


def test_a_run_key_is_needed() -> None:
    """None is no run key."""
    assert (drive(set_run_key_wrapper(moves(), None)).result) == (
        "ValueError",
        "The run key None means no key: give any other hashable, such as 'inner'",
    )


def test_a_motor_with_several_positions_cannot_be_moved_relatively() -> None:
    """The error names the motor and its fields."""
    motor: Any = type("Table", (FakeMotor,), {"hints": {"fields": ["x", "y"]}, "position": property()})("table")

    trace = drive(relative_set_wrapper([Msg("set", motor, 1)]))

    assert trace.commands == ["read"]
    assert "'table' has several positions (x, y)" in trace.result[1]


def test_relative_moves_add_to_where_the_motor_is() -> None:
    """A move by 3 of a motor at 2 goes to 5."""
    trace = drive(mvr(FakeMotor("m"), 3))

    assert trace.messages[0][2] == (5.0,)


def test_what_is_no_plan_is_refused() -> None:
    """`ensure_generator` takes messages and iterables of them."""
    assert drive(ensure_generator(Msg("null"))).commands == ["null"]
    assert drive(ensure_generator(iter([Msg("null"), Msg("save")]))).commands == ["null", "save"]
    with pytest.raises(TypeError, match="A plan is a generator or an iterable of Msg, not int: 3"):
        ensure_generator(3)
