"""Console examples: run, and compared with what the documentation shows.

CONTRIBUTING.md has the rules of the comparison for those who write examples.
"""

from __future__ import annotations

import re
import shlex
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass

from ..system.support import TIMEOUT, Service, base_env, base_tool, client_env
from .markdown import Block

TOLERANCE = 0.1
"""Of data: counts have noise, and a width that is made of eleven of them differs by 3 % every so often."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_MASKS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), "<uid>"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?"), "<time stamp>"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "<time>"),
    (re.compile(r"\b[\w.-]+@[\w.-]+"), "<user@host>"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)
_TOOLS = ("caget", "caput", "camonitor", "reioc queue")


@dataclass(frozen=True)
class Command:
    """A line that people type, and what it printed for whoever wrote the example."""

    line: str
    shown: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.line)

    @property
    def tool(self) -> str:
        """What is called, with the command of ours if it is one."""
        first, *rest = self.words
        return f"{first} {rest[0]}" if first == "reioc" else first


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    _, *parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    return [Command(*part.partition("\n")[::2]) for part in parts]


def masked(text: str) -> str:
    """A text without what differs from one time to the next."""
    for pattern, stand_in in _MASKS:
        text = pattern.sub(stand_in, text)
    return text.strip("\n")


def alike(shown: str, printed: str) -> bool:
    """Whether two outputs are the same as far as they should be."""
    theirs, ours = masked(shown).splitlines(), masked(printed).splitlines()
    return len(theirs) == len(ours) and all(map(_line_alike, theirs, ours))


def _line_alike(shown: str, printed: str) -> bool:
    if ":Data:" not in shown:
        return shown == printed
    pairs = list(zip(shown.split(), printed.split(), strict=False))
    return len(shown.split()) == len(printed.split()) and all(_word_alike(*pair) for pair in pairs)


def _word_alike(shown: str, printed: str) -> bool:
    try:
        wanted, got = float(shown), float(printed)
    except ValueError:
        return shown == printed
    return abs(wanted - got) <= TOLERANCE * max(abs(wanted), abs(got))


def _program(name: str) -> list[str]:
    return [sys.executable, "-m", "reioc.ioc"] if name == "reioc" else [str(base_tool(name))]


class Terminal:
    """Where the examples are typed. The tools look at `addr_list` only; the engine's PVs begin with `prefix`."""

    def __init__(self, addr_list: str, prefix: str) -> None:
        self.prefix = prefix
        self._env = {**client_env(addr_list), **base_env()}

    def play(self, section: Iterable[Block]) -> list[tuple[Command, str]]:
        """Run the blocks under one heading. Returns each command with what it printed."""
        typed: list[tuple[Command, str]] = []
        with ExitStack() as stack:
            monitors: list[tuple[Command, Service]] = []
            for block in section:
                for command in self._ready(block):
                    if command.tool == "camonitor":
                        # Not before it has the present values: an example shows them first.
                        first = "".join(rf"(?=(?s:.*)^{re.escape(pv)} )" for pv in command.words[1:])
                        monitors.append(
                            (command, stack.enter_context(self._monitor(rf"\A{first}", *command.words[1:])))
                        )
                    else:
                        typed.append((command, self.enter(command)))
            typed += [(command, self._watched(command, monitor)) for command, monitor in monitors]
        return typed

    def _ready(self, block: Block) -> list[Command]:
        found = [command for command in commands(block) if command.tool in _TOOLS]
        if found:
            self.wait("State", "idle")
        return found

    def enter(self, command: Command) -> str:
        """Run a command other than camonitor. Returns what it printed; caget is repeated until that is as shown."""
        printed = self._run(command)
        if command.tool == "caget":
            deadline = time.monotonic() + TIMEOUT
            while not alike(command.shown, printed) and time.monotonic() < deadline:
                printed = self._run(command)
        if "-c" not in command.words and f"{self.prefix}Plan:Run" in command.words:
            self.wait("Run:Point", r"[1-9]\d*")
        return printed

    def _run(self, command: Command) -> str:
        with Service([*_program(command.words[0]), *command.words[1:]], env=self._env) as done:
            done.wait(4 * TIMEOUT)
        return _COLOUR.sub("", done.output)

    def _watched(self, command: Command, monitor: Service) -> str:
        """What a monitor printed, once it is as much as is shown; in the order in which that is shown, PV by PV."""
        count = max(1, command.shown.count("\n"))
        monitor.wait_for(rf"\A(?:.*\n){{{count}}}")
        queues = {
            pv: [line for line in monitor.output.splitlines() if line.startswith(f"{pv} ")] for pv in command.words
        }
        pvs = [line.split(" ", 1)[0] for line in command.shown.splitlines()] or list(queues)
        ordered = [queues[pv].pop(0) for pv in pvs if queues.get(pv)]
        return "\n".join([*ordered, *(line for lines in queues.values() for line in lines)])

    def wait(self, name: str, pattern: str) -> None:
        """Until a PV of the engine matches as a whole."""
        pv = f"{self.prefix}{name}"
        with self._monitor("", "-t", "n", "-F", "|", pv) as monitor:
            monitor.wait_for(rf"^{re.escape(pv)}\|+{pattern}(\||$)")

    def _monitor(self, ready: str, *args: str) -> Service:
        return Service([base_tool("camonitor"), *args], ready, self._env)
