"""Who may write which PV now, by access rules and the PVs that these look at."""

from __future__ import annotations

import logging
from typing import ClassVar

import pytest
from caproto.server import PVGroup

from reioc.ioc import gate as gate_module
from reioc.ioc.access import AccessRules, parse_acf
from reioc.ioc.channel_access import Client
from reioc.ioc.channel_access.monitors import Monitors
from reioc.ioc.gate import Gate
from reioc.ioc.pvs import INVALID, bool_display, float_display, post, text_display
from reioc.suspenders import Sample, Severity

from .channel_access.fake_transport import settle, with_loop

RULES = """
UAG(operators) { alice }
UAG(staff) { bob }
HAG(floor) { "10.1.2.0/24", console }
ASG(DEFAULT) { RULE(1, READ) }
ASG(COMMANDS) {
    INPA("$(P)Busy")
    RULE(1, READ)
    RULE(1, WRITE) { UAG(operators) }
    RULE(1, WRITE) { UAG(staff) CALC("A=0") }
}
ASG(SUSPENDERS) { RULE(1, WRITE) { HAG(floor) } }
"""
SHUTTER = """
ASG(DEFAULT) {
    INPA("FE:Shutter")
    RULE(1, WRITE) { CALC("A=1") }
}
"""


class PVs(PVGroup):
    """What rules may look at."""

    busy = bool_display("Busy", "A plan is being executed")
    level = float_display("Level", "A number whose alarm is told with it")
    text = text_display("Text", "No number")


class FakeServer:
    """Has subscriptions, and counts how often rights are to be looked at again."""

    def __init__(self) -> None:
        self.monitors = Monitors()
        self.reviews = 0

    def review_rights(self) -> None:
        self.reviews += 1


class FakePVSource:
    """A PV elsewhere, which reports what the test says. It does not connect by itself."""

    made: ClassVar[list[FakePVSource]] = []

    def __init__(self, name: str) -> None:
        self.name, self.report = name, None
        self.made.append(self)

    def start(self, report) -> None:
        self.report = report

    def stop(self) -> None:
        self.report = None


class Desk:
    """A gate with these rules, followed by a server."""

    def __init__(self, rules: str, *, check_client_ip: bool = True, groups: dict[str, str] | None = None) -> None:
        def known(host: str) -> list[str]:
            if host == "console":
                return ["192.168.7.7"]
            raise OSError(f"{host} is not known")

        self.pvs = PVs("T:")
        file = parse_acf(rules, "test.acf", {"P": "T:"})
        self.gate = Gate(AccessRules(file, check_client_ip=check_client_ip, resolve=known), "T:", self.pvs.pvdb, groups)
        self.server = FakeServer()
        self.gate.follow(self.server)

    def may(self, name: str, user: str = "carol", host: str = "pc", address: str = "127.0.0.1") -> bool:
        return self.gate.may_write(f"T:{name}", Client(user, host, (address, 40_000)))


@pytest.fixture
def elsewhere(monkeypatch):
    """PVs of other IOCs, by hand."""
    FakePVSource.made = []
    monkeypatch.setattr(gate_module, "PVSource", FakePVSource)
    return FakePVSource.made


@with_loop
async def test_the_user_decides() -> None:
    """An operator may command, whoever else may not, and a PV of another group is for nobody."""
    desk = Desk(RULES)
    await post(desk.pvs.busy, "Yes")

    assert [desk.may("Pause", user) for user in ("alice", "bob", "carol", "")] == [True, False, False, False]
    assert not desk.may("Plan:Name", "alice")


@with_loop
async def test_where_the_client_is_decides() -> None:
    """Its address counts, of a network or of a host that is named; what it says of itself does not."""
    desk = Desk(RULES)

    assert desk.may("Susp:beam:Low", address="10.1.2.200")
    assert desk.may("Susp:beam:Low", address="192.168.7.7")
    assert not desk.may("Susp:beam:Low", host="console", address="10.1.3.1")


@with_loop
async def test_without_check_client_ip_the_host_that_it_says_counts() -> None:
    """As in EPICS Base by default."""
    desk = Desk(RULES, check_client_ip=False)

    assert desk.may("Susp:beam:Low", host="Console", address="10.1.3.1")
    assert not desk.may("Susp:beam:Low", host="pc", address="192.168.7.7")


@with_loop
async def test_the_configuration_puts_pvs_into_groups() -> None:
    """By pattern, before the built-in table."""
    desk = Desk(RULES, groups={"Plan:*": "COMMANDS", "Halt": "DEFAULT"})

    assert desk.may("Plan:Name", "alice")
    assert not desk.may("Halt", "alice")


@with_loop
async def test_a_pv_of_our_own_is_looked_at() -> None:
    """Staff may command while Busy is 0, and a change counts at once."""
    desk = Desk(RULES)
    assert desk.may("Pause", "bob")

    await post(desk.pvs.busy, "Yes")
    assert not desk.may("Pause", "bob")

    await post(desk.pvs.busy, "No")
    assert desk.may("Pause", "bob")


@with_loop
async def test_each_change_has_the_rights_looked_at_again() -> None:
    """Once for changes at a time; not for a value that is what it was, nor for PVs that no rule looks at."""
    desk = Desk(RULES)
    await settle()
    before = desk.server.reviews

    await post(desk.pvs.level, 3.0)
    await post(desk.pvs.busy, "Yes")
    await settle()
    assert desk.server.reviews == before + 1

    await desk.pvs.busy.write("Yes", verify_value=False)
    await settle()
    assert desk.server.reviews == before + 1


@with_loop
async def test_an_invalid_pv_gives_no_right() -> None:
    """Its value is not known, whatever it reads; with a lesser alarm it is."""
    desk = Desk('ASG(DEFAULT) { INPA("$(P)Level") RULE(1, WRITE) { CALC("A=1") } }')
    await post(desk.pvs.level, 1.0)
    assert desk.may("Pause")

    await desk.pvs.level.write(1.0, verify_value=False, severity=INVALID)
    assert not desk.may("Pause")

    await desk.pvs.level.write(1.0, verify_value=False, severity=2)
    assert desk.may("Pause")


@with_loop
async def test_a_field_of_our_own_is_looked_at() -> None:
    """Rules are often written with `.VAL`."""
    desk = Desk(RULES.replace("Busy", "Busy.VAL"))

    assert desk.may("Pause", "bob")
    await post(desk.pvs.busy, "Yes")
    assert not desk.may("Pause", "bob")


@with_loop
async def test_a_pv_elsewhere_that_is_not_there_gives_no_right(elsewhere) -> None:
    """Until it has connected, when it has gone, and when it is INVALID."""
    desk = Desk(SHUTTER)
    (source,) = elsewhere
    assert source.name == "FE:Shutter"
    assert not desk.may("Pause")

    source.report(Sample(1.0))
    await settle()
    assert desk.may("Pause")

    source.report(Sample(1.0, severity=Severity.INVALID))
    await settle()
    assert not desk.may("Pause")

    source.report(Sample(1.0))
    await settle()
    assert desk.may("Pause")

    source.report(Sample(None, connected=False))
    await settle()
    assert not desk.may("Pause")


@with_loop
async def test_a_pv_elsewhere_that_is_no_number_gives_no_right(elsewhere) -> None:
    """A rule computes with numbers."""
    desk = Desk(SHUTTER)
    elsewhere[0].report(Sample("open"))
    await settle()

    assert not desk.may("Pause")


@with_loop
async def test_a_closed_gate_watches_nothing(elsewhere) -> None:
    """PVs elsewhere are let go, those of our own as well, and nobody is told any more."""
    desk = Desk(RULES + SHUTTER.replace("DEFAULT", "SETTINGS"))
    await settle()
    reviews = desk.server.reviews

    desk.gate.close()
    await post(desk.pvs.busy, "Yes")
    await settle()

    assert (elsewhere[0].report, desk.server.reviews) == (None, reviews)
    assert not desk.server.monitors._watched


@with_loop
async def test_a_change_just_before_the_end_is_told_to_nobody() -> None:
    """What was to be told in the next turn of the loop is not told to a server that has ended."""
    desk = Desk(RULES)
    await settle()
    reviews = desk.server.reviews

    await post(desk.pvs.busy, "Yes")
    desk.gate.close()
    await settle()

    assert desk.server.reviews == reviews


@with_loop
async def test_a_pv_with_our_prefix_that_we_do_not_have_is_told(elsewhere, caplog) -> None:
    """It is a misspelling: nothing is searched for it, and who may write by it may not."""
    with caplog.at_level(logging.ERROR, "reioc.ioc.access"):
        desk = Desk(RULES.replace("Busy", "Bussy"))

    assert not elsewhere
    assert "T:Bussy, which this IOC does not serve" in caplog.text
    assert (desk.may("Pause", "alice"), desk.may("Pause", "bob")) == (True, False)


@with_loop
async def test_a_host_without_an_address_is_told(caplog) -> None:
    """The rules are used all the same: nobody is there."""
    with caplog.at_level(logging.WARNING, "reioc.ioc.access"):
        desk = Desk("HAG(h) { attic, console } ASG(DEFAULT) { RULE(1, WRITE) { HAG(h) } }")

    assert [record.getMessage() for record in caplog.records] == [
        "the access rules name host attic, which has no address: nobody is there"
    ]
    assert desk.may("Pause", address="192.168.7.7")


@with_loop
async def test_who_may_not_is_told_why() -> None:
    """One sentence: which group the PV is in, who may, the value that stands against it, and who asks."""
    desk = Desk(RULES)
    await post(desk.pvs.busy, "Yes")

    why = desk.gate.why_not("T:Pause", Client("bob", "pc", ("10.1.3.1", 40_000)))

    assert why == (
        "may not write T:Pause: ASG COMMANDS allows user in {alice}; or user in {bob} while T:Busy=0 (T:Busy is 1); "
        "you are bob@pc (10.1.3.1)"
    )
