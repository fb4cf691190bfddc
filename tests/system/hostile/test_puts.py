"""Puts in masses, of anything."""

import asyncio
import os
import random
import struct
import threading

import pytest

from reioc.devices import Registry
from reioc.engine import RunEngine
from reioc.ioc.engine_pvs import EnginePVs
from reioc.ioc.plans.catalogue import Catalogue
from reioc.suspenders import ManualSource, SuspendBoolHigh

from ..engine_client import P
from ..raw_ca import RawClient
from ..raw_dbr import CHAR, DOUBLE, ENUM, FLOAT, LONG, STRING, STS, size_of, to_bytes
from ..raw_messages import ERROR, NORMAL, WRITE, WRITE_NOTIFY, Channel, request_of_put
from .witness import MEDIAN, Ioc

RANDOM_PUTS = int(os.environ.get("REIOC_RANDOM_PUTS", "5000"))
"""Set it to 100000 to be more thorough."""
ONE = struct.pack(">H", 1)
HALT = 2**31
"""The number of a put that no other has."""
_WORDS = ("1", "0", "Yes", "No", "{}", "[]", "null", "1e400", "nan", "-1", "scan", '{"a": 1}', "\0", "é")


@pytest.fixture(scope="module")
def names() -> list[str]:
    """All PVs that the IOC has."""

    async def pvs() -> list[str]:
        RE = RunEngine()
        RE.install_suspender(SuspendBoolHigh(ManualSource("CURRENT"), name="beam"))
        ioc = EnginePVs(RE, P, catalogue=Catalogue.load(["reioc.engine.plans"], Registry({})))
        ioc.close()
        return list(ioc.pvdb)

    return asyncio.run(pvs())


def test_random_puts_to_every_pv(ioc: Ioc, names: list[str]) -> None:
    """Afterwards each PV still answers, none has got an alarm by a put, commands were counted, the engine is idle."""
    dice = random.Random(4711)
    with ioc.attacked(), ioc.client() as client:
        channels = [client.channel(name) for name in names]
        settings = [channel for channel in channels if channel.rights & 2]
        pool = channels + 4 * settings  # what a display refuses is soon said
        severities = [client.get(channel, STS + STRING, 1).dbr.severity for channel in settings]
        counted = int(ioc.text(client, "Cmd:Seq"))
        halt = client.channel(P + "Halt")
        for first in range(0, RANDOM_PUTS, 40):
            _put_and_wait(client, halt, [_random_put(dice, dice.choice(pool), first + each) for each in range(40)])

        client.put(client.channel(P + "Susp:beam:Bypass"), to_bytes(DOUBLE, [0.0]), DOUBLE)  # a bypass is a warning
        client.put(client.channel(P + "Susp:Enable"), ONE, ENUM)  # so is that all suspenders are off
        assert len(settings) > 25
        assert {(each.name, *_statuses(client, each)) for each in channels} == {
            (each.name, NORMAL, NORMAL) for each in channels
        }
        now = [client.get(channel, STS + STRING, 1).dbr.severity for channel in settings]
        assert [each.name for each, old, new in zip(settings, severities, now, strict=True) if old != new] == []
        assert ioc.text(client, "State") == "idle"
        assert int(ioc.text(client, "Cmd:Seq")) > counted + 100
    ioc.is_hurt = True  # its settings are anything now


def _statuses(client: RawClient, channel: Channel) -> tuple[int, int]:
    return client.get(channel).status, client.get(channel, STRING, 1).status


def _random_put(dice: random.Random, channel: Channel, ioid: int) -> bytes:
    data_type = dice.choice([channel.data_type, *range(7), dice.randrange(45)])
    count = dice.choice([1, 1, 1, 0, 2, 5, 100, channel.count, channel.count + 1])
    if dice.random() < 0.4:
        data_type, count = STRING, 1
        data = dice.choice(_WORDS).encode()
    elif dice.random() < 0.3:
        text = "".join(dice.choice(_WORDS) for _ in range(dice.randrange(40))).encode()
        data_type, count, data = CHAR, len(text), text
    else:
        data = dice.randbytes(min(size_of(data_type, count), 20_000) if data_type < 39 else 16)
        if dice.random() < 0.1:
            data = data[: len(data) // 2]
    return request_of_put(channel, ioid, data, data_type, count, command=WRITE_NOTIFY)


def _put_and_wait(client: RawClient, halt: Channel, puts: list[bytes]) -> None:
    """All are answered: those that have started a plan when it is over, and a halt ends one that is paused or held."""
    client.send(*puts)
    for _ in puts:
        try:
            client.answer(WRITE_NOTIFY, ERROR, patience=2)
        except AssertionError:
            client.send(request_of_put(halt, HALT, ONE, ENUM, command=WRITE_NOTIFY))
            client.answer(WRITE_NOTIFY, parameter2=HALT, patience=30)
            client.answer(WRITE_NOTIFY, ERROR, patience=30)


@pytest.mark.parametrize("command", [WRITE, WRITE_NOTIFY])
@pytest.mark.parametrize(("name", "data"), [("Resume", ONE), ("State", ONE)], ids=["refused", "denied"])
def test_a_flood_of_puts(ioc: Ioc, name: str, data: bytes, command: int) -> None:
    """Twenty thousand at once from a client that then goes: others are served meanwhile."""
    with ioc.attacked(median=2 * MEDIAN) as witness, ioc.client() as client:
        channel = client.channel(P + name)
        client.push(
            b"".join(request_of_put(channel, each, data, ENUM, command=command) for each in range(20_000)), at_most=1.0
        )
        witness.sees(20)


def test_a_flood_of_puts_from_twenty_connections(ioc: Ioc) -> None:
    """All to one PV, each waiting for its answers: all are answered, each client's last one after its others."""
    with ioc.attacked():
        threads = [threading.Thread(target=_put_often, args=(ioc,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert not any(thread.is_alive() for thread in threads)


def _put_often(ioc: Ioc) -> None:
    with ioc.client() as client:
        channel = client.channel(P + "Reason")
        client.send(*(request_of_put(channel, each, b"x\0", CHAR, 2, command=WRITE_NOTIFY) for each in range(50)))
        assert [client.answer(WRITE_NOTIFY).parameter2 for _ in range(50)] == list(range(50))


def test_puts_of_one_client_are_carried_out_in_order(ioc: Ioc) -> None:
    """The last one is what the PV has in the end, and every one is told in that order."""
    with ioc.attacked(), ioc.client() as client, ioc.client() as other:
        reason, watched = client.channel(P + "Reason"), other.channel(P + "Reason")
        number = other.subscribe(watched)
        texts = [f"text {each:03d}" for each in range(200)]
        client.send(*(request_of_put(reason, 7, f"{text}\0".encode(), CHAR, 9) for text in texts))
        assert client.is_alive()
        other.wait_for(lambda each: each.parameter2 == number and each.dbr.text == texts[-1], "the last text")
        seen = [each.dbr.text for each in other.updates(number) if each.dbr.text in texts]

        assert seen == sorted(seen)
        assert client.get(reason, CHAR, 0).dbr.text == texts[-1]
        client.put(reason, b"\0", CHAR)


def test_a_client_that_goes_while_its_put_is_under_way(ioc: Ioc) -> None:
    """What it has started goes on and can be stopped by others; nobody is answered."""
    with ioc.attacked(), ioc.client() as user:
        with ioc.client() as client:
            client.put(client.channel(P + "Plan:Name"), b"ramp", STRING)
            client.put(client.channel(P + "Plan:Params"), b"{}\0", CHAR, 3)
            client.send(request_of_put(client.channel(P + "Plan:Run"), 7, ONE, ENUM, command=WRITE_NOTIFY))
            number = user.subscribe(user.channel(P + "State"), STRING)
            user.wait_for(lambda each: each.parameter2 == number and each.dbr.text == "running", "running")
            client.reset()

        assert user.put(user.channel(P + "Stop"), ONE, ENUM).status == NORMAL
        assert ioc.text(user, "State") == "idle"


def test_a_put_that_takes_its_time_delays_nothing_else(ioc: Ioc) -> None:
    """On the same connection gets and puts are answered while a plan's put-completion is awaited."""
    with ioc.attacked(), ioc.client() as client:
        client.put(client.channel(P + "Plan:Name"), b"ramp", STRING)
        client.put(client.channel(P + "Plan:Params"), b"{}\0", CHAR, 3)
        client.send(request_of_put(client.channel(P + "Plan:Run"), 77, ONE, ENUM, command=WRITE_NOTIFY))
        number = client.subscribe(client.channel(P + "State"), STRING)
        client.wait_for(lambda each: each.parameter2 == number and each.dbr.text == "running", "running")
        sequence = client.channel(P + "Cmd:Seq")
        assert client.get(sequence).status == NORMAL
        assert client.put(client.channel(P + "Stop"), ONE, ENUM).status == NORMAL

        client.answer(WRITE_NOTIFY, parameter2=77)


@pytest.mark.parametrize("data_type", [FLOAT, DOUBLE])
@pytest.mark.parametrize("name", ["Reason", "Plan:Params"])
def test_numbers_that_are_no_characters_are_refused_by_a_text(ioc: Ioc, name: str, data_type: int) -> None:
    """The text stays as it was, and has no alarm."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        before = client.get(channel, STS + CHAR, 0).dbr
        answer = client.put(channel, to_bytes(data_type, [200.0, 300.5, -1.0, 1e20] * 25), data_type, 100)

        assert answer.status != NORMAL
        assert client.get(channel, STS + CHAR, 0).dbr == before


def test_a_number_beyond_the_labels_is_refused(ioc: Ioc) -> None:
    """The switch keeps its value, and can be read."""
    with ioc.attacked(), ioc.client() as client:
        enable = client.channel(P + "Susp:Enable")
        before = client.get(enable).dbr.values
        puts = [(LONG, -1), (LONG, 2), (ENUM, 65535), (DOUBLE, 2.0), (STRING, "Maybe")]
        answers = [client.put(enable, to_bytes(data_type, [value]), data_type) for data_type, value in puts]

        assert [each.status != NORMAL for each in answers] == [True] * 5
        assert client.get(enable).dbr.values == before


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e300])
@pytest.mark.parametrize("name", ["Susp:Enable", "Susp:beam:Delay", "Susp:beam:Low", "Reason", "Plan:Name"])
def test_a_number_that_is_none_leaves_a_pv_that_can_be_read(ioc: Ioc, name: str, number: float) -> None:
    """Taken or refused, it is answered, and the PV reads as before or as what was put, in both its forms."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        before = client.get(channel, STRING, 1).dbr.values[0]
        client.put(channel, to_bytes(DOUBLE, [number]), DOUBLE)
        assert _statuses(client, channel) == (NORMAL, NORMAL)
        client.put(channel, before, STRING)
