"""What a client is connected to, and what it may do there."""

from __future__ import annotations

import caproto
import pytest
from caproto import AccessRights, CAStatus, ChannelType

from reioc.ioc.channel_access import Client as Who
from reioc.ioc.channel_access import Server, channels
from reioc.ioc.channel_access.wire import Command, message

from .client import Client, PVs
from .fake_transport import with_loop

READ, BOTH = AccessRights.READ, AccessRights.READ | AccessRights.WRITE


def make(cid, name):
    return message(Command.CREATE_CHAN, name.encode() + b"\0", p1=cid, p2=13)


async def rights(client, name):
    """What a client is told when it makes a channel."""
    told, made = await client.say_raw(make(9, name))
    assert isinstance(told, caproto.AccessRightsResponse)
    assert isinstance(made, caproto.CreateChanResponse)
    assert told.cid == made.cid == 9
    return AccessRights(told.access_rights)


@pytest.mark.parametrize(
    ("name", "data_type", "count"),
    [
        ("T:Low", ChannelType.DOUBLE, 1),
        ("T:Wave", ChannelType.DOUBLE, 10),
        ("T:State", ChannelType.ENUM, 1),
        ("T:Names", ChannelType.STRING, 5),
        ("T:Text", ChannelType.CHAR, 100),
        ("T:Name.VAL$", ChannelType.CHAR, 81),
        ("T:Low.DESC", ChannelType.STRING, 1),
    ],
)
@with_loop
async def test_a_channel_tells_what_it_is(name, data_type, count):
    """Type and number of elements."""
    client = Client(Server(PVs("T:").pvdb))
    *_, made = await client.say_raw(make(9, name))

    assert (made.data_type, made.data_count, made.cid) == (data_type, count, 9)


@with_loop
async def test_a_channel_to_nothing_is_refused():
    """With the client's number; it may try others."""
    client = await Client.of(Server(PVs("T:").pvdb))
    (failed,) = await client.say_raw(make(4, "T:None"))

    assert isinstance(failed, caproto.CreateChFailResponse)
    assert failed.cid == 4
    assert await client.is_served


@pytest.mark.parametrize("payload", [b"", bytes(8), b"T:Low\xff\xfe\0", b"\xff" * 16])
@with_loop
async def test_a_name_that_is_no_text_is_the_name_of_nothing(payload):
    """Which is told as for any other."""
    client = await Client.of(Server(PVs("T:").pvdb))
    (failed,) = await client.say_raw(message(Command.CREATE_CHAN, payload, p1=4, p2=13))

    assert isinstance(failed, caproto.CreateChFailResponse)


@with_loop
async def test_a_name_may_fill_its_payload():
    """Without an end mark."""
    client = await Client.of(Server({"12345678": PVs("T:").low}))
    *_, made = await client.say_raw(message(Command.CREATE_CHAN, b"12345678", p1=4, p2=13))

    assert isinstance(made, caproto.CreateChanResponse)


@with_loop
async def test_channels_have_numbers_of_their_own():
    """Also two to one PV, and those of one number of the client's; a number is not used again."""
    client = await Client.of(Server(PVs("T:").pvdb))
    sids = []
    for cid in (1, 2, 2):
        *_, made = await client.say_raw(make(cid, "T:Low"))
        sids.append(made.sid)
        await client.say_raw(message(Command.CLEAR_CHANNEL, p1=made.sid, p2=cid))
    sids += [(await client.say_raw(make(5, "T:Low")))[1].sid for _ in range(2)]

    assert len(set(sids)) == 5
    assert 0 not in sids


@with_loop
async def test_a_client_may_have_so_many_channels_and_no_more(monkeypatch):
    """One that it gives up makes room."""
    monkeypatch.setattr(channels, "MAX_CHANNELS", 2)
    client = await Client.of(Server(PVs("T:").pvdb), "T:Low", "T:High")
    (failed,) = await client.say_raw(make(9, "T:Count"))
    assert isinstance(failed, caproto.CreateChFailResponse)
    await client.say(client["T:Low"].clear())

    assert await rights(client, "T:Count") == READ


@with_loop
async def test_a_channel_that_is_cleared_is_no_more():
    """The client is told, and its subscriptions end; a subscription to another channel stays."""
    group = PVs("T:")
    server = Server(group.pvdb)
    client = await Client.of(server, "T:Low", "T:High")
    await client.say(client["T:Low"].subscribe(), client["T:High"].subscribe())
    (cleared,) = await client.say(client["T:Low"].clear())
    assert isinstance(cleared, caproto.ClearChannelResponse)
    await group.low.write(3.0)
    await group.high.write(4.0, verify_value=False)

    assert [each.data[0] for each in await client.say()] == [4.0]


GONE = [
    message(Command.READ_NOTIFY, data_type=6, count=1, p1=1, p2=5),
    message(Command.WRITE_NOTIFY, bytes(8), data_type=6, count=1, p1=1, p2=5),
    message(Command.WRITE, bytes(8), data_type=6, count=1, p1=1, p2=5),
    message(Command.EVENT_ADD, bytes(12) + b"\0\1\0\0", data_type=6, count=1, p1=1, p2=5),
    message(Command.EVENT_CANCEL, data_type=6, count=1, p1=1, p2=5),
    message(Command.CLEAR_CHANNEL, p1=1, p2=0),
]


@pytest.mark.parametrize("late", GONE, ids=lambda each: f"message {each[1]}")
@with_loop
async def test_what_is_asked_of_a_channel_that_has_gone_is_not_answered(late):
    """It was on its way when the PV was withdrawn; what is asked next is answered."""
    server = Server(PVs("T:").pvdb)
    client = await Client.of(server, "T:Low", "T:High")
    server.withdraw(["T:Low"])
    assert await client.disconnected() == ["T:Low"]

    assert await client.say_raw(late) == []
    assert await client.is_served


@pytest.mark.parametrize("sid", [0, 3, 0xFFFFFFFF])
@pytest.mark.parametrize(
    "command", [each for each in GONE if each[1] != Command.EVENT_CANCEL], ids=lambda each: each[1]
)
@with_loop
async def test_a_client_that_asks_of_a_channel_that_never_was_is_disconnected(command, sid):
    """It has lost count: what it would be told would be of another PV than it believes."""
    client = await Client.of(Server(PVs("T:").pvdb), "T:Low", "T:High")
    wrong = command[:8] + sid.to_bytes(4, "big") + command[12:]
    (told,) = await client.say_raw(wrong)

    assert (told.status, told.error_message.rstrip(b"\0")) == (
        CAStatus.ECA_INTERNAL.value,
        f"there is no channel {sid}".encode(),
    )
    assert bytes(told.original_request) == wrong[:16]
    assert not client.is_connected


# Rights


@with_loop
async def test_settings_can_be_written_and_displays_and_fields_cannot():
    """So it is told when a channel is made."""
    client = await Client.of(Server(PVs("T:").pvdb))
    names = ("T:Low", "T:Low.VAL", "T:High", "T:Low.DESC", "T:Low.PREC")

    assert [await rights(client, name) for name in names] == [BOTH, BOTH, READ, READ, READ]


@with_loop
async def test_who_may_write_is_decided_by_name_of_the_pv_and_client():
    """Of a display, nothing is decided: nobody may."""
    asked = []

    def may_write(name, who):
        asked.append((name, who))
        return who.user == "anna"

    server = Server(PVs("T:").pvdb, may_write)
    anna, bob = await Client.of(server, user="anna"), await Client.of(server, user="bob", host="xf11")

    assert [await rights(each, "T:Low.VAL") for each in (anna, bob)] == [BOTH, READ]
    assert [await rights(each, "T:High") for each in (anna, bob)] == [READ, READ]
    assert asked == [("T:Low", anna.circuit.client), ("T:Low", bob.circuit.client)]
    assert asked[1][1] == Who("bob", "xf11", bob.wire.get_extra_info("peername"))


@with_loop
async def test_rights_that_change_are_told_to_whom_they_concern():
    """Once, per channel; and then they are so."""
    may = {"T:Low": True, "T:Choice": True}
    server = Server(PVs("T:").pvdb, lambda name, _: may.get(name, False))
    client, other = await Client.of(server, "T:Low", "T:Choice", "T:High"), await Client.of(server, "T:Choice")
    may["T:Low"] = False
    server.review_rights()
    (told,) = await client.say()
    assert (told.cid, told.access_rights) == (client["T:Low"].cid, READ)
    assert await other.say() == []
    (refused,) = await client.say(client["T:Low"].write([1.0], notify=True))
    assert refused.status == CAStatus.ECA_NOWTACCESS.value

    server.review_rights()
    assert await client.say() == []
    may["T:Low"] = True
    server.review_rights()
    assert [(each.cid, each.access_rights) for each in await client.say()] == [(client["T:Low"].cid, BOTH)]


@with_loop
async def test_user_and_host_do_not_change_once_there_is_a_channel():
    """Rights were given to those."""
    server = Server(PVs("T:").pvdb)
    client = await Client.of(server, user="bob", host="xf11")
    await client.say(caproto.ClientNameRequest("anna"))
    assert server.clients[0].user == "anna"
    await client.connect("T:Low")
    await client.say(caproto.ClientNameRequest("root"), caproto.HostNameRequest("localhost"))

    assert (server.clients[0].user, server.clients[0].host) == ("anna", "xf11")


@with_loop
async def test_user_and_host_can_be_told_anew_by_who_has_no_channel_any_more():
    """Nothing depends on them then."""
    server = Server(PVs("T:").pvdb)
    client = await Client.of(server, "T:Low")
    await client.say(client["T:Low"].clear(), caproto.ClientNameRequest("bob"), caproto.HostNameRequest("xf11"))

    assert (server.clients[0].user, server.clients[0].host) == ("bob", "xf11")


@with_loop
async def test_who_tells_no_name_has_none():
    """Its address is known all the same."""
    server = Server(PVs("T:").pvdb)
    client = Client(server, address="10.0.0.7")
    await client.say()

    assert await rights(client, "T:Low") == BOTH
    assert server.clients[0] == Who("", "", client.wire.get_extra_info("peername"))
