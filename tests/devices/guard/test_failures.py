"""What a failure says of a device."""

import pytest
from aioca import CANothing
from ophyd.signal import ReadTimeoutError
from ophyd.utils import DisconnectedError
from ophyd_async.core import NotConnectedError

# After ophyd, which chooses the libca that pyepics then loads.
from epics.ca import CASeverityException, ChannelAccessGetFailure  # isort: skip

from reioc.devices.checked_signal import PutFailed
from reioc.devices.guard.failures import Says, look_into
from reioc.devices.trouble import DeviceTrouble, Disconnected, LimitSwitchHit

PVS = ("X:m1.RBV", "X:m1.RB", "X:m1.VAL")


@pytest.mark.parametrize(
    ("error", "command", "says", "pv"),
    [
        (TimeoutError("no value of X:m1.RBV"), "read", Says.LOST, "X:m1.RBV"),
        (TimeoutError("not there"), "set", Says.PERHAPS_LOST, ""),
        (ReadTimeoutError("X:m1.VAL"), "set", Says.LOST, "X:m1.VAL"),
        (DisconnectedError("m1 is not connected"), "trigger", Says.LOST, ""),
        (NotConnectedError("ca://X:m1.RBV"), "read", Says.LOST, "X:m1.RBV"),
        (CANothing("X:m1.VAL", 80), "set", Says.LOST, "X:m1.VAL"),
        (CANothing("X:m1.VAL", 192), "set", Says.LOST, "X:m1.VAL"),
        (CANothing("X:m1.VAL", 160), "set", Says.OTHER, ""),
        (ChannelAccessGetFailure("Get failed; status code: 192", None, 192), "read", Says.LOST, ""),
        (ChannelAccessGetFailure("Get failed; status code: 152", None, 152), "read", Says.OTHER, ""),
        (CASeverityException("put", "Virtual circuit disconnect"), "set", Says.LOST, ""),
        (CASeverityException("put", "Write access denied"), "set", Says.OTHER, ""),
        (PutFailed("X:det1", 1, "Virtual circuit disconnect", lost=True), "trigger", Says.LOST, "X:det1"),
        (PutFailed("X:det1", 1, "Channel write request failed"), "trigger", Says.OTHER, ""),
        (DeviceTrouble("X:m1.MSTA", "has no power"), "set", Says.TROUBLE, "X:m1.MSTA"),
        (Disconnected("X:m1", "was lost"), "set", Says.LOST, "X:m1"),
        (LimitSwitchHit("X:m1.HLS", "is hit"), "set", Says.OTHER, ""),
        (ValueError("beyond its limits"), "set", Says.OTHER, ""),
    ],
)
def test_what_it_says(error, command, says, pv):
    """Lost, in trouble, perhaps lost, or something that does not pass; with the PV, if it names one."""
    found = look_into(error, command, PVS)

    assert (found.says, found.pv) == (says, pv)


def test_what_it_came_from_counts():
    """A library may have packed it in an exception of its own."""
    packed = RuntimeError("could not read")
    packed.__cause__ = TimeoutError("X:m1.RBV")

    assert look_into(packed, "read", PVS).says is Says.LOST
