"""One client's connection.

Rules of this file:
1. Nobody else ever waits for this client. What it does not take is kept for it to a limit (`outbox`); while it does not
   take its answers, nothing more that it asks is looked at.
2. It has its turn, and then the others have theirs, however much it asks.
3. A put has begun before what came after it is looked at: who puts and then gets, gets what was put.
4. One that does not speak Channel Access is told so once, and disconnected.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Protocol, cast

from .answers import Answers
from .channels import Client, Hall
from .outbox import Outbox
from .wire import ECA, MINOR_VERSION, Command, Framer, Message, ProtocolError, error, message

__all__ = ["Circuit"]

log = logging.getLogger("reioc.ioc.channel_access")

MAX_MESSAGE = 1 << 18
"""Bytes of the largest message that is taken; the longest text that can be put has 8000."""
SEND_BUFFER = 1 << 17
"""Bytes that the kernel keeps for a client. As many as it would take by itself, some MB, are old news for one that is
slow."""
TURN = 64
"""Messages that are answered before others have their turn."""
PUTS_IN_TURN = 8
"""Puts among them: one takes as long as some ten gets."""
MAX_PUTS = 1000
"""Puts of one client that may be under way."""
GREETING = 30.0
"""Seconds within which a client has to say something."""
LEAVING = 5.0
"""Seconds that one which is disconnected has to take what it has been sent."""
_PUTS = (Command.WRITE, Command.WRITE_NOTIFY)


class Reception(Hall, Protocol):
    """The server, as a circuit sees it."""

    def enter(self, circuit: Circuit) -> bool:
        """A client has connected; whether there is room for it."""
        ...

    def leave(self, circuit: Circuit) -> None:
        """A client has gone."""
        ...


class Circuit(Answers, asyncio.Protocol):
    """Finds the messages, has them answered, and looks after the flow."""

    def __init__(self, reception: Reception) -> None:
        super().__init__(reception)
        self._reception = reception
        self._framer = Framer(MAX_MESSAGE)
        self._next: Message | None = None
        self._turn: asyncio.Handle | None = None
        self._greeting: asyncio.Handle | None = None
        self._is_closing = False

    @property
    def peer(self) -> str:
        """Who it is, for people."""
        client = self.client
        return f"{client.user or '?'}@{client.host or '?'} ({client.address[0]}:{client.address[1]})"

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._loop = asyncio.get_running_loop()
        self._transport = cast("asyncio.Transport", transport)
        self.outbox = Outbox(self._transport)
        peer, here = (self._transport.get_extra_info(name, ("", 0))[:2] for name in ("peername", "sockname"))
        self.client = Client(address=peer, here=here[0])
        connection = self._transport.get_extra_info("socket")
        # Without it an answer that follows another waits for the client's acknowledgement, up to 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if not self._reception.enter(self):
            self.close()
            return
        self._greeting = self._loop.call_later(GREETING, self.close)
        log.info("%s has connected", self.peer)
        self.outbox.send(message(Command.VERSION, count=MINOR_VERSION))

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._is_closing = True
        log.info("%s has gone", self.peer)
        for handle in (self._turn, self._greeting):
            if handle is not None:
                handle.cancel()
        self.forget_all()
        self._reception.leave(self)

    def data_received(self, data: bytes) -> None:
        """It says something."""
        if self._greeting is not None:
            self._greeting.cancel()
            self._greeting = None
        self._framer.feed(data)
        if self._turn is None:
            self._work()

    def pause_writing(self) -> None:
        """It does not take what it is sent."""
        self.outbox.block()

    def resume_writing(self) -> None:
        """It does again."""
        self.outbox.unblock()
        self._go_on()

    # Its turn

    def _work(self) -> None:
        """Answer what can be answered now. What was put in the turn before has begun by now."""
        self._turn, self.has_begun_one = None, False
        puts = self.puts + PUTS_IN_TURN
        for _ in range(TURN):
            if self._is_closing or self._must_wait:
                break
            msg = self._take()
            if msg is None:
                self._listen(True)
                break
            if self.has_begun_one and msg.command not in _PUTS:
                self._next = msg
                self._go_on()
                break
            self._answer_one(msg)
            if self.puts >= puts:
                self._go_on()
                break
        else:
            self._go_on()
        self.outbox.flush()

    @property
    def _must_wait(self) -> bool:
        """Whether it has to take what it was sent, or its puts have to come to an end, before more is looked at."""
        if self.outbox.is_blocked or self.puts >= MAX_PUTS:
            self._listen(False)
            return True
        return False

    def _go_on(self) -> None:
        """Have another turn, after what is about to happen."""
        if self._turn is None and not self._is_closing:
            self._listen(False)
            self._turn = self._loop.call_soon(self._work)

    def _listen(self, wanted: bool) -> None:
        if self._transport.is_closing() or self._transport.is_reading() is wanted:
            return
        if wanted:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _take(self) -> Message | None:
        """The next message, if it has arrived."""
        if self._next is not None:
            msg, self._next = self._next, None
            return msg
        try:
            return self._framer.next()
        except ProtocolError as wrong:
            self._give_up(wrong)
            return None

    def _answer_one(self, msg: Message) -> None:
        try:
            if msg.is_left_out:
                self.error(ECA.TOLARGE, msg, 0, f"a message of more than {MAX_MESSAGE} bytes is not taken")
            else:
                self.answer(msg)
        except ProtocolError as wrong:
            self._give_up(wrong)
        except Exception:  # a fault of ours must not leave a client waiting for ever
            log.exception("could not answer message %s of %s", msg.command, self.peer)
            self._give_up(ProtocolError("the message could not be answered", msg.head))

    def put_is_over(self) -> None:
        """One less is being carried out."""
        super().put_is_over()
        if self.puts == MAX_PUTS - 1:
            self._go_on()

    def _give_up(self, wrong: ProtocolError) -> None:
        log.info("%s does not speak Channel Access, and is disconnected: %s", self.peer, wrong)
        self.outbox.send(error(ECA.INTERNAL, wrong.head, 0, str(wrong)))
        self.close()

    # Its end

    def close(self) -> None:
        """Disconnect it; what it has been sent still reaches it, if it takes that."""
        self._is_closing = True
        self.outbox.flush()
        self._transport.close()
        self._loop.call_later(LEAVING, self._transport.abort)

    def abort(self) -> None:
        """Disconnect it now."""
        self._is_closing = True
        self._transport.abort()
