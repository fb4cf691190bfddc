"""A process that has others as children: a fork takes milliseconds where Python and its imports take seconds.

It has imported what its children need. `forking.Nursery` runs it as `python -P -m reioc.sim_iocs.testing.nursery FD`,
where FD is a socket of whole packets; each is a `Request` in JSON, with four files: the child's input, its output, its
errors, and where its pid and then its exit status are written, a line each.

Rules of this file:
- No thread may exist when it forks: its locks would be copied, and it would not. That is looked at each time, as are
  threads that Python does not know of. What starts threads when it is imported (ophyd, libca) is never preloaded.
- A child is what `python -m`, `python -c` or a command would be: arguments, environment, signals, the end of the
  interpreter with its exit handlers. So the child's work is not done below the loop that forked it.
- Nobody outlives whoever asked: when the socket is closed at the other end all children are killed, and when this
  process is killed the kernel kills them.
"""

import ctypes
import faulthandler
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
import types
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
FILES = 4
LONGEST = 1 << 20
"""Bytes of a request; more than the kernel takes in one packet."""

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Request:
    """What a child is to be: a `module` or `code` for Python with arguments, or else a command."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    module: str = ""
    code: str = ""
    preload: list[str] = field(default_factory=list)
    """Modules that this process imports first, unless it has."""

    def packed(self) -> bytes:
        """As it is sent."""
        return json.dumps(vars(self)).encode()

    @classmethod
    def unpacked(cls, packet: bytes) -> "Request":
        """As it was sent."""
        return cls(**json.loads(packet))


_set_by_imports: dict[str, str] = {}
"""What preloaded modules have put into the environment, as they would have in a child."""


class Children:
    """Those that live, and where what becomes of each is written."""

    def __init__(self) -> None:
        self._reports: dict[int, int] = {}

    def fork(self, files: list[int]) -> bool:
        """Make a child with these files, and tell its pid; whether this is the child."""
        *standard, report = files
        pid = os.fork()
        if pid:
            self._reports[pid] = report
            os.write(report, b"%d\n" % pid)
        else:
            for each in (report, *self._reports.values()):
                os.close(each)
            for number, file in enumerate(standard):
                os.dup2(file, number)
        for file in standard:
            os.close(file)
        return not pid

    def reap(self) -> None:
        """Tell the exit status of those that have ended."""
        for pid, report in list(self._reports.items()):
            found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                continue
            # Told before its pid can be given to a stranger, who would get the signal that is meant for it.
            status = found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
            os.write(report, b"%d\n" % status)
            os.waitpid(pid, 0)
            os.close(self._reports.pop(pid))

    def kill(self) -> None:
        """End all of them."""
        for pid in self._reports:
            os.kill(pid, signal.SIGKILL)
        for pid in self._reports:
            os.waitpid(pid, 0)


def serve(control: socket.socket) -> Request | None:
    """Obey until nobody asks any more; in a child, what it is to be."""
    children = Children()
    woken, wake = os.pipe()
    for end in (woken, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    while True:
        ready, _, _ = select.select([control, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            children.reap()
        if control not in ready:
            continue
        packet, files, _, _ = socket.recv_fds(control, LONGEST, FILES)
        if not packet:
            children.kill()
            return None
        request = Request.unpacked(packet)
        if _prepare(request, files) and children.fork(files):
            signal.set_wakeup_fd(-1)
            for each in (woken, wake):
                os.close(each)
            control.close()
            return request


def _prepare(request: Request, files: list[int]) -> bool:
    """Import what the child needs; whether a fork is safe. If it is not, why is told in place of a pid."""
    for module in request.preload:
        if module not in sys.modules:
            before = dict(os.environ)
            try:
                importlib.import_module(module)
            except ImportError:
                continue  # the child will find out by itself, and tell
            _set_by_imports.update({name: value for name, value in os.environ.items() if before.get(name) != value})
            gc.collect()
            gc.freeze()  # else the first collection of each child copies the memory that it shares
    tasks = len(os.listdir("/proc/self/task"))  # noqa: PTH208  also those that Python does not know of
    if tasks == 1:
        return True
    os.write(files[-1], f"not forked: {tasks} threads live in the nursery: {threading.enumerate()}\n".encode())
    for each in files:
        os.close(each)
    return False


def become(request: Request, nursery: int) -> None:
    """Be what was asked for, in place of the nursery."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != nursery:
        os._exit(1)  # it ended before it could have told the kernel
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request.cwd)
    if not (request.module or request.code):
        _execute(request)
    gc.unfreeze()
    os.environ.clear()
    os.environ.update({**_set_by_imports, **request.env})
    sys.path[:0] = [request.cwd, *filter(None, request.env.get("PYTHONPATH", "").split(os.pathsep))]
    sys.stdout.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue]  # not redirected
    faulthandler.enable()
    if request.module:
        sys.argv = [request.module, *request.argv]
        runpy.run_module(request.module, run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *request.argv]
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(request.code, "<string>", "exec"), vars(main))


def _execute(request: Request) -> None:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, which a command would inherit
    try:
        os.execvpe(request.argv[0], request.argv, request.env)
    except OSError as error:
        os.write(2, f"{request.argv[0]}: {error.strerror}\n".encode())
        os._exit(127)


def main() -> None:
    """The nursery, or one of its children."""
    nursery = os.getpid()
    gc.freeze()
    request = serve(socket.socket(fileno=int(sys.argv[1])))
    if request is None:
        return
    try:
        become(request, nursery)
    except KeyboardInterrupt:
        traceback.print_exc()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    main()
