"""`[access]` of beamline.toml, and the rules it names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ...devices.hints import did_you_mean
from .acf import AcfError, parse_acf
from .acf_model import AccessFile
from .hosts import Resolver
from .macros import check_macros
from .rules import AccessRules

__all__ = ["DEFAULT_RULES", "AccessConfig", "load_rules"]

DEFAULT_RULES = """\
HAG(this_host) { "127.0.0.0/8" }
ASG(DEFAULT) {
    RULE(1, READ)
    RULE(1, WRITE) { HAG(this_host) }
}
"""
"""Used where the configuration names no file: who is on this host may write, everybody may read."""


def _file_name(text: str) -> str:
    if not text.strip():
        raise ValueError("the name of the file with the access rules is empty; leave the key out for the default rules")
    return text


def _macros(macros: dict[str, str]) -> dict[str, str]:
    check_macros(macros)
    return macros


def _pattern(text: str) -> str:
    if not text or any(character.isspace() for character in text):
        raise ValueError(
            f"{text!r} is no pattern of PV names: write it without the prefix, like 'Plan:Run' or 'Susp:*'"
        )
    return text


def _asg(text: str) -> str:
    if not text.strip():
        raise ValueError(f"{text!r} is no access security group: write the name of an ASG of the rules")
    return text


class AccessConfig(BaseModel):
    """`[access]`: who may write which PV.

    `file` is an access security file as EPICS Base reads it, looked for beside beamline.toml; without it the default
    rules hold. `macros` are for that file; `P` is the PVs' prefix unless given here. `check_client_ip`: a host is
    known by its address, not by what it says; see `hosts`. `groups` puts PVs, by patterns, into ASGs of the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    file: Annotated[str, AfterValidator(_file_name)] | None = None
    macros: Annotated[dict[str, str], AfterValidator(_macros)] = {}
    check_client_ip: bool = True
    groups: dict[Annotated[str, AfterValidator(_pattern)], Annotated[str, AfterValidator(_asg)]] = Field(default={})


def load_rules(config: AccessConfig, *, folder: Path, prefix: str, resolve: Resolver) -> AccessRules:
    """Read the rules that a configuration names, from a file in `folder` unless it has a path of its own.

    `resolve` gives the addresses of host names (OSError where there are none), and may take its time. Raises AcfError
    with every mistake, also when the file cannot be read, or has no ASG that `[access.groups]` names.
    """
    name = config.file or "default access rules"
    text = _read(folder / config.file) if config.file else DEFAULT_RULES
    file = parse_acf(text, Path(name).name, {"P": prefix, **config.macros})
    if mistakes := _unknown_asgs(config, file, name):
        raise AcfError(mistakes)
    return AccessRules(file, check_client_ip=config.check_client_ip, resolve=resolve)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise AcfError([f"{path}: cannot be read: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise AcfError([f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}"]) from error


def _unknown_asgs(config: AccessConfig, file: AccessFile, name: str) -> list[str]:
    # Base takes an unknown one for DEFAULT, which is right for our table's. One that somebody wrote is a misspelling.
    return [
        f'access.groups."{pattern}": {name} has no ASG({asg}); '
        f"it has: {', '.join(file.asgs)}{did_you_mean(asg, file.asgs)}"
        for pattern, asg in config.groups.items()
        if asg not in file.asgs
    ]
