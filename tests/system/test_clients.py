"""The libraries that people use: each connects, gets, puts with completion, and hears of a plan from start to end."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from typing import Any

import pytest

from .engine_client import Client, P, beamline_toml
from .support import TIMEOUT, BaseTools, Service, base_env, base_tool, client_env, free_port, run_python

SERVE = [sys.executable, "-m", "reioc.ioc", "serve"]
WHY = "more than forty characters of a reason, in one put"

PYEPICS = """
import threading
import epics

seen, over = [], threading.Event()
def see(char_value=None, timestamp=None, **_):
    seen.append([char_value, timestamp])
    if len(seen) == 3:
        over.set()

state = epics.PV(P + "State", form="time", auto_monitor=True)
run, reason = epics.PV(P + "Plan:Run"), epics.PV(P + "Reason")
for pv in (state, run, reason):
    assert pv.wait_for_connection(10)
idle = state.get(as_string=True)
state.add_callback(see, run_now=True)
assert reason.put(WHY, wait=True, timeout=10) == 1
assert run.put(1, wait=True, timeout=20) == 1
after = state.get(as_string=True, use_monitor=False)
assert over.wait(10)
tell(idle, seen, after, reason.get(as_string=True, use_monitor=False))
"""
OPHYD = """
import threading
from ophyd import EpicsSignal, EpicsSignalRO

seen, over = [], threading.Event()
def see(value=None, timestamp=None, **_):
    seen.append([state.enum_strs[value], timestamp])  # a text of the first update would be "0": the labels come later
    if len(seen) == 3:
        over.set()

state = EpicsSignalRO(P + "State", name="state", auto_monitor=True)
run = EpicsSignal(P + "Plan:Run", name="run", put_complete=True)
reason = EpicsSignal(P + "Reason", name="reason", put_complete=True, string=True)
for signal in (state, run, reason):
    signal.wait_for_connection(timeout=10)
idle = state.get(as_string=True)
state.subscribe(see)
reason.set(WHY).wait(10)
run.set(1).wait(20)
after = state.get(as_string=True)
assert over.wait(10)
tell(idle, seen, after, reason.get())
"""
AIOCA = """
import asyncio
from aioca import DBR_CHAR_STR, DBR_STRING, FORMAT_TIME, caget, camonitor, caput, run

seen = []
async def main():
    idle = await caget(P + "State", datatype=DBR_STRING, timeout=10)
    over = asyncio.Event()
    def see(value):
        seen.append([str(value), value.timestamp])
        if len(seen) == 3:
            over.set()
    subscription = camonitor(P + "State", see, datatype=DBR_STRING, format=FORMAT_TIME, all_updates=True)
    async with asyncio.timeout(10):
        while not seen:
            await asyncio.sleep(0.001)
    await caput(P + "Reason", WHY, datatype=DBR_CHAR_STR, wait=True, timeout=10)
    await caput(P + "Plan:Run", 1, wait=True, timeout=20)
    after = await caget(P + "State", datatype=DBR_STRING)
    async with asyncio.timeout(10):
        await over.wait()
    subscription.close()
    refused = await caput(P + "Resume", 1, wait=True, timeout=10, throw=False)
    reason = await caget(P + "Reason", datatype=DBR_CHAR_STR)
    tell(str(idle), seen, str(after), str(reason), [refused.ok])

run(main())
"""
CAPROTO = """
import threading
from caproto import ChannelType
from caproto.threading.client import Context

seen, over = [], threading.Event()
def see(subscription, response):
    seen.append([response.data[0].decode(), response.metadata.timestamp])
    if len(seen) == 3:
        over.set()

with Context() as context:
    state, run, reason, resume = context.get_pvs(*(P + name for name in ("State", "Plan:Run", "Reason", "Resume")))
    def text(pv):
        return pv.read(data_type=ChannelType.STRING).data[0].decode()
    for pv in (state, run, reason, resume):
        pv.wait_for_connection(timeout=10)
    idle = text(state)
    subscription = state.subscribe(data_type=ChannelType.TIME_STRING)
    subscription.add_callback(see)
    reason.write(list(WHY.encode()), data_type=ChannelType.CHAR, wait=True, timeout=10)
    assert run.write([1], wait=True, timeout=20).status.success
    after = text(state)
    assert over.wait(10)
    refused = resume.write([1], wait=True, timeout=10).status
    words = bytes(reason.read(data_type=ChannelType.CHAR).data).rstrip(b"\\0").decode()
    tell(idle, seen, after, words, [bool(refused.success)])
"""
CLIENTS = {"pyepics": PYEPICS, "ophyd": OPHYD, "aioca": AIOCA, "caproto": CAPROTO}
TELL = f"""
import json
P, WHY = {P!r}, {WHY!r}
def tell(idle, seen, after, reason, refused=()):
    print(json.dumps(dict(idle=idle, seen=seen, after=after, reason=reason, refused=list(refused))), flush=True)
"""


def told(client: Client, script: str) -> dict[str, Any]:
    """What a client in a process of its own has seen."""
    return json.loads(run_python(TELL + script, client.tools.addr_list, 2 * TIMEOUT).splitlines()[-1])


def stamp_of(client: Client, name: str) -> float:
    """The time stamp that `caget -a` prints."""
    found = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", client.tools.caget("-a", P + name).stdout)
    assert found
    return datetime.fromisoformat(found.group()).timestamp()


@pytest.mark.parametrize("library", CLIENTS)
def test_a_library_follows_a_plan(engine: Client, library: str) -> None:
    """States in order, with the engine's times; who reads on completion reads what is so; a long text arrives."""
    engine.choose("count", {"detectors": ["det1"], "num": 2})

    found = told(engine, CLIENTS[library])

    assert [state for state, _ in found["seen"]] == ["idle", "running", "idle"]
    assert (found["idle"], found["after"], found["reason"]) == ("idle", "idle", WHY)
    assert found["refused"] in ([], [False])
    _, (_, running), (_, idle) = found["seen"]
    begun = json.loads(engine.text("Run:Metadata"))["time"]
    assert running <= begun <= idle
    assert idle == pytest.approx(stamp_of(engine, "State"), abs=2e-6)
    assert (engine.text("Reason"), engine.get("Run:ExitStatus")) == (WHY, "success")
    engine.put("Reason", "", "-S")


def test_casw_sees_a_service_come(tmp_path) -> None:
    """Its beacons reach whoever looks for new servers, on this host."""
    port = free_port()
    path = beamline_toml(tmp_path, tables="", port=port)
    with (
        Service([base_tool("casw"), "-i", "2"], env={**client_env("127.0.0.1"), **base_env()}) as casw,
        Service([*SERVE, path], "^ready"),
    ):
        casw.wait_for(rf"(127\.0\.0\.1|localhost):{port}")


def test_catime_gets_through(engine: Client) -> None:
    """EPICS Base's own measurement of a channel; it writes, too."""
    before = engine.get("Susp:beam:Delay")
    done = BaseTools(engine.tools.addr_list)._run("catime", P + "Susp:beam:Delay", "10")
    engine.put("Susp:beam:Delay", before)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search("Per Op", done.stdout), done.stdout
