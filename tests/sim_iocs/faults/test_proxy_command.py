from typing import Any

import pytest

from reioc.sim_iocs.faults.network import Network
from reioc.sim_iocs.faults.proxy_command import obey


class Changed:
    """A proxy that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def change(self, **changes: Any) -> None:
        Network(**changes)
        self.told.append(changes)

    def cut(self) -> None:
        self.told.append("cut")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("delay 0.1\n", {"delay": 0.1}),
        ("black_hole on", {"black_hole": True}),
        ("cut", "cut"),
        ("clean", {"delay": 0.0, "jitter": 0.0, "rate": 0.0, "loss": 0.0, "black_hole": False}),
    ],
)
def test_a_line_changes_the_network(line: str, told: Any) -> None:
    """What a line says is done, and confirmed."""
    proxy: Any = Changed()

    assert obey(proxy, line) == f"done: {line.strip()}"
    assert proxy.told == [told]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("lag 3", "there is no 'lag'; there are delay, jitter, rate, loss, black_hole, cut, clean"),
        ("delay soon", "could not convert"),
        ("loss 2", "loss is a share of the packets, below 1, not 2"),
    ],
)
def test_a_line_that_makes_no_sense_changes_nothing(line: str, reason: str) -> None:
    """The answer says what is wrong."""
    proxy: Any = Changed()

    assert reason in obey(proxy, line)
    assert proxy.told == []
