"""Bytes that are no Channel Access, or were."""

import random
import socket
import struct

import pytest

from ..engine_client import P
from ..raw_ca import Closed, RawClient, search_by_udp
from ..raw_dbr import CHAR, ENUM
from ..raw_messages import (
    CLEAR_CHANNEL,
    CREATE_CHAN,
    ECHO,
    ERROR,
    EVENT_CANCEL,
    EVENTS_OFF,
    EVENTS_ON,
    NORMAL,
    READ_NOTIFY,
    WRITE,
    WRITE_NOTIFY,
    message,
    request_of_events,
    request_of_get,
    request_of_put,
    requests_of_search,
)
from .witness import Ioc

SEED = 20240229


def test_random_bytes_by_tcp(ioc: Ioc) -> None:
    """Three hundred connections that say up to 4 kB of anything."""
    dice = random.Random(SEED)
    with ioc.attacked():
        for _ in range(300):
            _say(ioc, dice.randbytes(dice.randrange(1, 4096)))


def test_random_messages_by_tcp(ioc: Ioc) -> None:
    """Headers that parse, of known and unknown commands, with anything in them."""
    dice = random.Random(SEED)
    with ioc.attacked():
        for _ in range(150):
            _say(ioc, b"".join(_random_message(dice) for _ in range(20)))


def test_sessions_with_flipped_bytes(ioc: Ioc) -> None:
    """What a client really says, but for up to five bytes."""
    dice = random.Random(SEED)
    with ioc.attacked():
        for _ in range(200):
            with ioc.client() as client:
                said = bytearray(_session(client))
                for _ in range(dice.randrange(1, 6)):
                    said[dice.randrange(len(said))] = dice.randrange(256)
                client.push(bytes(said), at_most=0.2)


def test_a_session_byte_by_byte(ioc: Ioc) -> None:
    """Each byte is a packet of its own; all is answered."""
    with ioc.attacked(), ioc.client() as client:
        for byte in _session(client) + message(ECHO):
            client.send(bytes([byte]))
        client.answer(ECHO)

        assert {client.answer(READ_NOTIFY).status for _ in range(2)} == {NORMAL}


def test_random_datagrams(ioc: Ioc) -> None:
    """Two thousand datagrams of anything, and searches with flipped bytes; then a search is answered."""
    dice = random.Random(SEED)
    search = requests_of_search(P + "State", P + "NoSuch", b"\xff\xfe", b"")
    with ioc.attacked() as witness, socket.socket(type=socket.SOCK_DGRAM) as client:
        for number in range(2000):
            said = bytearray(search) if number % 2 else bytearray(dice.randbytes(dice.randrange(512)))
            for _ in range(3 if said else 0):
                said[dice.randrange(len(said))] = dice.randrange(256)
            client.sendto(said, ("127.0.0.1", ioc.port))
            if number % 100 == 0:
                witness.sees(1)  # otherwise the kernel drops most of them

        assert search_by_udp(ioc.port, P + "State") == {P + "State": ioc.port}


@pytest.mark.parametrize("size", [2**31 - 8, 2**32 - 1], ids=hex)
@pytest.mark.parametrize("command", [WRITE, CREATE_CHAN])
def test_payloads_that_are_announced_to_be_huge(ioc: Ioc, command: int, size: int) -> None:
    """Nothing is kept for them: they are refused, the connection is closed, or they are dropped as they come."""
    with ioc.attacked() as witness, ioc.client() as client:
        reason = client.channel(P + "Reason")
        said = message(command, data_type=CHAR, count=1, parameter1=reason.sid, parameter2=7, size=size, extended=True)
        client.push(said + bytes(min(size, 2**26) // 2), at_most=0.3)
        witness.sees(5)


def test_a_huge_payload_is_refused(ioc: Ioc) -> None:
    """The client is told, or sees its connection closed, instead of waiting for ever."""
    with ioc.attacked(), ioc.client() as client:
        reason = client.channel(P + "Reason")
        client.send(
            message(WRITE_NOTIFY, data_type=CHAR, count=1, parameter1=reason.sid, size=2**32 - 8, extended=True)
        )
        try:
            client.answer(ERROR)
        except Closed:
            return


@pytest.mark.parametrize(
    ("count", "payload"), [(1000, bytes(8)), (0, bytes(8)), (3, bytes(8)), (2**32 - 1, bytes(8)), (1, b"")]
)
@pytest.mark.parametrize("data_type", [CHAR, ENUM, 0, 6, 20])
def test_a_put_whose_count_and_size_do_not_match(ioc: Ioc, count: int, payload: bytes, data_type: int) -> None:
    """It is answered, and the connection lives; or that is closed. It is not silence."""
    with ioc.attacked(), ioc.client() as client:
        reason = client.channel(P + "Reason")
        try:
            client.put(reason, payload, data_type, count)
            assert client.is_alive()
        except Closed:
            return


def _say(ioc: Ioc, said: bytes) -> None:
    with RawClient(ioc.port, greet=False) as client:
        client.push(said, at_most=0.2)


def _random_message(dice: random.Random) -> bytes:
    command = dice.choice([*range(30), dice.randrange(65536)])
    return message(
        command,
        dice.randbytes(8 * dice.randrange(5)),
        data_type=dice.choice([*range(40), 0xFFFF]),
        count=dice.choice([0, 1, 2, 13, 0xFFFF]),
        parameter1=dice.choice([0, 1, 2, 0xFFFFFFFF]),
        parameter2=dice.choice([0, 1, 2, 0xFFFFFFFF]),
        extended=dice.random() < 0.1,
    )


def _session(client: RawClient) -> bytes:
    """What a client of two channels says: gets, puts, a subscription, their ends."""
    state, reason = client.channel(P + "State"), client.channel(P + "Reason")
    cancelled = struct.pack(">fffHH", 0, 0, 0, 5, 0)
    return b"".join(
        [
            message(CREATE_CHAN, b"T:RE:Message\0", parameter1=77, parameter2=13),
            request_of_get(state, 1),
            request_of_get(reason, 2, CHAR + 14),
            request_of_events(state, 3),
            request_of_put(reason, 4, b"because\0", CHAR, 8),
            request_of_put(reason, 5, b"\0", CHAR, 1, command=WRITE_NOTIFY),
            message(EVENTS_OFF),
            message(EVENTS_ON),
            message(EVENT_CANCEL, cancelled, data_type=ENUM, count=1, parameter1=state.sid, parameter2=3),
            message(CLEAR_CHANNEL, parameter1=reason.sid, parameter2=reason.cid),
        ]
    )
