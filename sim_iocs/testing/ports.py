"""Ports of 127.0.0.1 that are kept free until a server takes them."""

import random
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"
LOWEST, HIGHEST = 10_000, 32_000
"""Below the range from which the kernel takes the ports of outgoing connections (32768 and up)."""


class NoPortLeft(Exception):
    """Every port of the pool is in use; says how to have more."""


class PortPool:
    """Some ports, each free for both TCP and UDP; known from the start, so that clients can be told of all of them.

    One that nobody has taken is held by a socket, so that no other process is given it.
    """

    def __init__(self, count: int) -> None:
        self._held: deque[tuple[int, socket.socket]] = deque(_held_ports(count))
        self.ports = tuple(port for port, _ in self._held)
        self._taken: list[int] = []
        """Given back, but somebody else has them: another process chose the same in the moment between."""

    @contextmanager
    def port(self) -> Iterator[int]:
        """A port to be served, for as long as the `with` lasts. Raises NoPortLeft."""
        self._hold_again()
        if not self._held:
            raise NoPortLeft(
                f"all {len(self.ports)} Channel Access ports are served; end an IOC, or have more: `ca_ports = "
                f"{2 * len(self.ports)}` in pytest's configuration"
            )
        # The one that has been given back first: a client may still be looking for what was there the last time.
        port, holder = self._held.popleft()
        holder.close()
        try:
            yield port
        finally:
            self._taken.append(port)
            self._hold_again()

    def _hold_again(self) -> None:
        """Hold what was given back, as far as nobody else has it."""
        taken, self._taken = self._taken, []
        for port in taken:
            try:
                self._held.append((port, _holder(port)))
            except OSError:
                self._taken.append(port)

    def close(self) -> None:
        """Let go of all that nobody has."""
        for _, holder in self._held:
            holder.close()
        self._held.clear()


def _held_ports(count: int) -> Iterator[tuple[int, socket.socket]]:
    left = count
    for _ in range(1000):
        if not left:
            return
        port = random.SystemRandom().randrange(LOWEST, HIGHEST)
        try:
            with socket.socket() as tcp:
                tcp.bind((HOST, port))
                held = _holder(port)
        except OSError:
            continue
        left -= 1
        yield port, held
    raise NoPortLeft(f"of {count} ports of {HOST} {left} were not found that are free for both TCP and UDP")


def _holder(port: int) -> socket.socket:
    # UDP is enough: whoever looks for a port to serve Channel Access on needs both. And searches that are sent there
    # are lost in silence, while those to a port that nobody has are answered, which clients may report as an error.
    holder = socket.socket(type=socket.SOCK_DGRAM)
    try:
        holder.bind((HOST, port))
    except BaseException:
        holder.close()
        raise
    return holder
