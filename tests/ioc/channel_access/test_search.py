"""Searches by UDP, and what is answered."""

from __future__ import annotations

import struct

import caproto
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.ioc.channel_access.search import MAX_REPLY, Searches
from reioc.ioc.channel_access.wire import Command, Framer, message

from .client import PVs

ASKER = ("10.0.0.7", 40_000)
PVDB = PVs("T:").pvdb


class Socket:
    """Where answers go."""

    def __init__(self):
        self.sent = []

    def sendto(self, data, address):
        self.sent.append((bytes(data), address))


def ask(*datagrams, pvdb=PVDB, ignored=()):
    """The datagrams with which these are answered."""
    wire = Socket()
    searches = Searches(pvdb, 5064, ignored)
    searches.connection_made(wire)
    for each in datagrams:
        searches.datagram_received(each, ASKER)
    assert all(address == ASKER for _, address in wire.sent)
    return [data for data, _ in wire.sent]


def search(*names, version=None):
    """A datagram that asks for these; the first has number 1."""
    version = message(Command.VERSION, count=13) if version is None else version
    return version + b"".join(
        message(Command.SEARCH, name.encode() + b"\0", data_type=5, count=13, p1=cid, p2=cid)
        for cid, name in enumerate(names, 1)
    )


def found(datagrams):
    """The numbers that are answered, as caproto's client understands it."""
    numbers = []
    for data in datagrams:
        commands = caproto.Broadcaster(our_role=caproto.CLIENT).recv(data, ASKER)
        assert isinstance(commands[0], caproto.VersionResponse)
        for each in commands[1:]:
            assert isinstance(each, caproto.SearchResponse)
            assert each.port == 5064
            numbers.append(each.cid)
    return numbers


@pytest.mark.parametrize("name", ["T:Low", "T:Low.DESC", "T:Name.VAL$", 'T:Low.{"dbnd":{"abs":1}}'])
def test_a_pv_that_is_here_is_answered(name):
    """Where it is: at the address from which the answer comes, and this port."""
    (answer,) = ask(search(name))
    _, told = caproto.Broadcaster(our_role=caproto.CLIENT).recv(answer, ASKER)

    assert (told.cid, told.port, told.ip, told.version) == (1, 5064, "255.255.255.255", 13)


@pytest.mark.parametrize("name", ["T:None", "T:Low.NONE", "", "T:Low.{"])
def test_a_pv_that_is_not_here_is_not_answered(name):
    """Another server will have it."""
    assert ask(search(name)) == []


def test_of_several_those_that_are_here_are_answered_together():
    """Each by its number."""
    answers = ask(search("T:Low", "T:None", "T:High", "T:Low"))

    assert (len(answers), found(answers)) == (1, [1, 3, 4])


def test_each_datagram_is_answered_for_itself():
    """In the order in which they come."""
    assert [found([each]) for each in ask(search("T:Low"), search("T:None", "T:High"))] == [[1], [2]]


def test_more_answers_than_fit_in_a_datagram_are_several():
    """None of which is larger than what any network takes."""
    answers = ask(search(*["T:Low"] * 200))

    assert found(answers) == list(range(1, 201))
    assert max(map(len, answers)) <= MAX_REPLY
    assert len(answers) == -(-200 * 24 // (MAX_REPLY - 16))


@pytest.mark.parametrize(("numbered", "echoed"), [(1, 77), (0, 0)])
def test_the_number_of_a_search_is_told_back(numbered, echoed):
    """If it has one: by that, clients know for how long they wait for answers."""
    asked = search("T:Low", version=message(Command.VERSION, data_type=numbered, count=13, p1=77))
    framer = Framer(1 << 16)
    framer.feed(ask(asked)[0])
    told = framer.next()

    assert (told.command, told.data_type, told.count, told.p1) == (Command.VERSION, numbered, 13, echoed)


def test_a_search_without_a_version_is_answered():
    """As one of an old client is."""
    assert found(ask(search("T:Low", version=b""))) == [1]


def test_searches_from_addresses_that_are_ignored_are_not_answered():
    """Those of others are."""
    assert ask(search("T:Low"), ignored=[ASKER[0]]) == []
    assert found(ask(search("T:Low"), ignored=["10.0.0.8"])) == [1]


def test_pvs_that_come_and_go_are_seen():
    """What counts is what is there when somebody asks."""
    pvdb = {}
    wire = Socket()
    searches = Searches(pvdb, 5064, [])
    searches.connection_made(wire)
    searches.datagram_received(search("T:Low"), ASKER)
    pvdb["T:Low"] = PVDB["T:Low"]
    searches.datagram_received(search("T:Low"), ASKER)

    assert len(wire.sent) == 1


@pytest.mark.parametrize("port", [5064, 6064])
def test_the_port_is_told(port):
    """Where the PV is served."""
    wire = Socket()
    searches = Searches(PVDB, port, [])
    searches.connection_made(wire)
    searches.datagram_received(search("T:Low"), ASKER)
    told = [caproto.Broadcaster(our_role=caproto.CLIENT).recv(data, ASKER)[1].port for data, _ in wire.sent]

    assert told == [port]


@given(st.binary(max_size=200))
def test_whatever_a_datagram_holds_the_next_one_is_answered(garbage):
    """Nobody is told of the one before."""
    assert found(ask(garbage, search("T:Low"))) == [1]


@pytest.mark.parametrize(
    "rest",
    [b"\0", bytes(15), struct.pack(">HHHHII", 6, 7, 5, 13, 1, 1), message(Command.SEARCH, bytes(80), p1=2)[:40]],
)
def test_a_datagram_that_ends_in_the_middle_is_not_waited_for(rest):
    """Datagrams are not a stream: what is missing does not come with the next one."""
    assert found(ask(rest, search("T:Low"))) == [1]


def test_other_messages_among_searches_are_passed_over():
    """Beacons, for example; also unknown ones, and those that claim to be larger than any datagram."""
    others = (
        message(Command.BEACON) + message(99, bytes(16)) + struct.pack(">HHHHIIII", 6, 0xFFFF, 5, 0, 9, 9, 1 << 20, 13)
    )

    assert found(ask(search("T:Low") + others)) == [1]


def test_a_fault_of_ours_does_not_end_the_searching(caplog):
    """The log tells of it, and the next one is answered."""

    class Faulty(dict):
        def get(self, name, default=None):
            if name == "T:High":
                raise ZeroDivisionError("a fault")
            return super().get(name, default)

    assert found(ask(search("T:High"), search("T:Low"), pvdb=Faulty(PVDB))) == [1]
    assert "a fault" in caplog.text


def test_an_asker_that_has_gone_is_nothing_to_speak_of(caplog):
    """The kernel tells that its port is closed."""
    Searches(PVDB, 5064, []).error_received(ConnectionRefusedError())

    assert caplog.records == []
