"""Packages of plans as a beamline writes them: files in a folder, imported by name."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent


class Beamline:
    """Python files that can be imported while this lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **files: str) -> None:
        """Write `name.py`, or with `package__name` `package/name.py`, for each; `package` is its `__init__`, if any."""
        for name, source in files.items():
            path = self.folder.joinpath(*name.split("__")).with_suffix(".py")
            if name.isidentifier() and (self.folder / name).is_dir():
                path = self.folder / name / "__init__.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(dedent(source))


@contextmanager
def importable(folder: Path) -> Iterator[Beamline]:
    """A folder on Python's path; what was imported from it is forgotten afterwards."""
    sys.path.insert(0, str(folder))
    try:
        yield Beamline(folder)
    finally:
        sys.path.remove(str(folder))
        sys.path_importer_cache.pop(str(folder), None)
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]
