"""What happens while a plan is held, message by message."""

import pytest

from reioc.engine import Msg
from reioc.engine.holds import Holds
from reioc.engine.suspension import suspension


@pytest.fixture
def holds():
    return Holds(lambda: None)


def plans(name):
    """A pre- and a post-plan factory of one hold."""
    return {"pre_plan": lambda: [Msg(f"pre {name}")], "post_plan": lambda: [Msg(f"post {name}")]}


class Driver:
    """Advances the generator by hand; `_settle`, which only marks, is left out."""

    def __init__(self, holds):
        self.generator = suspension(lambda: list(holds), known=[hold.owner for hold in holds])

    def next(self):
        for msg in self.generator:
            if msg.command != "_settle":
                return msg.command
        return None


def test_one_hold(holds):
    """Pre-plan, wait, wake, post-plan, over."""
    holds.add("ring", "no beam", **plans("ring"))
    driver = Driver(holds)

    assert driver.next() == "pre ring"
    assert driver.next() == "_until_holds_change"
    holds.discard("ring")
    assert [driver.next() for _ in range(3)] == ["_wake", "post ring", None]


def test_two_holds_nest(holds):
    """Pre-plans run in the order of the holds, post-plans in the opposite one, when the last hold is gone."""
    holds.add("ring", "no beam", **plans("ring"))
    driver = Driver(holds)
    driver.next()
    assert driver.next() == "_until_holds_change"
    holds.add("shutter", "closed", **plans("shutter"))
    assert [driver.next() for _ in range(2)] == ["_joined", "pre shutter"]
    assert driver.next() == "_until_holds_change"
    holds.discard("ring")
    assert driver.next() == "_until_holds_change"
    holds.discard("shutter")

    assert [driver.next() for _ in range(4)] == ["_wake", "post shutter", "post ring", None]


def test_hold_that_comes_back_between_two_post_plans(holds):
    """Everything rests again; only the plans of what has been undone are done again."""
    holds.add("ring", "no beam", **plans("ring"))
    holds.add("shutter", "closed", **plans("shutter"))
    driver = Driver(holds)
    assert [driver.next() for _ in range(3)] == ["pre ring", "pre shutter", "_until_holds_change"]
    holds.discard("ring")
    holds.discard("shutter")
    assert [driver.next() for _ in range(2)] == ["_wake", "post shutter"]

    holds.add("shutter", "closed again", **plans("shutter"))
    assert [driver.next() for _ in range(4)] == ["_rest", "_joined", "pre shutter", "_until_holds_change"]
    holds.discard("shutter")
    assert [driver.next() for _ in range(4)] == ["_wake", "post shutter", "post ring", None]


def test_hold_that_comes_back_during_the_wake(holds):
    """No post-plan is begun while something holds; the pre-plan is not done twice."""
    holds.add("ring", "no beam", **plans("ring"))
    driver = Driver(holds)
    assert [driver.next() for _ in range(2)] == ["pre ring", "_until_holds_change"]
    holds.discard("ring")
    assert driver.next() == "_wake"
    holds.add("ring", "no beam", **plans("ring"))

    assert [driver.next() for _ in range(2)] == ["_rest", "_until_holds_change"]
    holds.discard("ring")
    assert [driver.next() for _ in range(3)] == ["_wake", "post ring", None]


def test_second_hold_during_a_pre_plan(holds):
    """A hold that comes while another one's pre-plan runs gets its own before the wait."""
    holds.add("ring", "no beam", **plans("ring"))
    driver = Driver(holds)
    assert driver.next() == "pre ring"
    holds.add("shutter", "closed", **plans("shutter"))

    assert [driver.next() for _ in range(3)] == ["_joined", "pre shutter", "_until_holds_change"]


def test_wait_for_the_holds_names_those_it_knows(holds):
    """A hold that comes between two messages is not taken for one that is known."""
    holds.add("ring", "no beam")
    msg = next(suspension(lambda: list(holds), known={"ring"}))
    holds.add("shutter", "closed")

    assert (msg.command, msg.args[0]) == ("_until_holds_change", frozenset({"ring"}))
    assert [hold.owner for hold in msg.args[1]()] == ["ring", "shutter"]


def test_without_plans(holds):
    """A hold need not have plans."""
    holds.add("ring", "no beam")
    driver = Driver(holds)
    assert driver.next() == "_until_holds_change"
    holds.discard("ring")

    assert [driver.next() for _ in range(2)] == ["_wake", None]


def test_plans_as_iterables_and_single_messages(holds):
    """Pre- and post-plans may be lists and messages as well as functions."""
    holds.add("ring", "no beam", pre_plan=[Msg("close")], post_plan=Msg("open"))
    driver = Driver(holds)
    assert [driver.next() for _ in range(2)] == ["close", "_until_holds_change"]
    holds.discard("ring")

    assert [driver.next() for _ in range(3)] == ["_wake", "open", None]


def test_each_plan_is_settled(holds):
    """Behind each pre- and post-plan there is a mark: it is not repeated when another one is interrupted."""
    holds.add("ring", "no beam", **plans("ring"))
    generator = suspension(lambda: list(holds), known={"ring"})
    before = [next(generator).command for _ in range(3)]
    holds.discard("ring")

    assert before == ["pre ring", "_settle", "_until_holds_change"]
    assert [msg.command for msg in generator] == ["_wake", "post ring", "_settle"]


def test_released_before_it_began(holds):
    """A hold that is gone before the suspension begins leaves nothing to do."""
    assert Driver(holds).next() == "_wake"


def test_a_hold_that_was_not_known_is_told_of(holds):
    """With its reason, before its pre-plan, and once; those that the suspension began with have been told of."""
    holds.add("ring", "no beam")
    holds.add("shutter", "closed", **plans("shutter"))
    generator = suspension(lambda: list(holds), known={"ring"})
    before = [next(generator) for _ in range(4)]

    assert [msg.command for msg in before] == ["_joined", "pre shutter", "_settle", "_until_holds_change"]
    assert before[0].args == ("closed",)


def test_a_hold_that_comes_back_is_told_of(holds):
    """One whose plans are done again holds again, and is told of as if it had joined."""
    holds.add("ring", "no beam", **plans("ring"))
    driver = Driver(holds)
    holds.add("shutter", "closed")
    commands = [driver.next() for _ in range(3)]
    holds.discard("ring")
    holds.discard("shutter")
    commands += [driver.next() for _ in range(2)]
    holds.add("shutter", "closed again")

    assert commands == ["pre ring", "_joined", "_until_holds_change", "_wake", "post ring"]
    assert [driver.next() for _ in range(3)] == ["_rest", "_joined", "_until_holds_change"]
