"""All sinks of a service, fed from its journal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from ..journal import Journal, JournalReader, put_value
from .config import SinkConfig
from .making import LateSink, make_sink
from .runs import StoredRuns
from .status import SinkStatus
from .worker import SinkWorker

__all__ = ["Sinks"]


class Sinks:
    """Each sink with a thread of its own. `base` is the folder of the configuration.

    A sink whose name the journal does not know begins at the journal's present end, or at its start if it is
    configured so. Whether one is enabled outlives a restart, until the configuration says something else than it did
    then. Close it before the journal.
    """

    def __init__(self, configs: Sequence[SinkConfig], base: Path, journal: Journal) -> None:
        self._journal = journal
        self._open_journal = partial(JournalReader, journal.path)
        self._configured = {config.called: config.enabled for config in configs}
        stored = StoredRuns(self._open_journal)
        self._workers = {config.called: self._worker(config, base, stored) for config in configs}

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in the order of the configuration."""
        return tuple(self._workers)

    def start(self) -> None:
        """Begin. Raises JournalError if the journal cannot be read."""
        with closing(self._open_journal()) as reader:
            end = reader.last_seq
        for worker in self._workers.values():
            self._journal.on_commit.append(worker.committed)
            worker.committed(end)  # so that how far it is behind is known before it has begun
            worker.start()

    def statuses(self) -> tuple[SinkStatus, ...]:
        """How each is doing now."""
        return tuple(worker.status() for worker in self._workers.values())

    def enable(self, name: str, enabled: bool) -> None:
        """Switch one on or off. Raises KeyError for a name that there is not."""
        self._workers[name].enabled = enabled
        self._keep(_enabled_key(name), [self._configured[name], enabled])

    def is_enabled(self, name: str) -> bool:
        """Whether it is switched on. Raises KeyError for a name that there is not."""
        return self._workers[name].enabled

    def close(self, timeout: float = 5.0) -> None:
        """Let each deliver what there is and end, for at most `timeout` seconds for all of them together."""
        until = time.monotonic() + timeout
        for worker in self._workers.values():
            worker.finish(timeout)
        for worker in self._workers.values():
            worker.close(max(until - time.monotonic(), 0.0))
            if worker.committed in self._journal.on_commit:
                self._journal.on_commit.remove(worker.committed)

    def _worker(self, config: SinkConfig, base: Path, stored: StoredRuns) -> SinkWorker:
        key = f"sink/{config.called}"
        sink = LateSink(config.called, partial(make_sink, config, base, stored))
        cursor = self._cursor(key, config)
        configured, enabled = self._journal.value(_enabled_key(config.called)) or (None, None)
        if configured != config.enabled:
            enabled = config.enabled
        return SinkWorker(sink, self._open_journal, cursor, partial(self._keep, key), enabled=bool(enabled))

    def _cursor(self, key: str, config: SinkConfig) -> int:
        cursor = self._journal.value(key)
        if isinstance(cursor, int):
            return cursor
        with closing(self._open_journal()) as reader:
            cursor = 0 if config.from_start else reader.last_seq
        # At once: after a crash before the first delivery it would begin at another end.
        self._keep(key, cursor)
        return cursor

    def _keep(self, key: str, value: Any) -> None:
        # Nobody waits for it: what is not kept is found again.
        self._journal.store(put_value(key, value))


def _enabled_key(name: str) -> str:
    return f"sink/{name}/enabled"
