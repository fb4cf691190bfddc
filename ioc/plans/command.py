"""`reioc plans`: the plans that a beamline.toml offers, and what can be given to them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if TYPE_CHECKING:
    from ..config.beamline import BeamlineConfig
    from .allow import Rules
    from .catalogue import Catalogue
    from .entry import Entry
    from .parameters import Parameter

__all__ = ["add_arguments", "plans"]

_WIDTH = 120
_NOWHERE = "127.0.0.1:9"
"""The port that throws away what it gets."""


def add_arguments(commands: Any) -> None:
    """Add `plans` to the commands of an argument parser; what is parsed has `run`, to be called with it."""
    help = "the plans that a beamline.toml offers"  # noqa: A001 - argparse's own word
    parser = commands.add_parser("plans", help=help, description=help)
    parser.add_argument("file", metavar="FILE", help="the beamline.toml")
    parser.add_argument("name", metavar="NAME", nargs="?", help="only this plan, with its parameters")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json has the JSON schema")
    parser.set_defaults(run=lambda options: plans(options, sys.stdout, sys.stderr))


def plans(options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Write the plans of a beamline.toml, or one of them. Devices are made, and connect to nothing.

    Returns 0; or 1, and says on `err` what is wrong: with the file, with a module, with a device, or that there is no
    such plan. What is not concerned is written all the same. Plans that a module defines and that cannot be offered are
    told there too, and are no failure: the module may not mean to.
    """
    from ..config.beamline import ConfigError, load
    from .catalogue import UnknownPlan

    try:
        config = load(options.file)
    except ConfigError as error:
        err.write(f"{error}\n")
        return 1
    catalogue, problems = _loaded(config, Path(options.file).parent)
    try:
        entries = [catalogue[options.name]] if options.name else [catalogue[name] for name in catalogue.names]
    except UnknownPlan as error:
        problems.append(f"reioc plans: {error}")
    else:
        out.write(f"{_json(entries, options.name) if options.format == 'json' else _text(entries, options.name)}\n")
    err.writelines(f"{problem}\n" for problem in problems)
    err.writelines(f"not offered: {plan}: {why}\n" for plan, why in catalogue.left_out.items())
    return 1 if problems else 0


def _loaded(config: BeamlineConfig, folder: Path) -> tuple[Catalogue, list[str]]:
    """The catalogue over all devices that could be made, and everything that is wrong."""
    from ...devices import Registry, let_ophyd_rest
    from ...devices.registry.making import make_devices
    from ..access import AcfError
    from ..config.beamline import EpicsConfig, apply_environment
    from .catalogue import Catalogue

    # Devices look for their PVs as soon as they are made: let them look where nobody answers.
    apply_environment(config.model_copy(update={"epics": EpicsConfig(addr_list=(_NOWHERE,), auto_addr_list=False)}))
    made, errors = make_devices(config.devices, config.device_sources)
    problems = [str(error) for error in errors]
    try:
        rules = _rules(config, folder)
    except AcfError as error:
        rules = None
        problems.append(str(error))
    catalogue = Catalogue.load(config.plans.modules, Registry(each.device for each in made), rules)
    let_ophyd_rest()
    problems += [f"{module}: {problem}" for module, problem in catalogue.problems.items()]
    return catalogue, problems


def _rules(config: BeamlineConfig, folder: Path) -> Rules:
    """Who may run what; it is looked up as `serve` does, but for the addresses of hosts. Raises AcfError."""
    from ..access import load_rules
    from .members import members_of
    from .rules_config import make_rules

    access = load_rules(config.access, folder=folder, prefix=config.ioc.prefix, resolve=_no_address)
    return make_rules(config.plans.allow, members_of(access.file.uags))


def _no_address(host: str) -> NoReturn:
    raise OSError(f"{host} is not looked up")


def _text(entries: list[Entry], name: str | None) -> str:
    if name:
        return "\n".join(_described(entries[0]))
    if not entries:
        return "no plans"
    width = max(len(entry.name) for entry in entries)
    return "\n".join(_cut(f"{entry.name.ljust(width)}  {_first_line(entry.doc)}".rstrip()) for entry in entries)


def _first_line(doc: str) -> str:
    return next((line.strip() for line in doc.splitlines() if line.strip()), "")


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _described(entry: Entry) -> list[str]:
    lines = [f"{entry.name}({', '.join(parameter.name for parameter in entry.parameters)})"]
    lines += ["", *(f"  {line}".rstrip() for line in entry.doc.splitlines())] if entry.doc else []
    for parameter in entry.parameters:
        lines += ["", *_parameter(parameter)]
    return lines


def _parameter(parameter: Parameter) -> list[str]:
    facts = [parameter.type, "required" if parameter.required else f"default {_default(parameter.default)}"]
    facts += [f"in {parameter.units}"] if parameter.units else []
    facts += [f"at least {parameter.minimum:g}"] if parameter.minimum is not None else []
    facts += [f"at most {parameter.maximum:g}"] if parameter.maximum is not None else []
    lines = [f"  {parameter.name}: {', '.join(facts)}"]
    lines += [f"      {line.strip()}" for line in parameter.doc.splitlines() if line.strip()]
    if parameter.choices:
        lines.append(_cut(f"      one of {', '.join(parameter.choices)}"))
    return lines


def _default(default: Any) -> str:
    """As one would write it: a member of an enumeration by its value, a device by its name."""
    if default is None or isinstance(default, bool):
        return {None: "null", True: "true", False: "false"}[default]
    return str(getattr(default, "value", None) or getattr(default, "name", None) or repr(default))


def _json(entries: list[Entry], name: str | None) -> str:
    return json.dumps(entries[0].schema if name else {entry.name: entry.schema for entry in entries}, indent=1)
