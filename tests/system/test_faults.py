"""Faults as EPICS' own clients see them, and what they see afterwards.

One simulated beamline for all, ten times faster than real. `watch` is connected all the time: EPICS' library looks for
channels that were lost every ten seconds from the client's start, and not each test is to wait for that.
"""

import re
import signal
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reioc.sim_iocs import __main__ as command
from reioc.sim_iocs.faults.network import Network
from reioc.sim_iocs.faults.proxy import proxied

from .conftest import SimBeamline
from .fault_scripts import HOLDING, LIES, OWN
from .raw_ca import RawClient, search_by_udp
from .raw_messages import (
    ACCESS_RIGHTS,
    CREATE_CHAN,
    EVENT_ADD,
    MINOR_VERSION,
    NORMAL,
    READ_NOTIFY,
    SERVER_DISCONN,
    VERSION,
    WRITE_NOTIFY,
    Channel,
    message,
    request_of_events,
    request_of_get,
    request_of_put,
    requests_of_search,
)
from .support import BaseTools, Service, free_port, run_python, until

DBR_DOUBLE = 6


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimBeamline]:
    folder, port = tmp_path_factory.mktemp("scenarios"), free_port()
    (folder / "own.toml").write_text(OWN)
    argv = [sys.executable, "-m", "reioc.sim_iocs", "--prefix", "SIM:", "--port", str(port), "--speed", "10"]
    address = f"127.0.0.1:{port}"
    with Service([*argv, "--scenarios", folder], "^ready") as service:
        yield SimBeamline("SIM:", address, BaseTools(address), service)


@pytest.fixture(scope="module", autouse=True)
def watch(sim: SimBeamline) -> Iterator[Service]:
    """A client that is connected from the beginning to the end."""
    with sim.tools.camonitor("SIM:m2.RBV", "SIM:m3.RBV", ready=r"m2.RBV.*\n.*m3.RBV") as watch:
        yield watch


@pytest.fixture(autouse=True)
def _mended(sim: SimBeamline) -> Iterator[None]:
    yield
    sim.tools.caput("-w", "5", "-c", "SIM:Fault:ClearAll", "1")


def prepare(tools: BaseTools, kind: str, pv: str = "", value: str = "", duration: float = 0.0) -> None:
    """All but the order to inject it."""
    for name, put in (("PV", pv or " "), ("Kind", kind), ("Value", value), ("Duration", str(duration))):
        long = ["-S"] if name == "PV" else []
        assert tools.caput(*long, "-c", f"SIM:Fault:{name}", put).returncode == 0


def inject(tools: BaseTools, kind: str, pv: str = "", value: str = "", duration: float = 0.0) -> None:
    """Inject a fault as an operator does."""
    prepare(tools, kind, pv, value, duration)
    # Not waited for where the server goes away: then it answers nobody.
    tools.caput("-w", "0.1" if kind in ("restart", "crash") else "5", "SIM:Fault:Inject", "1")


@contextmanager
def during(tools: BaseTools, kind: str, pv: str, value: str = "") -> Iterator[None]:
    """While this fault is there."""
    inject(tools, kind, pv, value)
    until(lambda: tools.value("SIM:Fault:Count") == "1", "the fault to begin")
    yield
    assert tools.caput("-c", "SIM:Fault:ClearAll", "1").returncode == 0


def _port(sim: SimBeamline) -> int:
    return int(sim.address.rpartition(":")[2])


def test_a_channel_is_lost_and_found(sim: SimBeamline, watch: Service) -> None:
    """Who is connected is told, who is not does not find it; other channels of the same record are there."""
    with during(sim.tools, "disconnect", "m2.RBV"):
        watch.wait_for(r"SIM:m2.RBV.*\*\*\* [Dd]isconnected")
        assert "'SIM:m2.RBV' not found" in sim.tools.caget("-w", "0.3", "SIM:m2.RBV").stderr
        assert search_by_udp(_port(sim), "SIM:m2.RBV", "SIM:m2.DMOV", patience=0.2) == {"SIM:m2.DMOV": _port(sim)}
        assert sim.tools.value("SIM:m2.DMOV") == "1"
    assert sim.tools.value("SIM:m2.RBV") == "0"


def test_a_server_restarts_with_what_it_knew(sim: SimBeamline) -> None:
    """Its clients are disconnected; while it is away nobody finds it; then it is there, on its port, as it was."""
    tools = sim.tools
    tools.caput("-c", "SIM:det1:Preset", "0.4")
    with tools.camonitor("SIM:det1:Preset", ready="0.4") as client:
        inject(tools, "restart", duration=15.0)
        client.wait_for(r"\*\*\* [Dd]isconnected")
        assert "not found" in tools.caget("-w", "0.2", "SIM:det1:Preset").stderr
    assert "0.4" in tools.caget("-w", "10", "SIM:det1:Preset").stdout


def test_a_crash_leaves_motors_where_they_are(sim: SimBeamline) -> None:
    """A put that waits hears nothing more of it, and the motor stands on the way."""
    tools = sim.tools
    tools.caput("-c", "SIM:m2.VELO", "0.5")
    with tools.putting("-c", "-w", "20", "SIM:m2", "9") as putting:
        until(lambda: float(tools.value("SIM:m2.RBV")) > 0.1, "the motor to move")
        inject(tools, "crash", duration=3.0)
        assert putting.wait() != 0
    stands_at = tools.caget("-t", "-w", "10", "SIM:m2.RBV").stdout.strip()
    assert 0.1 < float(stands_at) < 8.9
    assert [tools.value(f"SIM:m2.{field}") for field in ("DMOV", "VAL", "RBV")] == ["1", stands_at, stands_at]


def test_what_was_asked_of_a_lost_channel_is_not_answered(sim: SimBeamline) -> None:
    """The server says that it is gone, then nothing of it, however late; the connection and its others go on.

    Who asks for it by name while it is away is connected when it is back.
    """
    tools = sim.tools
    with RawClient(_port(sim)) as client:
        val, rbv = client.channel("SIM:m4.VAL"), client.channel("SIM:m4.RBV")
        news = client.subscribe(val)
        client.answer(EVENT_ADD, parameter2=news)
        prepare(tools, "disconnect", "m4")
        client.send(request_of_put(val, 77, struct.pack(">d", 9.0), DBR_DOUBLE, command=WRITE_NOTIFY))
        tools.caput("-c", "SIM:Fault:Inject", "1")
        assert client.answer(SERVER_DISCONN, parameter1=val.cid)
        client.send(request_of_get(val, 78), request_of_events(val, 79), request_of_get(rbv, 80))
        assert client.answer(READ_NOTIFY, parameter2=80)
        client.send(requests_of_search("SIM:m4", first_cid=90, reply=True))
        client.send(message(CREATE_CHAN, b"SIM:m4\0", parameter1=91, parameter2=MINOR_VERSION))
        until(lambda: tools.value("SIM:m4.DMOV") == "1", "the motion to be over")
        assert client.is_alive()
        assert {each.command for each in client.inbox} <= {ACCESS_RIGHTS, EVENT_ADD, VERSION}
        tools.caput("-c", "SIM:Fault:ClearAll", "1")
        made = client.answer(CREATE_CHAN, parameter1=91)
        again = Channel("SIM:m4", 91, made.parameter2, made.data_type, made.count, 3)
        assert client.get(again).dbr.values == (9.0,)
        assert client.put(again, struct.pack(">d", 0.0), DBR_DOUBLE).status == NORMAL
        assert client.clear(again)
        assert client.is_alive()


def test_clients_are_told_what_is_wrong(sim: SimBeamline) -> None:
    """Reads and monitors say the wrong value, NaN, the severity; limits and the record's other fields stay true."""
    run_python(LIES, sim.address)


def test_what_is_kept_back_comes_in_the_end(sim: SimBeamline) -> None:
    """A frozen PV answers nobody while others of the same client go on; one that is delayed tells all, in order."""
    run_python(HOLDING, sim.address)


def test_a_request_to_a_frozen_pv_waits(sim: SimBeamline) -> None:
    """A client that comes while it is frozen has its answer, and a put its effect, when it is over."""
    with during(sim.tools, "freeze", "det1:Preset"):
        putting = sim.tools.putting("-c", "-w", "10", "SIM:det1:Preset", "0.3")
        with putting:
            assert sim.tools.value("SIM:det1:Counts") == "0"
            assert putting.output == ""
            sim.tools.caput("-c", "SIM:Fault:ClearAll", "1")
            assert putting.wait() == 0
    assert "0.3" in putting.output
    assert sim.tools.value("SIM:det1:Preset") == "0.3"


def test_puts_fail(sim: SimBeamline) -> None:
    """They fail for the client, and have done nothing; afterwards they succeed."""
    with during(sim.tools, "refuse", "det1:*"):
        done = sim.tools.caput("-c", "SIM:det1:Preset", "0.7")
        assert "Channel write request failed" in done.stdout + done.stderr
        assert sim.tools.value("SIM:det1:Preset") != "0.7"
    assert sim.tools.caput("-c", "SIM:det1:Preset", "0.7").returncode == 0


def test_a_motor_is_stuck(sim: SimBeamline) -> None:
    """It does not arrive until it is stopped, and is not where it was sent."""
    with during(sim.tools, "stall", "m3"):
        with sim.tools.putting("-c", "-w", "10", "SIM:m3", "4") as putting:
            until(lambda: sim.tools.value("SIM:m3.DMOV") == "0", "the motion to begin")
            sim.tools.caput("-c", "SIM:m3.STOP", "1")
            putting.wait()
        assert float(sim.tools.value("SIM:m3.RBV")) == 0.0
    assert sim.tools.caput("-c", "-w", "10", "SIM:m3", "1").returncode == 0
    assert float(sim.tools.value("SIM:m3.RBV")) == 1.0


def test_a_motor_hits_its_limit_switch(sim: SimBeamline) -> None:
    """The switch reads so where it never would, and the motion towards it ends there."""
    with during(sim.tools, "limit", "m3", "high"):
        sim.tools.caput("-c", "-w", "10", "SIM:m3", "5")
        assert sim.tools.value("SIM:m3.HLS") == "1"
        assert float(sim.tools.value("SIM:m3.RBV")) < 5.0


def test_a_motor_without_power_does_not_move(sim: SimBeamline) -> None:
    """Whatever it is told, it is where it was."""
    before = sim.tools.value("SIM:m3.RBV")
    with during(sim.tools, "unpowered", "m3"):
        sim.tools.caput("-c", "-w", "2", "SIM:m3", "7")
        assert sim.tools.value("SIM:m3.RBV") == before


def test_a_wrong_order_is_refused(sim: SimBeamline) -> None:
    """The put fails, and Message says what would be right."""
    inject(sim.tools, "freeze", "m1.RVB")
    done = sim.tools.caput("-c", "SIM:Fault:Inject", "1")
    assert "Channel write request failed" in done.stdout + done.stderr
    assert "did you mean m1." in sim.tools.caget("-S", "SIM:Fault:Message").stdout


def test_a_scenario_is_played_by_put(sim: SimBeamline) -> None:
    """The put completes when the story is over; meanwhile all of it is seen, and afterwards nothing."""
    tools = sim.tools
    assert tools.caput("-S", "-c", "SIM:Fault:Scenario", "own").returncode == 0
    with tools.putting("-c", "-w", "20", "SIM:Fault:Run", "1") as playing:
        until(lambda: tools.value("SIM:Ring:Mode") == "no beam", "the beam to be dumped")
        assert tools.value("SIM:m4.RBV") == "5"
        assert playing.wait() == 0
    assert (tools.value("SIM:m4.RBV"), tools.value("SIM:Ring:Mode")) == ("0", "top-up")
    log = tools.caget("-S", "SIM:Fault:Log").stdout
    assert re.search(r"ends: scenario own.*puts Dump to Ring:Dump.*begins: scenario own", log)


def test_a_bad_network_stands_between(sim: SimBeamline) -> None:
    """PVs are found and used through it; it is slow, silent, or cut, and good again."""
    host, port = sim.address.split(":")
    listen = (host, free_port())
    tools = BaseTools(f"{host}:{listen[1]}")
    with proxied((host, int(port)), listen, Network(delay=0.1), seed=1) as proxy:
        began = time.monotonic()
        assert tools.value("SIM:m1.DMOV") == "1"
        assert time.monotonic() - began > 0.4  # search, connection, reading: there and back each
        proxy.change(delay=0.0)
        with tools.camonitor("SIM:m1.DMOV", "SIM:Ring:Current", ready="Ring:Current") as client:
            assert proxy.connections == 1
            proxy.change(black_hole=True)
            assert "not found" in tools.caget("-w", "0.2", "SIM:m1.DMOV").stderr
            told = client.output
            assert "not found" in tools.caget("-w", "0.3", "SIM:m1.DMOV").stderr
            assert client.output == told
            proxy.change(black_hole=False, loss=0.05)
            client.wait_for(rf"(SIM:Ring:Current.*\n.*){{{client.output.count('Current') + 5}}}")
            proxy.cut()
            client.wait_for(r"\*\*\* [Dd]isconnected")
        assert tools.value("SIM:m1.DMOV") == "1"
    assert "not found" in tools.caget("-w", "0.2", "SIM:m1.DMOV").stderr


def test_the_proxy_is_a_command(sim: SimBeamline) -> None:
    """It says when it is ready, passes on, and ends on SIGTERM."""
    port = free_port()
    argv = [sys.executable, "-m", "reioc.sim_iocs.faults.proxy", "--server", sim.address, "--port", str(port)]
    with Service(argv, "^ready") as proxy:
        assert BaseTools(f"127.0.0.1:{port}").value("SIM:m1.DMOV") == "1"
        assert proxy.stop(signal.SIGTERM) == 0


def test_who_was_connected_is_connected_again(sim: SimBeamline, watch: Service) -> None:
    """The client that has been there all the time sees both its channels, by its own means."""
    assert sim.tools.caput("-c", "-w", "10", "SIM:m2", "0.5").returncode == 0
    watch.wait_for(r"SIM:m2.RBV .* 0\.5\b")
    watch.wait_for(r"disconnected(?![\s\S]*disconnected)[\s\S]*SIM:m3.RBV .*\d\s*$")


@pytest.mark.parametrize("option", ["--scenario", "--scenarios"])
def test_a_wrong_scenario_ends_the_command(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is served, with the mistake and where it is."""
    file = tmp_path / "bad.toml"
    file.write_text(OWN.replace('"own"', '"bad"').replace("at = 1.0", "at = -1.0"))
    monkeypatch.setattr("sys.argv", ["sim", option, str(file if option == "--scenario" else tmp_path)])

    assert command.main() == 1
    assert "bad.toml: step 2: at: should be greater than or equal to 0; got -1.0; see --scen" in capsys.readouterr().err
