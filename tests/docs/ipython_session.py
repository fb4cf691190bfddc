"""IPython sessions of the documentation: typed into a real IPython, and compared with what the page shows.

A cell begins with `In [n]: `, goes on with `...: `, and is followed by what it prints. A line `^C` is Ctrl-C, struck
when all that is shown above it has been printed.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..system.support import TIMEOUT

_ENTERED = re.compile(r"^In \[\d+\]: ?|^ +\.\.\.: ?")
_CTRL_C = "^C\n"
_MASKS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), "<uid>"),
    (re.compile(r"\['[0-9a-f]{8}'\]"), "['<uid>']"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "<date>"),
    (re.compile(r"\d\d:\d\d:\d\d(\.\d+)?"), "<time>"),
    (re.compile(r"0x[0-9a-f]+"), "<address>"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
    (re.compile(r"\n{2,}"), "\n"),
)


@dataclass
class Cell:
    """What is typed, and what was shown for it: in parts, with a Ctrl-C after each but the last."""

    lines: list[str] = field(default_factory=list)
    shown: str = ""

    @property
    def parts(self) -> list[str]:
        return self.shown.split(_CTRL_C)


def cells(text: str) -> list[Cell]:
    """The cells of a session, as a page shows it."""
    found: list[Cell] = []
    for line in text.splitlines(keepends=True):
        entered = _ENTERED.match(line)
        if entered is None:
            found[-1].shown += line
            continue
        if line.startswith("In ["):
            found.append(Cell())
        found[-1].lines.append(line[entered.end() :].rstrip("\n"))
    return found


def masked(text: str) -> str:
    """A text without what differs from one time to the next."""
    for pattern, stand_in in _MASKS:
        text = pattern.sub(stand_in, text)
    return text.strip("\n")


class Session:
    """A running IPython."""

    def __init__(self, folder: Path) -> None:
        settings = ["--simple-prompt", "--no-banner", "--no-confirm-exit", "--colors=NoColor"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "IPython", *settings, "--HistoryManager.enabled=False"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "IPYTHONDIR": str(folder / "ipython"), "MPLBACKEND": "Agg"},
        )
        self._cell = 0
        self._printed = ""
        self._next_prompt()

    def enter(self, cell: Cell) -> str:
        """Type a cell, strike Ctrl-C where the page does. Returns what was printed."""
        self._type("".join(f"{line}\n" for line in cell.lines))
        due = ""
        for part in cell.parts[:-1]:
            due += masked(part)
            self._until(lambda due=due: self._printed.endswith("\n") and due in masked(self._uttered(cell)))
            self._process.send_signal(signal.SIGINT)
        return self._uttered(cell, self._next_prompt())

    def close(self) -> None:
        """Leave IPython."""
        self._type("exit\n")
        self._process.communicate(timeout=TIMEOUT)

    def kill(self) -> None:
        """End it in any case."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    @staticmethod
    def _continued(cell: Cell) -> int:
        return len(cell.lines) - 1

    def _uttered(self, cell: Cell, text: str | None = None) -> str:
        """What was printed since the last prompt, without the prompts of further lines."""
        return re.sub(rf"\A( +\.\.\.: ){{{self._continued(cell)}}}", "", self._printed if text is None else text)

    def _type(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def _next_prompt(self) -> str:
        self._cell += 1
        prompt = f"In [{self._cell}]: "
        self._until(lambda: self._printed.endswith(prompt))
        text, self._printed = self._printed.removesuffix(prompt), ""
        return text

    def _until(self, condition) -> None:
        assert self._process.stdout is not None
        deadline = time.monotonic() + TIMEOUT
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not condition():
                assert selector.select(deadline - time.monotonic()), f"IPython is silent after:\n{self._printed}"
                chunk = os.read(self._process.stdout.fileno(), 65536)
                assert chunk, f"IPython has ended after:\n{self._printed}"
                self._printed += chunk.decode()
