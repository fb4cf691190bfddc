"""Ports that are known from the start."""

import socket

import pytest

from reioc.sim_iocs.testing.ports import HOST, NoPortLeft, PortPool


@pytest.fixture
def pool():
    made = PortPool(3)
    yield made
    made.close()


def can_be_served(port: int) -> bool:
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind((HOST, port))
            udp.bind((HOST, port))
        except OSError:
            return False
    return True


def test_a_port_is_held_until_it_is_taken(pool: PortPool) -> None:
    """Nobody else gets a port of the pool; whoever takes it can serve it, and no other."""
    assert [port for port in pool.ports if can_be_served(port)] == []
    with pool.port() as port:
        assert [each for each in pool.ports if can_be_served(each)] == [port]
    assert not can_be_served(port)


def test_a_port_that_is_given_back_is_the_last_to_be_given_again(pool: PortPool) -> None:
    """Clients that still look for an old server do not find another in its place at once."""
    given = []
    for _ in range(4):
        with pool.port() as port:
            given.append(port)

    assert given == [*pool.ports, pool.ports[0]]


def test_an_empty_pool_says_how_to_have_more() -> None:
    """The error names the setting."""
    pool = PortPool(1)
    with pool.port(), pytest.raises(NoPortLeft, match="ca_ports = 2"), pool.port():
        pass
    pool.close()


def test_what_was_held_is_free_afterwards(pool: PortPool) -> None:
    """A pool that is closed lets go of its ports."""
    pool.close()

    assert all(can_be_served(port) for port in pool.ports)


def test_a_port_that_somebody_else_takes_is_passed_over_until_it_is_free(pool: PortPool) -> None:
    """Another process may choose it in the moment in which it is given back."""
    with socket.socket(type=socket.SOCK_DGRAM) as another:
        with pool.port() as taken:
            another.bind((HOST, taken))
        given = []
        for _ in range(3):
            with pool.port() as port:
                given.append(port)
        assert taken not in given

    with pool.port(), pool.port(), pool.port() as last:
        assert last == taken
