"""Well-formed messages that make no sense, and names that nobody should have."""

import contextlib
import struct

import pytest

from ..engine_client import P
from ..raw_ca import Closed, RawClient
from ..raw_dbr import CHAR, ENUM, STRING
from ..raw_messages import (
    CLEAR_CHANNEL,
    CREATE_CH_FAIL,
    CREATE_CHAN,
    ECHO,
    ERROR,
    EVENT_ADD,
    EVENT_CANCEL,
    NORMAL,
    NOT_FOUND,
    READ_NOTIFY,
    SEARCH,
    WRITE,
    WRITE_NOTIFY,
    message,
    request_of_events,
    request_of_get,
    request_of_put,
    requests_of_search,
)
from .witness import Ioc

ONE = struct.pack(">H", 1)
UNKNOWN = 54321
EVENTS = struct.pack(">fffHH", 0, 0, 0, 5, 0)
"""The payload of EVENT_ADD."""
PUTFAIL = 160


@pytest.mark.parametrize(
    "name",
    [
        b"T:RE:NoSuch",
        b"T:RE:State.NOSUCH",
        b"T:RE:State.VAL$",
        b'T:RE:Heartbeat.{"dbnd":',
        b'T:RE:Heartbeat.{"dbnd":{"abs":1}',
        b'T:RE:Heartbeat.{"dbnd":7}',
        b'T:RE:Heartbeat.{"nosuch":1}',
        b"T:RE:Heartbeat.[1:",
        b"\xff\xfe\xfd",
        b"T:RE:\xc3",
        b"",
        b".",
        b".VAL",
        b"T:RE:State\nT:RE:State",
        b"x" * 60_000,
    ],
    ids=lambda name: repr(name[:30])[2:-1],
)
def test_a_name_that_nobody_has_is_not_found(ioc: Ioc, name: bytes) -> None:
    """CREATE_CHAN says so, and so does SEARCH by TCP; the connection lives."""
    with ioc.attacked(), ioc.client() as client:
        with pytest.raises(LookupError):
            client.channel(name)
        client.send(requests_of_search(name, first_cid=UNKNOWN, reply=True))
        assert client.answer(SEARCH, NOT_FOUND, parameter2=UNKNOWN).command == NOT_FOUND

        assert client.is_alive()


@pytest.mark.parametrize(
    "name",
    [
        "State.VAL",
        "State.DESC$",
        "Cmd:Name.VAL$",
        'Heartbeat.{"dbnd":{"abs":1}}',
        'Heartbeat.VAL{"ts":{}}',
        "Data:X.[0:3]",
    ],
)
def test_a_name_with_modifiers_is_found_and_answers(ioc: Ioc, name: str) -> None:
    """Natively, as a STRING with time, and to a subscription."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        answers = [client.get(channel, None, 0), client.get(channel, 14 + STRING, 1)]
        number = client.subscribe(channel)

        assert [answer.status for answer in answers] == [NORMAL, NORMAL]
        assert client.answer(EVENT_ADD, parameter2=number).status == NORMAL


@pytest.mark.parametrize("payload", [b"", b"T:RE:State", b"T:RE:StateTime012"], ids=len)
def test_create_chan_whose_name_does_not_end(ioc: Ioc, payload: bytes) -> None:
    """No NUL, no padding, no name: it is answered."""
    with ioc.attacked(), ioc.client() as client:
        client.send(message(CREATE_CHAN, payload, parameter1=UNKNOWN, parameter2=13))

        client.answer(CREATE_CHAN, CREATE_CH_FAIL, ERROR, parameter1=UNKNOWN)
        assert client.is_alive()


@pytest.mark.parametrize("command", [READ_NOTIFY, WRITE_NOTIFY, WRITE, EVENT_ADD, CLEAR_CHANNEL], ids=str)
def test_a_channel_that_never_was_is_an_error(ioc: Ioc, command: int) -> None:
    """The client is told; it may be disconnected then, as EPICS Base's server does: it speaks of something else."""
    with ioc.attacked(), ioc.client() as client:
        client.send(message(command, EVENTS if command == EVENT_ADD else bytes(8), count=1, parameter1=UNKNOWN))

        assert client.answer(ERROR).about.command == command


@pytest.mark.parametrize("command", [READ_NOTIFY, WRITE_NOTIFY, WRITE, EVENT_ADD, EVENT_CANCEL], ids=str)
def test_a_channel_that_is_no_more_does_no_harm(ioc: Ioc, command: int) -> None:
    """What is said of it may have been on its way when it was cleared, or its PV withdrawn: the connection lives."""
    with ioc.attacked(), ioc.client() as client:
        state, gone = client.channel(P + "State"), client.channel(P + "Reason")
        client.clear(gone)
        payload = EVENTS if command in (EVENT_ADD, EVENT_CANCEL) else bytes(8)
        client.send(message(command, payload, data_type=CHAR, count=1, parameter1=gone.sid, parameter2=7))

        assert client.is_alive()
        assert client.get(state).status == NORMAL


def test_a_subscription_that_is_cancelled_twice(ioc: Ioc) -> None:
    """The first time it is confirmed; the second, and an unknown one, do no harm."""
    with ioc.attacked(), ioc.client() as client:
        state = client.channel(P + "State")
        number = client.subscribe(state)
        client.answer(EVENT_ADD, parameter2=number)
        cancel = [
            message(EVENT_CANCEL, data_type=ENUM, count=1, parameter1=state.sid, parameter2=each)
            for each in (number, number, UNKNOWN)
        ]
        client.send(*cancel)
        assert client.answer(EVENT_ADD, parameter2=number).payload == b""

        assert client.is_alive()
        assert client.get(state).status == NORMAL


def test_a_cancelled_subscription_brings_nothing_more(ioc: Ioc) -> None:
    """Not even what was on its way: after the confirmation comes no update."""
    with ioc.attacked(), ioc.client() as client, ioc.client() as user:
        sequence, resume = client.channel(P + "Cmd:Seq"), user.channel(P + "Resume")
        number = client.subscribe(sequence)
        client.answer(EVENT_ADD, parameter2=number)
        user.put(resume, ONE, ENUM)
        client.send(message(EVENT_CANCEL, data_type=5, count=1, parameter1=sequence.sid, parameter2=number))
        client.wait_for(lambda each: each.command == EVENT_ADD and not each.payload, "the confirmation")
        client.updates(number)
        user.put(resume, ONE, ENUM)

        assert client.is_alive()
        assert client.updates(number) == []


def test_a_channel_that_is_cleared_twice(ioc: Ioc) -> None:
    """With a subscription, of which nothing more comes; the connection lives, other channels as well."""
    with ioc.attacked(), ioc.client() as client, ioc.client() as user:
        sequence, other = client.channel(P + "Cmd:Seq"), client.channel(P + "Cmd:Seq")
        number = client.subscribe(sequence)
        client.answer(EVENT_ADD, parameter2=number)
        client.clear(sequence)
        client.send(message(CLEAR_CHANNEL, parameter1=sequence.sid, parameter2=sequence.cid))
        user.put(user.channel(P + "Resume"), ONE, ENUM)

        assert client.is_alive()
        assert client.updates(number) == []
        assert client.get(other).status == NORMAL


def test_numbers_that_a_client_uses_twice(ioc: Ioc) -> None:
    """Two channels of one cid, gets, puts and subscriptions of one number each: all are answered."""
    with ioc.attacked(), ioc.client() as client:
        create = message(CREATE_CHAN, b"T:RE:State\0", parameter1=UNKNOWN, parameter2=13)
        client.send(create, create)
        sids = {client.answer(CREATE_CHAN, parameter1=UNKNOWN).parameter2 for _ in range(2)}
        state, resume = client.channel(P + "State"), client.channel(P + "Resume")
        client.send(*[request_of_get(state, 7)] * 2, *[request_of_put(resume, 7, ONE, ENUM, command=WRITE_NOTIFY)] * 2)
        gets = [client.answer(READ_NOTIFY, parameter2=7).status for _ in range(2)]
        puts = [client.answer(WRITE_NOTIFY, parameter2=7).status for _ in range(2)]
        client.send(*[request_of_events(state, 7)] * 2)
        client.answer(EVENT_ADD, parameter2=7)

        assert (len(sids), gets, puts) == (2, [NORMAL] * 2, [PUTFAIL] * 2)
        assert client.is_alive()


def test_channels_that_are_made_and_cleared_again_and_again(ioc: Ioc) -> None:
    """Nothing of them stays: the next one is as good as the first."""
    with ioc.attacked(), ioc.client() as client:
        for _ in range(5):
            channels = [client.channel(P + "State") for _ in range(100)]
            for channel in channels:
                client.clear(channel)

        assert client.get(client.channel(P + "State")).status == NORMAL


def test_channels_without_end(ioc: Ioc) -> None:
    """One client makes thousands and monitors each: it gets them, or is told that it is one too many."""
    with ioc.attacked(), ioc.client() as client:
        for first in range(0, 10_000, 500):
            cids = range(first, first + 500)
            client.send(*(message(CREATE_CHAN, b"T:RE:State\0", parameter1=cid, parameter2=13) for cid in cids))
            made = [client.answer(CREATE_CHAN, CREATE_CH_FAIL, parameter1=cid) for cid in cids]
            sids = {each.parameter2 for each in made if each.command == CREATE_CHAN}
            client.send(*(message(EVENT_ADD, EVENTS, data_type=ENUM, parameter1=sid, parameter2=sid) for sid in sids))
            assert client.is_alive()
            client.inbox.clear()


def test_a_plain_write_that_is_refused_is_told(ioc: Ioc) -> None:
    """By an ERROR about that WRITE, as EPICS Base's server does; one that is taken is not answered."""
    with ioc.attacked(), ioc.client() as client:
        resume, reason = client.channel(P + "Resume"), client.channel(P + "Reason")
        client.send(request_of_put(reason, 6, b"\0", CHAR), request_of_put(resume, 7, ONE, ENUM))
        told = client.answer(ERROR)

        assert (told.about.command, told.about.parameter1, told.status) == (WRITE, resume.sid, PUTFAIL)
        assert told.parameter1 == resume.cid
        assert client.is_alive()
        assert [each for each in client.inbox if each.command == ERROR] == []


def test_a_put_to_a_display_is_denied(ioc: Ioc) -> None:
    """With WRITE and with WRITE_NOTIFY; the client knew, its access rights say so."""
    with ioc.attacked(), ioc.client() as client:
        state = client.channel(P + "State")
        denied = client.put(state, ONE, ENUM)
        client.send(request_of_put(state, 7, ONE, ENUM))

        assert (state.rights, denied.status != NORMAL) == (1, True)
        assert client.answer(ERROR).about.command == WRITE
        assert client.get(state, STRING).dbr.text == "idle"


@pytest.mark.parametrize("command", [5, 7, 16, 17, 24, 25, 28, 99, 0xFFFF])
def test_an_unknown_command_is_refused(ioc: Ioc, command: int) -> None:
    """By an ERROR, or by closing the connection; it is not ignored while the client waits."""
    with ioc.attacked(), ioc.client() as client:
        client.send(message(command, b"what"))
        _refused_or_closed(client)


def test_messages_before_any_greeting(ioc: Ioc) -> None:
    """A client that says neither version, nor user, nor host, has its channel and its value all the same."""
    with ioc.attacked(), RawClient(ioc.port, greet=False) as client:
        assert client.get(client.channel(P + "State")).status == NORMAL
        client.send(message(ECHO))
        client.answer(ECHO)


def _refused_or_closed(client: RawClient) -> None:
    with contextlib.suppress(Closed):
        client.answer(ERROR)
