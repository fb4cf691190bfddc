"""The states: every transition, and what a refusal says."""

from itertools import product

import pytest

from reioc.engine import TRANSITIONS, State, TransitionError
from reioc.engine.states import ENDING, StateMachine

PATHS = {
    State.IDLE: [],
    State.RUNNING: [State.RUNNING],
    State.PAUSING: [State.RUNNING, State.PAUSING],
    State.PAUSED: [State.RUNNING, State.PAUSING, State.PAUSED],
    State.SUSPENDED: [State.SUSPENDED],
    State.STOPPING: [State.RUNNING, State.STOPPING],
    State.ABORTING: [State.RUNNING, State.ABORTING],
    State.HALTING: [State.RUNNING, State.HALTING],
    State.PANICKED: [State.PANICKED],
}


def machine_in(state):
    machine = StateMachine(clock=lambda: 12.5)
    for step in PATHS[state]:
        machine.move(step)
    return machine


@pytest.mark.parametrize(("old", "new"), list(product(State, State)), ids=lambda state: state.value)
def test_transition(old, new):
    """A transition of the table is made and told; any other one is refused, names both states, and changes nothing."""
    machine = machine_in(old)
    told = []
    machine.observers.append(told.append)
    seq = machine.last.seq

    if new in TRANSITIONS[old]:
        change = machine.move(new, "because")
        assert (change.seq, change.old, change.new, change.reason, change.time) == (seq + 1, old, new, "because", 12.5)
        assert told == [change]
        assert machine.state is new
    else:
        with pytest.raises(TransitionError, match=f"is {old} and cannot become {new}"):
            machine.move(new)
        assert told == []
        assert machine.state is old


def test_table_covers_every_state():
    """Each state has a row in the table."""
    assert set(TRANSITIONS) == set(State)


def test_refusal_names_what_is_possible():
    """A refusal lists the states that can follow."""
    with pytest.raises(TransitionError, match="it can become: panicked, running, suspended"):
        StateMachine().move(State.PAUSED)


def test_no_state_but_panicked_is_a_trap():
    """From every state the engine can come back to idle, except after a panic."""

    def reachable(state, seen):
        for follower in TRANSITIONS[state] - seen:
            seen = reachable(follower, seen | {follower})
        return seen

    assert [state for state in State if State.IDLE not in reachable(state, {state})] == [State.PANICKED]


def test_halt_follows_every_busy_state():
    """Halting is possible wherever a plan is in progress, also in the other endings."""
    busy = set(State) - {State.IDLE, State.PANICKED, State.HALTING}

    assert all(State.HALTING in TRANSITIONS[state] for state in busy)


def test_an_ending_can_only_get_worse():
    """Once a plan is ending it is neither paused nor suspended nor running again."""
    for state in ENDING:
        assert TRANSITIONS[state] <= ENDING | {State.IDLE, State.PANICKED}


def test_observers_are_told_in_order():
    """Observers hear of each transition, numbered without gaps, in the order in which they were added."""
    machine, told = StateMachine(), []
    machine.observers += [lambda change: told.append(("a", change.seq)), lambda change: told.append(("b", change.seq))]

    machine.move(State.RUNNING)
    machine.move(State.IDLE)

    assert told == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_state_is_its_name():
    """A state equals its name as text, as scripts that compare with bluesky's states expect."""
    assert State.PAUSED == "paused"
    assert f"{State.PAUSED}" == "paused"
    assert (State.IDLE.is_idle, State.RUNNING.is_running, State.PAUSED.is_paused) == (True, True, True)
    assert (State.RUNNING.is_idle, State.PAUSED.is_running, State.IDLE.is_paused) == (False, False, False)
