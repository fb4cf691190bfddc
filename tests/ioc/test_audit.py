"""Who has done what, as `Audit:Log` tells it: with addresses, and once however often.

Where each line comes from is tested with the suspenders (suspending/test_audit.py).
"""

from __future__ import annotations

import asyncio
import logging

import pytest
from caproto import ChannelType

from reioc.ioc.channel_access import Client
from reioc.ioc.desk import Desk
from reioc.ioc.groups.audit import AuditGroup
from reioc.ioc.groups.suspender import SuspenderGroup
from reioc.suspenders import ManualSource, SuspendFloor

EVE = Client("eve", "attic", ("10.9.8.7", 40_000))


class Audited:
    """An audit, and a desk whose commands it hears of; a suspender's PVs as a client's puts reach them."""

    def __init__(self) -> None:
        self.audit = AuditGroup("T:")
        self.desk = Desk("T:", self.publish, audit=self.audit.command)
        self.suspender = SuspendFloor(ManualSource("RING"), 100, name="beam")
        self.suspender.observe_changes(self.audit.change)
        self.pvs = SuspenderGroup("T:Susp:beam:", known_as="beam", suspender=self.suspender, desk=self.desk)

    async def publish(self, news) -> None:
        """Nobody looks at it here."""

    async def put(self, pv, value: float, address: tuple[str, int] | None = ("10.1.2.3", 40_000)):
        await pv.auth_write("pc", "bob", [value], ChannelType.DOUBLE, None, user_address=address)

    async def lines(self) -> list[str]:
        """The newest first, without their times."""
        await self.audit.publish()
        return [line.split(" ", 2)[2] for line in self.audit.log.value.splitlines()]


def test_a_refused_put_tells_where_it_comes_from() -> None:
    """User and host are what a client says; the address is not."""

    async def run() -> list[str]:
        audited = Audited()
        await audited.put(audited.pvs.delay, -1.0)
        return await audited.lines()

    (line,) = asyncio.run(run())

    assert line.startswith("bob@pc (10.1.2.3) Susp:beam:Delay: refused: delay = -1.0 is no settle time")


def test_a_suspenders_change_by_a_client_tells_where_it_comes_from() -> None:
    """From what to what."""

    async def run() -> list[str]:
        audited = Audited()
        await audited.put(audited.pvs.low, 150.0)
        return await audited.lines()

    assert asyncio.run(run()) == ["bob@pc (10.1.2.3) Susp:beam low: 100 -> 150"]


def test_a_change_by_python_has_no_address() -> None:
    """Nor has one of a put that tells none."""

    async def run() -> list[str]:
        audited = Audited()
        audited.suspender.configure(low=120)
        await audited.put(audited.pvs.low, 150.0, address=None)
        return await audited.lines()

    assert asyncio.run(run()) == ["bob@pc Susp:beam low: 120 -> 150", "Python Susp:beam low: 100 -> 120"]


def test_a_denied_put_is_there() -> None:
    """By whom, from where, and what would have allowed it."""
    audit = AuditGroup("T:")
    audit.denied("T:Pause", EVE, "may not write T:Pause: ASG COMMANDS allows nobody")
    asyncio.run(audit.publish())

    assert audit.log.value.endswith(
        " eve@attic (10.9.8.7) T:Pause: denied: may not write T:Pause: ASG COMMANDS allows nobody"
    )


def test_the_same_again_is_counted() -> None:
    """Somebody who tries a thousand times flushes nobody else's deeds out."""
    audit = AuditGroup("T:")
    audit.denied("T:Halt", EVE, "no")
    for _ in range(1000):
        audit.denied("T:Pause", EVE, "no")
    asyncio.run(audit.publish())
    newest, oldest = audit.log.value.splitlines()

    assert newest.endswith("eve@attic (10.9.8.7) T:Pause: denied: no (1000 times)")
    assert oldest.endswith("T:Halt: denied: no")


def test_what_has_happened_in_between_is_kept_in_order() -> None:
    """Only what comes directly after the same is counted with it."""
    audit = AuditGroup("T:")
    for name in ("T:Pause", "T:Halt", "T:Pause"):
        audit.denied(name, EVE, "no")
    asyncio.run(audit.publish())

    assert [line.split()[4] for line in audit.log.value.splitlines()] == ["T:Pause:", "T:Halt:", "T:Pause:"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_a_user_of_two_lines_has_one(end: str) -> None:
    """Whatever somebody's program takes for the end of a line."""
    audit = AuditGroup("T:")
    audit.denied("T:Pause", Client(f"eve@x{end}2026-01-01 00:00:00 alice", "attic", ("10.9.8.7", 1)), "no")
    asyncio.run(audit.publish())

    assert len(audit.log.value.splitlines()) == 1
    assert "00:00:00 alice@attic (10.9.8.7) T:Pause: denied: no" in audit.log.value


def test_what_is_told_is_logged_as_well(caplog) -> None:
    """The log outlives the newest hundred; a repetition is there each time."""
    audit = AuditGroup("T:")
    with caplog.at_level(logging.INFO, "reioc.ioc.audit"):
        audit.denied("T:Pause", EVE, "no")
        audit.denied("T:Pause", EVE, "no")

    assert [record.getMessage() for record in caplog.records] == ["eve@attic (10.9.8.7) T:Pause: denied: no"] * 2
