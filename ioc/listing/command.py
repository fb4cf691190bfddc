"""`reioc pvs`: which PVs a configuration serves, in the form that somebody needs."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TextIO

from pydantic import ValidationError

from ..config.beamline import BeamlineConfig, ConfigError, IocConfig, load
from ..groups.places import Served
from ..metadata import metadata_keys, pv_keys
from .alarms import CONFIG_NAME, as_alarms
from .archiver import as_archiver
from .listed import Listing, listed
from .tables import as_json, as_table

__all__ = ["FORMATS", "checked_prefix", "pvs", "served_by"]

FORMATS: dict[str, Callable[[Listing], str]] = {
    "text": as_table,
    "json": as_json,
    "archiver": as_archiver,
    "alarms": as_alarms,
}


def pvs(
    path: str | os.PathLike[str] | None,
    out: TextIO,
    err: TextIO,
    *,
    prefix: str | None = None,
    form: str = "text",
    alarm_config: str = CONFIG_NAME,
) -> int:
    """Write the PVs of a beamline.toml, or those of a prefix without any suspender; nothing is connected or served.

    `form` is one of `FORMATS`; `alarm_config` is the alarm server's name for its configuration. Returns 0; or 1, and
    says on `err` what is wrong.
    """
    if form not in FORMATS:
        return _wrong(err, f"there is no format {form!r}; there are: {', '.join(FORMATS)}")
    if (path is None) == (prefix is None):
        return _wrong(err, "give either a beamline.toml, or --prefix with the prefix of the PVs")
    try:
        listing = _of_prefix(prefix) if path is None else _of_file(path)
    except ConfigError as error:
        err.write(f"{error}\n")
        return 1
    write = partial(as_alarms, name=alarm_config) if form == "alarms" else FORMATS[form]
    out.write(f"{write(listing)}\n")
    return 0


def _wrong(err: TextIO, what: str) -> int:
    err.write(f"reioc pvs: {what}\n")
    return 1


def _of_file(path: str | os.PathLike[str]) -> Listing:
    config = load(path)
    return listed(config.ioc.prefix, served_by(config))


def served_by(config: BeamlineConfig) -> Served:
    """What decides which PVs a configuration serves."""
    return Served(
        data_length=config.data.length,
        suspenders=[spec.name for spec in config.suspenders],
        keys=pv_keys(metadata_keys(config.metadata, config.metadata_rules), config.ioc.prefix),
        sinks=[sink.called for sink in config.sinks],
    )


def _of_prefix(prefix: str | None) -> Listing:
    return listed(checked_prefix(prefix))


def checked_prefix(prefix: str | None) -> str:
    """A prefix that was given on the command line. Raises ConfigError where it is none."""
    try:
        return IocConfig.model_validate({"prefix": prefix}).prefix
    except ValidationError as error:
        what = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError([f"--prefix: {what}"]) from error
