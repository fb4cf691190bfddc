"""Puts of a client, and how it is told of them."""

from __future__ import annotations

import logging

import caproto
import pytest
from caproto import CAStatus, ChannelDouble, ChannelType

from reioc.ioc.channel_access import Server, readings
from reioc.ioc.channel_access.wire import Command, message

from .client import Client, PVs
from .fake_transport import settle, with_loop
from .putting import Slow, put, put_status


class Broken(ChannelDouble):
    """A PV whose puts fail in a way that nobody has thought of."""

    async def auth_write(self, *args, **kwargs):
        raise ZeroDivisionError


class Answering(ChannelDouble):
    """A PV that answers a put with a status."""

    async def auth_write(self, *args, **kwargs):
        return CAStatus.ECA_DISCONN


@with_loop
async def test_a_put_is_answered_when_it_has_been_carried_out():
    """Not before; with its type and count."""
    group = Slow("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    assert await client.say(put(client, "T:Low", 3.0)) == []
    assert group.begun == [3.0]
    group.may_end.set()
    await settle()
    (answer,) = client.heard()

    assert (answer.status, group.low.value) == (CAStatus.ECA_NORMAL.value, 3.0)
    assert (answer.data_type, answer.data_count) == (ChannelType.DOUBLE, 1)


@with_loop
async def test_puts_are_answered_as_they_end():
    """A later one can be over before: it is told by its number."""
    group = Slow("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    waiting = put(client, "T:Low", 3.0)
    await client.say(waiting)
    assert await put_status(client, put(client, "T:Low", -1.0)) == CAStatus.ECA_PUTFAIL.value
    group.may_end.set()
    await settle()

    assert [each.ioid for each in client.heard()] == [waiting.ioid]


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("T:High", 1.0, CAStatus.ECA_NOWTACCESS),
        ("T:Low.PREC", 1, CAStatus.ECA_NOWTACCESS),
        ("T:Choice", 7, CAStatus.ECA_PUTFAIL),
        ("broken", 1.0, CAStatus.ECA_PUTFAIL),
        ("answering", 1.0, CAStatus.ECA_DISCONN),
    ],
)
@pytest.mark.parametrize("notify", [True, False])
@with_loop
async def test_a_put_that_is_refused_is_told_with_the_reason(name, value, status, notify, caplog):
    """To who waits for it, by its number; to who does not, by an error about the message. The connection lives."""
    server = Server(PVs("T:").pvdb | {"broken": Broken(value=0.0), "answering": Answering(value=0.0)})
    client = await Client.of(server, name)
    command = put(client, name, value, notify=notify)
    (answer,) = await client.say(command)

    assert answer.status == status.value
    if notify:
        assert isinstance(answer, caproto.WriteNotifyResponse)
    else:
        assert isinstance(answer, caproto.ErrorResponse)
        assert answer.cid == client[name].cid
        assert bytes(answer.original_request) == bytes(command.header)
        assert answer.error_message.rstrip(b"\0") == name.encode()
    assert await client.is_served
    assert [each.levelno for each in caplog.records] == [logging.ERROR] * (name == "broken")


@with_loop
async def test_puts_of_those_who_have_no_right_are_told_of():
    """By the name that was used, and by whom; other refusals are the PV's affair."""
    denied = []
    server = Server(PVs("T:").pvdb, lambda _, who: who.user == "anna")
    server.on_denied = lambda found, who: denied.append((found.name, who.user))
    for user in ("anna", "bob"):
        client = await Client.of(server, "T:Low.VAL", "T:Choice", "T:High", user=user)
        await client.say(put(client, "T:Low.VAL", 1.0), put(client, "T:Choice", 7, notify=False))
        await client.say(put(client, "T:High", 1.0))

    assert denied == [("T:High", "anna"), ("T:Low.VAL", "bob"), ("T:Choice", "bob"), ("T:High", "bob")]


@with_loop
async def test_a_put_that_was_forbidden_meanwhile_is_told():
    """The PV's own word counts, whatever the rights were when the channel was made."""
    pv = ChannelDouble(value=0.0)
    client = await Client.of(Server({"pv": pv}), "pv")
    pv.check_access = lambda *_: caproto.AccessRights.READ

    assert await put_status(client, put(client, "pv", 1.0)) == CAStatus.ECA_NOWTACCESS.value


@with_loop
async def test_a_put_that_nobody_waits_for_is_not_answered():
    """If it was carried out."""
    group = PVs("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")

    assert await client.say(put(client, "T:Low", 1.0, notify=False)) == []
    assert group.low.value == 1.0


# What is put


NO_VALUE = bytes(8)


@pytest.mark.parametrize(
    ("data_type", "count", "data", "status"),
    [
        *((kind, 1, bytes(64), CAStatus.ECA_BADTYPE) for kind in (7, 13, 20, 34, 35, 36, 37, 38, 39, 65535)),
        (ChannelType.DOUBLE, 0, NO_VALUE, CAStatus.ECA_BADCOUNT),
        (ChannelType.DOUBLE, 2, NO_VALUE, CAStatus.ECA_BADCOUNT),
        (ChannelType.DOUBLE, 1, b"", CAStatus.ECA_BADCOUNT),
        (ChannelType.DOUBLE, 0xFFFFFFFF, NO_VALUE, CAStatus.ECA_BADCOUNT),
        (ChannelType.STRING, 2, bytes(40), CAStatus.ECA_BADCOUNT),
        (ChannelType.DOUBLE, 3, bytes(24), CAStatus.ECA_BADCOUNT),
        (ChannelType.STRING, 1, b"nonsense", CAStatus.ECA_PUTFAIL),
    ],
)
@with_loop
async def test_what_is_no_value_for_a_number_is_refused(data_type, count, data, status):
    """Types that carry a time or an alarm, counts that the bytes do not have, texts that are no numbers."""
    group = PVs("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    await client.say(put(client, "T:Low", 5.0))
    sid = client["T:Low"].sid
    (answer,) = await client.say_raw(
        message(Command.WRITE_NOTIFY, data, data_type=data_type, count=count, p1=sid, p2=77)
    )

    assert (answer.ioid, answer.status, answer.header.data_count) == (77, status.value, count)
    assert group.low.value == 5.0
    assert await client.is_served


@pytest.mark.parametrize(
    ("name", "most"), [("T:Low", 1), ("T:Choice", 1), ("T:Switch", 1), ("T:Label", 1), ("T:Note", 100)]
)
@pytest.mark.parametrize("data_type", range(7))
@with_loop
async def test_more_elements_than_a_pv_has_are_refused_and_leave_no_alarm(name, most, data_type):
    """The trouble of who puts them; everybody else sees a PV as it was."""
    group = PVs("T:")
    pv = group.pvdb[name]
    client, before = await Client.of(Server(group.pvdb), name), pv.value
    data = b"1" * readings.payload_size(data_type, most + 1)
    sid = client[name].sid
    (answer,) = await client.say_raw(
        message(Command.WRITE_NOTIFY, data, data_type=data_type, count=most + 1, p1=sid, p2=1)
    )

    assert (answer.status, pv.alarm.severity, pv.value) == (CAStatus.ECA_BADCOUNT.value, 0, before)


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        (ChannelType.STRING, "3"),
        (ChannelType.INT, 3),
        (ChannelType.FLOAT, 3.0),
        (ChannelType.CHAR, b"\3"),
        (ChannelType.LONG, 3),
        (ChannelType.DOUBLE, 3.0),
    ],
)
@with_loop
async def test_a_number_can_be_put_as_any_plain_type(data_type, value):
    """As clients have it."""
    group = PVs("T:")
    client = await Client.of(Server(group.pvdb), "T:Low")
    data = value if isinstance(value, bytes) else [value]
    command = client["T:Low"].write(data, notify=True, data_type=data_type)

    assert await put_status(client, command) == CAStatus.ECA_NORMAL.value
    assert group.low.value == 3.0


@pytest.mark.parametrize("text", ["", "x", "seven b", "x" * 39])
@pytest.mark.parametrize("padded", [True, False])
@with_loop
async def test_a_text_may_come_with_or_without_its_padding(text, padded):
    """EPICS Base sends as many bytes as there are, others send 40."""
    group = PVs("T:")
    client = await Client.of(Server(group.pvdb), "T:Label")
    data = text.encode() + b"\0"
    data = data.ljust(40, b"\0") if padded else data
    sid = client["T:Label"].sid
    (answer,) = await client.say_raw(message(Command.WRITE_NOTIFY, data, data_type=0, count=1, p1=sid, p2=1))

    assert (answer.status, group.label.value) == (CAStatus.ECA_NORMAL.value, text)


@with_loop
async def test_a_pv_is_told_who_puts():
    """As the client names itself, and its address."""
    seen = []

    class Curious(ChannelDouble):
        async def auth_write(self, hostname, username, data, data_type, metadata, *, user_address):
            seen.append((username, hostname, user_address[0], list(data), data_type, metadata))

    client = await Client.of(Server({"pv": Curious(value=0.0)}), "pv", user="bob", host="xf11", address="10.0.0.7")
    await client.say(put(client, "pv", 2.5))

    assert seen == [("bob", "xf11", "10.0.0.7", [2.5], ChannelType.DOUBLE, None)]
