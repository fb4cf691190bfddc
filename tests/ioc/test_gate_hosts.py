"""Where a client is, as the gate has it looked up."""

from __future__ import annotations

import asyncio

import pytest
from caproto import ChannelInteger

from reioc.ioc import gate as gate_module
from reioc.ioc.access import AccessRules, parse_acf
from reioc.ioc.channel_access import Client, Server
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


def test_who_comes_from_our_own_address_is_on_this_host():
    """An IOC that is served on a network is reached by its own host over that network, too."""
    gate = Gate(everybody_on_this_host(), "T:", {})
    here, elsewhere = (Client("anna", "ws", (address, 5000), here="10.1.2.3") for address in ("10.1.2.3", "10.1.2.4"))

    assert (gate.may_write("T:Pause", here), gate.may_write("T:Pause", elsewhere)) == (True, False)


def test_answers_are_kept_to_a_limit(monkeypatch):
    """Users are what clients say."""
    monkeypatch.setattr(gate_module, "MOST_ANSWERS", 3)
    gate = Gate(everybody_on_this_host(), "T:", {})
    for number in range(10):
        assert gate.may_write("T:Pause", Client(f"user{number}", "ws", ("127.0.0.1", 5000)))

    assert len(gate._decided) <= 3


def test_an_input_that_is_another_pv_now_is_looked_at_anew():
    """A suspender goes, and one of its name comes: what the first has said last does not count any more."""
    rules = parse_acf('ASG(DEFAULT) { INPA("T:Tripped") RULE(1, WRITE) { CALC("A=0") } }', "test.acf", {})

    async def test():
        pvdb = {"T:Tripped": ChannelInteger(value=0)}
        server = Server(pvdb)
        gate = Gate(AccessRules(rules, check_client_ip=True, resolve=resolve), "T:", pvdb)
        gate.follow(server)
        anna = Client("anna", "ws", ("127.0.0.1", 5000))
        answers = [gate.may_write("T:Pause", anna)]
        del pvdb["T:Tripped"]
        gate.look_again()
        answers.append(gate.may_write("T:Pause", anna))
        pvdb["T:Tripped"] = ChannelInteger(value=0)
        gate.look_again()
        answers.append(gate.may_write("T:Pause", anna))
        await pvdb["T:Tripped"].write(1)
        answers.append(gate.may_write("T:Pause", anna))
        gate.close()
        return answers

    assert asyncio.run(test()) == [True, False, True, False]
