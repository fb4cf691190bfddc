"""What the configuration says of one sink: a `[[sink]]` table."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from .file_names import DEFAULT_TEMPLATE, check_template

__all__ = ["EMBEDDED", "SinkConfig", "SinkKind", "SinkTables"]

# The name is a part of PV names (`Sink:<name>:Delivered`).
_NAME = re.compile(r"[A-Za-z0-9_-]{1,12}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URI = re.compile(r"https?://[^\s/]+\S*")
_SERVER = re.compile(r"[A-Za-z0-9_.-]+:\d{1,5}")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_SECRET = re.compile(r"password|secret$|key\.pem")
_VARIABLE_VALUE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


class SinkKind(StrEnum):
    """Where to."""

    JSONL = "jsonl"
    CSV = "csv"
    TILED = "tiled"
    KAFKA = "kafka"
    ZMQ = "zmq"


_FILES = (SinkKind.JSONL, SinkKind.CSV)
_TAKES: dict[str, tuple[SinkKind, ...]] = {
    "folder": (*_FILES, SinkKind.TILED),
    "template": _FILES,
    "uri": (SinkKind.TILED,),
    "api_key_env": (SinkKind.TILED,),
    "path": (SinkKind.TILED,),
    "port": (SinkKind.TILED,),
    "bootstrap_servers": (SinkKind.KAFKA,),
    "topic": (SinkKind.KAFKA,),
    "options": (SinkKind.KAFKA,),
    "address": (SinkKind.ZMQ,),
    "prefix": (SinkKind.ZMQ,),
    "serializer": (SinkKind.ZMQ,),
}
_NEEDS: dict[SinkKind, dict[str, str]] = {
    SinkKind.JSONL: {"folder": "where the files go"},
    SinkKind.CSV: {"folder": "where the files go"},
    SinkKind.TILED: {"uri": "the server, like 'http://tiled.example.org:8000', or 'embedded'"},
    SinkKind.KAFKA: {"bootstrap_servers": "brokers, like ['broker:9092']", "topic": "the topic"},
    SinkKind.ZMQ: {"address": "the proxy, like '127.0.0.1:5577'"},
}
EMBEDDED = "embedded"
_OF_OUR_SERVER = ("folder", "port")


def _name(name: str | None) -> str | None:
    if name is not None and not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r} is no sink name: it becomes part of PV names, so it must be 1 to 12 letters, digits, _ and -"
        )
    return name


def _matching(pattern: re.Pattern[str], what: str) -> Any:
    def check(text: str | None) -> str | None:
        if text is not None and not pattern.fullmatch(text):
            raise ValueError(f"{text!r} is no {what}")
        return text

    return AfterValidator(check)


_Server = Annotated[str, _matching(_SERVER, "address: write host:port, like '127.0.0.1:9092'")]


class SinkConfig(BaseModel):
    """One `[[sink]]`. Keys beside `kind`, `name`, `enabled` and `from_start` belong to certain kinds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: SinkKind = Field(strict=False)
    name: Annotated[str | None, AfterValidator(_name)] = None
    """`called` without it: the kind."""
    enabled: bool = True
    from_start: bool = False
    """A sink that was not there before gets everything in the journal, not only what comes from now on."""
    uri: Annotated[str | None, Field(validate_default=True)] = None
    """Of a server; "embedded": one of our own, beside the service, with `folder` and `port`."""
    folder: Annotated[str | None, Field(min_length=1, validate_default=True)] = None
    """Relative to the beamline.toml."""
    template: Annotated[str, AfterValidator(check_template)] = DEFAULT_TEMPLATE
    api_key_env: Annotated[str | None, _matching(_VARIABLE, "name of an environment variable")] = None
    """The environment variable that has the key: secrets are not for this file."""
    path: str = ""
    """Where under the server's root."""
    port: Annotated[int | None, Field(ge=1, le=65535)] = None
    bootstrap_servers: Annotated[tuple[_Server, ...], Field(strict=False, validate_default=True)] = ()
    topic: Annotated[
        str | None, _matching(_TOPIC, "topic: letters, digits, . _ and -"), Field(validate_default=True)
    ] = None
    options: dict[str, str | int | float | bool] = {}
    """librdkafka's configuration properties; a text '$NAME' is the value of that environment variable."""
    address: Annotated[
        str | None, _matching(_SERVER, "address: write host:port, like '127.0.0.1:5577'"), Field(validate_default=True)
    ] = None
    prefix: str = ""
    serializer: str = "pickle"

    @property
    def called(self) -> str:
        """Its name."""
        return self.name or str(self.kind)

    # Field by field, so that a mistake in one does not hide another.
    @field_validator(*_TAKES)
    @classmethod
    def _fits_the_kind(cls, value: Any, info: ValidationInfo) -> Any:
        kind, key = info.data.get("kind"), str(info.field_name)
        if kind is None:
            return value
        given = value is not None and value != ()
        if given and kind not in _TAKES[key] and value != cls.model_fields[key].default:
            fitting = " and ".join(repr(str(each)) for each in _TAKES[key])
            raise ValueError(f"{str(kind)!r} has no {key}: it is for {fitting}")
        if not given and key in _NEEDS[kind]:
            raise ValueError(f"missing: {str(kind)!r} needs {_NEEDS[kind][key]}")
        if given and key in _OF_OUR_SERVER and info.data.get("uri", EMBEDDED) not in (None, EMBEDDED):
            raise ValueError(f"only a server of our own has a {key}: with uri = {EMBEDDED!r}")
        return value

    @field_validator("uri")
    @classmethod
    def _is_a_uri(cls, uri: str | None) -> str | None:
        if uri is not None and uri != EMBEDDED and not _URI.fullmatch(uri):
            raise ValueError(f"{uri!r} is no server: write 'http://host:port', or {EMBEDDED!r} for one of our own")
        return uri

    @field_validator("prefix")
    @classmethod
    def _has_no_space(cls, prefix: str) -> str:
        if " " in prefix:
            raise ValueError(f"{prefix!r} has a space: that is where the prefix ends in a message")
        return prefix

    @field_validator("serializer")
    @classmethod
    def _is_a_serializer(cls, serializer: str) -> str:
        if serializer not in ("pickle", "msgpack"):
            raise ValueError(f"{serializer!r} is no serializer: 'pickle', as bluesky reads it, or 'msgpack'")
        return serializer

    @field_validator("options")
    @classmethod
    def _has_no_secrets(cls, options: dict[str, Any]) -> dict[str, Any]:
        for key, value in options.items():
            if _SECRET.search(key) and not _VARIABLE_VALUE.fullmatch(str(value)):
                raise ValueError(f"{key!r}: secrets are not for this file; write '$NAME' of an environment variable")
        return options


def _distinct(sinks: tuple[SinkConfig, ...]) -> tuple[SinkConfig, ...]:
    names = [sink.called for sink in sinks]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two sinks are called {twice!r}: give each another `name`; without one it is its kind")
    return sinks


SinkTables = Annotated[tuple[SinkConfig, ...], AfterValidator(_distinct)]
"""All of them: each has a name of its own."""
