"""Who has done what: each line once, by whom, the newest first."""

import asyncio
import json
import re
import time

from reioc.engine import Msg
from reioc.engine.plans import bypass_suspender, configure_suspender
from reioc.ioc.desk import Acknowledgement, Result
from reioc.ioc.groups.audit import AuditGroup
from reioc.suspenders import Change, Changed

from .support import SUSPENDERS, PVs, Watch, install, make_maker, settled, with_ioc


def change(number, by="anna@xf99"):
    return Change("beam", "low", float(number), number + 1.0, by, 1.7e9 + number)


def test_the_newest_hundred_lines_are_kept():
    """With the time at which each happened; older ones are forgotten."""
    group = AuditGroup("T:")
    for number in range(120):
        group.change(change(number))
    asyncio.run(group.publish())
    lines = group.log.value.split("\n")

    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(1.7e9 + 119))
    assert lines[0] == f"{stamp} anna@xf99 Susp:beam low: 119 -> 120"
    assert (len(lines), lines[-1].split(": ")[1]) == (100, "20 -> 21")


def test_it_is_written_only_when_there_is_news():
    """At a tick; a long text ten times a second would be a burden."""
    group = AuditGroup("T:")
    written = []

    async def show(value, *_):
        written.append(value)

    async def test():
        await group.publish()
        group.log.show = show
        group.change(change(1))
        assert written == []
        await group.publish()
        await group.publish()
        assert len(written) == 1

    asyncio.run(test())


def test_commands_are_there_with_what_became_of_them():
    """That one was accepted is not the end of it; who nobody is, are we."""
    group = AuditGroup("T:")
    for seq, (result, by) in enumerate(
        [(Result.ACCEPTED, "anna"), (Result.DONE, "anna"), (Result.REFUSED, "otto"), (Result.FAILED, "")]
    ):
        group.command(Acknowledgement(seq, "Pause", result, "because", by, 1.7e9))
    asyncio.run(group.publish())

    assert [line[20:] for line in group.log.value.split("\n")] == [
        "us Pause: failed: because",
        "otto Pause: refused: because",
        "anna Pause: done: because",
    ]


def test_what_is_saved_is_told_with_an_alarm_if_it_is_not():
    """MAJOR until it is."""
    group = AuditGroup("T:")
    shown = []
    for text, wrong in (("saved", False), ("full", True), ("saved", False)):
        asyncio.run(group.publish_autosave(text, wrong))
        shown.append((group.autosave.value, int(group.autosave.alarm.severity)))

    assert shown == [("saved", 0), ("full", 2), ("saved", 0)]


def test_a_line_is_a_line_whatever_is_written(RE):
    """Nobody can have another appear to have done something."""
    forged = "2026-11-28 14:02:53 anna@xf99 Susp:beam low: 100 -> 0"
    watch = Watch(condition=Changed("x"), value="x")
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        assert await ioc.put("Reason", f"tea\n{forged}")
        assert await ioc.put("Susp:beam:Expected", "a\r\nb")
        lines = await ioc.log()
        assert lines == ["user@host Susp:beam expected: x -> a b", f"user@host Reason: done: tea {forged}"]

    with_ioc(RE, test)


def test_each_change_by_pv_is_there_once(RE):
    """By whom, from what to what, when; a refusal with its reason; the newest first."""
    watch = Watch(value=250.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        for setting, value in (("Low", 150.0), ("Low", 250.0), ("Action", "panic"), ("Bypass", 60.0), ("Enable", "No")):
            await ioc.put(f"Susp:beam:{setting}", value)
            await settled()
        lines = await ioc.log()
        assert [line.removeprefix("user@host Susp:beam")[:30] for line in lines] == [
            " enabled: yes -> no",
            " bypass: 0 -> 60",
            ":Action: refused: not a value ",
            ":Low: refused: resume_low = 20",
            " low: 100 -> 150",
        ]
        stamps = [line[:19] for line in ioc.read("Audit:Log").split("\n")]
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", stamp) for stamp in stamps)
        assert stamps[-1] == time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(watch.time.wall_clock()))

    with_ioc(RE, test)


def changing():
    """A plan that changes two settings, and bypasses one of them."""
    yield from configure_suspender("beam", low=50, delay=3)
    yield from bypass_suspender("beam", 60)


def test_changes_by_plans_and_python_are_there_as_theirs(RE):
    """Each setting by itself, and those of one that was installed later."""
    beam, later = Watch(value=250.0), Watch("later", value=250.0)
    RE.install_suspender(beam.suspender)

    async def test(ioc):
        RE.submit(changing(), plan_name="align")
        await ioc.shows("StateSeq", 2)
        RE.configure_suspender("beam", low=60)
        RE.install_suspender(later.suspender)
        await settled()
        later.suspender.enabled = False
        later.suspender.configure(delay=5, by="otto@xf99")
        assert await ioc.log() == [
            "otto@xf99 Susp:later delay: 0 -> 5",
            "Python Susp:later enabled: yes -> no",
            "Python Susp:beam low: 50 -> 60",
            "plan changing Susp:beam bypass: 0 -> 60",
            *["plan changing Susp:beam low: 100 -> 50", "plan changing Susp:beam delay: 0 -> 3"],
        ]

    with_ioc(RE, test)


def test_commands_are_there_once(RE, monkeypatch):
    """Adding and removing, refused or failed or done; the master switch; a command to the engine."""
    monkeypatch.setattr(SUSPENDERS, PVs(RING=250.0, TEXT="on"))
    beam = {"name": "beam", "kind": "floor", "pv": "RING", "low": 100}

    async def test(ioc):
        for pv, value in (
            ("Susp:Add", json.dumps(beam)),
            ("Susp:Add", json.dumps(beam | {"name": "text", "pv": "TEXT"})),
            *[("Susp:Add", "{}"), ("Susp:Remove", "baem"), ("Susp:Remove", "beam"), ("Susp:Enable", "No")],
            *[("Pause", 1), ("Plan:Name", "broken"), ("Plan:Run", 1)],
        ):
            await ioc.put(pv, value)
        lines = [line.removeprefix("user@host ") for line in await ioc.log()]
        assert [line.split(": ")[:2] for line in reversed(lines)] == [
            *[["Susp:Add", "done"], ["Susp:Add", "failed"], ["Susp:Add", "refused"]],
            *[["Susp:Remove", "refused"], ["Susp:Remove", "done"], ["Susp:Enable", "done"]],
            *[["Pause", "refused"], ["Plan:Name", "done"], ["Plan:Run", "failed"]],
        ]
        assert lines[-1] == "Susp:Add: done: beam watches RING"

    with_ioc(RE, test, maker=make_maker())


def test_what_clients_have_not_asked_for_is_not_there(RE):
    """A trip is no deed of anybody's, nor is a plan's end."""
    watch = Watch(value=250.0)
    install(RE, [watch])

    async def test(ioc):
        RE.submit([Msg("null")])
        await ioc.shows("StateSeq", 2)
        watch.source.put(0.0)
        await ioc.shows("Susp:beam:Tripped", "Yes")
        assert await ioc.log() == []

    with_ioc(RE, test)
