"""Who may run which plan.

Rules of this file:
- No entry: everybody may run everything. With entries, what none of them allows is refused.
- Groups are looked up when rules are made, never when somebody asks: a directory service may take its time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ...devices.hints import did_you_mean

__all__ = ["Allow", "Members", "Rules"]

Members = Callable[[str], Collection[str]]
"""The users of a group. Raises LookupError, whose text says it, when there is no such group."""


@dataclass(frozen=True, slots=True)
class Allow:
    """These users, and those of these groups, may run these plans; users and plans may be patterns like `align_*`."""

    plans: tuple[str, ...]
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def has_plan(self, plan: str) -> bool:
        """Whether it is about that plan."""
        return any(fnmatchcase(plan, pattern) for pattern in self.plans)


def _no_groups(group: str) -> Collection[str]:
    raise LookupError(f"no group {group!r}: there are no groups here")


class Rules:
    """Allow lists, with the users of their groups as they were when this was made."""

    def __init__(self, allow: Iterable[Allow] = (), members: Members = _no_groups) -> None:
        """`members` is asked for each group now; it may take its time."""
        self._allow = tuple(allow)
        self._members = members
        self._groups, self._unknown = _look_up(self._allow, members)

    def again(self) -> Rules:
        """The same rules, with groups looked up anew."""
        return Rules(self._allow, self._members)

    def refusal(self, plan: str, user: str) -> str:
        """Why a user may not run a plan; nothing if they may."""
        about = [allow for allow in self._allow if allow.has_plan(plan)]
        if not self._allow or any(self._is_for(allow, user) for allow in about):
            return ""
        return f"{user or 'who has no name'} may not run {plan!r}: who may: {_whom(about)}"

    def problems(self, plans: Collection[str]) -> dict[str, str]:
        """Entry → what in it means nothing: patterns that no plan has, groups that are not there."""
        found = {}
        for number, allow in enumerate(self._allow):
            texts = [_no_plan(pattern, plans) for pattern in allow.plans if not _matches_any(pattern, plans)]
            texts += [self._unknown[group] for group in allow.groups if group in self._unknown]
            if texts:
                found[f"plans.allow[{number}]"] = "; ".join(texts)
        return found

    def _is_for(self, allow: Allow, user: str) -> bool:
        if any(user in self._groups.get(group, ()) for group in allow.groups):
            return True
        return any(fnmatchcase(user, pattern) for pattern in allow.users)


def _look_up(allows: Sequence[Allow], members: Members) -> tuple[Mapping[str, frozenset[str]], Mapping[str, str]]:
    groups, unknown = {}, {}
    for group in dict.fromkeys(group for allow in allows for group in allow.groups):
        try:
            groups[group] = frozenset(members(group))
        except LookupError as error:
            unknown[group] = str(error.args[0] if error.args else error)
    return groups, unknown


def _matches_any(pattern: str, plans: Iterable[str]) -> bool:
    return any(fnmatchcase(plan, pattern) for plan in plans)


def _no_plan(pattern: str, plans: Collection[str]) -> str:
    return f"no plan is called {pattern!r}{did_you_mean(pattern, plans)}"


def _whom(allows: Sequence[Allow]) -> str:
    users = ", ".join(dict.fromkeys(user for allow in allows for user in allow.users))
    groups = ", ".join(dict.fromkeys(group for allow in allows for group in allow.groups))
    named = [f"users {users}" if users else "", f"group {groups}" if groups else ""]
    return "; ".join(filter(None, named)) or "nobody"
