"""From the configuration of a sink to the sink."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .config import EMBEDDED, SinkConfig, SinkKind
from .runs import StoredRuns
from .sink import Numbered, Sink

__all__ = ["LateSink", "make_sink"]


def make_sink(config: SinkConfig, base: Path, stored: StoredRuns) -> Sink:
    """Make a sink; only what its kind needs is imported.

    `base` is the folder of the configuration, `stored` has the runs' documents for one that begins in their middle.
    Raises ImportError where an extra is not installed, ValueError for an environment variable that is not set.
    """
    return _MAKERS[config.kind](config, base, stored)


def _jsonl(config: SinkConfig, base: Path, stored: StoredRuns) -> Sink:
    from .jsonl import JsonLines

    return JsonLines(config.called, base / (config.folder or ""), stored, config.template)


def _csv(config: SinkConfig, base: Path, stored: StoredRuns) -> Sink:
    from .csv_files import CsvFiles

    return CsvFiles(config.called, base / (config.folder or ""), stored, config.template)


def _tiled(config: SinkConfig, base: Path, stored: StoredRuns) -> Sink:
    from .tiled import TiledSink
    from .tiled_server import TiledServer

    key = None if config.api_key_env is None else _environment("api_key_env", config.api_key_env)
    server = TiledServer(base / (config.folder or "tiled"), config.port or 0) if config.uri == EMBEDDED else None
    return TiledSink(config.called, config.uri or "", stored, api_key=key, path=config.path, server=server)


def _kafka(config: SinkConfig, base: Path, stored: StoredRuns) -> Sink:
    from .kafka import KafkaSink

    options = _from_environment(config.options)
    return KafkaSink(config.called, config.bootstrap_servers, config.topic or "", stored, options)


def _zmq(config: SinkConfig, base: Path, stored: StoredRuns) -> Sink:
    from .zmq import ZmqSink

    return ZmqSink(config.called, config.address or "", config.prefix, config.serializer)


_MAKERS: dict[SinkKind, Callable[[SinkConfig, Path, StoredRuns], Sink]] = {
    SinkKind.JSONL: _jsonl,
    SinkKind.CSV: _csv,
    SinkKind.TILED: _tiled,
    SinkKind.KAFKA: _kafka,
    SinkKind.ZMQ: _zmq,
}


def _from_environment(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options, with the values of environment variables for "$NAME"."""
    return {
        key: _environment(key, value[1:]) if isinstance(value, str) and value.startswith("$") else value
        for key, value in options.items()
    }


def _environment(key: str, name: str) -> str:
    if (found := os.environ.get(name)) is None:
        raise ValueError(f"{key!r} is in the environment variable {name}, which is not set")
    return found


class LateSink:
    """A sink that is made when it is opened: one that cannot be made is in trouble, and nobody else is."""

    def __init__(self, name: str, make: Callable[[], Sink]) -> None:
        self.name = name
        self._make = make
        self._sink: Sink | None = None

    def open(self) -> None:
        """Make and open it. Raises what either raises."""
        if self._sink is None:
            self._sink = self._make()
        self._sink.open()

    def put(self, documents: Sequence[Numbered]) -> None:
        """Pass documents on. Raises what the sink raises."""
        self._made.put(documents)

    def close(self) -> None:
        """Close it."""
        self._made.close()

    @property
    def _made(self) -> Sink:
        if self._sink is None:
            raise RuntimeError(f"sink {self.name} has not been opened")
        return self._sink
