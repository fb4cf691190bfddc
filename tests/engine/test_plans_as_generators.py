"""What counts as a plan."""

import bluesky.utils
import pytest

from reioc.engine.plan_stack import PlanStack, as_generator

from .test_plan_stack import A, answer


@pytest.mark.parametrize(
    "plan",
    [
        A,
        [A],
        (A,),
        iter([A]),
        (msg for msg in [A]),
        bluesky.utils.Msg("a"),
        [bluesky.utils.Msg("a")],
        bluesky.utils.plan(lambda: (yield A))(),
    ],
    ids=["message", "list", "tuple", "iterator", "generator", "bluesky message", "bluesky messages", "decorated"],
)
def test_what_counts_as_a_plan(plan):
    """Generators, iterables of messages and single messages are plans; replies to those that take none are dropped."""
    assert answer(PlanStack(as_generator(plan))) == ["a"]


def test_what_is_no_plan():
    """Anything else is refused, with a hint for a plan function that was not called."""

    def scan():
        yield A

    async def wrong():
        pass

    with pytest.raises(TypeError, match=r"call it: scan\("):
        as_generator(scan)
    with pytest.raises(TypeError, match="not int: 3"):
        as_generator(3)
    with pytest.raises(TypeError, match="not str: 'scan'"):
        as_generator("scan")
    with pytest.raises(TypeError, match="not a coroutine: write wrong with def"):
        as_generator(wrong())
