"""Suspenders as the IOC keeps them.

roster   the engine's suspenders and their PVs, kept in step     keeper   switch, add, remove
maker    from a description to a suspender                       probe    whether its PVs are there, and fit
saved    what is restored at the next start                      naming   what each is called in PV names
rows     which one is in which row of a screen
"""

from .keeper import SuspenderKeeper as SuspenderKeeper
from .maker import SuspenderMaker as SuspenderMaker
from .roster import Roster as Roster
from .rows import Rows as Rows
from .saved import SavedSuspenders as SavedSuspenders
