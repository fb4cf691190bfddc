"""Which scenarios there are.

Rules of this file: a scenario is found by the name of its file and read when it is asked for, so that a server which
plays none starts without what reads them.
"""

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from .kinds import FaultError

if TYPE_CHECKING:
    from .scenario import Scenario

__all__ = ["Library"]

_SUFFIX = ".toml"


class Library:
    """The scenarios that come with the simulation, and those in these files and folders.

    Raises FaultError for one that cannot be read or has a mistake, and for a name that is there twice.
    """

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        built_in = files("reioc.sim_iocs.faults") / "scenarios"
        self._files: dict[str, Traversable] = {}
        self._add(sorted(built_in.iterdir(), key=lambda file: file.name))
        for path in paths:
            added = self._add(sorted(path.glob(f"*{_SUFFIX}")) if path.is_dir() else [path])
            if not added:
                raise FaultError(f"there are no scenarios, *{_SUFFIX}, in {path}")
            for name in added:
                self.find(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._files)

    def find(self, name: str) -> "Scenario":
        """The scenario of this name. Raises FaultError."""
        if name not in self._files:
            raise FaultError(f"there is no scenario '{name}'; there are {', '.join(self._files)}")
        from .scenario import load_scenario

        return load_scenario(self._files[name])

    def _add(self, found: Iterable[Traversable]) -> list[str]:
        added = []
        for file in found:
            name = file.name.removesuffix(_SUFFIX)
            if name in self._files:
                raise FaultError(f"{file}: there is a scenario '{name}' already; choose another name")
            if file.name.endswith(_SUFFIX):
                self._files[name] = file
                added.append(name)
        return added
