"""Clients that people use: what the server says is what their libraries expect."""

import json
import os
import subprocess

import pytest

from ..engine_client import FAILED, P, beamline_toml, serving
from ..support import BaseTools, Service, base_env, base_tool, client_env, free_port, run_python
from .witness import Ioc


@pytest.mark.parametrize(
    ("name", "kind", "count", "access"),
    [
        ("State", "DBF_ENUM", 1, "read, no write"),
        ("Heartbeat", "DBF_LONG", 1, "read, no write"),
        ("Data:X", "DBF_DOUBLE", 1000, "read, no write"),
        ("Plan:Name", "DBF_STRING", 1, "read, write"),
        ("Reason", "DBF_CHAR", 2000, "read, write"),
    ],
)
def test_cainfo_tells_what_a_pv_is(ioc: Ioc, name: str, kind: str, count: int, access: str) -> None:
    """Type, count and access."""
    told = BaseTools(f"127.0.0.1:{ioc.port}").cainfo(P + name).stdout
    said = dict(line.split(":", 1) for line in told.splitlines() if ":" in line and not line.startswith(P))
    said = {key.strip(): " ".join(value.split()) for key, value in said.items()}

    assert (said["State"], said["Access"]) == ("connected", access)
    assert (said["Native data type"], said["Element count"]) == (kind, str(count))


def test_casw_sees_the_server_come(tmp_path) -> None:
    """Its beacons are beacons."""
    port = free_port()
    env = {**os.environ, **base_env()}
    toml = beamline_toml(tmp_path, tables="", port=port)
    with Service([base_tool("casw"), "-i", "2"], env=env) as casw, serving(toml):
        casw.wait_for(rf":{port}\b")


def test_catime_gets_and_puts_in_masses(ioc: Ioc) -> None:
    """Twenty channels to one setting, a thousand messages, no exception."""
    with ioc.attacked():
        env = {**client_env(f"127.0.0.1:{ioc.port}"), **base_env()}
        done = subprocess.run(
            [base_tool("catime"), f"{P}Susp:beam:Delay", "20"],
            env=env,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

        assert (done.returncode, done.stdout.count("synch get test")) == (0, 4)
        assert "Exception" not in done.stdout + done.stderr


def test_caput_with_a_callback_and_without_are_told_of_a_refusal(ioc: Ioc) -> None:
    """`caput -c` by the put-completion, plain `caput` by an exception that libca prints."""
    tools = BaseTools(f"127.0.0.1:{ioc.port}")
    with ioc.attacked():
        assert FAILED in tools.caput("-c", P + "Resume", "1").stderr
        assert "failed" in tools.caput(P + "Resume", "1").stderr.lower()


AIOCA = """
import asyncio, json
from aioca import CANothing, FORMAT_TIME, caget, camonitor, caput

async def main(P):
    seen = asyncio.Queue()
    monitor = camonitor(P + "Reason", seen.put, datatype=999)
    first = await asyncio.wait_for(seen.get(), 5)
    await caput(P + "Reason", "why not", datatype=999, wait=True)
    second = await asyncio.wait_for(seen.get(), 5)
    await caput(P + "Reason", [0], wait=True)
    monitor.close()
    refused = await caput(P + "Resume", 1, wait=True, throw=False)
    waves = await caget([P + "Data:X", P + "Data:Y"], count=1000)
    state = await caget(P + "State", datatype=str, format=FORMAT_TIME)
    print(json.dumps([first, second, refused.ok, [len(wave) for wave in waves], state, state.severity]))

asyncio.run(main("%s"))
"""


def test_aioca_gets_puts_and_monitors(ioc: Ioc) -> None:
    """Long strings, arrays, a refused put, a state as text with its severity."""
    with ioc.attacked():
        printed = json.loads(run_python(AIOCA % P, f"127.0.0.1:{ioc.port}"))

    assert printed == ["", "why not", False, [1000, 1000], "idle", 0]


CAPROTO = """
import json, queue
from caproto.threading.client import Context

P = "%s"
context = Context()
reason, resume, wave = context.get_pvs(P + "Reason", P + "Resume", P + "Data:X")
for pv in (reason, resume, wave):
    pv.wait_for_connection(timeout=5)
seen = queue.Queue()
subscription = reason.subscribe()
keep = lambda sub, response: seen.put(bytes(response.data).split(b"\\0")[0].decode())
subscription.add_callback(keep)
first = seen.get(timeout=5)
reason.write(b"why not", wait=True, timeout=5)
second = seen.get(timeout=5)
reason.write(b"\\0", wait=True, timeout=5)
refused = resume.write([1], wait=True, timeout=5).status.code_with_severity
print(json.dumps([first, second, refused, len(wave.read(timeout=5).data)]))
context.disconnect()
"""


def test_caprotos_own_client_gets_puts_and_monitors(ioc: Ioc) -> None:
    """A refused put is answered with a status, instead of a time-out."""
    with ioc.attacked():
        printed = json.loads(run_python(CAPROTO % P, f"127.0.0.1:{ioc.port}"))

    assert printed == ["", "why not", 160, 1000]
