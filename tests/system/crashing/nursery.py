"""A process that has services as children: a fork takes milliseconds where Python and its imports take seconds.

It has imported all that a service needs, and nothing of it has started a thread, opened a file or a channel: that is
looked at before each fork. ophyd is not among it, whose threads start with its import.

It reads `serve` with a file for what the service writes and the service's arguments (a list in JSON), and says the pid;
it reads `wait`, and says the exit status of the child (minus the signal) when that has ended. It has one child at a
time for each name (the first word of a request), and leaves none behind.
"""

import contextlib
import gc
import json
import os
import signal
import sys
import threading
from pathlib import Path

import reioc.engine.plans
import reioc.ioc.cli
import reioc.ioc.config.beamline
import reioc.ioc.service

sys.path.insert(0, str(Path(__file__).with_name("plans")))


def serve(output: str, argv: list[str]) -> None:
    """Be a service, in place of what was forked."""
    with open(output, "ab", buffering=0) as file:  # noqa: PTH123  this becomes the standard output
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    gc.unfreeze()
    reioc.ioc.cli.main(argv)


def fork(output: str, argv: list[str]) -> int:
    """A child that is a service."""
    tasks = len(os.listdir("/proc/self/task"))  # noqa: PTH208  also those that Python does not know of
    if tasks > 1:
        raise RuntimeError(f"{tasks} threads: {threading.enumerate()}; a fork would have their locks, and not them")
    pid = os.fork()
    if not pid:
        status = 1
        try:
            serve(output, argv)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        finally:
            sys.stdout.flush()
            os._exit(status)
    return pid


def obey(children: dict[str, int]) -> None:
    """Until nobody asks any more."""
    for line in sys.stdin:
        name, request, *words = json.loads(line)
        if request == "serve":
            children[name] = answer = fork(*words)
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(children.pop(name), 0)[1])
        print(answer, flush=True)


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    left: dict[str, int] = {}
    print("ready", flush=True)
    try:
        obey(left)
    finally:
        for each in left.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
                os.waitpid(each, 0)
