"""Frames, replies, errors."""

import gc

import pytest

from reioc.engine import Msg, PlanHalt
from reioc.engine.plan_stack import ENDED, PlanStack

A, B, C, D = (Msg(name) for name in "abcd")


def collecting(messages, replies):
    for msg in messages:
        replies.append((yield msg))
    return "value"


def answer(stack):
    """Advance to the end, replying to each message with its name. Returns the names."""
    names = []
    while not stack.is_over:
        if (msg := stack.advance()) is not ENDED:
            names.append(msg.command)
            stack.top.reply = f"reply to {msg.command}"
    return names


def test_messages_and_replies():
    """Each message is replied to, and the plan's value is kept."""
    replies = []
    stack = PlanStack(collecting([A, B], replies))

    assert answer(stack) == ["a", "b"]
    assert replies == ["reply to a", "reply to b"]
    assert stack.value == "value"


def test_pushed_plan_comes_first_and_changes_no_reply():
    """What is pushed is done first; the reply that the plan is owed is still its own."""
    replies, exits = [], []
    stack = PlanStack(collecting([A, B], replies))
    stack.advance()
    stack.top.reply = "reply to a"
    stack.push(collecting([C], []), on_exit=exits.append)

    assert answer(stack) == ["c", "b"]
    assert replies == ["reply to a", "reply to b"]
    assert exits == [None]


def test_replay_gives_the_reply_that_is_owed():
    """After a replay of what was cut short the plan gets the last reply."""
    replies = []
    stack = PlanStack(collecting([A, B], replies))
    stack.advance()
    stack.top.reply = "old reply"
    stack.advance()  # b is cut short: no reply
    stack.replay([A, B], owed=True)

    assert answer(stack) == ["a", "b"]
    assert replies == ["old reply", "reply to b"]


def test_replay_that_owes_nothing():
    """After a replay of earlier messages the plan gets the reply that it already had."""
    replies = []
    stack = PlanStack(collecting([A, B], replies))
    stack.advance()
    stack.top.reply = "its own"
    stack.replay([C], owed=False)

    assert answer(stack) == ["c", "b"]
    assert replies == ["its own", "reply to b"]


def test_empty_replay_is_none():
    """Nothing to repeat leaves the reply alone."""
    replies = []
    stack = PlanStack(collecting([A], replies))
    stack.advance()
    stack.top.reply = "its own"
    stack.replay([], owed=True)

    assert answer(stack) == []
    assert replies == ["its own"]


def test_replay_of_a_replay():
    """A replay that is itself interrupted and repeated still gives the plan its reply."""
    replies = []
    stack = PlanStack(collecting([A, B, C], replies))
    stack.advance()
    stack.top.reply = 1
    stack.advance()  # b is cut short
    stack.replay([A, B], owed=True)
    stack.advance()  # a again, cut short
    stack.replay([A], owed=True)

    assert answer(stack) == ["a", "b", "c"]
    assert replies == [1, "reply to b", "reply to c"]


def test_plan_pushed_over_a_replay():
    """A suspension on top of a replay: the replay comes afterwards, and its reply reaches the plan."""
    replies = []
    stack = PlanStack(collecting([A], replies))
    stack.advance()
    stack.replay([A], owed=True)
    stack.push(collecting([C, D], []))

    assert answer(stack) == ["c", "d", "a"]
    assert replies == ["reply to a"]


def handling(messages, handled, then=()):
    try:
        for msg in messages:
            yield msg
    except Exception as error:
        handled.append(error)
        for msg in then:
            yield msg


def test_error_goes_to_the_top_frame():
    """A frame that handles an error goes on; the frame below never hears of it."""
    below, above = [], []
    stack = PlanStack(handling([A, B], below))
    stack.advance()
    stack.push(handling([C], above, then=[D]))
    stack.advance()
    error = ValueError("no")
    stack.throw(error)

    assert stack.owes_error
    assert answer(stack) == ["d", "b"]
    assert (above, below) == ([error], [])


def test_error_falls_through_to_the_plan():
    """What a frame does not handle goes to the frame below; its exit is told of it."""
    below, exits = [], []
    stack = PlanStack(handling([A], below, then=[D]))
    stack.advance()
    stack.push(collecting([C], []), on_exit=exits.append)
    stack.advance()
    error = ValueError("no")
    stack.throw(error)

    assert answer(stack) == ["d"]
    assert below == exits == [error]


def test_error_out_of_the_last_frame():
    """What nobody handles is raised, and then the plan is over."""
    stack = PlanStack(collecting([A], []))
    stack.advance()
    error = ValueError("no")
    stack.throw(error)

    with pytest.raises(ValueError, match="no") as raised:
        stack.advance()
    assert raised.value is error
    assert stack.is_over
    assert stack.advance() is ENDED


def test_error_waits_for_what_is_pushed_over_it():
    """An error that the plan is owed is not thrown into a suspension that is pushed before it is delivered."""
    handled, inside = [], []
    stack = PlanStack(handling([A], handled))
    stack.advance()
    error = ValueError("read failed")
    stack.throw(error)
    stack.push(handling([C], inside))

    assert answer(stack) == ["c"]
    assert (inside, handled) == ([], [error])


def test_error_outranks_the_reply():
    """A plan that is owed an error does not get a reply as well."""
    handled = []
    stack = PlanStack(handling([A], handled))
    stack.advance()
    stack.top.reply = "reply"
    stack.throw(ValueError("no"))

    assert answer(stack) == []
    assert len(handled) == 1


def test_system_exit_lets_the_plan_below_clean_up():
    """An exception that is no Exception goes through the frames as others do."""
    cleaned = []

    def plan():
        try:
            yield A
        finally:
            cleaned.append(1)

    def leaving():
        raise SystemExit(3)
        yield

    stack = PlanStack(plan())
    stack.advance()
    stack.push(leaving())

    assert stack.advance() is ENDED
    with pytest.raises(SystemExit):
        stack.advance()
    assert cleaned == [1]


def test_a_frame_that_ends_lets_others_come_first():
    """When a frame has ended the one below is not asked yet: what its exit pushes comes first."""
    replies = []
    stack = PlanStack(collecting([A], replies))
    stack.push(collecting([B], []), on_exit=lambda _: stack.push(collecting([C], [])))

    assert answer(stack) == ["b", "c", "a"]
    assert replies == ["reply to a"]


def test_halt_ends_every_frame():
    """Each generator gets the halt, the top one first; a clean-up "unless closed" is not run."""
    order = []

    def plan(name):
        try:
            yield A
        except GeneratorExit as error:
            order.append((name, str(error)))
            raise
        except Exception:
            order.append("cleaned up")

    stack, exits = PlanStack(plan("below")), []
    stack.advance()
    stack.push(plan("above"), on_exit=exits.append)
    stack.advance()
    halt = PlanHalt("fire")

    assert stack.halt(halt) == []
    assert order == [("above", "halted: fire"), ("below", "halted: fire")]
    assert exits == [halt]
    assert stack.is_over
    assert stack.advance() is ENDED


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_stubborn_generators_are_named_and_ended():
    """A generator that yields on after a halt is reported, and ended all the same."""

    def stubborn():
        try:
            yield A
        finally:
            try:
                yield B
            finally:
                yield C

    generator = stubborn()
    stack = PlanStack(generator)
    stack.advance()

    assert stack.halt(PlanHalt()) == [generator]
    assert generator.gi_frame is None
    del generator, stack
    gc.collect()


def test_halt_of_a_plan_that_has_not_begun():
    """Nothing of a plan is run that is halted before its first message."""
    stack = PlanStack(collecting([A], []))

    assert stack.halt(PlanHalt()) == []
