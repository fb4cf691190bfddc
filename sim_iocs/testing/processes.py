"""Processes that are watched: ready when they say so, their output in every failure."""

import contextlib
import re
import signal
import subprocess
import threading
from collections.abc import Callable
from types import TracebackType
from typing import IO, Protocol, Self

TIMEOUT = 20.0
"""Seconds that a process may take to be ready, or to end; far more than needed, so that a busy machine passes."""


class Handle(Protocol):
    """What `subprocess.Popen` and `forking.Child` have in common."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    stdout: IO[str] | None

    def poll(self) -> int | None:
        """Its exit status, None while it lives."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, when it has ended. Raises subprocess.TimeoutExpired."""
        ...

    def send_signal(self, number: int, /) -> None:
        """Send it a signal, if it lives."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class ProcessFailed(AssertionError):
    """A process did not do what it was to do; says what, and all that it wrote."""


class Process:
    """A process that is ready once a line of its output matches `ready`.

    As a context manager it is waited for on entry and ended on exit. `start` makes it, with its output as a pipe of
    text; `name` is what it is called in failures.
    """

    def __init__(self, start: Callable[[], Handle], name: str, ready: str = "") -> None:
        self._start = start
        self._name = name
        self._ready = ready
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False

    def __enter__(self) -> Self:
        self._process = self._start()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_for(self._ready)
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self.kill()

    def __str__(self) -> str:
        return self._name

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def output(self) -> str:
        """All it has written so far, to stdout and stderr."""
        with self._news:
            return "".join(self._lines)

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_for(self, pattern: str, timeout: float = TIMEOUT) -> re.Match[str]:
        """The first match of `pattern` in its output, now or when it comes; "" matches at once.

        Raises ProcessFailed.
        """

        def found() -> re.Match[str] | None:
            return re.search(pattern, "".join(self._lines), re.MULTILINE)

        with self._news:
            self._news.wait_for(lambda: found() or self._ended, timeout)
            match = found()
            over = self._ended
        if match is None:
            what = f"ended ({self._soon_known()})" if over else f"did not within {timeout} s"
            raise ProcessFailed(f"{self} was to write {pattern!r} and {what}; it wrote:\n{self.output}")
        return match

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        self._process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = TIMEOUT) -> int:
        """End it by a signal, once; its exit status. One that does not end is killed. Raises ProcessFailed."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProcessFailed(f"{self} ignored {number.name}; it wrote:\n{self.output}") from None
        return self._status()

    def wait(self, timeout: float = TIMEOUT) -> int:
        """Its exit status, when it has ended by itself. Raises ProcessFailed."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ProcessFailed(f"{self} did not end within {timeout} s; it wrote:\n{self.output}") from None
        return self._status()

    def kill(self) -> None:
        """End it at once, by SIGKILL."""
        self._process.kill()
        self._process.wait()
        self._reader.join(TIMEOUT)

    def _soon_known(self) -> int | None:
        """The exit status of a process whose output has ended; None if it lives without."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(1)
        return None

    def _status(self) -> int:
        self._reader.join(TIMEOUT)
        return self._process.wait()

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            raise ProcessFailed(f"{self} has no output that could be read")
        with stream:
            for line in stream:
                with self._news:
                    self._lines.append(line)
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()
