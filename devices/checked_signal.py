"""An EpicsSignal whose put can fail.

pyepics calls a put's callback without a status, so that for ophyd's EpicsSignal a put that the server
refused, or whose server died before it was done, is a success. Channel Access tells; this file listens.

Rules of this file:
- libca calls back on its own thread, in which no Channel Access call is allowed: it only hands over.
- What libca will use later (the callback, what it is about) is kept alive here until then.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from ophyd import EpicsSignal
from ophyd.status import Status

# After ophyd, which chooses the libca that pyepics then loads.
from epics import ca, dbr, get_pv  # isort: skip

__all__ = ["CheckedEpicsSignal", "PutFailed"]

_ECA_NORMAL = 1
_ECA_DISCONN = 192
_NOT_CONNECTED = -1  # what libca says of such a channel's type

OnDone = Callable[[int], None]


class PutFailed(Exception):
    """A put with completion was refused by the server, or the connection was lost before it was done.

    Found in a failed Status; `pv` is the PV's name, `lost` whether it was not connected. What was asked for may have
    begun all the same.
    """

    def __init__(self, pv: str, value: Any, why: str, *, lost: bool = False) -> None:
        self.pv, self.lost = pv, lost
        super().__init__(f"put of {value!r} to {pv} failed: {why}")


class CheckedEpicsSignal(EpicsSignal):
    """An EpicsSignal for scalars whose `set()` is done at put-completion, and fails when the put fails."""

    def set(self, value: Any, *, timeout: Any = None, settle_time: Any = None) -> Status:
        """Put `value`; the Status fails with `PutFailed`, which names the PV, or after `timeout` s.

        Raises PutFailed when the PV is not connected or is read-only, LimitError when `value` is out of limits.
        """
        self.check_value(value)
        try:
            self.wait_for_connection(timeout=self.connection_timeout)
        except TimeoutError as error:
            raise PutFailed(self.setpoint_pvname, value, "not connected", lost=True) from error
        if not self.write_access:
            raise PutFailed(self.setpoint_pvname, value, "no write access")
        status = Status(self, timeout=timeout, settle_time=settle_time or 0)
        dispatcher = self.cl.get_dispatcher()

        def hand_over(ca_status: int) -> None:
            dispatcher.get_thread_context("get_put").run(self._finish, status, value, ca_status)

        put_with_status(self.setpoint_pvname, value, hand_over)
        return status

    def _finish(self, status: Status, value: Any, ca_status: int) -> None:
        if ca_status == _ECA_NORMAL:
            status.set_finished()
        else:
            lost = ca_status == _ECA_DISCONN
            status.set_exception(PutFailed(self.setpoint_pvname, value, ca.message(ca_status), lost=lost))


def put_with_status(pvname: str, value: Any, on_done: OnDone) -> None:
    """Put a scalar to a PV; `on_done` gets libca's status, on libca's thread, once. Never waits.

    Raises PutFailed when the PV is not connected or libca does not take the put.
    """
    pv = get_pv(pvname)  # also makes this thread join the context in which the channel lives
    libca: Any = ca.libca
    chid: Any = pv.chid
    if ca.field_type(chid) == _NOT_CONNECTED:  # libca knows at once, ophyd only when its callback has run
        raise PutFailed(pvname, value, "not connected", lost=True)
    ftype, data = _encode(pv, value)
    _pending.add(on_done)
    channel = dbr.chid_t(getattr(chid, "value", chid))
    sent = libca.ca_array_put_callback(ftype, 1, channel, data, _ON_DONE, ctypes.py_object(on_done))
    if sent != _ECA_NORMAL:
        _pending.discard(on_done)
        raise PutFailed(pvname, value, ca.message(sent), lost=sent == _ECA_DISCONN)
    ca.flush_io()


def _encode(pv: Any, value: Any) -> tuple[int, Any]:
    # Text goes as text, the server knows its own enum labels; numbers in the type that the server announced.
    ftype = dbr.STRING if isinstance(value, str) else ca.field_type(pv.chid)
    data = (1 * dbr.Map[ftype])()
    if ftype == dbr.STRING:
        data[0].value = str(value).encode()
    else:
        data[0] = value if ftype in (dbr.FLOAT, dbr.DOUBLE) else int(value)
    return ftype, data


# Python would free an on_done that only libca knows of.
_pending: set[OnDone] = set()


def _put_done(args: Any) -> None:
    on_done = args.usr
    _pending.discard(on_done)
    on_done(args.status)


_ON_DONE = dbr.make_callback(_put_done, dbr.event_handler_args)
