"""Processes that are forked are what `python -m`, `python -c` and commands are."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reioc.sim_iocs.testing.forking import Child, Nursery, NurseryError
from reioc.sim_iocs.testing.processes import Process, ProcessFailed

SELF = "import atexit, json, os, sys, threading; atexit.register(print, 'exit handler'); "


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as made:
        yield made


def ended(child: Child) -> tuple[int, str]:
    """Its status and its output, when it has ended."""
    with Process(lambda: child, "a child") as process:
        status = process.wait()
    return status, process.output


def test_code_runs_as_python_runs_it(nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments, environment, folder, module path, one thread, exit handlers, exit status."""
    monkeypatch.chdir(tmp_path)
    code = SELF + "print(json.dumps([sys.argv, dict(os.environ), os.getcwd(), sys.path[:2], __name__]));"
    code += "print(len(os.listdir('/proc/self/task'))); sys.exit(3)"

    status, output = ended(nursery.run_code(code, "a", "b c", env={"X": "y", "PYTHONPATH": "/p"}))

    said, threads, handler = output.splitlines()
    path = f'["{tmp_path}", "/p"]'
    assert said == f'[["-c", "a", "b c"], {{"X": "y", "PYTHONPATH": "/p"}}, "{tmp_path}", {path}, "__main__"]'
    assert (status, threads, handler) == (3, "1", "exit handler")


def test_a_module_runs_as_python_m_runs_it(nursery: Nursery) -> None:
    """What it prints is what it prints on the command line."""
    argv = ["-m", "json.tool", "--indent", "1", "/dev/null"]
    real = subprocess.run([sys.executable, *argv], capture_output=True, text=True, check=False)

    status, output = ended(nursery.run(*argv[1:]))

    assert (status, output.splitlines()[-1]) == (real.returncode, (real.stdout + real.stderr).splitlines()[-1])


def test_a_command_is_executed(nursery: Nursery) -> None:
    """With its environment; one that is not there says so."""
    assert ended(nursery.execute("/bin/sh", "-c", "echo $X; exit 4", env={"X": "y"})) == (4, "y\n")
    assert ended(nursery.execute("no-such-program")) == (127, "no-such-program: No such file or directory\n")


@pytest.mark.parametrize(
    ("code", "status", "last"),
    [
        ("1/0", 1, "ZeroDivisionError: division by zero"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("import os; os._exit(7)", 7, ""),
    ],
    ids=["exception", "killed", "exit"],
)
def test_how_it_ended_is_told(nursery: Nursery, code: str, status: int, last: str) -> None:
    """Exceptions, signals, exit codes."""
    found, output = ended(nursery.run_code(code))

    assert (found, output.splitlines()[-1:]) == (status, [last] if last else [])


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, -15), (signal.SIGINT, -2), (signal.SIGKILL, -9)])
def test_signals_do_what_they_do(nursery: Nursery, number: signal.Signals, status: int) -> None:
    """Nothing of the nursery's handling of signals is left in a child."""
    child = nursery.run_code("import time; print('ready'); time.sleep(60)")
    with Process(lambda: child, "a child", "^ready") as process:
        assert process.lives
        assert process.stop(number) == status
    assert not process.lives


def test_two_live_side_by_side(nursery: Nursery) -> None:
    """Each has its own output, and the end of one is not that of the other."""
    first = nursery.run_code("import time; print('first'); time.sleep(60)")
    with Process(lambda: first, "first", "^first") as one:
        assert ended(nursery.run_code("print('second')")) == (0, "second\n")
        assert (one.lives, one.output) == (True, "first\n")


def test_nobody_outlives_who_asked() -> None:
    """A process that is killed takes its nursery and its children with it."""
    script = (
        "from reioc.sim_iocs.testing.forking import Nursery; import time; nursery = Nursery();"
        "children = [nursery.run_code('import time; time.sleep(60)'), nursery.execute('/bin/sleep', '60')];"
        "print(nursery._process.pid, *(each.pid for each in children), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as asker:
        assert asker.stdout
        pids = [int(word) for word in asker.stdout.readline().split()]
        watched = [os.pidfd_open(pid) for pid in pids]
        asker.kill()
        gone = [bool(_is_over(pidfd)) for pidfd in watched]
    for pidfd in watched:
        os.close(pidfd)

    assert (len(pids), gone) == (3, [True] * 3)


def _is_over(pidfd: int) -> list[int]:
    import select

    return select.select([pidfd], [], [], 10)[0]


def test_a_nursery_with_threads_does_not_fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a module has begun when it was imported would be missing in a child: that is told, and nothing is forked."""
    (tmp_path / "threaded.py").write_text("import threading; threading.Thread(target=threading.Event().wait).start()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    nursery = Nursery()
    with pytest.raises(NurseryError, match="2 threads live in the nursery"):
        nursery.run_code("pass", preload=["threaded"])
    assert nursery._process
    nursery._process.kill()  # that thread never ends
    nursery.close()


def test_a_process_that_is_not_ready_says_what_it_wrote(nursery: Nursery) -> None:
    """The error has its output and its exit status."""
    child = nursery.run_code("print('no luck'); raise SystemExit(5)")
    with pytest.raises(ProcessFailed, match=r"(?s)my ioc was to write '\^ready' and ended \(5\).*no luck"):
        Process(lambda: child, "my ioc", "^ready").__enter__()
