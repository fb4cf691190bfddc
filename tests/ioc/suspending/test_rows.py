"""The rows in which screens show suspenders."""

from __future__ import annotations

import pytest

from reioc.engine import RunEngine
from reioc.ioc.access import AccessRules
from reioc.ioc.access.acf import parse_acf
from reioc.ioc.channel_access import Client
from reioc.ioc.channel_access.lookup import look_up
from reioc.ioc.gate import Gate
from reioc.ioc.groups.suspender_row import ROWS, RowState
from reioc.ioc.pvs import MINOR, NO_ALARM
from reioc.ioc.root import _connect
from reioc.suspenders import Floor, OnBadPV

from .support import PREFIX, Watch, install, settled, with_ioc


@pytest.fixture
def RE():
    engine = RunEngine({}, call_returns_result=True)
    yield engine
    engine.close()


def names(ioc, count=3):
    """Who is in the first rows."""
    return [ioc.read(f"SuspRow{number}:Name") for number in range(1, count + 1)]


async def removed(ioc, watch):
    """What is so after a suspender has been removed, at the next tick."""
    ioc.RE.remove_suspender(watch.suspender)
    await settled()
    await ioc.tick()


def test_a_suspender_keeps_its_row_until_it_is_removed(RE):
    """Those that come take the lowest free row, which is nobody's at first."""
    one, two, three = (Watch(name, value=250.0) for name in ("one", "two", "three"))
    install(RE, [one, two])

    async def test(ioc):
        assert names(ioc) == ["one", "two", ""]
        await removed(ioc, one)
        assert names(ioc) == ["", "two", ""]
        assert [ioc.read(f"SuspRow{number}:State") for number in (1, 2)] == ["free", "good"]
        RE.install_suspender(three.suspender)
        await settled()
        assert names(ioc) == ["three", "two", ""]

    with_ioc(RE, test)


def test_its_pvs_are_those_of_the_row_as_long_as_it_is_there(RE):
    """One value, one put handler, whichever name is used; the acknowledgement has the suspender's own."""
    two = Watch("two", value=250.0)
    install(RE, [Watch("one", value=250.0), two])

    async def test(ioc):
        assert await ioc.put("SuspRow2:Low", 50)
        assert (two.suspender.status.low, ioc.read("Susp:two:Low"), ioc.read("Cmd:Name")) == (50, 50, "Susp:two:Low")
        assert ioc.read("SuspRow2:Limits") == "below 50, good again at 200"
        own = {name for name in ioc.ioc.pvdb if name.startswith(f"{PREFIX}Susp:two:")}
        row = {name.replace("Susp:two:", "SuspRow2:") for name in own}
        assert row == {name for name, pv in ioc.ioc.pvdb.items() if "SuspRow2:" in name and pv.pvname != name}
        assert row <= set(ioc.server.pvdb)
        await removed(ioc, two)
        assert not (own | row) & (set(ioc.ioc.pvdb) | set(ioc.server.pvdb))
        assert ioc.read("SuspRow1:Low") == 100

    with_ioc(RE, test)


def test_one_for_which_there_was_no_room_takes_the_next_row_that_is_left(RE):
    """Until then it has only its own PVs; it is shown at the next tick, as it is."""
    watches = [Watch(f"s{number}", value=250.0) for number in range(ROWS + 2)]
    install(RE, watches)

    async def test(ioc):
        assert names(ioc, ROWS) == [f"s{number}" for number in range(ROWS)]
        watches[ROWS].suspender.configure(low=300, resume_low=300)
        await removed(ioc, watches[ROWS + 1])
        await removed(ioc, watches[4])
        assert (ioc.read("SuspRow5:Name"), ioc.read("SuspRow5:State")) == (f"s{ROWS}", "tripped")
        assert f"{PREFIX}SuspRow5:Low" in ioc.server.pvdb
        assert ioc.read("SuspRow5:Low") == 300

    with_ioc(RE, test)


def test_whoever_removes_one_finds_its_row_free(RE):
    """When the put is done: what is at hand in that row may be another's by now."""
    install(RE, [Watch(f"s{number}", value=250.0) for number in range(ROWS + 1)])

    async def test(ioc):
        for row, then in ((1, f"s{ROWS}"), (2, "")):
            assert await ioc.put("Susp:Remove", f"s{row - 1}")
            assert (ioc.read(f"SuspRow{row}:Name"), ioc.read("Susp:Count")) == (then, ROWS + 1 - row)

    with_ioc(RE, test)


def test_its_state_in_one_word(RE):
    """MINOR while it holds, is about to let go, or is bypassed; whether it may hold anything comes first."""
    watch = Watch(value=250.0, sleep=60, on_bad_pv=OnBadPV.IGNORE)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        async def is_in(state, severity=NO_ALARM):
            await ioc.tick()
            assert (ioc.read("SuspRow1:State"), ioc.severity("SuspRow1:State")) == (state, severity)

        await is_in(RowState.GOOD)
        watch.source.put(0.0)
        await is_in(RowState.TRIPPED, MINOR)
        watch.source.put(250.0)
        await is_in(RowState.SETTLING, MINOR)
        assert await ioc.put("SuspRow1:Bypass", 30)
        assert ioc.read("SuspRow1:State") == "bypassed"  # when the put completes
        await is_in(RowState.BYPASSED, MINOR)
        assert await ioc.put("Susp:Enable", "No")
        await is_in(RowState.DISABLED)
        assert await ioc.put("Susp:Enable", "Yes")
        assert await ioc.put("SuspRow1:Enable", "No")
        await is_in(RowState.DISABLED)
        assert await ioc.put("SuspRow1:Enable", "Yes")
        assert await ioc.put("SuspRow1:Bypass", 0)
        await is_in(RowState.GOOD)
        watch.source.disconnect()
        await is_in(RowState.DISCONNECTED)

    with_ioc(RE, test)


def test_who_may_not_change_the_suspender_may_not_by_its_row(RE):
    """Rules and audit go by the suspender's own PV, whichever name is used."""
    rules = "ASG(SUSPENDERS){RULE(1,READ)} ASG(SETTINGS){RULE(1,WRITE)} ASG(DEFAULT){RULE(1,WRITE)}"
    install(RE, [Watch(value=250.0)])

    async def test(ioc):
        rights = AccessRules(parse_acf(rules, "test.acf", {}), check_client_ip=False, resolve=lambda _: [])
        gate = Gate(rights, PREFIX, ioc.ioc.pvdb)
        anybody = Client("anna", "pc", ("127.0.0.1", 1))
        found = [look_up(ioc.server.pvdb, PREFIX + name) for name in ("SuspRow1:Enable", "Data:XName")]
        assert [gate.may_write(each.record, anybody) for each in found if each] == [False, True]
        _connect(ioc.ioc, ioc.server, gate)
        assert found[0] is not None
        ioc.server.on_denied(found[0], anybody)
        assert "T:Susp:beam:Enable: denied" in (await ioc.log())[0]

    with_ioc(RE, test)


def test_aliases_are_counted_and_saved_once(RE):
    """PVCount is as it would be without them; what is saved knows the suspender by its name."""
    install(RE, [Watch(condition=Floor(100), value=250.0)])

    async def test(ioc):
        own = [name for name, pv in ioc.ioc.pvdb.items() if pv.pvname == name]
        assert ioc.ioc._census() == (0, len(own))
        assert len(own) < len(ioc.ioc.pvdb)
        assert "SuspRow" not in str(ioc.ioc._state())

    with_ioc(RE, test)
