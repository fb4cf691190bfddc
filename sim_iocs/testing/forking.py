"""Processes that a nursery forks: handles like those of `subprocess`."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Self

from .nursery import Request

_PATIENCE = 30.0
"""Seconds for a fork, with the imports before the first one."""


class NurseryError(Exception):
    """The nursery could not fork; says why."""


class Nursery:
    """The process whose children others are (see nursery.py); it starts when it is first needed.

    Its children live until they end, are ended, or `close`; also when this process is killed they are.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(
        self,
        module: str,
        *argv: str,
        env: Mapping[str, str] | None = None,
        preload: Sequence[str] = (),
        errors: int | None = None,
    ) -> "Child":
        """`python -m module argv…`; what it writes to stderr goes to the file `errors`, or else where its output goes.

        What is in `preload` is imported once for all that follow.
        """
        request = Request([*argv], _environment(env), str(Path.cwd()), module=module, preload=[*preload])
        return self._fork(request, errors)

    def run_code(
        self,
        code: str,
        *argv: str,
        env: Mapping[str, str] | None = None,
        preload: Sequence[str] = (),
        errors: int | None = None,
    ) -> "Child":
        """`python -c code argv…`, as `run` does it."""
        request = Request([*argv], _environment(env), str(Path.cwd()), code=code, preload=[*preload])
        return self._fork(request, errors)

    def execute(self, *argv: str, env: Mapping[str, str] | None = None) -> "Child":
        """A command. One that cannot be executed ends with status 127, and says why."""
        return self._fork(Request([*argv], _environment(env), str(Path.cwd())))

    def close(self) -> None:
        """Kill what still lives."""
        if self._process is not None:
            self._control.close()
            self._process.wait()
            self._process = None
            self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fork(self, request: Request, errors: int | None = None) -> "Child":
        if self._process is None:
            self._start()
        given, feed = os.pipe()
        output, filled = os.pipe()
        report, told = os.pipe()
        try:
            files = [given, filled, filled if errors is None else errors, told]
            socket.send_fds(self._control, [request.packed()], files)
        except OSError as error:
            for end in (feed, output, report):
                os.close(end)
            raise NurseryError(f"the nursery cannot be asked: {error}; {self._said()}") from error
        finally:
            for end in (given, filled, told):
                os.close(end)
        child = Child(feed, output, report)
        try:
            child.begin(_PATIENCE)
        except NurseryError as error:
            child.close()
            raise NurseryError(f"{request.argv or request.module}: {error}; {self._said()}") from error
        return child

    def _start(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed with the nursery
        # In a session of its own: Ctrl-C is for the tests, which then end what they have started in order. -P: what
        # lies about in this folder is not for it. One thread of OpenBLAS, or none could be forked.
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"{__package__}.nursery", str(theirs.fileno())],
                env=env,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                start_new_session=True,
            )

    def _said(self) -> str:
        status = None if self._process is None else self._process.poll()
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace")
        return f"it {'lives' if status is None else f'has ended ({status})'} and wrote: {text or 'nothing'}"


class Child:
    """A process that was forked; of `subprocess.Popen` it has what is needed to watch it and to end it."""

    pid: int
    returncode: int | None = None

    def __init__(self, feed: int, output: int, report: int) -> None:
        self.stdin: IO[bytes] = os.fdopen(feed, "wb", buffering=0)
        """Never written: its end is what tells a program that reads it that nobody is there any more."""
        self.stdout: IO[str] | None = os.fdopen(output, encoding="utf-8", errors="replace")
        self._report = report
        self._told = b""

    def begin(self, timeout: float) -> None:
        """Wait for its pid. Raises NurseryError."""
        line = self._line(timeout)
        if not line.isdigit():
            raise NurseryError(line.decode() or "no process was made")
        self.pid = int(line)

    def poll(self) -> int | None:
        """Its exit status, or minus the signal that ended it; None while it lives."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, when it has ended. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            line = self._line(timeout)
            self.returncode = int(line or -signal.SIGKILL)  # without its nursery it does not live
            os.close(self._report)
            self.stdin.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it lives."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Forget it, which never was."""
        os.close(self._report)
        self.stdin.close()
        if self.stdout is not None:
            self.stdout.close()

    def _line(self, timeout: float | None) -> bytes:
        """The next line of the report; an empty one when there will be none."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self._told:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self._report], [], [], left)[0]:
                raise subprocess.TimeoutExpired("a forked process", timeout or 0.0)
            chunk = os.read(self._report, 4096)
            if not chunk:
                break
            self._told += chunk
        line, _, self._told = self._told.partition(b"\n")
        return line


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    return dict(os.environ if env is None else env)
