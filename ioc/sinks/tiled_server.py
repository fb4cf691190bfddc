"""A Tiled server of our own, beside the service.

It is a process of its own: a server in ours would compete with the engine for Python's lock, and bring its 300 MB of
libraries and their crashes with it. It ends when its standard input does, so it never outlives the service, however
that ends. It listens on 127.0.0.1 only; its key is in `api_key` in its folder, which only its owner can read.

The file runs as a script, without the rest of the package.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

__all__ = ["TiledServer"]

STARTS_WITHIN = 60.0
"""Seconds; a first start makes the databases."""
ENDS_WITHIN = 10.0


class TiledServer:
    """A server over what is in `folder`, on `port` (0: one that is free)."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.uri = self.api_key = ""
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, if it does not run, and wait until it answers. Raises OSError with what it said last."""
        if self.running:
            return
        self.stop()
        _check_free(self._port)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.api_key = _kept_key(self.folder / "api_key")
        with (self.folder / "server.log").open("ab") as log:
            began = log.tell()
            self._process = subprocess.Popen(
                # -P: else this file's neighbours would be taken for `zmq` and others.
                [sys.executable, "-P", __file__, str(self.folder), str(self._port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal is for the service: the last documents are still to come
            )
        self.uri = self._said(self._process)
        if not self.uri:
            self.stop()
            with (self.folder / "server.log").open("rb") as log:
                log.seek(began)
                last = log.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise OSError(f"the Tiled server in {self.folder} does not start: {last or 'it said nothing in time'}")

    def stop(self) -> None:
        """End it and wait."""
        process, self._process = self._process, None
        if process is None:
            return
        _close(process.stdin)
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _close(process.stdout)

    def _said(self, process: subprocess.Popen[bytes]) -> str:
        """Where it listens; empty if it did not get there."""
        if process.stdin is None or process.stdout is None:
            return ""
        with suppress(BrokenPipeError):  # it has ended: its output has, too
            process.stdin.write(self.api_key.encode() + b"\n")  # its arguments could be read by anybody
            process.stdin.flush()
        out_of_time = threading.Timer(STARTS_WITHIN, process.kill)
        out_of_time.start()
        try:
            line = process.stdout.readline()
        finally:
            out_of_time.cancel()
            out_of_time.join()
        return json.loads(line)["uri"] if line else ""


def _check_free(port: int) -> None:
    """Raise OSError for a port that somebody has: the server would take long to find out, and say less."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise OSError(f"a Tiled server cannot listen on port {port} of 127.0.0.1: {error.strerror}") from error


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        pipe.close()


def _kept_key(file: Path) -> str:
    """The key of earlier times, so that readers need it only once; a new one at first."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
    return file.read_text(encoding="ascii").strip()


def _serve(folder: str, port: int) -> None:
    """Serve until standard input ends."""
    # systemd tells all of a service's processes to end, at once: this one is to be there for the last documents.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever its libraries print is for the log

    key = sys.stdin.readline().strip()
    try:
        from tiled.server import SimpleTiledServer

        # Files that detectors write may be anywhere; whoever has the key is the user whose files these are.
        server = SimpleTiledServer(folder, api_key=key, port=port, readable_storage=["/"])
    except ImportError as error:
        sys.exit(f"{error}: pip install 'tiled[server]'")
    with suppress(BrokenPipeError):  # the service is gone already: its input has ended
        told.write(json.dumps({"uri": f"http://127.0.0.1:{server.port}"}) + "\n")
        told.close()
    sys.stdin.read()
    server.close()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
