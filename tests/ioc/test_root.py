"""EngineIOC: serving an engine, on a loop of the caller's or in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time

import pytest
from ophyd.sim import motor

from reioc.engine import Msg, TransitionError
from reioc.ioc.access import AccessRules, parse_acf
from reioc.ioc.channel_access.sockets import PortUnavailable
from reioc.ioc.engine_pvs import EnginePVs
from reioc.ioc.gate import Gate
from reioc.ioc.plans.catalogue import CatalogueError
from reioc.ioc.root import EngineIOC

from ..system.raw_ca import RawClient
from ..system.raw_messages import EVENT_ADD
from ..system.support import free_port

STRING, TIME_STRING = 0, 14


def short():
    """A plan that is over at once."""
    yield Msg("null")


@pytest.fixture
def ioc(RE):
    """One that can be started, and is stopped afterwards."""
    made = EngineIOC(RE, "R:", devices=[motor])
    yield made
    made.stop()


def read(port: int, name: str) -> str:
    """What a client reads."""
    with RawClient(port) as client:
        return client.get(client.channel(f"R:{name}"), STRING).dbr.text


def started(ioc: EngineIOC) -> int:
    """The port on which it serves."""
    port = free_port()
    ioc.start(port=port)
    return port


def threads() -> set[str]:
    """The names of the threads of IOCs."""
    return {each.name for each in threading.enumerate() if each.name.startswith(("reioc-ioc", "autosave"))}


def test_it_serves_when_start_returns(ioc) -> None:
    """No client has to try twice; start returns the IOC, so that one line does."""
    port = free_port()

    assert ioc.start(port=port) is ioc
    assert read(port, "State") == "idle"


def test_a_journal_does_not_begin_in_the_middle_of_a_plan(RE, tmp_path) -> None:
    """It is not even opened: the run that is in progress would be closed there as that of an engine that died."""
    file = tmp_path / "journal.sqlite"
    refusals = []

    def start_within_a_plan():
        yield Msg("null")
        with pytest.raises(TransitionError, match="R: is served with a journal, which begins while no plan is in prog"):
            EngineIOC(RE, "R:", journal=file).start(port=free_port())
        refusals.append(file.exists())

    RE(start_within_a_plan())
    assert refusals == [False]


def test_it_serves_no_more_when_stop_returns(ioc) -> None:
    """The port is free, the thread has ended, and the engine is what it was."""
    port = free_port()
    ioc.start(port=port)
    ioc.stop()

    with pytest.raises(OSError, match="refused"):
        RawClient(port)
    assert (threads(), ioc.pvs) == (set(), None)
    assert ioc.RE(short()).outcome == "success"


def test_it_is_stopped_at_the_end_of_a_with(ioc) -> None:
    """Started by it as well, or before it."""
    port = free_port()
    with ioc.start(port=port) as entered:
        assert (entered, read(port, "State")) == (ioc, "idle")

    assert threads() == set()


def test_stopping_twice_is_stopping(ioc) -> None:
    """One that was never started has nothing to stop, either."""
    ioc.stop()
    ioc.start(port=free_port())
    ioc.stop()
    ioc.stop()

    assert threads() == set()


def test_starting_twice_is_refused(ioc) -> None:
    """It says what to do, and goes on serving."""
    port = free_port()
    ioc.start(port=port)

    with pytest.raises(RuntimeError, match=r"R: is served already; stop\(\) comes before another start\(\)"):
        ioc.start(port=free_port())

    assert read(port, "State") == "idle"


def test_it_can_be_served_again(ioc) -> None:
    """On the same port, though clients of before have only just gone; it shows what the engine did meanwhile."""
    port = free_port()
    ioc.start(port=port)
    with RawClient(port) as client:
        client.channel("R:State")
        ioc.stop()
        client.wait_closed()
    assert ioc.RE(short()).outcome == "success"
    ioc.start(port=port)

    assert read(port, "State") == "idle"
    assert read(port, "StateSeq") == "2"


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["TCP", "UDP"])
def test_a_port_in_use_is_raised(ioc, kind) -> None:
    """Start raises what the server says, and another port can be tried at once."""
    with socket.socket(type=kind) as other:
        port = free_port()
        other.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        protocol = "TCP" if kind == socket.SOCK_STREAM else "UDP"
        with pytest.raises(PortUnavailable, match=f"{protocol} port {port} of 127.0.0.1 is in use"):
            ioc.start(port=port)
    assert threads() == set()

    assert read(started(ioc), "State") == "idle"


def test_no_thread_is_left_of_one_that_has_saved(RE, tmp_path) -> None:
    """What is saved is saved when stop returns."""
    with EngineIOC(RE, "R:", autosave=tmp_path / "saved.json").start(port=free_port()):
        pass

    assert json.loads((tmp_path / "saved.json").read_text())["plan"] == {"name": "", "params": ""}
    deadline = time.monotonic() + 10
    while threads() and time.monotonic() < deadline:  # the thread ends when it has seen that it is to
        pass
    assert threads() == set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_one_that_has_ended_by_itself_can_be_stopped_and_started(ioc, monkeypatch) -> None:
    """A fault of ours is told by its thread; the person goes on."""

    async def fail() -> None:
        raise ZeroDivisionError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(EnginePVs, "work", lambda _: [fail()])
        ioc.start(port=free_port())
        for thread in [each for each in threading.enumerate() if each.name == "reioc-ioc"]:
            thread.join(10)
    ioc.stop()

    assert read(started(ioc), "State") == "idle"


def test_clients_see_it_go(ioc) -> None:
    """State reads offline, INVALID, and then the connection is closed."""
    port = started(ioc)
    with RawClient(port) as client:
        client.subscribe(client.channel("R:State"), TIME_STRING)
        seen = [client.answer(EVENT_ADD).dbr]
        stopping = threading.Thread(target=ioc.stop)
        stopping.start()
        seen.append(client.answer(EVENT_ADD).dbr)
        client.wait_closed()
        stopping.join()

    assert [(each.text, each.severity) for each in seen] == [("idle", 0), ("offline", 3)]


def test_plans_that_cannot_be_offered_are_told_at_once(RE) -> None:
    """When it is made, not when it is served."""
    with pytest.raises(CatalogueError, match="no_such_plans"):
        EngineIOC(RE, "R:", plans=["no_such_plans"])


def test_a_gate_of_ones_own_decides(RE) -> None:
    """Instead of everybody on this host."""
    nobody = AccessRules(
        parse_acf("ASG(DEFAULT) { RULE(1, READ) }", "a", {}), check_client_ip=True, resolve=lambda _: []
    )
    port = free_port()
    with (
        EngineIOC(RE, "R:", gate=lambda pvs: Gate(nobody, "R:", pvs.pvdb)).start(port=port),
        RawClient(port) as client,
    ):
        assert client.channel("R:Pause").rights == 1


def test_on_a_loop_it_serves_until_it_is_cancelled(RE) -> None:
    """`on_ready` is called when clients can connect, once; afterwards the port is free."""
    port, ready = free_port(), []
    ioc = EngineIOC(RE, "R:")

    async def main() -> None:
        is_ready = asyncio.Event()
        serving = asyncio.create_task(ioc.serve(port=port, on_ready=lambda: (ready.append(1), is_ready.set())))
        async with asyncio.timeout(10):
            await is_ready.wait()
        assert await asyncio.to_thread(read, port, "State") == "idle"
        assert ioc.pvs is not None
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    asyncio.run(main())

    assert (ready, ioc.pvs) == ([1], None)
    with pytest.raises(OSError, match="refused"):
        RawClient(port)
