"""0MQ: every document a message, as bluesky's remote dispatchers read them.

It is a live feed: the proxy passes a message on to whoever listens at that moment, and nobody can get it later.
What the proxy itself has not taken is not lost: the sink is then in trouble, and goes on where it was.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

from .packing import msgpack_packer, packed
from .sink import Numbered

__all__ = ["ZmqSink"]

ANSWERS_WITHIN = 5.0
"""Seconds until a proxy that does not answer, or takes nothing, is told of."""
LINGER = 1.0
"""Seconds that the last messages may take when the sink is closed."""


class ZmqSink:
    """Sends `prefix name document` to the proxy at `address` ("host:port", or with a scheme as 0MQ has it).

    bluesky's RemoteDispatcher unpickles what it gets, unless told otherwise; whoever can write to the proxy's port can
    then run code in its readers. With `serializer="msgpack"` they need not: `deserializer=msgpack.loads` there, after
    `msgpack_numpy.patch()`. Raises ValueError for a prefix with a space, and for another serializer.
    """

    def __init__(self, name: str, address: str, prefix: str = "", serializer: str = "pickle") -> None:
        if " " in prefix:
            raise ValueError(f"prefix {prefix!r} has a space: that is where the prefix ends in a message")
        if serializer not in ("pickle", "msgpack"):
            raise ValueError(f"serializer {serializer!r} is neither 'pickle' nor 'msgpack'")
        self.name = name
        self._address = address if "://" in address else f"tcp://{address}"
        self._prefix = prefix.encode()
        self._serializer = serializer
        self._pack: Callable[[Any], bytes] = pickle.dumps
        self._context: Any = None
        self._socket: Any = None
        self._taken = False
        """Whether the proxy has asked for messages: before that, and once it is gone, 0MQ drops them."""
        self._sent = 0

    def open(self) -> None:
        """Connect, and wait for the proxy. Raises ImportError without the extra, ConnectionError."""
        try:
            import zmq
        except ImportError as error:
            raise ImportError("pyzmq is not installed: pip install 'reioc[zmq]'") from error
        if self._serializer == "msgpack":
            self._pack = msgpack_packer("zmq")
        self._context = zmq.Context()
        # An XPUB is a PUB that is told who subscribes, so it knows whether anybody takes what it sends.
        self._socket = self._context.socket(zmq.XPUB)
        # Without "immediate" it would not be told when a proxy goes: messages would wait for it, and then be dropped.
        self._socket.immediate = True
        self._socket.setsockopt(zmq.XPUB_NODROP, 1)
        self._socket.sndtimeo = int(ANSWERS_WITHIN * 1000)
        try:
            self._socket.connect(self._address)
            self._await_the_proxy()
        except BaseException as error:
            self.close()
            if isinstance(error, zmq.ZMQError):
                raise ConnectionError(f"{self._address} is no address of a 0MQ proxy: {error}") from error
            raise

    def put(self, documents: Sequence[Numbered]) -> None:
        """Send documents. Raises Unacceptable, ConnectionError."""
        import zmq

        self._await_the_proxy()
        # All are packed before one is sent: a document that cannot be makes none go twice.
        messages = [
            (numbered[0], b" ".join((self._prefix, numbered[1].encode(), packed(numbered, self._pack, numbered[2]))))
            for numbered in documents
            if numbered[0] > self._sent
        ]
        for seq, message in messages:
            try:
                self._socket.send(message)
            except zmq.Again as error:
                raise ConnectionError(f"the 0MQ proxy at {self._address} takes no more messages") from error
            self._sent = seq

    def close(self) -> None:
        """Send what is on its way, for a second at most, and disconnect."""
        socket, context = self._socket, self._context
        self._socket = self._context = None
        self._taken = False
        if socket is not None:
            socket.close(linger=int(LINGER * 1000))
        if context is not None:
            context.term()

    def _await_the_proxy(self) -> None:
        """Hear who has subscribed or gone. Raises ConnectionError when nobody is there in time."""
        wait = 0 if self._taken else int(ANSWERS_WITHIN * 1000)
        while self._socket.poll(wait):
            self._taken = self._socket.recv()[:1] == b"\x01"
            wait = 0 if self._taken else int(ANSWERS_WITHIN * 1000)
        if not self._taken:
            raise ConnectionError(f"no 0MQ proxy answers at {self._address}")
