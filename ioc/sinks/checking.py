"""Whether a sink could work, found out without making it: nothing is written, nothing is sent."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from .config import EMBEDDED, SinkConfig, SinkKind

__all__ = ["wrong_with_folder", "wrongs_of"]

ANSWERS_WITHIN = 3.0
"""Seconds that a server may take to accept a connection."""


def wrongs_of(config: SinkConfig, base: Path) -> list[str]:
    """What keeps a sink from working, for people. `base` is the folder of the configuration."""
    missing = [f"{module} is not installed: pip install 'reioc[{extra}]'" for module, extra in _missing(config)]
    found = [*missing, *_unset(config)]
    if config.kind in (SinkKind.JSONL, SinkKind.CSV) or config.uri == EMBEDDED:
        found.append(wrong_with_folder(base / (config.folder or "tiled")))
    found += map(_silence_of, _servers(config))
    return [wrong for wrong in found if wrong]


def wrong_with_folder(folder: Path) -> str:
    """Why no file can be made in a folder, which need not be there yet; or nothing."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir():
        return f"{there} is no folder"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"in the folder {there} nothing can be written by this user"
    return ""


def _missing(config: SinkConfig) -> Iterator[tuple[str, str]]:
    """What has to be installed for it, and is not, with the extra of ours that has it."""
    needed = {
        SinkKind.TILED: ("bluesky_tiled_plugins", "tiled"),
        SinkKind.KAFKA: ("confluent_kafka", "msgpack_numpy"),
        SinkKind.ZMQ: ("zmq", *(("msgpack_numpy",) if config.serializer == "msgpack" else ())),
    }
    extra = "tiled-server" if config.uri == EMBEDDED else str(config.kind)
    server = ("uvicorn",) if config.uri == EMBEDDED else ()  # a client of Tiled does without
    for module in (*needed.get(config.kind, ()), *server):
        if find_spec(module) is None:
            yield module, extra


def _unset(config: SinkConfig) -> Iterator[str]:
    """Environment variables that are named, and are not there; the service may have another environment."""
    names = {"api_key_env": config.api_key_env} | {
        key: value[1:] for key, value in config.options.items() if isinstance(value, str) and value.startswith("$")
    }
    for key, name in names.items():
        if name is not None and name not in os.environ:
            yield f"{key!r} is in the environment variable {name}, which is not set here"


def _servers(config: SinkConfig) -> Iterator[tuple[str, int]]:
    """Where others have to answer. Of several brokers each is told of."""
    if config.uri not in (None, EMBEDDED):
        uri = urlsplit(config.uri)
        yield uri.hostname or "", uri.port or (443 if uri.scheme == "https" else 80)
    for address in (*config.bootstrap_servers, *([config.address] if config.address else ())):
        host, _, port = address.rpartition(":")
        yield host, int(port)


def _silence_of(server: tuple[str, int]) -> str:
    host, port = server
    try:
        socket.create_connection(server, ANSWERS_WITHIN).close()
    except (OSError, OverflowError) as error:
        return f"nobody answers at {host} port {port}: {error}"
    return ""
