"""Our Msg and bluesky's behave the same."""

import copy
import pickle

import bluesky.utils
import pytest

from reioc.engine import Msg
from reioc.engine.messages import is_message

both = pytest.mark.parametrize("kind", [Msg, bluesky.utils.Msg], ids=["ours", "bluesky's"])

CONSTRUCTIONS = [
    (("null",), {}),
    (("set", "motor", 3), {"group": "A"}),
    (("set", "motor", 3, 4), {}),
    (("sleep", None, 0.1), {}),
    (("open_run",), {"run": "key", "plan_name": "scan"}),
    (("wait",), {"group": None}),
]


@pytest.mark.parametrize(("args", "kwargs"), CONSTRUCTIONS)
def test_equal_to_blueskys(args, kwargs):
    """The same call makes an equal message, with equal fields and the same repr."""
    ours, theirs = Msg(*args, **kwargs), bluesky.utils.Msg(*args, **kwargs)

    assert ours == theirs
    assert tuple(ours) == tuple(theirs)
    assert repr(ours) == repr(theirs)
    assert ours._fields == theirs._fields
    assert ours._asdict() == theirs._asdict()


@both
def test_unpacks_into_five(kind):
    """A message is a tuple of five."""
    command, obj, args, kwargs, run = kind("set", "motor", 3, group="A", run="key")

    assert (command, obj, args, kwargs, run) == ("set", "motor", (3,), {"group": "A"}, "key")


@both
@pytest.mark.parametrize("change", [{"obj": "m2"}, {"kwargs": {"group": "B"}}, {"command": "read", "args": ()}])
def test_replace(kind, change):
    """`_replace` gives a message of the same kind with those fields changed."""
    msg = kind("set", "motor", 3, group="A", run="key")
    changed = msg._replace(**change)

    assert type(changed) is kind
    assert changed._asdict() == {**msg._asdict(), **change}


@both
def test_replace_of_an_unknown_field(kind):
    """`_replace` refuses what is no field."""
    with pytest.raises((ValueError, TypeError), match="color"):
        kind("null")._replace(color="red")


def test_make():
    """`_make` takes the five fields."""
    assert Msg._make(["set", "motor", (3,), {"group": "A"}, None]) == Msg("set", "motor", 3, group="A")


@both
def test_command_is_required(kind):
    """There is no message without a command."""
    with pytest.raises(TypeError, match="command"):
        kind()


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda msg: pickle.loads(pickle.dumps(msg))])
def test_copies(duplicate):
    """A message survives being copied and pickled (bluesky's does not)."""
    msg = Msg("set", "motor", 3, group="A", run="key")

    assert duplicate(msg) == msg
    assert type(duplicate(msg)) is Msg


def test_is_message():
    """Either engine's messages count as messages; other tuples do not."""
    assert is_message(Msg("null"))
    assert is_message(bluesky.utils.Msg("null"))
    assert not is_message(("null", None, (), {}, None))
    assert not is_message("null")
    assert not is_message(None)
