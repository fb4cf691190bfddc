"""Tiled: runs as bluesky-tiled-plugins' writer stores them, in a server of ours or another.

Rules of this file:
1. A run in Tiled that has its stop is complete: its data were there before. One without, that is not being written
   here, was left half-written: it is deleted there, and written anew from its start, which the journal has.
2. So after whatever goes wrong with a run its writer is dropped; that is the only way back.
3. A run that can never be written holds up no other. It is tried without its files first.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .runs import RunIndex, StoredRuns
from .sink import Numbered, Unacceptable
from .tiled_columns import ASSETS, Columns, Widened
from .tiled_server import TiledServer

__all__ = ["TiledSink"]

log = logging.getLogger("reioc.ioc.sinks")

LIVE = 20
"""Points that are written at a time while a run goes on: each time costs some 50 ms."""
LATE = 200
"""Points at a time where there is something to catch up with: some 2000 a second."""
TRIES = 5
"""A server that answers, but fails as often for one document, will always."""
_MAY_PASS = (401, 403, 404, 408, 409, 425, 429)
"""Answers that may be others later: keys, rights, somebody who deletes what is being written, a busy server."""


@dataclass
class _Run:
    uid: str
    write: Callable[[str, Any], None] | None = None
    """The writer; None: it has to begin anew."""
    last: int = 0
    columns: Columns = field(default_factory=Columns)
    tries: int = 0


class TiledSink:
    """Writes runs below `path` of the server at `uri`, or of `server`, which it starts and ends."""

    def __init__(
        self,
        name: str,
        uri: str,
        stored: StoredRuns,
        *,
        api_key: str | None = None,
        path: str = "",
        server: TiledServer | None = None,
    ) -> None:
        self.name = name
        self._uri, self._api_key, self._path = uri, api_key, path
        self._stored, self._server = stored, server
        self._index = RunIndex(stored)
        self._runs: dict[str, _Run] = {}
        self._complete: deque[str] = deque(maxlen=1000)
        self._without_files: dict[str, str] = {}
        self._given_up: dict[str, str] = {}
        """Why, by run."""
        self._client: Any = None

    def open(self) -> None:
        """Start the server if it is ours, and connect. Raises ImportError without the extra, else what is wrong."""
        try:
            import bluesky_tiled_plugins  # noqa: F401  only whether it is there
            from tiled.client import from_uri
        except ImportError as error:
            raise ImportError("bluesky-tiled-plugins is not installed: pip install 'reioc[tiled]'") from error
        uri, key = self._uri, self._api_key
        try:
            if self._server is not None:
                self._server.start()
                uri, key = self._server.uri, self._server.api_key
            # No proxy stands between us and our own server.
            client = from_uri(uri, api_key=key, remember_me=False, trust_env=self._server is None)
            for part in filter(None, self._path.split("/")):
                client = client[part] if part in client else client.create_container(part)
        except BaseException:
            self.close()
            raise
        self._client = client

    def put(self, documents: Sequence[Numbered]) -> None:
        """Write documents. Raises Unacceptable, and what is wrong with the connection or the server."""
        if self._server is not None and not self._server.running:
            self.close()
            self.open()
        ending = {doc.get("run_start") for _, name, doc in documents if name == "stop"}
        late = len(documents) >= LATE
        of_runs = [(numbered, self._index.run_of(numbered)) for numbered in documents]
        for numbered, uid in of_runs:
            run = None if uid is None or uid in self._given_up else self._run(uid)
            if run is not None and numbered[0] > run.last:
                self._put(run, numbered, LATE if late or uid in ending else LIVE)
        # At the end, as it may be a later document that shows that nothing comes of an earlier one.
        for (seq, name, _), uid in of_runs:
            if why := self._refusal(name, uid):
                raise Unacceptable(seq, why)
        for uid in ending:
            self._index.forget(uid)

    def close(self) -> None:
        """Disconnect, and end the server if it is ours."""
        client, self._client = self._client, None
        self._runs.clear()
        if client is not None:
            client.context.close()
        if self._server is not None:
            self._server.stop()

    def _run(self, uid: str) -> _Run | None:
        """A run that is being written, or is to be; None if it is complete."""
        if uid in self._complete:
            return None
        if uid not in self._runs:
            if uid in self._client and "stop" in self._client[uid].metadata:
                self._complete.append(uid)
                return None
            self._runs[uid] = _Run(uid)
            self._runs[uid].columns.assets = uid not in self._without_files
        return self._runs[uid]

    def _refusal(self, name: str, uid: str | None) -> str:
        if uid is None:
            return "the journal does not have its run"
        return self._given_up.get(uid) or (self._without_files.get(uid, "") if name in ASSETS else "")

    def _put(self, run: _Run, numbered: Numbered, batch: int) -> None:
        seq, name, _ = numbered
        while run.uid not in self._given_up:
            try:
                if run.write is None:
                    self._begin(run, seq, batch)
                self._write(run, numbered)
                break
            except Widened:
                run.write = None
            except Exception as error:
                run.write = None
                self._failed(run, error)
        run.last, run.tries = seq, 0
        if run.uid in self._given_up:
            self._runs.pop(run.uid)
        elif name == "stop":
            self._runs.pop(run.uid)
            self._complete.append(run.uid)

    def _begin(self, run: _Run, before: int, batch: int) -> None:
        """Write what the run had before a document, after what was left of it is deleted."""
        from bluesky_tiled_plugins.writing.tiled_writer import TiledWriter

        if run.uid in self._client:
            # Files that are only registered there are not deleted; what it has of ours is.
            self._client.delete_contents(run.uid, recursive=True, external_only=False)
        # Arrays are kept as arrays however short they are: in a table their readers get them as text.
        run.write = TiledWriter(self._client, batch_size=batch, max_array_size=0)
        for numbered in self._stored.documents(run.uid):
            if numbered[0] >= before:
                break
            self._write(run, numbered)

    def _write(self, run: _Run, numbered: Numbered) -> None:
        _, name, doc = numbered
        for fitted in run.columns.fitted(name, doc):
            if run.write is not None:
                run.write(*fitted)

    def _failed(self, run: _Run, error: Exception) -> None:
        """Raise it if it may pass; else see what can be done without."""
        run.tries += 1
        if _may_pass(error) and (run.tries < TRIES or not self._answers()):
            raise error
        why = f"{type(error).__name__}: {error}".strip(" :")
        if run.columns.assets:
            run.columns.assets = False
            run.tries = 0
            self._without_files[run.uid] = f"the run's files cannot be registered in Tiled: {why}"
        else:
            self._given_up[run.uid] = f"the run cannot be written to Tiled: {why}"

    def _answers(self) -> bool:
        try:
            return len(self._client) >= 0
        except Exception as error:
            log.debug("sink %s: %s", self.name, error)
            return False


def _may_pass(error: Exception) -> bool:
    import httpx

    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500 or error.response.status_code in _MAY_PASS
    return isinstance(error, httpx.HTTPError | ConnectionError | TimeoutError)
