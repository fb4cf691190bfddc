"""The sockets of a server: which port of which addresses, and why not."""

from __future__ import annotations

import ipaddress
import logging
import socket

import pytest

from reioc.ioc.channel_access import PortUnavailable, sockets
from reioc.ioc.channel_access.sockets import bind

from ...system.support import free_port

HERE = "127.0.0.1"
THERE = "127.0.0.2"
"""Another address of this host: all of 127.0.0.0/8 are."""


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def bound():
    """Binds as the server does, and gives it all back in the end."""
    made = []

    def make(interfaces, port):
        made.append(bind(interfaces, port))
        return made[-1]

    yield make
    for each in made:
        each.close()


def occupy(port, kind):
    """Somebody else has it."""
    other = socket.socket(socket.AF_INET, kind)
    other.bind((HERE, port))
    if kind is socket.SOCK_STREAM:
        other.listen()
    return other


def is_free(port, interface=HERE):
    with socket.socket(type=socket.SOCK_STREAM) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind((interface, port))
            udp.bind((interface, port))
        except OSError:
            return False
    return True


def names(each):
    return [one.getsockname() for one in each]


def test_one_port_is_bound_for_both_protocols(bound, port):
    """Connections are taken, and searches are heard; nothing of it blocks the loop."""
    made = bound([HERE], port)

    assert names(made.listening) == names(made.searched) == [(HERE, port)]
    assert [each.type for each in (*made.listening, *made.searched)] == [socket.SOCK_STREAM, socket.SOCK_DGRAM]
    assert [each.gettimeout() for each in (*made.listening, *made.searched)] == [0, 0]
    socket.create_connection((HERE, port), timeout=10).close()


def test_the_port_of_several_addresses_is_bound(bound, port):
    """Each of them."""
    made = bound([HERE, THERE], port)

    assert names(made.listening) == names(made.searched) == [(HERE, port), (THERE, port)]


def test_all_addresses_can_be_bound(bound, port):
    """What is broadcast is heard by that, too: there is no socket more."""
    made = bound(["0.0.0.0"], port)

    assert names(made.searched) == [("0.0.0.0", port)]


@pytest.mark.parametrize(("kind", "protocol"), [(socket.SOCK_STREAM, "TCP"), (socket.SOCK_DGRAM, "UDP")])
def test_a_port_that_somebody_has_is_unavailable(kind, protocol, port):
    """For one protocol is enough: clients would find the one by chance and connect to the other."""
    with occupy(port, kind), pytest.raises(PortUnavailable) as refused:
        bind([HERE], port)

    assert str(refused.value) == (
        f"{protocol} port {port} of 127.0.0.1 is in use by another process; "
        "choose another with `port` in [ioc], or --port"
    )


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_cannot_be_had_is_left_as_it_was(kind, port):
    """What was bound before is given back, of other addresses as well."""
    with occupy(port, kind), pytest.raises(PortUnavailable):
        bind([THERE, HERE], port)

    assert is_free(port, HERE)
    assert is_free(port, THERE)


def test_two_servers_do_not_share_a_port(bound, port):
    """Neither of them would be found for certain."""
    bound([HERE], port)
    with pytest.raises(PortUnavailable, match=f"TCP port {port} of 127.0.0.1 is in use"):
        bind([HERE], port)


def test_a_port_can_be_had_again_at_once(bound, port):
    """Though connections of the server before are still remembered by the kernel."""
    before = bound([HERE], port)
    before.listening[0].setblocking(True)
    with socket.create_connection((HERE, port), timeout=10) as client:
        connection, _ = before.listening[0].accept()
        connection.close()
        assert client.recv(1) == b""
    before.close()

    assert names(bound([HERE], port).listening) == [(HERE, port)]


def test_an_address_that_this_host_has_not_is_told_with_those_that_it_has(port):
    """It is a mistake in the configuration, and can be mended."""
    with pytest.raises(PortUnavailable) as refused:
        bind(["192.0.2.1"], port)

    assert str(refused.value).startswith(
        f"TCP port {port} of 192.0.2.1 cannot be used: this host has no such address; it has "
    )
    assert HERE in str(refused.value)


def test_another_trouble_is_told_in_the_words_of_the_system():
    """A port that only root may have, for example."""
    why = sockets._why(PermissionError(13, "Permission denied"))

    assert why == "cannot be used: Permission denied"


# What is broadcast


def test_this_hosts_addresses_are_known():
    """With where to broadcast; interfaces without an address are left out."""
    known = sockets._addresses()

    assert HERE in known
    assert all(ipaddress.IPv4Address(each) for pair in known.items() for each in pair)


def test_what_is_broadcast_on_the_network_of_an_address_is_heard(bound, port, monkeypatch):
    """By a socket of its own, beside that of the address."""
    monkeypatch.setattr(sockets, "_addresses", lambda: {"127.0.0.1": "127.255.255.255"})
    monkeypatch.setattr(sockets.ipaddress.IPv4Address, "is_loopback", False)
    made = bound([HERE], port)
    assert names(made.searched) == [(HERE, port), ("127.255.255.255", port)]
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        client.sendto(b"hello", ("127.255.255.255", port))
    made.searched[1].settimeout(10)

    assert made.searched[1].recv(100) == b"hello"


def test_of_loopback_nothing_is_broadcast(bound, port):
    """It is this host alone."""
    assert names(bound([HERE], port).searched) == [(HERE, port)]


def test_broadcasts_that_cannot_be_heard_are_no_reason_not_to_serve(bound, port, monkeypatch, caplog):
    """Somebody has them for himself: who names the address finds it; the log tells of it."""
    monkeypatch.setattr(sockets, "_addresses", lambda: {"127.0.0.1": "127.255.255.255"})
    monkeypatch.setattr(sockets.ipaddress.IPv4Address, "is_loopback", False)
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.255.255.255", port))
        made = bound([HERE], port)

    assert names(made.searched) == [(HERE, port)]
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    assert f"searches that are broadcast to 127.255.255.255:{port} are not heard" in caplog.text
