"""Suspenders over several sources at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from .base import Member, SuspenderBase
from .settings import Settings
from .together import Together, all_of, any_of

__all__ = ["PVSuspender", "SuspendAllOf", "SuspendAnyOf"]


class PVSuspender(SuspenderBase):
    """Any number of sources, each with its condition."""

    def __init__(self, members: Sequence[Member], *, together: Together = any_of, **settings: Unpack[Settings]) -> None:
        super().__init__(None, members=members, together=together, **settings)


class _Combined(PVSuspender):
    def __init__(self, together: Together, suspenders: Sequence[SuspenderBase], settings: Settings) -> None:
        if len(suspenders) < 2:
            raise ValueError(f"{type(self).__name__} needs two or more suspenders; it was given {len(suspenders)}")
        for each in suspenders:
            _check_part(type(self).__name__, each)
        members = [member for each in suspenders for member in each.members]
        if len({id(member.source) for member in members}) < len(members):
            raise ValueError(f"{type(self).__name__} watches one Source twice; a Source has one watcher: make two")
        super().__init__(members, together=together, **settings)
        for each in suspenders:
            each.part_of = self


class SuspendAnyOf(_Combined):
    """Suspends while any of these would: one hold, one settle time, one pair of plans for all.

    What each watches and its limits of now count; settle time, plans, policies, scope and name are given here.

    ValueError for fewer than two, one that is installed or a part of another already, or a source that is watched
    twice; TypeError for what is no suspender of ours.
    """

    def __init__(self, *suspenders: SuspenderBase, **settings: Unpack[Settings]) -> None:
        super().__init__(any_of, suspenders, settings)


class SuspendAllOf(_Combined):
    """Suspends only while all of these would. One whose source is not known counts as one that would.

    See SuspendAnyOf for what is given where.
    """

    def __init__(self, *suspenders: SuspenderBase, **settings: Unpack[Settings]) -> None:
        super().__init__(all_of, suspenders, settings)


def _check_part(where: str, part: Any) -> None:
    if not isinstance(part, SuspenderBase):
        raise TypeError(f"{where} is made of suspenders of ours, not of {part!r}")
    if part.RE is not None:
        raise ValueError(f"{where}: {part!r} is installed by itself; remove it there, or make another one")
    if part.part_of is not None:
        raise ValueError(f"{where}: {part!r} is a part of {part.part_of!r} already; make another one")
    if len(part.members) > 1:
        raise ValueError(f"{where} is made of suspenders that watch one thing each, not of {part!r}")
