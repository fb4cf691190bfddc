"""Faults of an IOC, injected through its `Fault:` PVs."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..faults.kinds import SERVER_KINDS, Fault
from .client import Disconnected, PutFailed
from .ioc import Ioc

PREFIX = "Fault:"


class FaultRefused(Exception):
    """A fault or a scenario was not accepted; says why, and what would be right."""


class Faults:
    """What is wrong with an IOC. Its PVs are named with or without its prefix; patterns hit several."""

    def __init__(self, ioc: Ioc) -> None:
        self._ioc = ioc

    def inject(self, kind: str, pv: str = "", value: str | float = "", duration: float = 0.0) -> None:
        """Begin a fault, which lasts `duration` simulated seconds, or with 0 until it is cleared.

        The kinds are those of `reioc.sim_iocs.faults.kinds.Kind`. Raises FaultRefused; FaultError for what makes no
        sense whatever the PVs are.
        """
        fault = Fault(kind, pv, value, duration)  # pyright: ignore[reportArgumentType]  # it takes a name
        for name, setting in (
            ("Kind", fault.kind.value),
            ("PV", fault.pv),
            ("Value", fault.text),
            ("Duration", duration),
        ):
            self._ioc.put(PREFIX + name, setting)
        if fault.kind in SERVER_KINDS:
            with suppress(Disconnected):  # the server that was to answer is gone
                self._order("Inject")
        else:
            self._order("Inject")

    @contextmanager
    def injected(self, kind: str, pv: str = "", value: str | float = "") -> Iterator[None]:
        """A fault for as long as the `with` lasts. Raises as `inject`."""
        self.inject(kind, pv, value)
        try:
            yield
        finally:
            self.clear(pv)

    def clear(self, pv: str = "") -> None:
        """End all faults of a PV, or all."""
        if pv:
            self._ioc.put(f"{PREFIX}PV", pv)
        self._order("Clear" if pv else "ClearAll")

    def play(self, scenario: str, timeout: float = 60.0) -> None:
        """Play a scenario from beginning to end. Raises FaultRefused."""
        self._put("Scenario", scenario)
        self._order("Run", timeout)

    def start(self, scenario: str) -> None:
        """Begin to play a scenario. Raises FaultRefused if there is none of that name."""
        self._put("Scenario", scenario)
        self._ioc.put(f"{PREFIX}Run", 1, wait=False)

    @property
    def active(self) -> list[str]:
        """What is wrong now."""
        return [text for text in self._ioc.get(f"{PREFIX}Active") if text]

    @property
    def log(self) -> str:
        """What was done, newest first."""
        return self._ioc.get(f"{PREFIX}Log")

    def _order(self, command: str, timeout: float = 10.0) -> None:
        self._put(command, 1, timeout)

    def _put(self, name: str, value: object, timeout: float = 10.0) -> None:
        try:
            self._ioc.put(PREFIX + name, value, timeout=timeout)
        except PutFailed as error:
            raise FaultRefused(self._ioc.get(f"{PREFIX}Message")) from error
