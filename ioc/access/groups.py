"""Which access security group each of our PVs is in."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

__all__ = ["COMMANDS", "SETTINGS", "SUSPENDERS", "asg_of"]

COMMANDS = "COMMANDS"
SUSPENDERS = "SUSPENDERS"
SETTINGS = "SETTINGS"

# The first pattern counts.
_TABLE: tuple[tuple[str, str], ...] = (
    ("Pause*", COMMANDS),
    ("Resume", COMMANDS),
    ("Stop", COMMANDS),
    ("StopMotion", COMMANDS),
    ("Abort", COMMANDS),
    ("Halt", COMMANDS),
    ("SkipPoint", COMMANDS),
    ("Reason", COMMANDS),
    ("ErrorClear", COMMANDS),
    ("Plan:Run", COMMANDS),
    ("Plan:Enqueue", COMMANDS),
    ("Plan:Reload", COMMANDS),
    ("Queue:Add", COMMANDS),
    ("Queue:AutoStart", COMMANDS),
    ("Queue:Start", COMMANDS),
    ("Queue:Stop", COMMANDS),
    ("Queue:Clear", COMMANDS),
    ("Queue:Remove", COMMANDS),
    ("Queue:Move*", COMMANDS),
    ("Susp:*", SUSPENDERS),
    ("*", SETTINGS),
)


def asg_of(name: str, overrides: Mapping[str, str] | None = None) -> str:
    """The access security group of a PV, whose name is given without the prefix.

    `overrides`, pattern → group, come before the table, the first that fits counts: the configuration's
    `[access.groups]`. A group that the rules do not define is DEFAULT for them.
    """
    own = (overrides or {}).items()
    return next(asg for pattern, asg in (*own, *_TABLE) if fnmatchcase(name, pattern))
