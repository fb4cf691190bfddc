"""Requests, holds, and the rule of what comes next."""

import threading
from itertools import permutations, product

import pytest

from reioc.engine.holds import Holds, reasons
from reioc.engine.interruptions import Ask, Inbox, Request, Step, Wishes, next_step


def folded(*asks, begun=None):
    wishes = Wishes(begun=begun)
    for ask in asks:
        wishes.fold(Request(ask, ask.name.lower()))
    return wishes


# wishes, held, suspended, resumable → what comes next
TABLE = [
    ([], False, False, True, Step.GO_ON),
    ([], False, False, False, Step.GO_ON),
    ([], True, False, True, Step.SUSPEND),
    ([], True, False, False, Step.CANNOT_HOLD),
    ([], True, True, True, Step.GO_ON),
    ([], True, True, False, Step.GO_ON),
    ([], False, True, True, Step.GO_ON),
    ([Ask.PAUSE], False, False, True, Step.PAUSE),
    ([Ask.PAUSE], False, False, False, Step.CANNOT_HOLD),
    ([Ask.PAUSE], True, False, True, Step.PAUSE),
    ([Ask.PAUSE], True, True, True, Step.PAUSE),
    ([Ask.PAUSE], True, True, False, Step.PAUSE),
    ([Ask.PAUSE, Ask.RESUME], True, False, True, Step.SUSPEND),
    ([Ask.PAUSE, Ask.RESUME], False, False, True, Step.GO_ON),
    ([Ask.RESUME, Ask.PAUSE], False, False, True, Step.PAUSE),
    ([Ask.DEFERRED_PAUSE], False, False, True, Step.GO_ON),
    ([Ask.STOP], True, False, False, Step.END),
    ([Ask.ABORT], False, True, True, Step.END),
    ([Ask.HALT], False, False, True, Step.END),
    ([Ask.PAUSE, Ask.STOP], True, False, True, Step.END),
    ([Ask.STOP, Ask.RESUME], False, False, True, Step.END),
    ([Ask.STOP, Ask.PAUSE], False, False, False, Step.END),
    ([Ask.SKIP_POINT], False, False, True, Step.SKIP),
    ([Ask.SKIP_POINT], False, False, False, Step.SKIP),
    ([Ask.SKIP_POINT], False, True, True, Step.GO_ON),
    ([Ask.SKIP_POINT], True, False, True, Step.SUSPEND),
    ([Ask.SKIP_POINT, Ask.PAUSE], False, False, True, Step.PAUSE),
    ([Ask.SKIP_POINT, Ask.PAUSE], False, False, False, Step.CANNOT_HOLD),
    ([Ask.PAUSE, Ask.SKIP_POINT, Ask.RESUME], False, False, True, Step.SKIP),
    ([Ask.SKIP_POINT, Ask.STOP], False, False, True, Step.END),
    ([Ask.PAUSE_AFTER_RUN], True, False, True, Step.SUSPEND),
    ([Ask.PAUSE_AFTER_RUN], False, False, False, Step.GO_ON),
]


@pytest.mark.parametrize(("asks", "held", "suspended", "resumable", "expected"), TABLE)
def test_next_step(asks, held, suspended, resumable, expected):
    """The rule of what comes next, case by case."""
    assert next_step(folded(*asks), held=held, suspended=suspended, resumable=resumable) is expected


def test_a_pause_between_runs_needs_no_checkpoint():
    """The pause after a run repeats nothing, so that it needs nothing to come back to; a hold behind it does."""
    wishes = folded(Ask.PAUSE_AFTER_RUN)
    wishes.at_new_beginning()

    assert next_step(wishes, held=True, suspended=False, resumable=False) is Step.PAUSE
    wishes.fold(Request(Ask.PAUSE))
    assert next_step(wishes, held=False, suspended=False, resumable=False) is Step.PAUSE
    wishes.fold(Request(Ask.RESUME))
    assert next_step(wishes, held=True, suspended=False, resumable=False) is Step.CANNOT_HOLD


def test_what_withdraws_a_pause_after_the_run():
    """A resume does, unless there is a pause that it ends; a pause does not."""
    assert folded(Ask.PAUSE_AFTER_RUN, Ask.RESUME).after_run is None
    assert folded(Ask.PAUSE_AFTER_RUN, Ask.PAUSE, Ask.RESUME).after_run is not None
    assert folded(Ask.PAUSE_AFTER_RUN, Ask.PAUSE, Ask.RESUME, Ask.RESUME).after_run is None


@pytest.mark.parametrize("begun", [Ask.STOP, Ask.ABORT, Ask.HALT])
def test_a_plan_that_is_ending_is_not_held(begun):
    """Neither pauses nor holds reach a plan that is cleaning up, checkpoint or not."""
    for held, suspended, resumable in product((True, False), repeat=3):
        wishes = folded(Ask.PAUSE, Ask.SKIP_POINT, begun=begun)
        assert next_step(wishes, held=held, suspended=suspended, resumable=resumable) is Step.GO_ON


def test_the_higher_rank_wins_in_any_order():
    """Of the endings that are asked for the highest wins, whatever the order: halt, abort, stop."""
    for count in (2, 3):
        for asks in permutations((Ask.STOP, Ask.ABORT, Ask.HALT), count):
            assert folded(*asks).end.ask is max(asks)


def test_the_first_reason_of_a_rank_stays():
    """Who asks for the same again does not change the reason."""
    wishes = Wishes()
    wishes.fold(Request(Ask.ABORT, "first"))
    wishes.fold(Request(Ask.ABORT, "second"))

    assert wishes.end == Request(Ask.ABORT, "first")


@pytest.mark.parametrize(
    ("begun", "ask", "counts"),
    [
        (Ask.STOP, Ask.STOP, False),
        (Ask.STOP, Ask.ABORT, True),
        (Ask.STOP, Ask.HALT, True),
        (Ask.ABORT, Ask.STOP, False),
        (Ask.ABORT, Ask.ABORT, False),
        (Ask.ABORT, Ask.HALT, True),
        (Ask.HALT, Ask.STOP, False),
        (Ask.HALT, Ask.ABORT, False),
        (Ask.HALT, Ask.HALT, False),
    ],
)
def test_an_ending_is_outranked_only(begun, ask, counts):
    """An ending that is under way gives way to a higher one only."""
    assert (folded(ask, begun=begun).end is not None) == counts


def test_pause_takes_the_deferred_one_along():
    """A pause now makes a deferred one superfluous; a resume leaves a later deferred one alone."""
    assert folded(Ask.DEFERRED_PAUSE, Ask.PAUSE).deferred is None
    assert folded(Ask.PAUSE, Ask.DEFERRED_PAUSE, Ask.RESUME).deferred is not None


def test_deferred_pause_at_checkpoint():
    """At a checkpoint a deferred pause becomes a pause with its reason, once."""
    wishes = Wishes()
    wishes.fold(Request(Ask.DEFERRED_PAUSE, "tea"))

    assert wishes.at_checkpoint()
    assert (wishes.pause.reason, wishes.deferred) == ("tea", None)
    assert not wishes.at_checkpoint()


def test_inbox_keeps_the_order():
    """Requests come out in the order in which they went in, once."""
    inbox = Inbox()
    requests = [Request(Ask.PAUSE), Request(Ask.RESUME), Request(Ask.PAUSE, "again")]
    for request in requests:
        inbox.post(request)

    assert inbox.pending
    assert inbox.take() == requests
    assert not inbox.pending
    assert inbox.take() == []


def test_inbox_tells_what_waits_in_it():
    """A request that nobody has taken can be seen."""
    inbox = Inbox()
    inbox.post(Request(Ask.DEFERRED_PAUSE))

    assert Ask.DEFERRED_PAUSE in inbox
    assert Ask.PAUSE not in inbox


def test_inbox_wakes_the_loop_after_the_request_is_there():
    """Whoever is woken finds the request, and `pending` set."""
    inbox, seen = Inbox(), []
    inbox.waker = lambda: seen.append((inbox.pending, inbox.take()))

    inbox.post(Request(Ask.STOP))
    inbox.nudge()

    assert seen == [(True, [Request(Ask.STOP)]), (True, [])]


def test_request_during_take_is_not_lost():
    """What arrives while the inbox is being emptied sets `pending` again, or is taken along."""
    inbox = Inbox()
    total, taken = 2000, []
    sender = threading.Thread(target=lambda: [inbox.post(Request(Ask.PAUSE, str(n))) for n in range(total)])
    sender.start()
    while sender.is_alive() or inbox.pending:
        taken += inbox.take()
    sender.join()

    assert [request.reason for request in taken] == [str(number) for number in range(total)]


@pytest.fixture
def holds():
    changes, now = [], iter(range(100, 200))
    made = Holds(lambda: changes.append(1), clock=lambda: next(now))
    made.changes = changes
    return made


def test_holds_are_a_level(holds):
    """Held as long as one owner holds; owners come in order, with why and since when."""
    holds.add("ring", "no beam")
    holds.add("shutter", "shutter closed")

    assert holds
    assert [(hold.owner, hold.reason, hold.since) for hold in holds] == [
        ("ring", "no beam", 100),
        ("shutter", "shutter closed", 101),
    ]
    assert reasons(holds) == "no beam; shutter closed"

    holds.discard("ring")
    assert [hold.owner for hold in holds] == ["shutter"]
    assert "ring" not in holds
    assert "shutter" in holds

    holds.discard("shutter")
    assert not holds
    assert reasons(holds) == ""


def test_hold_anew_changes_the_reason_only(holds):
    """A hold that is there already keeps its time and its plans."""
    holds.add("ring", "no beam", pre_plan=["close"], post_plan=["open"])
    holds.add("ring", "no beam, vacuum")

    (hold,) = holds
    assert (hold.reason, hold.since, hold.pre_plan, hold.post_plan) == ("no beam, vacuum", 100, ["close"], ["open"])


def test_holds_tell_of_changes(holds):
    """Each change nudges; letting go of what is not held is no change."""
    holds.add("ring", "no beam")
    holds.discard("nobody")
    holds.discard("ring")

    assert len(holds.changes) == 2


def test_holds_can_change_while_they_are_looked_at(holds):
    """Iterating sees the holds of one moment."""
    holds.add("ring", "no beam")
    holds.add("shutter", "closed")

    for hold in holds:
        holds.discard(hold.owner)

    assert not holds
