"""Who is in a group: of the access file, else of this host."""

from __future__ import annotations

import grp
import pwd
from collections.abc import Collection, Mapping

from .allow import Members

__all__ = ["members_of"]


def members_of(uags: Mapping[str, Collection[str]]) -> Members:
    """Looks a group up: a UAG of the access file if there is one of that name, else a POSIX group of this host.

    Users whose primary group it is are found among those that the host lists: a directory service that does not let
    its users be listed gives only those that the group itself names. Asking may take its time.
    """

    def members(group: str) -> Collection[str]:
        if group in uags:
            return uags[group]
        try:
            found = grp.getgrnam(group)
        except KeyError:
            known = f"UAGs: {', '.join(uags)}" if uags else "it has no UAG"
            raise LookupError(
                f"no group {group!r}: none of this host, and no UAG of the access file ({known})"
            ) from None
        primary = [user.pw_name for user in pwd.getpwall() if user.pw_gid == found.gr_gid]
        return frozenset((*found.gr_mem, *primary))

    return members
