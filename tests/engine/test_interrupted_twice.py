"""Plans interrupted twice: the second interruption meets the first one on its way, at every single message."""

import itertools

import pytest

from reioc.engine import Msg, TransitionError

from .interrupting import (
    OWNER,
    REASON,
    STATES,
    TEXTS,
    asking,
    at_each_message,
    engine_for_many,
    execute,
    goes_on_as_if_nothing_had_happened,
    is_ended,
    uninterrupted,
)

OTHER = "shutter"

each_plan = pytest.mark.parametrize("name", ["count", "scan", "tidying", "supplemented"])
each_verb = pytest.mark.parametrize("verb", ["stop", "abort", "halt"])


@pytest.fixture(scope="module")
def RE():
    yield from engine_for_many()


@pytest.fixture(scope="module")
def wholes(RE):
    return uninterrupted(RE)


def holding(RE, owner=OWNER, **plans):
    return lambda: RE.hold(owner, REASON, **plans)


@each_plan
@each_verb
def test_paused_then_ended(RE, wholes, name, verb):
    """A plan that is paused can be ended; the words are the operator's."""
    whole = wholes(name)
    for at, run in at_each_message(RE, whole, name, RE.request_pause, on={"paused": [asking(RE, verb)]}):
        assert run.states == ["running", "pausing", "paused", STATES[verb], "idle"], at
        assert is_ended(whole, run, verb, f"{TEXTS[verb]}: {REASON}"), at


@each_plan
def test_paused_then_aborted_by_a_caller(RE, wholes, name):
    """`abort`, called while the plan is paused, returns when it is over, with the uids of its runs."""
    whole, uids = wholes(name), []

    def abort():
        uids[:] = RE.abort(REASON)

    for at, run in at_each_message(RE, whole, name, RE.request_pause, paused=abort):
        assert uids == [each.start["uid"] for each in run.runs], at
        assert is_ended(whole, run, "abort", f"aborted: {REASON}"), at
        uids.clear()


@each_plan
@each_verb
def test_ended_while_pausing(RE, wholes, name, verb):
    """A plan that is ended while it is about to pause ends, and does not pause."""
    whole = wholes(name)
    for at, run in at_each_message(RE, whole, name, RE.request_pause, on={"pausing": [asking(RE, verb)]}):
        assert run.states == ["running", "pausing", STATES[verb], "idle"], at
        assert is_ended(whole, run, verb, f"{TEXTS[verb]}: {REASON}"), at


@each_plan
def test_paused_while_suspended(RE, wholes, name):
    """A plan that is paused in a suspension, and resumed while it is still held, is suspended again, then goes on."""
    whole = wholes(name)
    states = ["running", "suspended", "pausing", "paused", "suspended", "running", "idle"]
    for at, run in at_each_message(RE, whole, name, holding(RE), on={"suspended": [RE.request_pause]}):
        assert run.states == states, at
        assert goes_on_as_if_nothing_had_happened(whole, run), at

    wishes = itertools.cycle([RE.request_pause, lambda: RE.release(OWNER)])

    def pause_then_let_go():
        next(wishes)()

    for at, run in at_each_message(RE, whole, name, holding(RE), let_go=pause_then_let_go):
        assert run.states == states, at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
def test_let_go_while_paused_in_a_suspension(RE, wholes, name):
    """A plan that is paused in a suspension, and let go meanwhile, goes on when it is resumed."""
    whole = wholes(name)
    on = {"suspended": [RE.request_pause], "paused": [lambda: RE.release(OWNER)]}
    for at, run in at_each_message(RE, whole, name, holding(RE), on=on):
        assert run.states in (
            ["running", "suspended", "pausing", "paused", "suspended", "running", "idle"],
            ["running", "suspended", "pausing", "paused", "running", "idle"],
        ), at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
@each_verb
def test_ended_while_suspended(RE, wholes, name, verb):
    """A plan that is held can be ended: at once, or while it waits."""
    whole = wholes(name)
    for keywords in ({"on": {"suspended": [asking(RE, verb)]}}, {"let_go": asking(RE, verb)}):
        for at, run in at_each_message(RE, whole, name, holding(RE), **keywords, after=lambda: RE.release(OWNER)):
            assert run.states == ["running", "suspended", STATES[verb], "idle"], at
            assert is_ended(whole, run, verb, f"{TEXTS[verb]}: {REASON}"), at


@each_plan
@pytest.mark.parametrize(("first", "second"), [("stop", "abort"), ("stop", "halt"), ("abort", "halt")])
def test_ended_more_firmly(RE, wholes, name, first, second):
    """A plan that is about to end can be ended more firmly: the last word counts, and clean-up may be cut short."""
    whole = wholes(name)
    for at, run in at_each_message(RE, whole, name, asking(RE, first), on={STATES[first]: [asking(RE, second, "!")]}):
        assert run.states == ["running", STATES[first], STATES[second], "idle"], at
        assert is_ended(whole, run, second, f"{TEXTS[second]}: !"), at


@each_plan
def test_halted_in_the_clean_up(RE, wholes, name):
    """A plan that is halted in the middle of the clean-up of an abort ends there; nothing is left behind."""
    whole = wholes(name)
    for later in (1, 2, 3):
        for at, run in at_each_message(RE, whole, name, asking(RE, "abort"), asking(RE, "halt", "enough"), later=later):
            if run.result.outcome == "abort":  # it was over before
                assert run.states == ["running", "aborting", "idle"], at
                assert len(run.messages) < at + later, at
            else:
                assert run.states == ["running", "aborting", "halting", "idle"], at
                assert run.result.reason == "halted: enough", at
            assert {status for status, _ in run.endings} <= {"success", "abort"}, at


@each_plan
@pytest.mark.parametrize(
    ("first", "second"), [("abort", "stop"), ("halt", "abort"), ("halt", "stop"), ("abort", "abort")]
)
def test_ended_less_firmly(RE, wholes, name, first, second):
    """What is asked for less firmly, or again, while the plan ends changes nothing."""
    whole = wholes(name)
    for at, run in at_each_message(RE, whole, name, asking(RE, first), on={STATES[first]: [asking(RE, second, "!")]}):
        assert run.states == ["running", STATES[first], "idle"], at
        assert is_ended(whole, run, first, f"{TEXTS[first]}: {REASON}"), at


@each_plan
def test_two_pauses_at_once(RE, wholes, name):
    """Who asks twice for a pause, or for a deferred one and one at once, gets one."""
    whole = wholes(name)

    def ask_twice():
        RE.request_pause(defer=True)
        RE.request_pause()

    for at, run in at_each_message(RE, whole, name, ask_twice, on={"pausing": [RE.request_pause]}):
        assert run.states == ["running", "pausing", "paused", "running", "idle"], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
def test_deferred_pause_while_pausing(RE, wholes, name):
    """Who asks for a deferred pause while the plan is about to pause means the time after it is resumed."""
    whole = wholes(name)
    on = {"pausing": [lambda: RE.request_pause(defer=True)]}
    for at, run in at_each_message(RE, whole, name, RE.request_pause, on=on):
        assert run.data == whole.data, at
        pauses = 1 if run.result.problems else 2
        assert run.states.count("paused") == pauses, at
        assert all("no checkpoint came" in problem for problem in run.result.problems), at


@each_plan
@pytest.mark.parametrize("later", range(1, 13))
def test_paused_again(RE, wholes, name, later):
    """A plan that is paused, resumed, and paused again while it repeats what it has to, loses nothing."""
    whole = wholes(name)
    for at, run in at_each_message(RE, whole, name, RE.request_pause, RE.request_pause, later=later):
        assert run.states.count("paused") in (1, 2), at
        assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
@pytest.mark.parametrize("later", range(1, 13, 2))
def test_paused_then_held(RE, wholes, name, later):
    """A plan that is paused, resumed, and held while it repeats what it has to, loses nothing; the reverse as well."""
    whole = wholes(name)
    for first, second in ((RE.request_pause, holding(RE)), (holding(RE), RE.request_pause)):
        for at, run in at_each_message(RE, whole, name, first, second, later=later):
            assert goes_on_as_if_nothing_had_happened(whole, run), at


@each_plan
def test_second_hold_in_the_pre_plan(RE, wholes, name):
    """A hold that comes during the pre-plan of another: both pre-plans run, then both post-plans, in reverse."""
    whole, notes = wholes(name), []

    def note(text, then=None):
        def plan():
            yield Msg("note", None, text)
            if then is not None:
                then()
            yield Msg("note", None, text)

        return plan

    RE.register_command("note", lambda msg: notes.append(msg.args[0]))
    second = holding(RE, OTHER, pre_plan=note("close 2"), post_plan=note("open 2"))
    first = holding(RE, pre_plan=note("close 1", second), post_plan=note("open 1"))

    def let_both_go():
        RE.release(OTHER)
        RE.release(OWNER)

    for at, run in at_each_message(RE, whole, name, first, let_go=let_both_go):
        assert run.states == ["running", "suspended", "running", "idle"], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at
        assert notes == [text for text in ("close 1", "close 2", "open 2", "open 1") for _ in range(2)], at
        notes.clear()


@each_plan
def test_held_again_in_the_post_plan(RE, wholes, name):
    """A hold that comes back during its post-plan is a new one: its pre-plan runs again, then its post-plan."""
    whole, notes, again = wholes(name), [], []

    def opening():
        yield Msg("note", None, "open")
        if again:
            again.pop()()
        yield Msg("note", None, "opened")

    def hold():
        RE.hold(OWNER, REASON, pre_plan=lambda: [Msg("note", None, "close")], post_plan=opening)

    def hold_twice():
        again.append(hold)
        hold()

    RE.register_command("note", lambda msg: notes.append(msg.args[0]))
    for at, run in at_each_message(RE, whole, name, hold_twice):
        assert run.states == ["running", "suspended", "running", "idle"], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at
        assert notes == 2 * ["close", "open", "opened"], at
        notes.clear()


@each_plan
def test_paused_in_the_pre_plan(RE, wholes, name):
    """A pause in the middle of a pre-plan: resumed, the rest of it is done, and the plan waits as before."""
    whole, notes = wholes(name), []

    def closing():
        yield Msg("note", None, "close")
        RE.request_pause()
        yield Msg("null")
        yield Msg("note", None, "closed")

    RE.register_command("note", lambda msg: notes.append(msg.args[0]))
    for at, run in at_each_message(RE, whole, name, holding(RE, pre_plan=closing)):
        assert run.states == ["running", "suspended", "pausing", "paused", "suspended", "running", "idle"], at
        assert goes_on_as_if_nothing_had_happened(whole, run), at
        assert [*dict.fromkeys(notes)] == ["close", "closed"], at
        notes.clear()


def test_pausing_what_is_paused(RE):
    """A pause of a paused plan is refused: there is nothing to pause."""
    refused = []

    def ask_again():
        with pytest.raises(TransitionError, match="is paused"):
            RE.request_pause()
        refused.append(RE.state)
        RE.resume()

    run = execute(RE, [Msg("checkpoint"), Msg("pause"), Msg("null")], paused=ask_again)

    assert refused == ["paused"]
    assert run.states == ["running", "pausing", "paused", "running", "idle"]
