"""Messages and plans that make no sense: the error names the message, the device and the rule."""

import asyncio

import pytest

from reioc.engine import (
    IllegalMessageSequence,
    InvalidCommand,
    MalformedMessage,
    Msg,
    State,
)

from .documents import named
from .fakes import Detector, Motor
from .helpers import RUN, id_of, in_a_run
from .robust_fakes import Everything

M1 = Motor("m1")


@pytest.mark.parametrize(
    ("msg", "rule"),
    [
        (Msg("sleep"), "missing 1 required positional argument: 'seconds'"),
        (Msg("sleep", None, "abc"), "seconds must be a number, not 'abc'"),
        (Msg("sleep", None, 1, 2), "takes 1 positional argument but 2 were given"),
        (Msg("set", M1), "missing 1 required positional argument: 'value'"),
        (Msg("set", M1, 3, group=["A"]), r"a group is something hashable, such as a text, not \['A'\]"),
        (Msg("trigger", Detector(), group={}), "a group is something hashable"),
        (Msg("kickoff", Everything("e"), group=["A"]), "a group is something hashable"),
        (Msg("wait", None, grup="A"), "unexpected keyword argument 'grup'"),
        (Msg("wait", None, "A", "soon", 3, 4, 5, 6), "takes from 0 to 5 positional arguments but 6 were given"),
        (Msg("wait", None, group=["A"]), "a group is something hashable"),
        (Msg("wait", None, group="A", timeout="soon"), "timeout must be a number, not 'soon'"),
        (Msg("wait", None, group="A", watch="AB"), "watch is a list of groups, not 'AB'"),
        (Msg("wait", None, group="A", watch=3), "watch is a list of groups, not 3"),
        (Msg("wait_for"), "missing 1 required positional argument: 'factories'"),
        (Msg("wait_for", None, 3), "it takes a list of functions, not 3"),
        (Msg("wait_for", None, [3]), "functions that make awaitables, not the awaitables themselves: 3"),
        (Msg("wait_for", None, [asyncio.Event().wait], time_out=3), "unexpected keyword argument 'time_out'"),
        (Msg("wait_for", None, [asyncio.Event().wait], timeout="soon"), "timeout must be a number, not 'soon'"),
        (Msg("rewindable"), "missing 1 required positional argument: 'wanted'"),
        (Msg("pause", None, deferr=True), "unexpected keyword argument 'deferr'"),
        (Msg("subscribe"), "missing 1 required positional argument: 'function'"),
        (Msg("subscribe", None, print, kind="start"), "unexpected keyword argument 'kind'"),
        (Msg("unsubscribe"), "missing 1 required positional argument: 'token'"),
        (Msg("locate", M1, squeez=False), "unexpected keyword argument 'squeez'"),
    ],
    ids=id_of,
)
def test_wrong_arguments(RE, msg, rule):
    """Arguments that are not the command's: the error shows the message, says what is wrong, and what is right."""
    with pytest.raises(MalformedMessage, match=rule) as raised:
        RE(in_a_run(Msg("set", M1, 0, group="A"), Msg("set", Motor("slow", slow=True), 0, group="A"), msg))

    text = str(raised.value)
    assert text.startswith(f"Msg('{msg.command}', {'None' if msg.obj is None else msg.obj.name}")
    assert f'Its form is Msg("{msg.command}", ' in text or f'Its form is Msg("{msg.command}"' in text
    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1


@pytest.mark.parametrize(
    ("thing", "kind", "rule"),
    [
        (None, TypeError, "A plan yields Msg, not NoneType: None"),
        ("set", TypeError, "A plan yields Msg, not str: 'set'"),
        (("set", M1, (3,), {}), TypeError, "A plan yields Msg, not tuple"),
        (Msg("fly_away", M1), InvalidCommand, "no command 'fly_away'.*there are: .*checkpoint"),
        (Msg("trigerr", M1), InvalidCommand, r"'trigerr' \(of Msg\('trigerr', m1\)\); did you mean 'trigger'\?"),
        (Msg(3, M1), InvalidCommand, "no command 3"),
        (Msg(["set"], M1, 3), MalformedMessage, "a command is a text"),
        (Msg._make(("set", M1, 3, {}, None)), MalformedMessage, "its args are a tuple and its kwargs a dict, not 3"),
        (Msg._make(("set", M1, (3,), None, None)), MalformedMessage, "its kwargs a dict, not .* and None"),
    ],
    ids=id_of,
)
def test_what_is_not_a_message(RE, thing, kind, rule):
    """What a plan yields is shown where it is not a message, or no message of ours."""
    with pytest.raises(kind, match=rule):
        RE([thing])

    assert len(RE(RUN)) == 1


def a_plan():
    yield Msg("null")


async def a_coroutine():
    """Not a plan."""


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        (3, "A plan is a generator or an iterable of Msg, not int: 3"),
        (None, "A plan is a generator or an iterable of Msg, not NoneType"),
        ("count", "A plan is a generator or an iterable of Msg, not str: 'count'"),
        (a_plan, r"not function: .*; call it: a_plan\(…\)"),
    ],
)
def test_what_is_not_a_plan(RE, plan, rule):
    """A plan that is not one is refused before anything begins, with a hint where there is one."""
    with pytest.raises(TypeError, match=rule):
        RE(plan)

    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1


def test_coroutine_as_a_plan(RE):
    """So is a coroutine."""
    with pytest.raises(TypeError, match="a generator, not a coroutine: write a_coroutine with def and yield"):
        RE(a_coroutine())


@pytest.mark.parametrize(
    ("messages", "rule"),
    [
        ([Msg("save")], "save without create"),
        ([Msg("drop")], "drop without create"),
        ([Msg("open_run")], "'open_run' while a run is open"),
        ([Msg("create", name="p"), Msg("create", name="q")], "'q'.*'p' is open"),
        ([Msg("create", name="p"), Msg("read", M1), Msg("read", M1)], "m1 has already been read into this bundle"),
        ([Msg("create", name="p"), Msg("checkpoint")], "'checkpoint' between 'create' and 'save'"),
    ],
    ids=lambda value: value[-1].command if isinstance(value, list) else "",
)
def test_messages_out_of_order(RE, documents, messages, rule):
    """A message that has no meaning here names what is open, or what is missing."""
    with pytest.raises(IllegalMessageSequence, match=rule):
        RE(in_a_run(*messages))

    assert len(named(documents, "start")) == len(named(documents, "stop")) == 1
    assert len(RE(RUN)) == 1


def test_the_plan_may_go_on(RE):
    """An error of a message is raised where it was yielded: a plan can catch it and go on."""
    caught = []

    def plan():
        try:
            yield Msg("set", M1)
        except MalformedMessage as error:
            caught.append(error)
        yield Msg("set", M1, 3)

    RE(plan())
    assert len(caught) == 1
    assert M1.position == 3


def test_own_command_is_not_judged(RE):
    """A command of the user's own, in place of ours, takes what it likes: its errors are its own."""

    def sleep(msg):
        raise TypeError("cannot sleep")

    RE.register_command("sleep", sleep)
    with pytest.raises(TypeError, match=r"^cannot sleep\nin Msg\('sleep', None, reason='noise'\)$") as raised:
        RE([Msg("sleep", reason="noise")])

    assert not isinstance(raised.value, MalformedMessage)


def test_long_values_are_cut_short(RE):
    """The text of an error does not show all of a long value."""
    with pytest.raises(MalformedMessage) as raised:
        RE([Msg("sleep", None, "x" * 10000)])

    assert len(str(raised.value)) < 300
