"""The one thread in which suspenders use Channel Access, with a context of its own (docs/decisions/0008).

Rules of this file
- Channels and subscriptions are made and cleared in this thread only. libca waits for callbacks that are being run
  when something is cleared: done in a callback, or under a lock that a callback takes, it would wait for ever.
- The context is nobody else's. pyepics shares channels within a context by PV name, and ophyd clears the channel when
  one of its signals is destroyed: in the shared context a suspender on the same PV then went blind without a word,
  still "connected".
"""

from __future__ import annotations

from importlib.util import find_spec

# One libca for the process, as ophyd and aioca have it: this module says to pyepics which one, so it comes first.
# Without it pyepics brings its own.
if find_spec("epicscorelibs") is not None:
    import epicscorelibs.path.pyepics  # noqa: F401
import epics
from epics import ca, dbr

from .courier import Courier

__all__ = ["ca", "ca_thread", "dbr", "epics", "start_ca_thread"]

ca_thread = Courier("suspenders' PVs", ca.create_context)


def start_ca_thread() -> None:
    """Have the thread; for when the first PV is watched: libca reads its environment then."""
    # pyepics loads libca when it is first used, and lets others use it before it has said how its functions are called:
    # done in our thread while ophyd makes its signals in another, that crashed. Here it happens in the caller's.
    ca.current_context()
    ca_thread.start()
