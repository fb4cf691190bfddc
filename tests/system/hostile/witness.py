"""A client that behaves, and tells how it is served while others do not."""

from __future__ import annotations

import itertools
import math
import re
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..engine_client import P
from ..raw_ca import Closed, RawClient
from ..raw_messages import Channel
from ..support import Service

WORST = 0.5
"""Seconds within which every single get is answered."""
MEDIAN = 0.1
BEAT = 3.0
"""Seconds within which the next Heartbeat comes; it is due after one."""
GROWTH = 30.0
"""MB by which the service may grow."""
_PAUSE = 0.005
_STRING, _LONG, _CHAR = 0, 5, 4
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):\n(?:[ ].*\n|\n)*(.*)", re.MULTILINE)


class Ioc:
    """The service under attack, and where it is."""

    def __init__(self, port: int, service: Service) -> None:
        self.port = port
        self.service = service
        self.is_hurt = False
        """Whether a test has found something wrong: the next one gets another service."""
        self.clean_rss = rss(service.pid)

    def client(self, *, receive_buffer: int | None = None, user: str = "raw") -> RawClient:
        """A new connection."""
        return RawClient(self.port, receive_buffer=receive_buffer, user=user)

    def text(self, client: RawClient, name: str) -> str:
        """A value as text, by that client."""
        channel = client.channel(P + name)
        data_type = _STRING if channel.data_type != _CHAR else _CHAR
        return client.get(channel, data_type, 0).dbr.text

    def is_well(self) -> bool:
        """Whether a new client is served at once, and finds the engine idle."""
        try:
            with self.client() as client:
                return self.text(client, "State") == "idle"
        except (Closed, AssertionError, OSError, LookupError):
            return False

    @contextmanager
    def attacked(self, *, worst: float = WORST, median: float = MEDIAN, may_log: str = "") -> Iterator[Witness]:
        """While the caller attacks, somebody else is served as ever; afterwards as well, and the service has neither
        grown nor told of errors of its own (tracebacks whose last line does not match `may_log`)."""
        before = len(self.service.output)
        self.is_hurt = True
        witness = Witness(self)
        try:
            with witness:
                yield witness
                witness.sees(5)
        except BaseException as error:
            error.add_note(f"Meanwhile: {[*witness.complaints(worst, median), *self._errors_told(before, may_log)]}")
            raise
        complaints = [*witness.complaints(worst, median), *self._errors_told(before, may_log)]
        if not self.is_well():
            complaints.append("no new client is served")
        assert not complaints, "; ".join(complaints)
        self.is_hurt = False

    def _errors_told(self, since: int, may_log: str) -> list[str]:
        if not Path(f"/proc/{self.service.pid}/fd/1").exists():  # a zombie has no open files
            return [f"the service has ended:\n{self.service.output[-2000:]}"]
        told = _TRACEBACK.findall(self.service.output[since:])
        wrong = [line for line in told if not (may_log and re.match(may_log, line))]
        return [f"{len(wrong)} tracebacks: {sorted(set(wrong))[:4]}"] if wrong else []


def rss(pid: int) -> float:
    """MB of memory that a process has."""
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match
    return int(match[1]) / 1024


class Witness:
    """Gets `State` all the time, and monitors `StateSeq` and `Heartbeat`, in a thread; a context manager."""

    def __init__(self, ioc: Ioc) -> None:
        self._ioc = ioc
        self.took: list[float] = []
        """Seconds that each get took."""
        self.seen: dict[str, list[int]] = {"StateSeq": [], "Heartbeat": []}
        """The values that the monitors have brought, in order."""
        self._when: list[float] = []
        self._peak = rss(ioc.service.pid)
        self._before = min(ioc.clean_rss + 10, self._peak)  # what earlier attacks have left does not excuse this one
        self._wrong: BaseException | None = None
        self._is_over = threading.Event()
        self._began = threading.Event()
        self._answered = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Witness:
        self._thread.start()
        assert self._began.wait(10), f"the witness was not served at all: {self._wrong}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._is_over.set()
        self._thread.join(30)
        if self._thread.is_alive():
            self._wrong = self._wrong or AssertionError("it was still waiting")

    def sees(self, gets: int) -> None:
        """Until so many more gets have been answered: for attacks that are over at once, but stay."""
        target = len(self.took) + gets
        deadline = time.monotonic() + 10
        while len(self.took) < target and self._thread.is_alive() and time.monotonic() < deadline:
            self._answered.wait(0.1)
            self._answered.clear()

    @property
    def growth(self) -> float:
        """MB by which the service grew at most."""
        return self._peak - self._before

    def complaints(self, worst: float, median: float) -> list[str]:
        """What was wrong; nothing if it was served within these seconds, and the service has not grown."""
        if self._wrong is not None:
            return [f"the witness was not served: {self._wrong}"]
        if not self.took:
            return ["the witness was not served at all"]
        slowest, usual = max(self.took), statistics.median(self.took)
        found = []
        if slowest > worst or usual > median:
            found.append(f"gets took up to {slowest:.2f} s, {usual:.3f} s as a rule")
        for name, values in self.seen.items():
            if not values or values != list(range(values[0], values[0] + len(values))):
                found.append(f"{name} skipped or repeated: {_first_gap(values)}")
        beats = [*self._when, self._ended]
        apart = max(after - before for before, after in itertools.pairwise(beats))
        if apart > BEAT:
            found.append(f"no Heartbeat for {apart:.2f} s")
        if self.growth > GROWTH:
            found.append(f"the service has grown by {self.growth:.0f} MB")
        return found

    def _watch(self) -> None:
        try:
            with self._ioc.client(user="witness") as client:
                self._serve_me(client)
        except BaseException as error:
            self._wrong = error
        finally:
            self._began.set()
            self._ended = time.monotonic()

    def _serve_me(self, client: RawClient) -> None:
        state = client.channel(P + "State")
        numbers = {client.subscribe(client.channel(P + name), _LONG): name for name in self.seen}
        sequence = client.channel(P + "StateSeq")
        last = None
        deadline = math.inf
        while last is None or self.seen["StateSeq"][-1:] != [last]:
            if self._is_over.is_set() and last is None:
                last = int(client.get(sequence, _LONG).dbr.values[0])
                deadline = time.monotonic() + 5
            assert time.monotonic() < deadline, f"the monitor of StateSeq stopped before {last}: {self.seen}"
            self._get(client, state)
            for number, name in numbers.items():
                for update in client.updates(number):
                    self.seen[name].append(int(update.dbr.values[0]))
                    if name == "Heartbeat":
                        self._when.append(time.monotonic())
            if all(self.seen.values()):
                self._began.set()
            self._peak = max(self._peak, rss(self._ioc.service.pid))
            self._answered.set()
            self._is_over.wait(_PAUSE)

    def _get(self, client: RawClient, state: Channel) -> None:
        begun = time.perf_counter()
        answer = client.get(state, _STRING)
        self.took.append(time.perf_counter() - begun)
        assert answer.dbr.values, answer


def _first_gap(values: list[int]) -> list[int]:
    for index, (before, after) in enumerate(itertools.pairwise(values)):
        if after != before + 1:
            return values[max(0, index - 2) : index + 3]
    return []
