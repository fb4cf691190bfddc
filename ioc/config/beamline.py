"""beamline.toml, read and checked.

Rules of this file:
- Every mistake is found in one go, each with file, line, key and what is allowed.
- Reading a configuration makes no Channel Access channel: `apply_environment` must come before the first one.
"""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from ...devices.registry.care import Care
from ...devices.registry.source_spec import DeviceSource
from ...devices.registry.spec import DeviceSpec
from ...suspenders.spec import SuspenderSpec
from ..access import AccessConfig
from ..metadata.rules import MetadataRule, metadata_mistakes
from ..plans.rules_config import AllowConfig
from ..sinks.config import SinkTables
from .device_files import DeviceFiles, read_device_files
from .errors import ConfigError, duplicate_names, explain
from .toml_file import read_toml
from .toml_lines import TomlLines

__all__ = [
    "BeamlineConfig",
    "ConfigError",
    "DataConfig",
    "EpicsConfig",
    "IocConfig",
    "JournalConfig",
    "PlansConfig",
    "apply_environment",
    "interface",
    "load",
]

# What record names may hold, and braces, which some facilities use. More, and PV names exceed 40 characters.
_PREFIX = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_:;<>\[\]{}+-]{0,19}")
_ADDRESS = re.compile(r"[A-Za-z0-9_.-]+(:\d{1,5})?")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
# The engine gives these to each run itself.
_ENGINE_OWNED = ("uid", "time", "scan_id")


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError(
            f"{text!r} is no PV prefix: 1 to 20 letters, digits and _ : ; < > [ ] {{ }} + -, "
            "beginning with a letter, digit or _"
        )
    return text


def interface(text: str) -> str:
    """Check that this is an IPv4 address. Raises ValueError."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        raise ValueError(f"{text!r} is no IPv4 address: write one like '127.0.0.1', or '0.0.0.0' for all") from None
    return text


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{text!r} is no address: write host or host:port, like '127.0.0.1:5064'")
    return text


def _module(text: str) -> str:
    if not _MODULE.fullmatch(text):
        raise ValueError(f"{text!r} is no module: write it like 'mybeamline.plans'")
    return text


def _metadata_key(key: str) -> str:
    if not key or "." in key or "/" in key:
        raise ValueError(f"{key!r}: a document's key is not empty and has no '.' and no '/'")
    if key in _ENGINE_OWNED:
        raise ValueError(f"{key!r} is given to each run by the engine; not allowed here: {', '.join(_ENGINE_OWNED)}")
    return key


class _Table(BaseModel):
    """A table of the file: other keys are mistakes, "5064" is not 5064, and nobody changes it afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class IocConfig(_Table):
    """`[ioc]`: the PVs' prefix and where they are served."""

    prefix: Annotated[str, AfterValidator(_prefix)]
    port: int = Field(default=5064, ge=1, le=65535)
    interfaces: tuple[Annotated[str, AfterValidator(interface)], ...] = Field(
        default=("127.0.0.1",), min_length=1, strict=False
    )


class EpicsConfig(_Table):
    """`[epics]`: where our own Channel Access client looks for devices and suspenders' PVs."""

    addr_list: tuple[Annotated[str, AfterValidator(_address)], ...] = Field(default=(), strict=False)
    auto_addr_list: bool = True


class PlansConfig(_Table):
    """`[plans]`: the modules whose plans are offered, and `[[plans.allow]]`: who may run which."""

    modules: tuple[Annotated[str, AfterValidator(_module)], ...] = Field(
        default=("reioc.engine.plans",), min_length=1, strict=False
    )
    allow: tuple[AllowConfig, ...] = Field(default=(), strict=False)


class DataConfig(_Table):
    """`[data]`: `length` is the fixed number of points of `Data:X`, `Data:Y` … `Data:Y4`."""

    length: int = Field(default=1000, ge=2, le=1_000_000)


class JournalConfig(_Table):
    """`[journal]`: where every document, the queue and the history are kept; `file` is relative to beamline.toml."""

    file: Annotated[str, Field(min_length=1)] | None = None
    enabled: bool = True


class BeamlineConfig(_Table):
    """A whole beamline.toml; `epics` is None when the file leaves the client's environment alone.

    `load` adds to the `devices` those of the TOML files that the `device_sources` name.
    """

    ioc: IocConfig
    epics: EpicsConfig | None = None
    metadata: dict[Annotated[str, AfterValidator(_metadata_key)], JsonValue] = {}
    plans: PlansConfig = PlansConfig()
    metadata_rules: tuple[MetadataRule, ...] = Field(default=(), alias="metadata_rule", strict=False)
    data: DataConfig = DataConfig()
    journal: JournalConfig = JournalConfig()
    access: AccessConfig = AccessConfig()
    care: Care = Field(default=Care(), alias="devices")
    devices: tuple[DeviceSpec, ...] = Field(default=(), alias="device", strict=False)
    device_sources: tuple[DeviceSource, ...] = Field(default=(), alias="device_source", strict=False)
    suspenders: tuple[SuspenderSpec, ...] = Field(default=(), alias="suspender", strict=False)
    sinks: SinkTables = Field(default=(), alias="sink", strict=False)
    _places: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def places(self) -> dict[str, str]:
        """File and line of each device's table, by name."""
        return self._places

    @field_validator("sinks")
    @classmethod
    def _have_a_journal(cls, sinks: SinkTables, info: ValidationInfo) -> SinkTables:
        journal = info.data.get("journal")
        if sinks and journal is not None and not journal.enabled:
            raise ValueError("sinks are fed from the journal, which is not enabled in [journal]")
        return sinks


def load(path: str | os.PathLike[str]) -> BeamlineConfig:
    """Read and check a beamline.toml.

    Raises ConfigError with every mistake, also when the file cannot be read or is no TOML.
    """
    file = Path(path)
    document, lines = read_toml(file)
    return _check(document, file, lines)


def _check(document: dict[str, Any], file: Path, lines: TomlLines) -> BeamlineConfig:
    mistakes = duplicate_names(document, ("device", "suspender", "metadata_rule"))
    mistakes += metadata_mistakes(document.get("metadata"), document.get("metadata_rule"))
    config, files = None, DeviceFiles()
    try:
        config = BeamlineConfig.model_validate(document)
    except ValidationError as error:
        mistakes += explain(error, BeamlineConfig)
    else:
        own = {spec.name: f"{file.name}:{lines.of(('device', index))}" for index, spec in enumerate(config.devices)}
        files = read_device_files(config.device_sources, file.parent, own)
        mistakes += files.unread
    mistakes.sort(key=lambda mistake: lines.of(mistake.path))
    told = [f"{file.name}:{lines.of(mistake.path)}: {mistake}" for mistake in mistakes] + files.mistakes
    if told or config is None:
        raise ConfigError(told)
    return _complete(config, files, file.parent)


def _complete(config: BeamlineConfig, files: DeviceFiles, folder: Path) -> BeamlineConfig:
    sources = tuple(
        source.model_copy(update={"database": str(folder / source.database)}) if source.database else source
        for source in config.device_sources
    )
    whole = config.model_copy(update={"devices": (*config.devices, *files.devices), "device_sources": sources})
    whole._places = files.places  # noqa: SLF001  its own module
    return whole


def apply_environment(config: BeamlineConfig) -> None:
    """Tell this process' libca where to look, if the file has an `[epics]` table; else do nothing.

    Call it before the first channel is made: libca reads its environment then, and never again.
    """
    if config.epics is None:
        return
    os.environ["EPICS_CA_ADDR_LIST"] = " ".join(config.epics.addr_list)
    os.environ["EPICS_CA_AUTO_ADDR_LIST"] = "YES" if config.epics.auto_addr_list else "NO"
