"""Exceptions that are bluesky's as well, where bluesky is."""

import copy
import pickle
import subprocess
import sys

import bluesky.utils
import pytest

from reioc.engine import FailedStatus, InvalidCommand, RequestStop, TransitionError, WaitForTimeoutError, errors
from reioc.engine.kin import is_either

ALL = [name for name in errors.__all__ if name not in ("EngineError", "RunEngineControlException")]


@pytest.mark.parametrize("name", ALL)
def test_they_look_like_ours(name):
    """What people see is the name that the documentation has, in our module; it can be copied and pickled."""
    kind = getattr(errors, name)
    raised = kind("why")
    raised.__dict__["more"] = "all"

    assert type(raised).__name__ == name
    assert type(raised).__module__ == "reioc.engine.errors"
    assert "why" in str(raised)
    for twin in (copy.copy(raised), pickle.loads(pickle.dumps(raised))):
        assert isinstance(twin, kind)
        assert (twin.args, twin.__dict__) == (raised.args, raised.__dict__)


@pytest.mark.parametrize(
    ("kind", "base"),
    [(InvalidCommand, KeyError), (WaitForTimeoutError, TimeoutError), (TransitionError, RuntimeError)],
)
def test_they_are_what_pythons_own_are(kind, base):
    """Who catches Python's class catches them, too."""
    assert isinstance(kind("why"), base)


def test_what_they_carry():
    """The status that failed, and the reason of a request."""
    failed, stop = FailedStatus("a status", "m1 failed"), RequestStop(reason="tea")

    assert (failed.args, str(failed)) == (("a status",), "m1 failed")
    assert (stop.reason, str(stop)) == ("tea", "stopped: tea")


def test_a_class_of_ones_own():
    """A subclass that bluesky does not have stays as it is."""

    class MyStatus(FailedStatus):
        pass

    assert type(MyStatus("why")) is MyStatus


def test_either():
    """What others raise is recognised in either form, and nothing else is."""
    assert is_either(errors.NoReplayAllowed(), errors.NoReplayAllowed)
    assert is_either(bluesky.utils.NoReplayAllowed(), errors.NoReplayAllowed)
    assert not is_either(ValueError(), errors.NoReplayAllowed)
    assert not is_either(None, errors.NoReplayAllowed)


def test_without_bluesky():
    """Where bluesky is not imported they are simply ours; where it is imported later they are its own from then on."""
    script = """
import sys
from reioc.engine import FailedStatus
first = FailedStatus("why")
assert type(first) is FailedStatus and "bluesky" not in sys.modules
import bluesky.utils
assert not isinstance(first, bluesky.utils.FailedStatus)
assert isinstance(FailedStatus("why"), bluesky.utils.FailedStatus)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50, check=False)

    assert (done.returncode, done.stderr) == (0, "")
