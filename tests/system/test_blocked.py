"""An engine whose loop is blocked in a device: what is told of it, and what can be done."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from .engine_client import FAILED, Client, EngineService, P
from .own_plans import serving_plans
from .raw_ca import RawClient
from .support import free_port

IN = r"set valve, in Valve\.set \(system_plans\.py:\d+\)"
"""In what it is."""


@pytest.fixture(scope="module")
def engine_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineService]:
    """An engine without hardware, whose devices can hang; one for this module."""
    with serving_plans(tmp_path_factory.mktemp("blocked"), port=free_port()) as running:
        yield running


@pytest.fixture
def engine(engine_service: EngineService) -> Iterator[Client]:
    """A client of it; idle before and after."""
    client = engine_service.client
    yield client
    if client.get("State") != "idle":
        client.try_put("Halt")


def block(engine: Client, seconds: float = 60.0, *, in_c: bool = True) -> None:
    """A plan that hangs for so long; it is known that it does when this returns."""
    engine.start("blocking", {"seconds": seconds, "in_c": in_c})
    engine.wait("BlockedIn", IN)


def port_of(engine: Client) -> int:
    return int(engine.tools.addr_list.split(":")[1])


def test_it_is_told_in_what_and_for_how_long(engine: Client) -> None:
    """Seconds that go on, MINOR from 2 s on; Message says it as well, and all is empty when it answers again."""
    with engine.watch("Blocked", "BlockedIn") as monitor:
        block(engine, 2.4)
        engine.wait("Message", rf".*\[the engine is blocked in {IN} \(\d s now\): it obeys when that ends; Halt does.*")
        monitor.wait_for(r"Blocked\|\|2\|HIGH\|MINOR")
        monitor.wait_for(r"Blocked\|\|2\|(?s:.*)Blocked\|\|0")
    seen = [float(value) for value in re.findall(rf"{P}Blocked\|\|([\d.]+)", monitor.output)]

    assert seen == [*sorted(seen[:-1]), 0]
    assert (engine.text("BlockedIn"), engine.tools.value(P + "Blocked.SEVR")) == ("", "NO_ALARM")
    engine.wait("Message", r"(?!.*blocked).*")
    engine.put("Stop")
    assert engine.ended("stop")


def test_a_pause_is_acknowledged_at_once_and_comes_when_it_can(engine: Client) -> None:
    """Cmd:Message says what it waits for; the put is over when the plan is paused."""
    block(engine, 1.5)
    begun = time.monotonic()
    with engine.putting("Pause") as put:
        assert (engine.get("Cmd:Name"), engine.get("Cmd:Result")) == ("Pause", "accepted")
        told = engine.text("Cmd:Message")
        took = time.monotonic() - begun
        assert (engine.get("State"), engine.get("Pause")) == ("running", "Pause")
        assert (put.wait(), FAILED in put.output) == (0, False)

    assert re.fullmatch(
        rf"accepted; the engine is blocked in {IN} \(\d s now\): it obeys when that ends; Halt does not wait for that",
        told,
    )
    assert took < 1
    assert (engine.get("State"), engine.get("Cmd:Result")) == ("paused", "done")


def test_the_other_pvs_do_not_notice(engine: Client) -> None:
    """Each get is answered within 0.2 s, and Heartbeat goes on."""
    block(engine, 1.5)
    with RawClient(port_of(engine)) as client:
        channels = [client.channel(P + name) for name in ("State", "Blocked", "Message", "Data:X", "Plan:Names")]
        heartbeat = client.channel(P + "Heartbeat")
        number, took = client.subscribe(heartbeat), []
        for channel in channels * 10:
            begun = time.monotonic()
            client.get(channel)
            took.append(time.monotonic() - begun)
        assert client.get(client.channel(P + "BlockedIn")).dbr.text
        beats = [client.wait_for(lambda each: each.parameter2 == number).dbr.values[0] for _ in range(2)]

    assert max(took) < 0.2
    assert beats == [beats[0], beats[0] + 1]


@pytest.mark.parametrize("in_c", [True, False], ids=["in C", "in Python"])
def test_a_halt_gives_the_engine_back(engine: Client, in_c: bool) -> None:
    """Idle within 3 s; the run has ended as halted and says in what it hung; the next plan runs."""
    block(engine, in_c=in_c)
    engine.put("Reason", "the valve hangs", "-S")
    with engine.watch("Cmd:Message") as monitor:
        begun = time.monotonic()
        engine.put("Halt")
        took = time.monotonic() - begun
        monitor.wait_for(rf"accepted; the engine is blocked in {IN} \(\d s now\): it is given up")

    assert engine.ended("halt")
    assert took < 3
    assert engine.get("Run:Open") == "No"
    assert re.search(rf"the valve hangs; given up while blocked in {IN}", engine.text("Run:Reason"))
    engine.wait("Blocked", "0")
    engine.run("two_runs", {"points": 3})
    assert engine.ended("success")


def test_what_was_waited_for_is_answered_by_a_halt(engine: Client) -> None:
    """A pause, a stop and the plan itself: each put is over, and fails where it did not come true."""
    engine.choose("blocking", {})
    with engine.putting("Plan:Run") as run:
        engine.wait("BlockedIn", IN)
        with engine.putting("Pause") as pause, engine.putting("Stop") as stop:
            engine.put("Halt")
            assert (run.wait(), pause.wait(), stop.wait()) == (1, 1, 0)

    assert engine.ended("halt")
    assert [engine.get(name) for name in ("Plan:Run", "Pause", "Stop", "Halt")] == ["Done"] * 4


def test_motors_are_stopped_though_the_engine_is_blocked(engine: Client) -> None:
    """StopMotion does not go through the engine's loop; the plan is paused when it can be."""
    block(engine, 1.2)
    with engine.putting("StopMotion") as put:
        assert (put.wait(), FAILED in put.output) == (0, False)

    assert engine.get("State") == "paused"
