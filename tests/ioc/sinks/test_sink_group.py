"""The PVs of a sink."""

from __future__ import annotations

import asyncio
from typing import Any

from caproto import AlarmSeverity, ChannelType

from reioc.ioc.desk import Acknowledgement, Desk
from reioc.ioc.groups.sink import SinkGroup
from reioc.ioc.sinks.status import SinkState, SinkStatus

PREFIX = "T:Sink:files:"


def make() -> tuple[SinkGroup, list[bool], list[Acknowledgement]]:
    switched: list[bool] = []
    acknowledged: list[Acknowledgement] = []

    async def acknowledge(news: Acknowledgement) -> None:
        acknowledged.append(news)

    group = SinkGroup(PREFIX, switch=switched.append, desk=Desk("T:", acknowledge))
    return group, switched, acknowledged


def publish(group: SinkGroup, state: SinkState, **said: Any) -> None:
    status = {"enabled": True, "behind": 0, "message": "", "delivered": 0, "rejected": 0, "last_time": None} | said
    asyncio.run(group.publish(SinkStatus("files", state, **status)))


def read(group: SinkGroup, name: str) -> tuple[Any, AlarmSeverity]:
    pv = group.pvdb[PREFIX + name]
    return pv.value, pv.alarm.severity


def test_its_status_is_in_pvs() -> None:
    """How it is doing, how far it is, and what is wrong."""
    group, _, _ = make()
    publish(group, SinkState.FAILING, behind=12, message="no route to host", delivered=7, enabled=False)
    found = [read(group, name)[0] for name in ("State", "Behind", "Message", "Delivered", "Rejected", "Enable")]
    assert found == ["failing", 12, "no route to host", 7, 0, "No"]


def test_what_is_wrong_is_an_alarm() -> None:
    """A sink that is behind is a minor one, one that fails a major one, and so is not what was asked for."""
    group, _, _ = make()
    severities = []
    for state in (SinkState.BEHIND, SinkState.FAILING, SinkState.OFF, SinkState.OK):
        publish(group, state)
        severities.append(read(group, "State")[1].name)
    assert severities == ["MINOR_ALARM", "MAJOR_ALARM", "NO_ALARM", "NO_ALARM"]


def test_a_document_that_was_passed_over_is_an_alarm() -> None:
    """Nobody should find that out later."""
    group, _, _ = make()
    publish(group, SinkState.OK, rejected=1)
    assert read(group, "Rejected") == (1, AlarmSeverity.MINOR_ALARM)


def test_counts_stay_what_a_pv_can_hold() -> None:
    """A journal can have more documents than a long integer."""
    group, _, _ = make()
    publish(group, SinkState.BEHIND, behind=2**40)
    assert read(group, "Behind")[0] == 2**31 - 1


def test_it_is_switched_by_its_setting() -> None:
    """And that is acknowledged."""
    group, switched, acknowledged = make()
    pv = group.pvdb[f"{PREFIX}Enable"]

    async def put() -> None:
        await pv.auth_write("host", "user", [b"Yes"], ChannelType.STRING, None)
        await pv.auth_write("host", "user", [b"No"], ChannelType.STRING, None)

    asyncio.run(put())
    assert switched == [True, False]
    assert [(news.name, news.message) for news in acknowledged] == [
        ("Sink:files:Enable", "enabled: Yes"),
        ("Sink:files:Enable", "enabled: No"),
    ]
