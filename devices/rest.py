"""The end of ophyd's devices."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress

__all__ = ["let_ophyd_rest"]

log = logging.getLogger("reioc.devices")


def let_ophyd_rest(timeout: float = 5.0) -> None:
    """Wait until ophyd's threads have done what they were given, at most `timeout` s; to be called before devices go.

    They ask for metadata when a signal has connected. ophyd clears a signal's channel when the signal is collected:
    under such a thread that is a traceback, or a crash of libca.
    """
    ophyd = sys.modules.get("ophyd")
    dispatcher = ophyd.cl.get_dispatcher() if ophyd is not None else None
    if dispatcher is None:
        return
    at_rest = threading.Barrier(len(dispatcher.threads) + 1)

    def arrive() -> None:
        with suppress(threading.BrokenBarrierError):  # the caller has given up, and tells
            at_rest.wait(timeout)

    for name in dispatcher.threads:
        if name.startswith("util"):  # these have one queue together
            dispatcher.schedule_utility_task(arrive)
        else:
            dispatcher.get_thread_context(name).run(arrive)
    try:
        at_rest.wait(timeout)
    except threading.BrokenBarrierError:
        log.warning("ophyd's threads are still busy after %g s", timeout)
