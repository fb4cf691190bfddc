"""The face of the engine beside bluesky's: every name, every signature, every return value."""

import dataclasses
import inspect
from inspect import isfunction
from itertools import zip_longest

import bluesky
import bluesky.run_engine
import bluesky.utils
import pytest
from bluesky.run_engine import Dispatcher as BlueskyDispatcher
from bluesky.run_engine import RunEngine as BlueskyEngine
from bluesky.run_engine import RunEngineResult, RunEngineStateMachine

import reioc.engine
from reioc.engine import Dispatcher, RunEngine, RunResult, State

ABSENT_FROM_DISPATCHER = {
    "cb_registry": "the registry behind it: what it holds is seen by nobody but the dispatcher",
}
ABSENT_FROM_STATES = {
    "actual_state": "the state is the enum member itself",
    "as_enum": "the state is the enum member itself",
    "state": "the state is the enum member itself",
    "States": "they are the members of State",
    "Meta": "what may follow what is in TRANSITIONS",
    "is_": "compare with == or is",
    "can_be_": "ask TRANSITIONS",
    "set_": "nobody but the engine changes the state",
    "force_set": "nobody but the engine changes the state",
}
ABSENT_PREFIXES = {
    "can_be_": "ask TRANSITIONS; can_pause, which people ask, is there",
    "set_": "nobody but the engine changes the state",
}
VALUE_DIFFERS = {
    "ignore_callback_exceptions": "decision 3: a subscriber that raises is logged",
}


def public(thing):
    return {name for name in dir(thing) if not name.startswith("_")}


def refusals(theirs, ours):
    """Why a call that is good for their signature is not for ours."""
    found = []
    parameters = dict(inspect.signature(ours).parameters)
    for name, wanted in inspect.signature(theirs).parameters.items():
        if wanted.kind is inspect.Parameter.VAR_KEYWORD:
            if not any(each.kind is wanted.kind for each in parameters.values()):
                found.append(f"no **{name}")
            continue
        has = parameters.pop(name, None)
        if has is None:
            found.append(f"no {name}")
        elif has.kind is not wanted.kind:
            found.append(f"{name} is {has.kind.description}, not {wanted.kind.description}")
        elif has.default != wanted.default and (has.default is has.empty or not isfunction(wanted.default)):
            found.append(f"{name}: {has.default} instead of {wanted.default}")
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    needed = [name for name, each in parameters.items() if each.default is each.empty and each.kind not in variadic]
    return [*found, *(f"{name} is needed" for name in needed)]


def in_order(theirs, ours):
    """Whether positional parameters have the same places."""

    def places(function):
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return [name for name, each in inspect.signature(function).parameters.items() if each.kind in kinds]

    return all(wanted in (None, has) for wanted, has in zip_longest(places(theirs), places(ours)))


def methods(cls):
    return [name for name, each in inspect.getmembers_static(cls, inspect.isfunction) if not name.startswith("_")]


@pytest.mark.parametrize("name", ["__init__", "__call__", *methods(BlueskyEngine)])
def test_signature_of_the_engine(name):
    """Whatever bluesky's method can be called with, ours can; what more ours takes can be left out."""
    theirs, ours = getattr(BlueskyEngine, name), getattr(RunEngine, name)

    assert refusals(theirs, ours) == []
    assert in_order(theirs, ours)
    assert inspect.iscoroutinefunction(theirs) == inspect.iscoroutinefunction(ours)
    assert inspect.getdoc(ours)


@pytest.mark.parametrize("name", ["__init__", *methods(BlueskyDispatcher)])
def test_signature_of_the_dispatcher(name):
    """Whatever bluesky's method can be called with, ours can; what more ours takes can be left out."""
    theirs, ours = getattr(BlueskyDispatcher, name), getattr(Dispatcher, name)

    assert refusals(theirs, ours) == []
    assert in_order(theirs, ours)


def test_every_name_is_there(engines):
    """Every public name of bluesky's engine and dispatcher is ours too, but for those that are listed here."""
    theirs, mine = engines

    assert public(theirs) - public(mine) == set()
    assert public(theirs.dispatcher) - public(mine.dispatcher) == set(ABSENT_FROM_DISPATCHER)


def test_what_can_be_set_can_be_set(engines):
    """An attribute that can be set in bluesky can be set in ours, and reads the same in a new engine."""
    theirs, mine = engines
    different = []
    for name in sorted(public(theirs)):
        value = getattr(mine, name)
        try:
            setattr(theirs, name, getattr(theirs, name))
        except AttributeError:
            continue
        setattr(mine, name, value)
        if isinstance(getattr(theirs, name), bool | int | str | None) and value != getattr(theirs, name):
            different.append(name)

    assert set(different) == {*VALUE_DIFFERS, "pause_msg"}


def test_a_name_that_is_missing_is_found():
    """The comparison of signatures sees what is missing, elsewhere, or not optional."""

    def theirs(self, a, b=1, *, c=None, **more): ...

    def ours(self, b, a, d): ...

    assert refusals(theirs, ours) == [
        "b: <class 'inspect._empty'> instead of 1",
        "no c",
        "no **more",
        "d is needed",
    ]
    assert not in_order(theirs, ours)


def test_states():
    """The state answers what bluesky's state does."""
    machine = RunEngineStateMachine()
    questions = {name for name in public(machine) if not name.startswith(tuple(ABSENT_PREFIXES))} - set(
        ABSENT_FROM_STATES
    )

    assert questions <= public(State.IDLE)
    assert "can_pause" in questions
    for name in questions - {"can_pause"}:
        word = name.removeprefix("is_").replace("suspending", "suspended")
        assert [state for state in State if getattr(state, name)] == [word]
    can_pause = [word for word in RunEngineStateMachine.States.states() if "pausing" in machine.Meta.transitions[word]]
    assert can_pause == ["running"]
    assert [state for state in State if state.can_pause] == ["running", "suspended"]


def test_result():
    """A result has the fields of bluesky's, in their order."""
    fields = [field.name for field in dataclasses.fields(RunEngineResult)]

    assert [field.name for field in dataclasses.fields(RunResult)][: len(fields)] == fields
    assert reioc.engine.RunEngineResult is RunResult


def exceptions(module):
    return {
        name
        for name, each in vars(module).items()
        if inspect.isclass(each) and issubclass(each, BaseException) and not name.startswith("_")
    }


@pytest.mark.parametrize("name", sorted(exceptions(bluesky.run_engine) | exceptions(bluesky.utils)))
def test_exceptions(name):
    """Each of bluesky's exceptions is there by its name; one of ours is caught by who catches bluesky's."""
    theirs = getattr(bluesky.run_engine, name, None) or getattr(bluesky.utils, name)
    ours = getattr(reioc.engine, name)
    raised = ours("why") if name != "RunEngineControlException" else reioc.engine.RequestStop()

    assert isinstance(raised, ours)
    assert isinstance(raised, theirs)
