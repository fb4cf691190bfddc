"""The repeater: what clients and servers send it."""

import socket
import struct
from contextlib import ExitStack

from reioc.sim_iocs.testing.ports import HOST
from reioc.sim_iocs.testing.repeater import Repeater

REGISTER = struct.pack(">HHHHII", 24, 0, 0, 0, 0, 0x7F000001)
BEACON = struct.pack(">HHHHII", 13, 0, 13, 5064, 7, 0)


def opened(stack: ExitStack) -> socket.socket:
    made = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
    made.bind((HOST, 0))
    made.settimeout(5)
    return made


def test_beacons_come_to_all_who_have_registered() -> None:
    """Each client is told that it is registered; a server's beacon comes to all of them, as it is."""
    with Repeater() as repeater, ExitStack() as stack:
        clients, server = [opened(stack) for _ in range(2)], opened(stack)
        for client in clients:
            client.sendto(REGISTER, (HOST, repeater.port))
            assert struct.unpack(">HHHHII", client.recv(100)) == (17, 0, 0, 0, 0, 0x7F000001)
        server.sendto(BEACON, (HOST, repeater.port))

        assert [client.recv(100) for client in clients] == [BEACON, BEACON]


def test_a_client_that_has_gone_disturbs_nobody() -> None:
    """Whoever comes later is served as well."""
    with Repeater() as repeater, ExitStack() as stack:
        with ExitStack() as short:
            gone = opened(short)
            gone.sendto(b"", (HOST, repeater.port))  # as old clients register
            assert gone.recv(100)
        server, client = opened(stack), opened(stack)
        for _ in range(3):
            server.sendto(BEACON, (HOST, repeater.port))
        client.sendto(REGISTER, (HOST, repeater.port))
        assert client.recv(100)[:2] == struct.pack(">H", 17)
        server.sendto(b"\0", (HOST, repeater.port))  # no message at all: passed on, and no reason to end

        assert client.recv(100) == b"\0"
