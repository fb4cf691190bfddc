"""An IOC of the tests: a process, its port, and a client of it."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from .client import TIMEOUT, PvClient, Reading
from .ports import HOST
from .processes import Handle, Process


@dataclass(frozen=True)
class Program:
    """How an IOC is started: what makes the process, what it is called, what it writes when its PVs can be reached."""

    start: Callable[[], Handle]
    name: str
    ready: str


class Ioc:
    """An IOC in a process of its own, on 127.0.0.1; a context manager. Names of PVs are what comes after `prefix`.

    It can be killed and started again on its port, as `with` starts and ends it.
    """

    def __init__(self, program: Program, port: int, prefix: str = "") -> None:
        self.port = port
        self.prefix = prefix
        self.address = f"{HOST}:{port}"
        """Where clients find it, as in `EPICS_CA_ADDR_LIST`."""
        self._program = program
        self._client = PvClient(port, prefix)
        self._process: Process | None = None
        self._written = ""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self.stop() if kind is None else self.kill()

    def __str__(self) -> str:
        return f"{self._program.name} on port {self.port}"

    @property
    def pid(self) -> int:
        """Its process id. Raises RuntimeError if it does not run."""
        return self._running().pid

    @property
    def runs(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.lives

    @property
    def output(self) -> str:
        """All that it has written, in all its lives."""
        return self._written + ("" if self._process is None else self._process.output)

    def start(self) -> None:
        """Start it, and wait until its PVs can be reached. Raises ProcessFailed with its output."""
        if self._process is not None:
            raise RuntimeError(f"{self} runs already")
        process = Process(self._program.start, str(self), self._program.ready)
        process.__enter__()
        self._process = process

    def stop(self) -> None:
        """End it as an operator does, by SIGTERM. Raises ProcessFailed if it ignores that, or does not exist."""
        if self._process is not None:
            self._leave().stop()

    def kill(self) -> None:
        """End it at once, by SIGKILL, as a crash does."""
        if self._process is not None:
            self._leave().kill()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal: SIGSTOP, after which it hangs, and SIGCONT."""
        self._running().send_signal(number)

    def get(self, name: str, *, numeric: bool = False, timeout: float = TIMEOUT) -> Any:
        """As `PvClient.get`."""
        return self._client.get(name, numeric=numeric, timeout=timeout)

    def read(self, name: str, *, numeric: bool = False, timeout: float = TIMEOUT) -> Reading:
        """As `PvClient.read`."""
        return self._client.read(name, numeric=numeric, timeout=timeout)

    def put(self, name: str, value: Any, *, wait: bool = True, timeout: float = TIMEOUT) -> None:
        """As `PvClient.put`."""
        self._client.put(name, value, wait=wait, timeout=timeout)

    def wait_for(
        self, name: str, expected: Any, *, within: float = 0.0, numeric: bool = False, timeout: float = TIMEOUT
    ) -> Reading:
        """As `PvClient.wait_for`."""
        return self._client.wait_for(name, expected, within=within, numeric=numeric, timeout=timeout)

    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError(f"{self} does not run")
        return self._process

    def _leave(self) -> Process:
        process = self._running()
        self._written += process.output
        self._process = None
        return process
