"""The beamline.toml of a test: that of a facility, with all that reaches out of this host taken away."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .ports import HOST
from .toml import dumps

NAME = "beamline.toml"
PREFIX = "TEST:RE:"
_TAKEN_AWAY = ("epics", "sink")


def tables_of(beamline: str | Path | Mapping[str, Any]) -> tuple[dict[str, Any], Path | None]:
    """The tables of a file, or of a text of TOML; and the folder of the file.

    Raises tomllib.TOMLDecodeError, OSError.
    """
    if isinstance(beamline, Mapping):
        return dict(beamline), None
    if isinstance(beamline, str) and ("\n" in beamline or not beamline):
        return tomllib.loads(beamline), None
    file = Path(beamline)
    return tomllib.loads(file.read_text(encoding="utf-8")), file.resolve().parent


def for_a_test(tables: Mapping[str, Any], port: int) -> dict[str, Any]:
    """These tables for a service on `port` of 127.0.0.1 that records into its own folder.

    The environment says where PVs are, and nothing is sent to sinks: a test reaches no hardware, and its data are not
    taken for a beamline's.
    """
    left = {name: table for name, table in tables.items() if name not in _TAKEN_AWAY}
    ioc = {"prefix": PREFIX, **left.get("ioc", {}), "port": port, "interfaces": [HOST]}
    journal = {name: value for name, value in left.get("journal", {}).items() if name != "file"}
    return {**left, "ioc": ioc, "journal": journal}


def write(tables: Mapping[str, Any], folder: Path, beside: Path | None) -> Path:
    """A file of these tables in `folder`. What lies beside the original is found beside it as well."""
    file = folder / NAME
    file.write_text(dumps(tables), encoding="utf-8")
    for each in beside.iterdir() if beside is not None else ():
        # What a service saves belongs to the beamline, not to a test of it.
        if not each.name.endswith((".toml", ".autosave.json")) and ".journal.sqlite" not in each.name:
            (folder / each.name).symlink_to(each)
    return file
