"""Changing a plan's messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bluesky.preprocessors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.engine import Msg
from reioc.engine.plans import msg_mutator, plan_mutator, run_wrapper

from .driver import Driver, drive


class Counting(Driver):
    """Replies to each message with its number."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def reply(self, msg: Any) -> int:
        self._count += 1
        return self._count


def echo(letters: str, *, stubborn: bool = False, original: Any = None) -> Iterator[Msg]:
    """Sends a message per letter, in which is what the last one was replied; "o" sends `original` itself."""
    reply = None
    for letter in letters:
        try:
            reply = yield original if letter == "o" and original is not None else Msg("null", letter, reply)
        except ValueError as error:
            if not stubborn:
                raise
            reply = f"swallowed {error}"
    return reply


parts = st.one_of(st.none(), st.tuples(st.text("xyo", max_size=3), st.booleans()))
tables = st.dictionaries(st.sampled_from("abxy"), st.tuples(parts, parts), max_size=4)


def make_msg_proc(table: dict[str, Any]) -> Any:
    # bluesky keeps replies by the id of a generator, also of one that failed: here no id is used twice.
    alive: list[Any] = []

    def msg_proc(msg: Any) -> tuple[Any, Any]:
        if msg.obj not in table or len(alive) > 24:
            return None, None
        made = [None if part is None else echo(part[0], stubborn=part[1], original=msg) for part in table[msg.obj]]
        alive.extend(made)
        return made[0], made[1]

    return msg_proc


@given(
    letters=st.text("ab", max_size=4),
    stubborn=st.booleans(),
    table=tables,
    faults=st.sets(st.integers(0, 12), max_size=3),
)
def test_plan_mutator_does_what_blueskys_does(letters: str, stubborn: bool, table: Any, faults: set[int]) -> None:
    """Whatever is replaced by whatever, and whoever fails at it: messages, replies and the end are bluesky's."""
    throw = {number: ValueError(f"at {number}") for number in faults}
    theirs, ours = (
        drive(mutator(echo(letters, stubborn=stubborn), make_msg_proc(table)), throw=throw, driver=Counting())
        for mutator in (bluesky.preprocessors.plan_mutator, plan_mutator)
    )

    assert theirs == ours


@given(
    letters=st.text("ab", max_size=5),
    stubborn=st.booleans(),
    left_out=st.sets(st.sampled_from("ab")),
    faults=st.sets(st.integers(0, 5), max_size=3),
)
def test_msg_mutator_does_what_blueskys_does(letters: str, stubborn: bool, left_out: Any, faults: set[int]) -> None:
    """Whatever is left out and whoever fails at it: messages, replies and the end are bluesky's."""
    throw = {number: ValueError(f"at {number}") for number in faults}
    theirs, ours = (
        drive(
            mutator(echo(letters, stubborn=stubborn), lambda msg: None if msg.obj in left_out else msg),
            throw=throw,
            driver=Counting(),
        )
        for mutator in (bluesky.preprocessors.msg_mutator, msg_mutator)
    )

    assert theirs == ours


def test_a_replaced_message_is_not_shown_again() -> None:
    """A head may yield the message that it replaces: it is not replaced once more."""
    plan = plan_mutator(echo("a"), lambda msg: (echo("xo", original=msg) if msg.obj == "a" else None, None))

    assert [message[1] for message in drive(plan, limit=10).messages] == ["x", "a"]


def test_a_message_that_passes_is_shown_each_time() -> None:
    """Passing messages are not remembered: an endless plan must not fill the memory."""
    shown = []
    msg = Msg("null")
    drive(plan_mutator([msg] * 3, lambda msg: shown.append(msg) or (None, None)))

    assert [msg] * 3 == shown


def test_the_plan_gets_the_reply_to_the_last_message_of_the_head() -> None:
    """What a tail is replied goes to nobody."""
    replaced = {"a": (echo("xy"), echo("zz"))}
    plan = plan_mutator(echo("ab"), lambda msg: replaced.pop(msg.obj, (None, None)))

    trace = drive(plan, driver=Counting())

    assert [message[1] for message in trace.messages] == ["x", "y", "z", "z", "b"]
    assert trace.messages[-1][2] == (2,)


@pytest.mark.parametrize("mutator", [msg_mutator, plan_mutator])
def test_what_msg_proc_raises_lets_the_plan_clean_up(mutator: Any) -> None:
    """An error in `msg_proc` is thrown into the plan, whose run is closed as failed."""

    def msg_proc(msg: Any) -> Any:
        if msg.command == "null":
            raise ValueError("no nulls here")
        return msg if mutator is msg_mutator else (None, None)

    trace = drive(mutator(run_wrapper([Msg("null")]), msg_proc))

    assert trace.commands == ["open_run", "close_run"]
    assert trace.messages[-1][3] == {"exit_status": "fail", "reason": "no nulls here"}
    assert trace.result == ("ValueError", "no nulls here")


@pytest.mark.parametrize("mutator", [msg_mutator, plan_mutator])
def test_closing_closes_the_plan_inside(mutator: Any) -> None:
    """`close` reaches the plan, and for `plan_mutator` the head before it."""
    closed = []

    def plan(name: str) -> Any:
        try:
            yield Msg("null", name)
        finally:
            closed.append(name)

    def msg_proc(msg: Any) -> Any:
        return msg if mutator is msg_mutator else (plan("head") if msg.obj == "plan" else None, None)

    drive(mutator(plan("plan"), msg_proc), close_at=0)

    assert (["plan"] if mutator is msg_mutator else ["head", "plan"]) == closed


def test_iterables_are_plans() -> None:
    """A list of messages can be mutated; replies to it are dropped."""
    trace = drive(msg_mutator([Msg("null"), Msg("save")], lambda msg: msg), driver=Counting())

    assert trace.commands == ["null", "save"]
