"""What a plan asks for, counted message by message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

from ...engine.telling import name_of
from .limits import Targets

__all__ = ["Tally"]

PRIMARY = "primary"
_MOST_LINES = 12
_GAINS = frozenset(("open_run", "save", "set", "kickoff", "collect"))


class Tally:
    """Runs, points, moves and so on. `is_certain` is to be set to False when what follows is a guess."""

    def __init__(self) -> None:
        self.is_certain = True
        self.messages = 0
        self.idle = 0
        """Messages since the last that brought a run, a point, a move or a flight."""
        self.points = 0
        self.runs = 0
        self.sleeps = 0.0
        """Seconds."""
        self.targets: dict[Any, Targets] = {}
        self.collects_points = False
        """Whether flyers hand over points, nobody knows how many."""
        self._announced: list[Any] = []
        self._bundles: dict[Any, tuple[str, int]] = {}
        self._reads: Counter[Any] = Counter()
        self._flights: Counter[Any] = Counter()
        self._staged: dict[Any, None] = {}
        self._counters: dict[str, Callable[[Any], None]] = {
            "open_run": self._open,
            "create": self._create,
            "read": self._read,
            "save": self._save,
            "drop": self._drop,
            "set": self._set,
            "sleep": self._sleep,
            "stage": self._stage,
            "kickoff": self._kickoff,
            "collect": self._collect,
        }

    @property
    def announced(self) -> int | None:
        """How many points the RunStarts say that there will be; None unless all of them say it."""
        numbers = [each for each in self._announced if isinstance(each, int)]
        return sum(numbers) if numbers and len(numbers) == len(self._announced) else None

    @property
    def moves(self) -> int:
        """How often something is moved."""
        return sum(targets.moves for targets in self.targets.values())

    def see(self, msg: Any) -> None:
        """Count one message."""
        self.messages += 1
        self.idle = 0 if msg.command in _GAINS else self.idle + 1
        count = self._counters.get(msg.command)
        if count is not None:
            count(msg)

    def lines(self) -> Iterator[str]:
        """All but runs and points, for people."""
        yield from _first(targets.range().text for targets in self.targets.values())
        yield from _first(
            f"{name_of(each)} read {_times(n)}" for each, n in self._reads.items() if not self._moved(each)
        )
        yield from _first(f"{name_of(each)} flown {_times(n)}" for each, n in self._flights.items())
        if self._staged:
            yield f"stages: {', '.join(map(name_of, self._staged))}"
        if self.moves:
            yield f"moves: {self.moves}"
        if self.sleeps:
            yield f"sleeps {self.sleeps:.4g} s in all"

    def _moved(self, device: Any) -> bool:
        return device in self.targets

    # One for each command that counts

    def _open(self, msg: Any) -> None:
        self.runs += 1
        self._announced.append(msg.kwargs.get("num_points"))

    def _create(self, msg: Any) -> None:
        self._bundles[msg.run] = (msg.kwargs.get("name") or (msg.args[0] if msg.args else PRIMARY), 0)

    def _read(self, msg: Any) -> None:
        self._reads[msg.obj] += 1
        if msg.run in self._bundles:
            name, readings = self._bundles[msg.run]
            self._bundles[msg.run] = (name, readings + 1)

    def _save(self, msg: Any) -> None:
        name, readings = self._bundles.pop(msg.run, ("", 0))
        if name == PRIMARY and readings:  # the engine makes no event of nothing
            self.points += 1

    def _drop(self, msg: Any) -> None:
        self._bundles.pop(msg.run, None)

    def _set(self, msg: Any) -> None:
        if msg.args:
            targets = self.targets.setdefault(msg.obj, Targets(msg.obj))
            targets.add(msg.args[0], is_certain=self.is_certain)

    def _sleep(self, msg: Any) -> None:
        if msg.args and isinstance(msg.args[0], Real):
            self.sleeps += float(msg.args[0])

    def _stage(self, msg: Any) -> None:
        self._staged[msg.obj] = None

    def _kickoff(self, msg: Any) -> None:
        self._flights[msg.obj] += 1

    def _collect(self, msg: Any) -> None:
        if msg.kwargs.get("name") in (None, PRIMARY):
            self.collects_points = True


def _first(lines: Iterator[str]) -> Iterator[str]:
    """The first of many lines, and how many there are more."""
    every = list(lines)
    yield from every[:_MOST_LINES]
    if len(every) > _MOST_LINES:
        yield f"and {len(every) - _MOST_LINES} more of this kind"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
