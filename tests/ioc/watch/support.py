"""An engine that is not there: its readings, and a source that tells what a test says."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reioc.ioc.watch.readings import Heard, Reading, Readings, Told
from reioc.ioc.watch.view import View, view_of

P = "T:RE:"
ME = "me@here"
WALL = 1_800_000_000.0

COMMANDS = ("Pause", "PauseDeferred", "Resume", "SkipPoint", "Stop", "Abort", "Halt", "Reason")

IDLE: dict[str, Any] = {
    "Heartbeat": 100,
    "State": "idle",
    "Message": "idle",
    "CanPause": "No",
    "CanPauseDeferred": "No",
    "CanResume": "No",
    "CanSkip": "No",
    "CanStop": "No",
    "Cmd:Seq": 7,
    "Queue:State": "stopped",
    "Queue:Size": 0,
    **dict.fromkeys(COMMANDS, "Done"),
}
RUNNING: dict[str, Any] = {
    **IDLE,
    "State": "running",
    "StateTime": 62.0,
    "Message": "scan 12: moving m1 to 3.5 mm",
    "CanPause": "Yes",
    "CanPauseDeferred": "Yes",
    "CanSkip": "Yes",
    "CanStop": "Yes",
    "Run:Open": "Yes",
    "Run:Plan": "scan",
    "Run:ScanID": 12,
    "Run:Params": "detectors=[det1], args=[m1, -1, 1], num=100",
    "Run:Point": 25,
    "Run:Points": 100,
    "Run:Progress": 25.0,
    "Run:Times": "0:12:05 of about 0:40:00, over at 14:32",
    "Data:XName": "m1",
    "Data:YName": "det1",
    "Data:Y2Name": "ring",
    "Data:X": [0.0, 1.0, 2.0, 2.0],
    "Data:Y": [5.0, 9.0, 7.0, 7.0],
    "Data:Y2": [500.0, 499.0, 498.0, 498.0],
    "Data:N": 3,
}


def suspender(name: str, **values: Any) -> dict[str, Any]:
    """The PVs of a suspender on the ring current that is good, but for these."""
    good = {
        "Value": 498.2,
        "Limits": "below 100, good again at 200",
        "Tripped": "No",
        "Connected": "Yes",
        "Countdown": 0.0,
        "Bypass": 0.0,
        "Enable": "Yes",
        "Action": "suspend",
        "Reason": "",
    }
    return {f"Susp:{name}:{field}": value for field, value in {**good, **values}.items()}


def readings(values: Mapping[str, Any], at: float = 0.0, **kinds: Any) -> Readings:
    """These values, all of them connected and writable, unless `kinds` says something else of all of them."""
    return Readings({name: Reading(value, at, **{"writable": True, **kinds}) for name, value in values.items()})


def view(values: Mapping[str, Any], now: float = 0.0) -> View:
    """What is shown for values that came at 0 s."""
    return view_of(P, readings(values), now, WALL)


class FakeSource:
    """Tells what a test has set, and remembers what was asked of it."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.by_name = {name: Reading(value, writable=True) for name, value in values.items()}
        self.told: list[Told] = []
        self.watched: set[str] = set()
        self.puts: list[tuple[str, int | str]] = []

    def watch(self, names: Iterable[str]) -> None:
        self.watched |= set(names)

    def forget(self, names: Iterable[str]) -> None:
        self.watched -= set(names)

    def put(self, name: str, value: int | str) -> None:
        self.puts.append((name, value))

    def take(self) -> Heard:
        told, self.told = tuple(self.told), []
        return Heard(Readings(self.by_name), told)

    # What a test says

    def set(self, **values: Any) -> None:
        """New values, all at the time 0; of `Cmd:` and others with a colon `__` stands for it."""
        for name, value in values.items():
            name = name.replace("__", ":")
            self.by_name[name] = replace(self.by_name.get(name, Reading(None, writable=True)), value=value)

    def lose(self, since: float) -> None:
        """All is disconnected since then."""
        self.by_name = {name: replace(each, lost=since) for name, each in self.by_name.items()}

    def tell(self, seq: int, name: str, result: str, message: str = "", by: str = ME) -> None:
        """What becomes of a command."""
        self.told.append(Told(seq, name, result, message, by))
