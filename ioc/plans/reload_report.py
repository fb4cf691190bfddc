"""What a reload has changed."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import CodeType
from typing import Any

from .entry import Entry
from .reloading import Sources

__all__ = ["ReloadReport", "compare"]


@dataclass(frozen=True, slots=True)
class ReloadReport:
    """What a reload has changed, by names; as a text it is a line for people.

    `changed`: plans whose own code, parameters or text are others; what a plan calls may have changed all the same:
    `modules` were read anew, `kept` are of the beamline too and were not. `failed`: module → what is wrong with it.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    failed: Mapping[str, str]
    modules: tuple[str, ...]
    kept: tuple[str, ...]

    def __str__(self) -> str:
        lists = {
            "read anew": self.modules,
            "added": self.added,
            "removed": self.removed,
            "changed": self.changed,
            "not read anew": self.kept,
        }
        parts = [f"{what}: {', '.join(names)}" for what, names in lists.items() if names]
        parts += [f"{module}: {why}" for module, why in self.failed.items()]
        return "; ".join(parts) or "there is nothing to be read anew"


def compare(
    old: Mapping[str, Entry], new: Mapping[str, Entry], problems: Mapping[str, str], sources: Sources
) -> ReloadReport:
    """The difference between what was offered and what is."""
    return ReloadReport(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name in new if name in old and _differ(old[name], new[name])),
        failed=dict(problems),
        modules=tuple(name for name in sources.anew if name not in problems),
        kept=sources.kept,
    )


def _differ(old: Entry, new: Entry) -> bool:
    if old is new:
        return False
    try:
        return bool(old.schema != new.schema or _code(old.function) != _code(new.function))
    except Exception:  # what a partial has filled in may be anything: numpy's arrays cannot be compared as a whole
        return True


def _code(plan: Any) -> Any:
    if isinstance(plan, partial):
        return _code(plan.func), plan.args, plan.keywords
    code = getattr(inspect.unwrap(plan), "__code__", None)
    return _without_places(code) if isinstance(code, CodeType) else plan


def _without_places(code: CodeType) -> tuple[Any, ...]:
    """What code does, wherever in the file it stands."""
    constants = tuple(_without_places(c) if isinstance(c, CodeType) else (type(c), c) for c in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, constants
