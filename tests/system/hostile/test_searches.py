"""Searches in masses."""

import socket

import pytest

from ..engine_client import P
from ..raw_ca import search_by_udp
from ..raw_messages import NOT_FOUND, SEARCH, requests_of_search
from .witness import Ioc


@pytest.mark.parametrize("name", ["State", "NoSuch"])
@pytest.mark.parametrize("together", [1, 30])
def test_ten_thousand_searches_in_one_burst(ioc: Ioc, name: str, together: int) -> None:
    """Many a datagram, or one each, for a PV that is and for one that is not: others find theirs, and connect."""
    with ioc.attacked() as witness, socket.socket(type=socket.SOCK_DGRAM) as client:
        datagram = requests_of_search(*[P + name] * together)
        for _ in range(10_000 // together):
            client.sendto(datagram, ("127.0.0.1", ioc.port))
        witness.sees(10)
        found: dict[str, int] = {}
        for _ in range(20):  # a client that is not answered asks again
            found = found or search_by_udp(ioc.port, P + "Heartbeat", patience=0.5)

        assert found == {P + "Heartbeat": ioc.port}


def test_searches_whose_sender_cannot_be_answered(ioc: Ioc) -> None:
    """Its port is closed by then: the kernel says so to the server, which answers others on."""
    with ioc.attacked() as witness:
        for _ in range(50):
            with socket.socket(type=socket.SOCK_DGRAM) as client:
                client.sendto(requests_of_search(P + "State"), ("127.0.0.1", ioc.port))
        witness.sees(10)

        assert search_by_udp(ioc.port, P + "State") == {P + "State": ioc.port}


def test_ten_thousand_searches_by_tcp(ioc: Ioc) -> None:
    """A name server's clients search so; each is answered, whether it is found or not."""
    with ioc.attacked(), ioc.client() as client:
        for first in range(0, 10_000, 500):
            names = [P + ("State" if each % 2 else "NoSuch") for each in range(500)]
            client.send(requests_of_search(*names, first_cid=first, reply=True))
            answers = [client.answer(SEARCH, NOT_FOUND) for _ in names]
            assert {each.command for each in answers} == {SEARCH, NOT_FOUND}
            client.read_what_is_there()
            client.inbox.clear()


def test_names_that_nobody_has_leave_nothing_behind(ioc: Ioc) -> None:
    """Thousands of different ones, also of fields: the service does not remember them."""
    with ioc.attacked(), ioc.client() as client:
        for first in range(0, 6000, 500):
            names = [f"{P}State.{'X' * 50}{first + each}" for each in range(500)]
            client.send(requests_of_search(*names, first_cid=first, reply=True))
            for _ in names:
                client.answer(NOT_FOUND)
