"""The queue and the history as clients see them."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

import pytest

from reioc.ioc.queue.rows import ShownRows

from .support import with_beamline

COUNT = json.dumps({"plan": "one_point", "params": {"sample": "Si", "number": 2}})


def with_pvs(RE, test):
    async def run(beamline):
        beamline.serve()
        await beamline.queue_group.publish()
        await beamline.history_group.publish()
        await test(beamline)

    with_beamline(RE, run)


def test_a_plan_is_added(RE):
    """A client that reads on completion finds it in the table, and its uid in the acknowledgement."""

    async def test(ioc):
        assert await ioc.put("Queue:Add", COUNT)
        [uid] = ioc.read("Queue:Uids")
        assert ioc.read("Cmd:Message").startswith(f"{uid} is in the queue, number 1 of 1")
        assert (ioc.read("Cmd:Name"), ioc.read("Cmd:Result"), ioc.read("Queue:Size")) == ("Queue:Add", "done", 1)
        assert (ioc.read("Queue:Plans"), ioc.read("Queue:By")) == (["one_point"], ["user@host"])
        assert ioc.read("Queue:Summaries") == ["sample=Si, number=2"]

    with_pvs(RE, test)


def test_a_plan_that_could_not_be_run_is_refused(RE):
    """The put fails, and the acknowledgement says why."""

    async def test(ioc):
        assert not await ioc.put("Queue:Add", '{"plan": "scam"}')
        assert (ioc.read("Cmd:Result"), ioc.read("Queue:Size")) == ("refused", 0)
        assert "no plan 'scam'" in ioc.read("Cmd:Message")

    with_pvs(RE, test)


def test_the_queue_is_run_by_pv(RE):
    """The put is over when all is done; the history has it."""

    async def test(ioc):
        await ioc.put("Queue:Add", COUNT)
        await ioc.put("Queue:Add", COUNT)
        assert await ioc.put("Queue:Start", 1)
        assert (ioc.read("Queue:State"), ioc.read("Queue:Size"), ioc.read("Queue:Start")) == ("stopped", 0, "Done")
        assert ioc.read("Queue:Message") == "the queue is empty"
        await ioc.history_group.publish()
        assert ioc.read("History:Plans") == ["one_point", "one_point"]
        assert ioc.read("History:ExitStatus") == ["success", "success"]
        assert ioc.read("History:ScanIDs") == ["2", "1"]
        assert json.loads(ioc.read("History:JSON"))[0]["params"] == {"sample": "Si", "number": 2}
        await ioc.put("Queue:Add", COUNT)
        assert (ioc.read("Queue:Size"), ioc.read("Queue:Message")) == (1, "")  # it is empty no more

    with_pvs(RE, test)


def test_what_runs_is_shown(RE):
    """It is not among those that wait; the operator's stop comes after it."""

    async def test(ioc):
        [item] = await ioc.add("waiting")
        started = asyncio.create_task(ioc.put("Queue:Start", 1))
        await ioc.running()
        await ioc.queue_group.publish()
        assert (ioc.read("Queue:State"), ioc.read("Queue:Current")) == ("running", item.uid)
        assert json.loads(ioc.read("Queue:JSON"))["current"]["uid"] == item.uid
        stopped = asyncio.create_task(ioc.put("Queue:Stop", 1))
        await ioc.until(lambda: ioc.read("Queue:Stop") == "Stop")
        await ioc.queue_group.publish()
        assert ioc.read("Queue:State") == "stopping"
        ioc.let_go()
        assert await asyncio.gather(started, stopped) == [True, True]
        assert (ioc.read("Queue:State"), ioc.read("Queue:Current")) == ("stopped", "")

    with_pvs(RE, test)


def test_a_queue_that_stops_for_a_failure_fails_the_start(RE):
    """And says why where screens show it."""

    async def test(ioc):
        await ioc.add("broken")
        assert not await ioc.put("Queue:Start", 1)
        assert "the filter wheel is stuck" in ioc.read("Queue:Message")
        await ioc.history_group.publish()
        assert ioc.read("History:Reasons")[0].startswith("the filter wheel")

    with_pvs(RE, test)


def test_items_are_moved_by_uid(RE):
    """Up, down, to the front, out."""

    async def test(ioc):
        items = await ioc.add("nothing", "one_point", "waiting")
        uids = [item.uid for item in items]
        assert await ioc.put("Queue:MoveUp", uids[2])
        assert ioc.read("Queue:Uids") == [uids[0], uids[2], uids[1]]
        assert await ioc.put("Queue:MoveDown", uids[0])
        assert await ioc.put("Queue:MoveFront", uids[1])
        assert ioc.read("Queue:Plans") == ["one_point", "waiting", "nothing"]
        assert await ioc.put("Queue:Remove", uids[2])
        assert not await ioc.put("Queue:Remove", uids[2])
        assert uids[2] in ioc.read("Cmd:Message")
        assert await ioc.put("Queue:Clear", 1)
        assert (ioc.read("Queue:Size"), ioc.read("Queue:Uids")) == (0, [""])

    with_pvs(RE, test)


def test_the_first_have_rows(RE):
    """Twelve of them, with their whole parameters; how many more there are is told."""

    async def test(ioc):
        await ioc.add(*["one_point"] * 14, sample="Si" * 40)
        await ioc.queue_group.publish()
        uids = [ioc.read(f"Queue:Row{number}:Uid") for number in range(1, 13)]
        assert uids == ioc.read("Queue:Uids")[:12]
        assert [ioc.read(f"Queue:Row12:{name}") for name in ("Plan", "By")] == ["one_point", "user@host"]
        assert ioc.read("Queue:Row12:Summary").startswith(f"sample={'Si' * 30}")
        assert ioc.read("Queue:More") == "and 2 more"

        await ioc.put("Queue:Clear", 1)
        assert {ioc.read(f"Queue:Row{number}:Uid") for number in range(1, 13)} == {""} == {ioc.read("Queue:More")}
        assert (ioc.read("Queue:Row1:Plan"), ioc.read("Queue:Row1:Summary")) == ("", "")

    with_pvs(RE, test)


def test_items_are_moved_by_row(RE):
    """As the table shows them; not while a row has just become another one."""
    now = [0.0]

    async def test(ioc):
        ioc.queue_group._shown = ShownRows(200, clock=lambda: now[0])
        uids = [item.uid for item in await ioc.add("nothing", "one_point", "waiting")]
        await ioc.queue_group.publish()
        now[0] += 1
        assert await ioc.put("Queue:MoveFront", "#3")
        assert ioc.read("Cmd:Message") == f"{uids[2]} is number 1 of 3"
        assert not await ioc.put("Queue:Remove", "#1")
        assert ioc.read("Cmd:Message") == "row 1 was another plan until just now: look again"
        now[0] += 1
        assert await ioc.put("Queue:MoveDown", "#1")
        now[0] += 1
        assert await ioc.put("Queue:MoveUp", "#3")
        now[0] += 1
        assert await ioc.put("Queue:Remove", "#2")
        assert ioc.read("Queue:Uids") == [uids[0], uids[2]]
        assert not await ioc.put("Queue:Remove", "#3")

    with_pvs(RE, test)


@pytest.mark.parametrize(
    ("name", "value", "setting"),
    [("Loop", "Yes", "loop"), ("OnFailure", "skip", "on_failure"), ("AutoStart", "Yes", "auto_start")],
)
def test_a_setting_is_set_and_read_back(RE, name, value, setting):
    """From either side."""

    async def test(ioc):
        assert await ioc.put(f"Queue:{name}", value)
        assert (ioc.read(f"Queue:{name}"), ioc.read("Cmd:Result")) == (value, "done")
        assert getattr(ioc.queue.settings, setting) in (True, "skip")
        await getattr(ioc.queue, f"set_{setting}")("stop" if setting == "on_failure" else False)
        await ioc.queue_group.publish()
        assert ioc.read(f"Queue:{name}") in ("No", "stop")

    with_pvs(RE, test)


def test_of_a_long_queue_the_first_rows_are_shown(RE):
    """As many as fit; how many there are is told."""

    async def test(ioc):
        await ioc.add(*["one_point"] * 500, sample="x" * 200)
        await ioc.queue_group.publish()
        shown = json.loads(ioc.read("Queue:JSON"))
        assert (ioc.read("Queue:Size"), shown["size"]) == (500, 500)
        assert len(ioc.read("Queue:Uids")) == 200
        assert 100 < len(shown["items"]) < 500
        assert shown["items"][0]["uid"] == ioc.read("Queue:Uids")[0]

    with_pvs(RE, test)


def test_scan_ids_in_a_row_are_shown_as_a_range(RE):
    """A plan of a hundred runs fits into a string."""

    async def test(ioc):
        entry = {"plan": "grid", "exit_status": "success", "reason": "", "started": 0.0, "ended": 61.25}
        ioc.history.restore([{**entry, "scan_ids": [4, 7, 8, 9]}, {**entry, "scan_ids": []}])
        await ioc.history_group.publish()
        assert ioc.read("History:ScanIDs") == ["4, 7-9", ""]
        assert ioc.read("History:Times")[0].endswith(", 61.2 s")

    with_pvs(RE, test)


def test_the_history_is_a_text_in_columns(RE):
    """One plan a line, the newest first; a reason of many lines is one, and is cut."""

    async def test(ioc):
        entry = {"started": 0.0, "ended": 61.25}
        ioc.history.restore(
            [
                {**entry, "plan": "grid", "exit_status": "fail", "reason": f"no\nbeam {'x' * 200}", "scan_ids": [7, 8]},
                {**entry, "plan": "count", "exit_status": "success", "reason": "", "scan_ids": [6]},
            ]
        )
        await ioc.history_group.publish()
        began = f"{datetime.fromtimestamp(0):%Y-%m-%d %H:%M:%S}"
        assert ioc.read("History:Text").split("\n") == [
            f"{began}  7-8  grid   fail     no beam {'x' * 66}…",
            f"{began}  6    count  success",
        ]

        ioc.history.restore(
            [{**entry, "plan": "p" * 30, "exit_status": "fail", "reason": "x" * 300, "scan_ids": [1]}] * 50
        )
        await ioc.history_group.publish()
        assert [line[-1] for line in ioc.read("History:Text").split("\n")] == ["…"] * 50

    with_pvs(RE, test)
