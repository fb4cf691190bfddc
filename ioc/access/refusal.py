"""Tells somebody who may not write what would allow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .acf_model import Rights, Rule
from .rules import AccessRules, Client, Values

__all__ = ["explain"]

_SHOWN = 8


def explain(rules: AccessRules, pv: str, asg: str, level: int, client: Client, values: Values) -> str:
    """One sentence for a client that may not write `pv`, a field of a level in an ASG: what its rules want.

    Where the client may write, it says so.
    """
    if rules.rights(asg, level, client, values) is Rights.WRITE:
        return f"may write {pv}"
    ways = [_way(rules, asg, rule, values) for rule in rules.rules_for(asg, level) if rule.rights is Rights.WRITE]
    return f"may not write {pv}: ASG {_name(rules, asg)} allows {'; or '.join(ways) or 'nobody'}; you are {client}"


def _name(rules: AccessRules, asg: str) -> str:
    used = rules.asg_in_use(asg)
    return used if used == asg else f"{used} (the rules have no {asg})"


def _way(rules: AccessRules, asg: str, rule: Rule, values: Values) -> str:
    who = f"user in {_set(rules.file.uags, rule.uags)}" if rule.uags else "everybody"
    where = f" from hosts {_set(rules.file.hags, rule.hags)}" if rule.hags else ""
    return f"{who}{where}{_while(rules.asg(asg).inputs, rule, values)}"


def _set(groups: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> str:
    members = list(dict.fromkeys(member for name in names for member in groups[name]))
    more = f", … {len(members) - _SHOWN} more" if len(members) > _SHOWN else ""
    return f"{{{', '.join(members[:_SHOWN])}{more}}}"


def _while(inputs: Mapping[str, str], rule: Rule, values: Values) -> str:
    if rule.calc is None:
        return ""
    now = ", ".join(f"{inputs[letter]} is {_shown(values.get(letter))}" for letter in rule.calc.inputs)
    return f" while {rule.calc.with_names(inputs)} ({now})"


def _shown(value: float | None) -> str:
    return "not available" if value is None else f"{value:g}"
