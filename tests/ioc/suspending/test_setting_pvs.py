"""What can be written to the PVs of one suspender: taken and acknowledged, or refused, and then nothing has changed."""

import math
from typing import Any, NamedTuple

import pytest

from reioc.suspenders import (
    AtSeverity,
    BoolHigh,
    BoolLow,
    Ceil,
    Changed,
    Condition,
    Floor,
    InsideBand,
    OlderThan,
    OutsideBand,
    SuspendAllOf,
)

from ...suspenders.support import FakeTime
from .support import Watch, with_ioc

NAN = math.nan
LIMITS = ("Low", "High", "ResumeLow", "ResumeHigh", "Expected", "AtSeverity", "OlderThan")
HAS_NOT = {"Low": NAN, "High": NAN, "ResumeLow": NAN, "ResumeHigh": NAN, "OlderThan": NAN} | {
    "Expected": "",
    "AtSeverity": "none",
}
ANY = {"Low": 1.0, "High": 1.0, "ResumeLow": 1.0, "ResumeHigh": 1.0, "OlderThan": 1.0} | {
    "Expected": "Open",
    "AtSeverity": "MAJOR",
}
SETTINGS = (*LIMITS, "Delay", "MaxAge", "OnBadPV", "Action", "Enable", "Bypass", "BypassBy")


class Kind(NamedTuple):
    """A condition, what its limits read, what is taken (with what is acknowledged), and what is refused (with why)."""

    condition: Condition
    reads: dict[str, Any]
    taken: list[tuple[str, Any, str]]
    refused: list[tuple[str, Any, str]]


KINDS = {
    "floor": Kind(
        Floor(100, 200),
        {"Low": 100, "ResumeLow": 200},
        [("Low", 50.0, "low: 100 -> 50"), ("ResumeLow", 60.0, "resume_low: 200 -> 60")],
        [
            ("Low", 201.0, "resume_low = 200 is below low = 201"),
            ("ResumeLow", 99.0, "resume_low = 99 is below low = 100"),
            ("Low", NAN, "low = nan is no limit"),
            ("ResumeLow", math.inf, "resume_low = inf is no limit"),
        ],
    ),
    "ceil": Kind(
        Ceil(100),
        {"High": 100, "ResumeHigh": 100},
        [("High", 50.0, "high: 100 -> 50; resume_high: 100 -> 50"), ("ResumeHigh", 40.0, "resume_high: 50 -> 40")],
        [("ResumeHigh", 101.0, "resume_high = 101 is above high = 100"), ("High", -math.inf, "high = -inf is no")],
    ),
    "outside_band": Kind(
        OutsideBand(1, 9, 2, 8),
        {"Low": 1, "High": 9, "ResumeLow": 2, "ResumeHigh": 8},
        [
            *[("Low", 1.5, "low: 1 -> 1.5"), ("High", 8.5, "high: 9 -> 8.5")],
            *[("ResumeLow", 3.0, "resume_low: 2 -> 3"), ("ResumeHigh", 7.0, "resume_high: 8 -> 7")],
        ],
        [
            *[("Low", 9.0, "low = 9 is not below high = 9"), ("High", 7.5, "must be a band within")],
            *[("ResumeLow", 8.0, "must be a band within"), ("ResumeHigh", 9.5, "must be a band within")],
        ],
    ),
    "inside_band": Kind(
        InsideBand(3, 7, 2, 8),
        {"Low": 3, "High": 7, "ResumeLow": 2, "ResumeHigh": 8},
        [
            *[("Low", 2.5, "low: 3 -> 2.5"), ("High", 7.5, "high: 7 -> 7.5")],
            *[("ResumeLow", 1.0, "resume_low: 2 -> 1"), ("ResumeHigh", 9.0, "resume_high: 8 -> 9")],
        ],
        [
            *[("Low", 7.0, "low = 7 is not below high = 7"), ("High", 8.5, "must not be within")],
            *[("ResumeLow", 3.5, "must not be within"), ("ResumeHigh", 6.0, "must not be within")],
        ],
    ),
    "bool_high": Kind(BoolHigh(), {}, [], []),
    "bool_low": Kind(BoolLow(), {}, [], []),
    "changed": Kind(
        Changed("Open", allow_resume=True),
        {"Expected": "Open"},
        [("Expected", "Closed", "expected: Open -> Closed"), ("Expected", "2", "expected: Closed -> 2")],
        [],
    ),
    "severity": Kind(
        AtSeverity("MAJOR"),
        {"AtSeverity": "MAJOR"},
        [("AtSeverity", "MINOR", "at_severity: MAJOR -> MINOR"), ("AtSeverity", "3", "at_severity: MINOR -> INVALID")],
        [("AtSeverity", "none", "is no alarm severity"), ("AtSeverity", "DIRE", "not a value for T:Susp:beam:At")],
    ),
    "stale": Kind(
        OlderThan(5),
        {"OlderThan": 5},
        [("OlderThan", 7.5, "older_than: 5 -> 7.5")],
        [("OlderThan", 0.0, "older_than = 0 is no age"), ("OlderThan", NAN, "older_than = nan is no limit")],
    ),
}
RULES_TAKEN = [
    ("Delay", 3.0, 3, "delay: 0 -> 3"),
    ("MaxAge", 60.0, 60, "max_age: none -> 60"),
    ("MaxAge", 0.0, 0, "max_age: 60 -> none"),
    ("OnBadPV", "ignore", "ignore", "on_bad_pv: suspend -> ignore"),
    ("OnBadPV", 2, "abort", "on_bad_pv: ignore -> abort"),
    ("Action", "warn", "warn", "action: suspend -> warn"),
    ("Action", "1", "stop", "action: warn -> stop"),
    ("Enable", "No", "No", "enabled: yes -> no"),
    ("Enable", 1, "Yes", "enabled: no -> yes"),
    ("Bypass", 90.0, 90, "bypass: 0 -> 90"),
    ("Bypass", 30.0, 30, "bypass: 90 -> 30"),
    ("Bypass", 0.0, 0, "bypass: 30 -> 0"),
]
RULES_REFUSED = [
    ("Delay", -1.0, "delay = -1.0 is no settle time"),
    ("Delay", NAN, "delay = nan is no settle time"),
    ("MaxAge", -1.0, "max_age = -1.0 is no age"),
    ("MaxAge", math.inf, "max_age = inf is no age"),
    ("OnBadPV", "panic", "'panic' "),
    ("OnBadPV", 3, "wanted: suspend, ignore, abort"),
    ("Action", "explode", "wanted: suspend, stop, abort, warn"),
    ("Enable", "Maybe", "wanted: No, Yes (or 0 to 1)"),
    ("Bypass", -1.0, "bypass = -1.0 is no time"),
    ("Bypass", NAN, "bypass = nan is no time"),
    ("Bypass", 4e7, "from 0 to those of a year"),
]


def same(one, other):
    return one == other or (one != one and other != other)


async def take(ioc, setting, value, reads, told):
    """A put that is taken, and told once."""
    assert await ioc.put(f"Susp:beam:{setting}", value), ioc.read("Cmd:Message")
    assert same(ioc.read(f"Susp:beam:{setting}"), reads)
    assert (ioc.read("Cmd:Name"), ioc.read("Cmd:Result")) == (f"Susp:beam:{setting}", "done")
    assert (ioc.read("Cmd:Message"), ioc.read("Cmd:By")) == (told, "user@host")


async def refuse(ioc, suspender, setting, value, why):
    """A put that is refused, and changes nothing, neither the suspender nor what PVs show."""
    shown, status = [ioc.read(f"Susp:beam:{each}") for each in SETTINGS], suspender.status
    assert why in await ioc.refused(f"Susp:beam:{setting}", value)
    assert ioc.read("Cmd:Result") == "refused"
    await ioc.tick()
    assert all(map(same, [ioc.read(f"Susp:beam:{each}") for each in SETTINGS], shown))
    assert suspender.status == status


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_takes_its_own_limits(RE, kind):
    """They read what they are, are taken where they fit, and those of other kinds are refused."""
    condition, reads, taken, refused = KINDS[kind]
    watch = Watch(condition=condition)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        assert ioc.read("Susp:beam:Kind") == kind
        for name, value in (HAS_NOT | reads).items():
            assert same(ioc.read(f"Susp:beam:{name}"), value), name
        for name in HAS_NOT.keys() - reads.keys():
            await refuse(ioc, watch.suspender, name, ANY[name], f"a suspender of kind '{kind}' has no ")
        for name, value, why in refused:
            await refuse(ioc, watch.suspender, name, value, why)
        for name, value, told in taken:
            await take(ioc, name, value, "INVALID" if value == "3" else value, told)
        assert len(await ioc.lines_of("Susp:beam:")) == len(HAS_NOT) - len(reads) + len(refused)

    with_ioc(RE, test)


def test_every_suspender_takes_its_rules(RE):
    """Settle time, age, policy, action, on or off, bypass."""
    watch = Watch(value=250.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        for setting, value, why in RULES_REFUSED:
            await refuse(ioc, watch.suspender, setting, value, why)
        for setting, value, reads, told in RULES_TAKEN:
            await take(ioc, setting, value, reads, told)

    with_ioc(RE, test)


def test_one_that_watches_several_has_no_limits_of_its_own(RE):
    """It has rules, and refuses the rest."""
    parts = [Watch(None, pv=name, value=0.0).suspender for name in ("A", "B")]
    suspender = SuspendAllOf(*parts, name="beam", clock=FakeTime().clock)
    RE.install_suspender(suspender)

    async def test(ioc):
        for name in LIMITS:
            await refuse(ioc, suspender, name, ANY[name], "beam watches several PVs and has no ")
        await take(ioc, "Delay", 3.0, 3, "delay: 0 -> 3")

    with_ioc(RE, test)


def test_what_is_written_is_judged_at_once(RE):
    """A limit, a switch, a bypass: it holds, and lets go, before the put is over."""
    watch = Watch(value=150.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        held = []
        for setting, value in (
            *(("ResumeLow", 160.0), ("Low", 155.0), ("Enable", 0), ("Enable", 1), ("Bypass", 60.0), ("Bypass", 0.0)),
            *(("Action", "warn"), ("Action", "suspend"), ("Low", 100.0), ("ResumeLow", 100.0)),
        ):
            assert await ioc.put(f"Susp:beam:{setting}", value)
            held.append((len(RE.holds), ioc.read("Susp:beam:Tripped")))
        yes, no = (1, "Yes"), (0, "No")
        assert held == [no, yes, no, yes, no, yes, (0, "Yes"), yes, yes, no]

    with_ioc(RE, test)


def test_writing_what_is_so_changes_nothing(RE):
    """It is acknowledged, and nobody is said to have changed anything."""
    watch = Watch(value=250.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        for setting in ("Low", "ResumeLow", "Delay", "MaxAge", "OnBadPV", "Action", "Enable", "Bypass"):
            value = ioc.read(f"Susp:beam:{setting}")
            await take(ioc, setting, value, value, "it was so already")
        assert await ioc.log() == []

    with_ioc(RE, test)


def test_a_put_is_one_change_of_its_pv(RE):
    """What was written stays as it is at the next tick: nothing has changed since."""
    watch = Watch(value=250.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        settings = {"Low": 50.0, "Delay": 3.0, "OnBadPV": "ignore", "Action": 3, "Enable": "No", "Bypass": 60.0}
        for number, (setting, value) in enumerate(settings.items()):
            assert await ioc.put(f"Susp:beam:{setting}", value)
            pv = ioc.ioc.pvdb[f"T:Susp:beam:{setting}"]
            written = pv.timestamp
            watch.suspender.configure(max_age=60 + number)
            await ioc.tick()
            assert ioc.read("Susp:beam:MaxAge") == 60 + number
            assert pv.timestamp == written, setting

    with_ioc(RE, test)


def test_who_has_bypassed_it_is_shown(RE):
    """As long as it is bypassed, which is MINOR; a part of a second counts as a whole one."""
    watch = Watch(value=0.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        assert await ioc.put("Susp:beam:Bypass", 59.5)
        await ioc.tick()
        assert (ioc.read("Susp:beam:Bypass"), ioc.read("Susp:beam:BypassBy")) == (60, "user@host")
        assert ioc.severity("Susp:beam:Bypass") == 1
        assert await ioc.put("Susp:beam:Bypass", 0)
        assert (ioc.read("Susp:beam:Bypass"), ioc.read("Susp:beam:BypassBy")) == (0, "")
        assert ioc.severity("Susp:beam:Bypass") == 0

    with_ioc(RE, test)


def test_what_a_number_should_be_is_a_number(RE):
    """It reads as it was written, and is met by any PV that has it."""
    watch = Watch(condition=Changed(1.0, allow_resume=True), value=1.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        assert ioc.read("Susp:beam:Expected") == "1"
        for text, expected, shows in (("2", 2.0, "2"), ("2.50", 2.5, "2.5"), ("-1e3", -1000.0, "-1000")):
            assert await ioc.put("Susp:beam:Expected", text)
            assert watch.suspender.status.expected == expected
            watch.source.put(expected)
            await ioc.tick()
            assert (ioc.read("Susp:beam:Tripped"), watch.suspender.status.reason) == ("No", "")
            watch.suspender.configure(max_age=abs(expected))
            await ioc.tick()
            assert ioc.read("Susp:beam:Expected") == shows

    with_ioc(RE, test)


def test_what_a_text_should_be_is_a_text(RE):
    """Also where it looks like a number: the PV has "007", and never was 7."""
    watch = Watch(condition=Changed("Open", allow_resume=True), value="Open")
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        for text in ("007", "5", "Closed"):
            assert await ioc.put("Susp:beam:Expected", text)
            watch.source.put(text)
            await ioc.tick()
            assert watch.suspender.status.expected == ioc.read("Susp:beam:Expected") == text
            assert (ioc.read("Susp:beam:Tripped"), ioc.read("Susp:beam:Reason")) == ("No", "")

    with_ioc(RE, test)


def test_an_enum_is_to_be_in_a_state_by_its_label_or_number(RE):
    """One that it has not is bad, and says which there are."""
    watch = Watch(condition=Changed("Open", allow_resume=True))
    watch.source.report(1, labels=("Closed", "Open"))
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        tripped = []
        for text in ("Open", "Closed", "1", "0", "Ajar"):
            assert await ioc.put("Susp:beam:Expected", text)
            tripped.append(ioc.read("Susp:beam:Tripped"))
        assert tripped == ["No", "Yes", "No", "Yes", "Yes"]
        assert ioc.read("Susp:beam:Reason") == "RING has no state 'Ajar'; its states: Closed, Open"

    with_ioc(RE, test)
