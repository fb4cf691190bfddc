"""Connections that come in masses, say nothing, or go without a word."""

import resource
import socket
from contextlib import ExitStack

import pytest

from ..engine_client import P
from ..raw_ca import RawClient
from ..raw_messages import VERSION, message
from .witness import Ioc


def test_a_thousand_connections_at_once(ioc: Ioc) -> None:
    """Each has a channel and gets its value; when they have gone, all is as before."""
    with ioc.attacked(), ExitStack() as crowd:
        clients = [crowd.enter_context(ioc.client()) for _ in range(1000)]
        states = {client.get(client.channel(P + "State"), 0).dbr.text for client in clients}

        assert states == {"idle"}


@pytest.mark.parametrize(
    "beginning", [b"", bytes(7), message(VERSION, count=13)[:15], message(18, bytes(200))[:100]], ids=len
)
def test_connections_that_never_finish_a_message(ioc: Ioc, beginning: bytes) -> None:
    """They cost nobody anything."""
    with ioc.attacked() as witness, ExitStack() as crowd:
        for _ in range(50):
            client = crowd.enter_context(RawClient(ioc.port, greet=False))
            client.send(beginning)
        witness.sees(10)


@pytest.mark.parametrize("leave", [RawClient.close, RawClient.reset])
def test_port_scanners(ioc: Ioc, leave) -> None:
    """Who connects and goes at once, politely or not, leaves nothing behind."""
    with ioc.attacked():
        for _ in range(300):
            leave(RawClient(ioc.port, greet=False))


@pytest.mark.parametrize("leave", [RawClient.close, RawClient.reset])
def test_clients_that_go_while_they_are_answered(ioc: Ioc, leave) -> None:
    """Their answers and updates are for nobody, which is no error."""
    with ioc.attacked():
        for _ in range(50):
            client = ioc.client()
            channel = client.channel(P + "Data:X")
            for _ in range(20):
                client.subscribe(channel)
            leave(client)


def test_a_service_without_file_descriptors_left(ioc: Ioc) -> None:
    """Who is connected is served on; who was not let in is, as soon as there is room."""
    allowed = resource.prlimit(ioc.service.pid, resource.RLIMIT_NOFILE)
    with ioc.attacked(may_log="OSError") as witness:
        resource.prlimit(ioc.service.pid, resource.RLIMIT_NOFILE, (40, allowed[1]))
        try:
            with ExitStack() as crowd:
                for _ in range(80):
                    crowd.enter_context(socket.create_connection(("127.0.0.1", ioc.port)))
                witness.sees(10)
        finally:
            resource.prlimit(ioc.service.pid, resource.RLIMIT_NOFILE, allowed)
