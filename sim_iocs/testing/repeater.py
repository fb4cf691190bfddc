"""A Channel Access repeater: clients of this host hear of new servers through it.

Without one the first client starts a caRepeater, which outlives the tests, or warns that it cannot.
"""

import contextlib
import socket
import struct
import threading
from typing import Self

from .ports import HOST

_REGISTER, _CONFIRM = 24, 17
_CONFIRMATION = struct.pack(">HHHHI4s", _CONFIRM, 0, 0, 0, 0, socket.inet_aton(HOST))


class Repeater:
    """Passes the beacons of servers on to all clients that have registered; in a thread, on a port of 127.0.0.1."""

    def __init__(self) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        self._clients: set[tuple[str, int]] = set()
        self._closing = False
        self._thread = threading.Thread(target=self._repeat, name="Channel Access repeater", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._closing = True
        with socket.socket(type=socket.SOCK_DGRAM) as last:
            last.sendto(b"", (HOST, self.port))
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repeat(self) -> None:
        while not self._closing:
            try:
                datagram, sender = self._socket.recvfrom(65536)
            except ConnectionRefusedError:  # a client has gone, to which something was sent
                continue
            if datagram and struct.unpack(">H", datagram[:2].ljust(2, b"\0")) != (_REGISTER,):
                for client in self._clients - {sender}:
                    self._send(datagram, client)
                continue
            self._clients.add(sender)
            self._send(_CONFIRMATION, sender)

    def _send(self, datagram: bytes, client: tuple[str, int]) -> None:
        with contextlib.suppress(OSError):  # whoever has gone needs nothing
            self._socket.sendto(datagram, client)
