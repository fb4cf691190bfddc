"""Where a client is, as the gate has it looked up."""

from __future__ import annotations

import pytest

from reioc.ioc.channel_access import Client
from reioc.ioc.gate import Gate, everybody_on_this_host, resolve


def test_without_rules_who_is_on_this_host_may() -> None:
    """Everybody else reads."""
    gate = Gate(everybody_on_this_host(), "T:", {})

    found = [gate.may_write("T:Pause", Client("u", "h", (address, 1))) for address in ("127.0.0.1", "10.1.2.3")]

    assert found == [True, False]


@pytest.mark.parametrize("name", ["no..host", "x" * 64])
def test_what_cannot_be_a_host_has_no_address(name: str) -> None:
    """It is told as any other that has none, whatever Python thinks of its letters."""
    assert resolve("localhost") == ["127.0.0.1"]
    with pytest.raises(OSError, match=r"."):
        resolve(name)
