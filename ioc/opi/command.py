"""`reioc opi`: the screens, written into a folder for one engine."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from .writing import NotOurs, write_all

if TYPE_CHECKING:
    from ..groups.places import Served

__all__ = ["add_arguments", "opi"]

_PLANS = ("reioc.engine.plans",)
_MAIN = "main.bob"
_ALL = "all_pvs.bob"
_SETTINGS = "settings.ini"


def add_arguments(commands: Any) -> None:
    """Add `opi` to the commands of an argument parser; what is parsed has `run`, to be called with it."""
    help = "write the operators' screens for Phoebus"  # noqa: A001 - argparse's own word
    parser = commands.add_parser("opi", help=help, description=help)
    parser.add_argument("folder", metavar="DIR", type=Path, help="where to")
    parser.add_argument("file", metavar="FILE", nargs="?", help="the beamline.toml: its prefix, plans and suspenders")
    parser.add_argument("--prefix", help="instead of the file's; without either, whoever opens the screens gives it")
    parser.add_argument("--force", action="store_true", help="overwrite files that were changed by hand, too")
    parser.set_defaults(run=lambda options: opi(options, sys.stdout, sys.stderr))


@dataclass(frozen=True)
class _Engine:
    """What is known of the engine that the screens are for; no prefix: that is left to whoever opens them."""

    prefix: str | None
    plans: list[str]
    served: Served
    interfaces: tuple[str, ...] = ()
    port: int = 5064


def opi(options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Write the screens, a page of all PVs, and Phoebus' settings; connects to nothing.

    Returns 0, and tells on `out` how they are opened; or 1, nothing is written, and `err` tells what is wrong: with the
    file, a module of plans, the prefix, or with what is in the folder already.
    """
    from ..config.beamline import ConfigError

    try:
        engine = _engine(options.file, options.prefix)
        write_all(options.folder, _texts(engine), force=options.force)
    except ConfigError as error:
        err.write(f"{error}\n")
        return 1
    except (NotOurs, OSError) as error:
        err.write(f"reioc opi: {error}\n")
        return 1
    _tell(options.folder.resolve(), engine, out)
    return 0


def _engine(file: str | None, prefix: str | None) -> _Engine:
    """Raises ConfigError."""
    from ..config.beamline import load
    from ..groups.places import Served
    from ..listing import checked_prefix, served_by

    given = None if prefix is None else checked_prefix(prefix)
    if file is None:
        return _Engine(given, _plans(_PLANS), Served())
    config = load(file)
    return _Engine(
        given or config.ioc.prefix,
        _plans(config.plans.modules),
        served_by(config),
        config.ioc.interfaces,
        config.ioc.port,
    )


def _plans(modules: tuple[str, ...]) -> list[str]:
    """Names of the plans that are offered; no device is needed for that. Raises ConfigError."""
    from ...devices import Registry
    from ..config.beamline import ConfigError
    from ..plans.catalogue import Catalogue

    catalogue = Catalogue.load(modules, Registry(()))
    if catalogue.problems:
        raise ConfigError([f"{module}: {problem}" for module, problem in catalogue.problems.items()])
    return catalogue.names


def _texts(engine: _Engine) -> dict[str, str]:
    """Name of the file → what is to be in it."""
    from ..groups.places import sections
    from .all_pvs import all_pvs
    from .filling import fill, screens, split
    from .settings import as_settings

    macros = None if engine.prefix is None else split(engine.prefix)
    found = {**screens(), _ALL: all_pvs(sections(engine.served))}
    texts = {name: fill(text, macros, engine.plans) for name, text in found.items()}
    return {**texts, _SETTINGS: as_settings(engine.interfaces, engine.port)}


def _tell(folder: Path, engine: _Engine, out: TextIO) -> None:
    """How Phoebus opens them: macros are given to a URL alone."""
    main = folder / _MAIN
    what, resource = ("any engine", f"{main.as_uri()}?P=BL:&R=RE:") if engine.prefix is None else (engine.prefix, main)
    out.write(f"the screens of {what} are in {folder}\n")
    out.write(f'phoebus -settings {shlex.quote(str(folder / _SETTINGS))} -resource "{resource}"\n')
