"""Displays of the engine and of the service that tell more than the state."""

from __future__ import annotations

import asyncio
import math
from importlib.metadata import version

import pytest

from reioc.ioc.groups.engine import STATES, EngineGroup
from reioc.ioc.groups.stats import StatsGroup
from reioc.ioc.groups.suspender import SuspenderGroup
from reioc.ioc.pvs.declaration import INVALID, MAJOR, MINOR, NO_ALARM
from reioc.ioc.usage import Usage
from reioc.suspenders import ManualSource, SuspendBoolLow


@pytest.fixture
def engine():
    return EngineGroup("T:", why_not=lambda *_: "")


@pytest.mark.parametrize(
    ("seconds", "severity"), [(0.0, NO_ALARM), (1.94, NO_ALARM), (2.0, MINOR), (9.9, MINOR), (10.0, MAJOR)]
)
def test_the_longer_it_is_blocked_the_worse(engine, seconds, severity):
    """MINOR from 2 s on, MAJOR from 10 s on, and BlockedIn says in what."""
    asyncio.run(engine.publish_blocked(seconds, "m1.set"))

    assert engine.blocked.alarm.severity == severity
    assert (engine.blocked.value, engine.blocked_in.value) == (round(seconds, 1), "m1.set")


def test_it_answers_again(engine):
    """Blocked is 0, without an alarm, and BlockedIn is empty."""
    asyncio.run(engine.publish_blocked(12.0, "m1.set"))
    asyncio.run(engine.publish_blocked(0.0, ""))

    assert (engine.blocked.value, engine.blocked_in.value) == (0.0, "")
    assert engine.blocked.alarm.severity == NO_ALARM


def test_all_done_counts(engine):
    """The number is shown as it is."""
    asyncio.run(engine.publish_all_done(7))

    assert engine.all_done.value == 7


def test_every_state_has_its_severity(engine):
    """Nothing in idle and running, MAJOR when panicked, INVALID when offline, else MINOR."""
    severities = {state: engine.state.rule(state)[1] for state in STATES}

    assert {severities.pop(state) for state in ("idle", "running")} == {NO_ALARM}
    assert (severities.pop("panicked"), severities.pop("offline")) == (MAJOR, INVALID)
    assert set(severities.values()) == {MINOR}


class Looks:
    """What is used, as told."""

    def __init__(self, usage):
        self.usage = usage

    def look(self):
        return self.usage


def test_the_service_says_since_when_and_what_it_is():
    """Version and start are written once, the uptime with everything else."""
    times = iter([1.7e9, 1.7e9 + 61.4])
    stats = StatsGroup("T:", usage=Looks(Usage(12.34, 81.26, 40)), clock=lambda: next(times))
    asyncio.run(stats.begin())
    asyncio.run(stats.publish(clients=3, pvs=120))

    assert (stats.version_.value, stats.uptime.value) == (version("reioc"), 61.0)
    assert stats.started.value.startswith("2023-11-1")
    assert [pv.value for pv in (stats.clients, stats.pv_count, stats.cpu, stats.memory, stats.files)] == [
        *(3, 120, 12.3, 81.3, 40)
    ]


def test_memory_that_is_not_told_is_nan():
    """Where the system says nothing, the PV does not say 0."""
    stats = StatsGroup("T:", usage=Looks(Usage(0.0, math.nan, -1)))
    asyncio.run(stats.publish(0, 0))

    assert math.isnan(stats.memory.value)


def test_what_is_allowed_for_a_bypass_is_what_a_suspender_takes():
    """The longest bypass that the PV declares is accepted, and not a second more."""
    suspender = SuspendBoolLow(ManualSource(), name="beam")
    _, longest = SuspenderGroup.bypass.pvspec.cls_kwargs["declared"].allowed

    suspender.bypass(longest, by="us")
    with pytest.raises(ValueError, match="those of a year"):
        suspender.bypass(longest + 1, by="us")
