"""Where a client is: host names, addresses and networks.

Rules of this file:
- With `check_client_ip` (our default) only the address counts that the connection comes from. A client says its host
  name itself and can say any; a name in the file stands for the addresses it had when the file was loaded.
- Without, names and addresses in the file are compared, case aside, with the name that the client says, as EPICS Base
  does by default. A network is compared with the address all the same: no name is in a network.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

__all__ = ["Hosts", "Resolver", "host_mistake"]

Resolver = Callable[[str], Iterable[str]]
"""Gives the IPv4 addresses of a host name. Raises OSError where there is none."""

_NUMERIC = re.compile(r"[0-9./]+")


def host_mistake(entry: str) -> str | None:
    """What is wrong with a host in a HAG, if anything."""
    if not entry.strip() or any(character.isspace() for character in entry):
        return f'{entry!r} is no host: write a name, an address like 10.1.2.3, or a network like "10.1.2.0/24"'
    if not _NUMERIC.fullmatch(entry) and "/" not in entry:
        return None
    try:
        ipaddress.IPv4Network(entry)
    except ValueError as error:
        return f'{entry!r} is no IPv4 address or network ({error}): write 10.1.2.3 or "10.1.2.0/24"'
    return None


@dataclass
class Hosts:
    """The hosts of one HAG, ready to be compared with a client's.

    `unresolved` are names whose address could not be found out; no client is at one of them.
    """

    check_client_ip: bool
    names: set[str] = field(default_factory=set)
    networks: list[ipaddress.IPv4Network] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, entries: Iterable[str], *, check_client_ip: bool, resolve: Resolver) -> Hosts:
        """Made from the entries of a HAG; where the address counts, `resolve` is asked for that of each name."""
        hosts = cls(check_client_ip)
        for entry in entries:
            hosts._add(entry, resolve)
        return hosts

    def _add(self, entry: str, resolve: Resolver) -> None:
        numeric = bool(_NUMERIC.fullmatch(entry))
        if numeric and (self.check_client_ip or "/" in entry):
            self.networks.append(ipaddress.IPv4Network(entry))
        elif self.check_client_ip:
            self._resolve(entry, resolve)
        else:
            self.names.add(entry.lower())

    def _resolve(self, name: str, resolve: Resolver) -> None:
        try:
            self.networks += [ipaddress.IPv4Network(address) for address in resolve(name)]
        except OSError:
            self.unresolved.append(name)

    def have(self, host: str, address: str) -> bool:
        """Whether a client is here that says it is `host` and whose connection comes from `address`.

        Raises ValueError if `address` is no IPv4 address.
        """
        peer = ipaddress.IPv4Address(address)
        return host.lower() in self.names or any(peer in network for network in self.networks)
