"""What an access security file says, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from .calc import Calc

__all__ = ["DEFAULT", "AccessFile", "Asg", "Rights", "Rule"]

DEFAULT = "DEFAULT"
"""The access security group of whatever has no other, or one that the file does not define."""


class Rights(IntEnum):
    """What somebody may do with a PV; who may write may read."""

    NONE = 0
    READ = 1
    WRITE = 2


@dataclass(frozen=True)
class Rule:
    """One RULE: `rights` on fields up to `level`, for users in `uags`, at hosts in `hags`, while `calc` is true.

    No UAGs is everybody, no HAGs is anywhere, no calc is always.
    """

    level: int
    rights: Rights
    trap_write: bool = False
    uags: tuple[str, ...] = ()
    hags: tuple[str, ...] = ()
    calc: Calc | None = None


@dataclass(frozen=True)
class Asg:
    """One ASG. `inputs` is the PV of each letter."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class AccessFile:
    """A whole file: users by UAG, hosts by HAG, and the ASGs, of which there is always a DEFAULT."""

    uags: Mapping[str, tuple[str, ...]]
    hags: Mapping[str, tuple[str, ...]]
    asgs: Mapping[str, Asg]
