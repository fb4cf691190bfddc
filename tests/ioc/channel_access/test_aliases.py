"""A PV that is found by two names is one PV."""

from __future__ import annotations

import caproto
import pytest
from caproto import AccessRights, CAStatus

from reioc.ioc.channel_access import Server
from reioc.ioc.channel_access.lookup import look_up
from reioc.ioc.pvs.aliases import aliased, count_own

from .client import Client, PVs
from .fake_transport import with_loop
from .putting import put, put_status

READ = AccessRights.READ


@pytest.fixture
def group():
    return PVs("T:beam:")


@pytest.fixture
def pvdb(group):
    return {**group.pvdb, **aliased(group.pvdb.values(), "T:beam:", "T:Row1:")}


def test_an_alias_is_not_counted(group, pvdb):
    """It is the PV itself, by another name."""
    assert pvdb["T:Row1:Low"] is group.low
    assert (len(pvdb), count_own(pvdb)) == (2 * len(group.pvdb), len(group.pvdb))


@pytest.mark.parametrize("end", ["", ".VAL", ".EGU", '.{"dbnd":{"abs":1}}'])
def test_what_is_found_knows_the_pvs_own_name(pvdb, end):
    """Beside the one that was asked for; of fields, too."""
    found = look_up(pvdb, f"T:Row1:Low{end}")

    assert (found.name, found.record) == (f"T:Row1:Low{end}", "T:beam:Low")


@with_loop
async def test_what_is_put_by_one_name_is_told_by_both(group, pvdb):
    """There is one value; both have the fields of the PV, whose name is its own."""
    client = await Client.of(Server(pvdb), "T:beam:Low", "T:Row1:Low", "T:Row1:Low.NAME")
    await client.say(*(client[name].subscribe() for name in ("T:beam:Low", "T:Row1:Low")))
    client.send(put(client, "T:Row1:Low", 3.0))
    told = [each.data[0] for each in await client.say() if isinstance(each, caproto.EventAddResponse)]
    (name,) = await client.say(client["T:Row1:Low.NAME"].read())

    assert told == [3.0, 3.0]
    assert group.low.value == 3.0
    assert name.data == [b"T:beam:Low"]


@with_loop
async def test_an_alias_is_as_protected_as_the_pv(pvdb):
    """Who may write is decided by the PV's own name, when the channel is made and when that changes."""
    may = {"T:Row1:Low": True}
    server = Server(pvdb, lambda name, _: may.get(name, False))
    client = await Client.of(server, "T:Row1:Low")
    assert client["T:Row1:Low"].access_rights == READ
    assert await put_status(client, put(client, "T:Row1:Low", 3.0)) == CAStatus.ECA_NOWTACCESS.value

    may["T:beam:Low"] = True
    server.review_rights()
    (told,) = await client.say()
    assert told.access_rights == READ | AccessRights.WRITE
    assert await put_status(client, put(client, "T:Row1:Low", 3.0)) == CAStatus.ECA_NORMAL.value


@with_loop
async def test_an_alias_goes_with_its_pv_and_can_be_anothers_at_once(group, pvdb):
    """Clients of either name are told; who asks again gets the other PV."""
    server = Server(pvdb)
    client = await Client.of(server, "T:beam:Low", "T:Row1:Low")
    server.withdraw(tuple(pvdb))
    assert await client.disconnected() == ["T:beam:Low", "T:Row1:Low"]

    other = PVs("T:hot:")
    server.add({**other.pvdb, **aliased(other.pvdb.values(), "T:hot:", "T:Row1:")})
    await client.connect("T:Row1:Low")
    client.send(put(client, "T:Row1:Low", 4.0))
    await client.say()
    assert (group.low.value, other.low.value) == (0.0, 4.0)
