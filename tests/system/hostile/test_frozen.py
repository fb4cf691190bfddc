"""Clients that do not read what they are sent, or not as fast as it comes."""

import os
import signal
import struct

import pytest

from ..engine_client import P
from ..raw_ca import RawClient
from ..raw_dbr import CHAR, DOUBLE, ENUM, TIME
from ..raw_messages import (
    EVENT_ADD,
    EVENTS_OFF,
    EVENTS_ON,
    READ_NOTIFY,
    WRITE,
    WRITE_NOTIFY,
    Channel,
    message,
    request_of_events,
    request_of_get,
    request_of_put,
)
from ..support import BaseTools
from .witness import Ioc

ONE = struct.pack(">H", 1)
SMALL = 2304
"""The smallest receive buffer that Linux gives."""


TEXTS = [f"{number:04d} ".encode() + b"x" * 1900 for number in range(400)]
"""All of them together are more than what the kernel keeps for a client."""


def put_texts(user: RawClient) -> None:
    """Updates of 2 kB."""
    reason = user.channel(P + "Reason")
    for text in TEXTS:
        assert user.put(reason, text, CHAR, len(text)).status == 1


def refuse_many(ioc: Ioc, times: int) -> None:
    """Puts that are refused: each changes Cmd:Seq, Cmd:Time, the acknowledgement and the audit log."""
    with ioc.client(user="busy") as client:
        resume = client.channel(P + "Resume")
        for start in range(0, times, 100):
            numbers = range(start, min(start + 100, times))
            client.send(
                *(request_of_put(resume, 10_000 + number, ONE, ENUM, command=WRITE_NOTIFY) for number in numbers)
            )
            for number in numbers:
                client.answer(WRITE_NOTIFY, parameter2=10_000 + number)


def run_nothing(ioc: Ioc, times: int) -> None:
    """Plans that are over at once: the state changes twice for each."""
    with ioc.client(user="busy") as client:
        name, run = client.channel(P + "Plan:Name"), client.channel(P + "Plan:Run")
        assert client.put(name, b"nothing\0", 0).status == 1
        assert client.put(client.channel(P + "Plan:Params"), b"{}\0", CHAR, 3).status == 1
        for _ in range(times):
            assert client.put(run, ONE, ENUM).status == 1


def subscribe_often(client: RawClient, name: str, times: int, data_type: int | None = None) -> None:
    """Many subscriptions to one PV: as many updates at each change."""
    channel = client.channel(P + name)
    client.send(*(request_of_events(channel, client.new_id(), data_type) for _ in range(times)))


@pytest.mark.parametrize(
    ("name", "subscriptions", "provoke", "times"),
    [
        ("State", 300, run_nothing, 40),
        ("Cmd:Seq", 300, refuse_many, 100),
        ("Audit:Log", 100, refuse_many, 400),
    ],
)
def test_a_frozen_subscriber_delays_nobody(ioc: Ioc, name: str, subscriptions: int, provoke, times: int) -> None:
    """It never reads, while tens of thousands of updates are for it; when it has gone, all is as before."""
    with ioc.attacked() as witness:
        with ioc.client(receive_buffer=SMALL) as frozen:
            subscribe_often(frozen, name, subscriptions)
            provoke(ioc, times)
            witness.sees(10)
        provoke(ioc, 2)


def test_a_subscriber_of_plots_that_is_frozen_during_a_run(ioc: Ioc) -> None:
    """Arrays of 8 kB for two hundred subscriptions, ten times a second: the run goes on, and so do all others."""
    with ioc.attacked() as witness, ioc.client(receive_buffer=SMALL) as frozen, ioc.client() as user:
        subscribe_often(frozen, "Data:X", 100)
        subscribe_often(frozen, "Data:Y", 100)
        points = user.subscribe(user.channel(P + "Data:N"), count=1)
        user.put(user.channel(P + "Plan:Name"), b"ramp\0", 0)
        user.put(user.channel(P + "Plan:Params"), b"{}\0", CHAR, 3)
        run, stop = user.channel(P + "Plan:Run"), user.channel(P + "Stop")
        user.send(request_of_put(run, 77_777, ONE, ENUM))
        user.wait_for(lambda each: _is_number(each, points) and each.dbr.values[0] >= 20, "the 20th point")
        witness.sees(50)
        assert user.put(stop, ONE, ENUM).status == 1


def _is_number(each, subscription: int) -> bool:
    return each.command == EVENT_ADD and each.parameter2 == subscription


def test_a_stopped_camonitor_delays_nobody(ioc: Ioc) -> None:
    """The same with EPICS Base's client, whose process is stopped (SIGSTOP); going on, it sees the last value."""
    tools = BaseTools(f"127.0.0.1:{ioc.port}")
    names = [P + "Reason"] * 20
    with ioc.attacked(), tools.camonitor("-S", *names, ready="Reason") as monitor, ioc.client() as user:
        os.kill(monitor.pid, signal.SIGSTOP)
        put_texts(user)
        os.kill(monitor.pid, signal.SIGCONT)
        monitor.wait_for(f"{len(TEXTS) - 1:04d} x")
        assert user.put(user.channel(P + "Reason"), b"\0", CHAR).status == 1


def test_a_slow_subscriber_gets_the_newest_value_at_last(ioc: Ioc) -> None:
    """It reads nothing for hundreds of updates of 2 kB; then it gets a bounded backlog, and the last value last."""
    with ioc.attacked(), ioc.client(receive_buffer=SMALL) as slow, ioc.client() as user:
        watched = slow.channel(P + "Reason")
        numbers = [slow.subscribe(watched) for _ in range(20)]
        put_texts(user)
        last: dict[int, bytes] = {}
        received = 0
        while any(last.get(number, b"")[:4] != TEXTS[-1][:4] for number in numbers):
            update = slow.answer(EVENT_ADD)
            last[update.parameter2] = update.payload
            received += len(update.payload)
        assert user.put(user.channel(P + "Reason"), b"\0", CHAR).status == 1

        assert received < 10e6  # of 15 MB that all updates are


@pytest.mark.parametrize(
    ("command", "name", "size"),
    [(READ_NOTIFY, "Data:X", 0), (WRITE_NOTIFY, "Plan:Params", 7900), (WRITE, "Plan:Params", 7900)],
)
def test_a_client_that_asks_and_never_reads_the_answers(ioc: Ioc, command: int, name: str, size: int) -> None:
    """Thousands of gets or puts of the largest values: their answers, or they themselves, are not hoarded."""
    with ioc.attacked() as witness, ioc.client(receive_buffer=SMALL) as deaf:
        channel = deaf.channel(P + name)
        deaf.push(b"".join(_request(channel, command, number, size) for number in range(5000)), at_most=1.0)
        witness.sees(20)


def _request(channel: Channel, command: int, ioid: int, size: int) -> bytes:
    if command == READ_NOTIFY:
        return request_of_get(channel, ioid)
    return request_of_put(channel, ioid, b"{" + b" " * size, CHAR, size + 1, command=command)


def test_a_client_whose_events_are_off_gets_the_newest_value_once(ioc: Ioc) -> None:
    """Whatever happened meanwhile, each subscription gets one update when events are on again."""
    with ioc.attacked(), ioc.client() as client, ioc.client() as user:
        watched = client.channel(P + "Reason")
        numbers = [client.subscribe(watched, CHAR + TIME) for _ in range(3)]
        for number in numbers:
            client.answer(EVENT_ADD, parameter2=number)
        client.send(message(EVENTS_OFF))
        assert client.is_alive()
        reason = user.channel(P + "Reason")
        for number in range(5):
            user.put(reason, f"text {number}\0".encode(), CHAR, 7)
        assert client.is_alive()
        assert [client.updates(number) for number in numbers] == [[], [], []]
        client.send(message(EVENTS_ON))
        texts = [client.answer(EVENT_ADD, parameter2=number).dbr.text for number in numbers]
        user.put(reason, b"\0", CHAR)
        after = [client.answer(EVENT_ADD, parameter2=number).dbr.text for number in numbers]

        assert (texts, after) == (["text 4"] * 3, [""] * 3)


def test_events_that_are_turned_off_and_on_again_and_again(ioc: Ioc) -> None:
    """Also twice off, twice on, and without any change: the connection lives, and the last value comes."""
    with ioc.attacked(), ioc.client() as client, ioc.client() as user:
        number = client.subscribe(client.channel(P + "Cmd:Seq"))
        resume = user.channel(P + "Resume")
        for _ in range(100):
            client.send(message(EVENTS_OFF), message(EVENTS_OFF))
            user.put(resume, ONE, ENUM)
            client.send(message(EVENTS_ON), message(EVENTS_ON))
        now = user.get(user.channel(P + "Cmd:Seq")).dbr.values
        client.wait_for(lambda each: _is_number(each, number) and each.dbr.values == now, "the last value")

        assert client.is_alive()


def test_a_client_that_turns_events_off_and_never_on(ioc: Ioc) -> None:
    """Nothing is hoarded for it."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + "Cmd:Seq")
        client.send(*(request_of_events(channel, client.new_id(), DOUBLE) for _ in range(300)))
        client.send(message(EVENTS_OFF))
        refuse_many(ioc, 200)

        assert client.is_alive()
