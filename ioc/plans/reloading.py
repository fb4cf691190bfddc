"""Modules imported anew.

Rules of this file:
- What is installed is not read anew: Python, this package, and what is in site-packages.
- What was loaded before the plans were is not either, unless it is listed: devices are made of it, and a second copy
  of their classes and of what they share with the plans would be a stranger to them.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import sysconfig
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Sources", "is_the_beamlines", "read_anew", "sources_of"]

# Also where somebody works on them, outside of site-packages.
_LIBRARIES = ("reioc", "bluesky", "ophyd", "ophyd_async")
_OF_PYTHON = Path(sysconfig.get_path("stdlib"))
_INSTALLED = {"site-packages", "dist-packages"}
_OURS = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Sources:
    """The loaded modules that are the beamline's own: which are read `anew`, and which are `kept` as they are."""

    anew: tuple[str, ...]
    kept: tuple[str, ...]


def is_the_beamlines(file: str) -> bool:
    """Whether a source file is the beamline's own, no library's."""
    path = Path(file)
    if not path.is_file() or _INSTALLED & set(path.parts) or path.is_relative_to(_OF_PYTHON):
        return False
    return not any(path.is_relative_to(_OURS / folder) for folder in ("engine", "suspenders", "devices", "ioc"))


def sources_of(listed: Sequence[str], before: Collection[str]) -> Sources:
    """What belongs to the listed modules: the rest of their package; for one without a package, what is in its folder.

    `before` are the names of what was loaded before the plans were.
    """
    roots = [_Root.of(name) for name in dict.fromkeys(name.partition(".")[0] for name in listed)]
    own = [name for name in sorted(sys.modules) if _is_own(name) and any(root.has(name) for root in roots)]
    kept = [name for name in own if name in before and name not in listed]
    return Sources(tuple(name for name in own if name not in kept), tuple(kept))


@contextmanager
def read_anew(names: Sequence[str]) -> Iterator[set[str]]:
    """While this lasts, what is imported of these modules is read anew; what was not, is at the end as it was.

    So is what the caller adds to the set that this gives.
    """
    to_put_back: set[str] = set()
    old = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    for module in old.values():
        _forget_compiled(getattr(module, "__file__", None))
    importlib.invalidate_caches()
    try:
        yield to_put_back
    finally:
        for name, module in old.items():
            if name in to_put_back or name not in sys.modules:
                sys.modules[name] = module


@dataclass(frozen=True, slots=True)
class _Root:
    package: str
    folder: Path | None

    @classmethod
    def of(cls, top: str) -> _Root:
        folder = None
        with suppress(ImportError, ValueError, AttributeError):  # it is not there, or was never a file
            spec = importlib.util.find_spec(top)
            if spec is not None and spec.submodule_search_locations is None and spec.origin:
                folder = Path(spec.origin).parent
        return cls(top, folder)

    def has(self, name: str) -> bool:
        if name == self.package or name.startswith(f"{self.package}."):
            return True
        return self.folder is not None and Path(str(sys.modules[name].__file__)).is_relative_to(self.folder)


def _is_own(name: str) -> bool:
    if name.partition(".")[0] in _LIBRARIES:
        return False
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and is_the_beamlines(file)


def _forget_compiled(file: str | None) -> None:
    """Python takes a compiled file for good while size and second of the source are the same: edits can be quicker."""
    with suppress(OSError, NotImplementedError, TypeError):  # none there, or not ours to remove
        Path(importlib.util.cache_from_source(str(file))).unlink()
