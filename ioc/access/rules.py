"""Who may do what: access rules, computed as EPICS Base computes them.

Rules of this file:
- Rules add up: the highest right counts that one of an ASG's rules grants. No rule, no right.
- A rule with a CALC grants nothing while one of the PVs that it uses is not known.
- An ASG that the file does not define is DEFAULT.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .acf_model import DEFAULT, AccessFile, Asg, Rights, Rule
from .calc import INPUTS
from .hosts import Hosts, Resolver

__all__ = ["AccessRules", "Client", "Decision", "Values"]

Values = Mapping[str, float | None]
"""The values of an ASG's inputs by their letters. None, or none at all: disconnected, or INVALID."""


class Client(NamedTuple):
    """Who asks: the user and the host that the client says, and the IPv4 address that it really comes from."""

    user: str
    host: str
    address: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host} ({self.address})"


class Decision(NamedTuple):
    """What somebody may do, and whether their writes are to be recorded (TRAPWRITE)."""

    rights: Rights
    trap_write: bool


class AccessRules:
    """The rules of a file. `file` is what it says, `unresolved` the host names that have no address.

    Names of hosts are looked up here, once, by `resolve`, which may take its time; see `hosts` for which of a
    client's two hosts is compared.
    """

    def __init__(self, file: AccessFile, *, check_client_ip: bool, resolve: Resolver) -> None:
        self.file = file
        self._hosts = {
            name: Hosts.of(entries, check_client_ip=check_client_ip, resolve=resolve)
            for name, entries in file.hags.items()
        }
        self.unresolved = tuple(name for hosts in self._hosts.values() for name in hosts.unresolved)

    @property
    def inputs(self) -> dict[str, Mapping[str, str]]:
        """The PVs that each ASG needs: ASG → letter → PV name."""
        return {name: asg.inputs for name, asg in self.file.asgs.items()}

    def asg_in_use(self, asg: str) -> str:
        """The name of the ASG whose rules apply: itself, or DEFAULT if it is not defined."""
        return asg if asg in self.file.asgs else DEFAULT

    def decide(self, asg: str, level: int, client: Client, values: Values) -> Decision:
        """What a client may do with a field of a level (0 or 1) in an ASG, while its inputs have these values.

        Raises ValueError if the client's address is no IPv4 address.
        """
        decision = Decision(Rights.NONE, False)
        for rule in self.rules_for(asg, level):
            if rule.rights > decision.rights and self._matches(rule, client, values):
                decision = Decision(rule.rights, rule.trap_write)
        return decision

    def rights(self, asg: str, level: int, client: Client, values: Values) -> Rights:
        """What a client may do; see `decide`."""
        return self.decide(asg, level, client, values).rights

    def trap_write(self, asg: str, level: int, client: Client, values: Values) -> bool:
        """Whether a client's writes are to be recorded; see `decide`."""
        return self.decide(asg, level, client, values).trap_write

    def rules_for(self, asg: str, level: int) -> list[Rule]:
        """The rules of an ASG that concern fields of a level."""
        return [rule for rule in self.asg(asg).rules if level <= rule.level]

    def asg(self, asg: str) -> Asg:
        """What the file says of an ASG, or of DEFAULT if it does not define it."""
        return self.file.asgs[self.asg_in_use(asg)]

    def _matches(self, rule: Rule, client: Client, values: Values) -> bool:
        return self._has_user(rule, client) and self._has_host(rule, client) and _calc_is_true(rule, values)

    def _has_user(self, rule: Rule, client: Client) -> bool:
        return not rule.uags or any(client.user in self.file.uags[name] for name in rule.uags)

    def _has_host(self, rule: Rule, client: Client) -> bool:
        return not rule.hags or any(self._hosts[name].have(client.host, client.address) for name in rule.hags)


def _calc_is_true(rule: Rule, values: Values) -> bool:
    if rule.calc is None:
        return True
    if any(values.get(letter) is None for letter in rule.calc.inputs):
        return False
    return rule.calc.is_true([values.get(letter) or 0.0 for letter in INPUTS])
