"""What a client is answered, message by message; each at once, in order."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from .channels import Channel, Hall, text_of
from .lookup import look_up
from .monitors import Subscription, nothing
from .putting import Putting
from .readings import Reading, is_readable_type, read
from .wire import ECA, MINOR_VERSION, Command, Message, ProtocolError, message

__all__ = ["Answers", "search_reply"]

log = logging.getLogger("reioc.ioc.channel_access")

MAX_SUBSCRIPTIONS = 20_000
"""Subscriptions that one client may have."""
_LONGEST_NAME = 255
"""Of a user, or a host: they are kept."""
_DO_REPLY = 10
_SENDER = 0xFFFFFFFF


class Answers(Putting):
    """The part of a circuit that answers."""

    def __init__(self, hall: Hall) -> None:
        super().__init__(hall)
        self._subscriptions: dict[int, Subscription] = {}
        self._of_channel: defaultdict[int, set[Subscription]] = defaultdict(set)

    def answer(self, msg: Message) -> None:
        """Answer a message. Raises ProtocolError."""
        method = self._METHODS.get(msg.command)
        if method is None:
            raise ProtocolError(f"there is no message {msg.command}", msg.head)
        method(self, msg)

    # About the circuit

    def _version(self, msg: Message) -> None:
        """Theirs; ours has been sent, and nothing here depends on it."""

    def _echo(self, msg: Message) -> None:
        self.outbox.send(message(Command.ECHO))

    def _client_name(self, msg: Message) -> None:
        if not self.channels:  # rights have been given by it
            self.client = replace(self.client, user=text_of(msg)[:_LONGEST_NAME])

    def _host_name(self, msg: Message) -> None:
        if not self.channels:
            self.client = replace(self.client, host=text_of(msg)[:_LONGEST_NAME])

    def _events_off(self, msg: Message) -> None:
        self.outbox.mute()

    def _events_on(self, msg: Message) -> None:
        self.outbox.unmute()

    def _search(self, msg: Message) -> None:
        """By TCP, as clients with a name server do."""
        if look_up(self.hall.pvdb, text_of(msg)) is not None:
            self.outbox.send(search_reply(self.hall.port, msg.p1))
        elif msg.data_type == _DO_REPLY:
            self.outbox.send(message(Command.NOT_FOUND, data_type=_DO_REPLY, count=msg.count, p1=msg.p1, p2=msg.p1))

    # Reading

    def _read(self, msg: Message) -> None:
        channel = self.channel_of(msg)
        if channel is None or not self._is_sane(msg, channel):
            return
        found, status = channel.found, ECA.NORMAL
        try:
            reading = read(found.pv, msg.data_type, long_string=found.long_string, filters=found.filter)
        except Exception as failure:  # caproto raises many kinds for what cannot be shown as that type
            log.debug("%s as type %s: %s", found.name, msg.data_type, failure)
            if msg.command == Command.READ:  # whose answer has no room for a status
                self.error(ECA.GETFAIL, msg, channel.cid, found.name)
                return
            status, reading = ECA.GETFAIL, nothing(msg.data_type, msg.count or 1)
        self._send_reading(msg, channel, status, reading)

    def _send_reading(self, msg: Message, channel: Channel, status: int, reading: Reading) -> None:
        self.outbox.send(
            message(
                msg.command,
                reading.payload(msg.count),
                data_type=msg.data_type,
                count=reading.elements(msg.count),
                p1=status if msg.command == Command.READ_NOTIFY else channel.cid,
                p2=msg.p2,
            )
        )

    def _is_sane(self, msg: Message, channel: Channel) -> bool:
        """Whether there is such a type, and so many elements; the client is told if not."""
        found = channel.found
        if not is_readable_type(msg.data_type):
            self.error(ECA.BADTYPE, msg, channel.cid, f"{found.name}: there is no type {msg.data_type}")
            return False
        if msg.count > found.count:
            self.error(ECA.BADCOUNT, msg, channel.cid, f"{found.name} has {found.count} elements, not {msg.count}")
            return False
        return True

    # Subscriptions

    def _subscribe(self, msg: Message) -> None:
        channel = self.channel_of(msg)
        if channel is None or not self._is_sane(msg, channel):
            return
        if msg.p2 in self._subscriptions or len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            why = "is already in use" if msg.p2 in self._subscriptions else "is one too many"
            self.error(ECA.ALLOCMEM, msg, channel.cid, f"subscription {msg.p2} {why}")
            return
        mask = int.from_bytes(msg.payload[12:14], "big")
        made = Subscription(self.outbox, channel.found, channel.sid, msg.p2, msg.data_type, msg.count, mask)
        self._subscriptions[msg.p2] = made
        self._of_channel[channel.sid].add(made)
        self.hall.monitors.add(made)

    def _unsubscribe(self, msg: Message) -> None:
        subscription = self._subscriptions.get(msg.p2)
        if subscription is None:
            return
        self._end([subscription])
        # An update without a payload is the answer.
        kind, count = subscription.data_type, subscription.count
        self.outbox.send(message(Command.EVENT_ADD, data_type=kind, count=count, p1=msg.p1, p2=msg.p2))

    def _end(self, subscriptions: list[Subscription]) -> None:
        for subscription in subscriptions:
            del self._subscriptions[subscription.id]
            self._of_channel[subscription.sid].discard(subscription)
            self.hall.monitors.remove(subscription)
        self.outbox.forget(subscriptions)

    def forget(self, channel: Channel) -> None:
        """A channel is no more, nor are its subscriptions."""
        super().forget(channel)
        self._end(list(self._of_channel[channel.sid]))
        del self._of_channel[channel.sid]

    def forget_all(self) -> None:
        """The client has gone."""
        self.channels.clear()
        self._end(list(self._subscriptions.values()))

    _METHODS: ClassVar[dict[int, Callable[[Any, Message], None]]] = {
        Command.VERSION: _version,
        Command.EVENT_ADD: _subscribe,
        Command.EVENT_CANCEL: _unsubscribe,
        Command.READ: _read,
        Command.READ_NOTIFY: _read,
        Command.WRITE: Putting.write,
        Command.WRITE_NOTIFY: Putting.write,
        Command.SEARCH: _search,
        Command.EVENTS_OFF: _events_off,
        Command.EVENTS_ON: _events_on,
        Command.CLEAR_CHANNEL: Putting.clear_channel,
        Command.CREATE_CHAN: Putting.create_channel,
        Command.CLIENT_NAME: _client_name,
        Command.HOST_NAME: _host_name,
        Command.ECHO: _echo,
    }


def search_reply(port: int, cid: int) -> bytes:
    """A PV is here: at the address from which this comes."""
    version = MINOR_VERSION.to_bytes(2, "big")
    return message(Command.SEARCH, version, data_type=port, p1=_SENDER, p2=cid)
