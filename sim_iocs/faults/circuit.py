"""A client's connection on which things go wrong.

Rules of this file:
- Where nothing is wrong a message costs one look into a dict more than in caproto.
- What a client is told of one PV stays in order, however late it is; other PVs of the same client do not wait for it.
- Nothing is sent for a channel that is no more: caproto takes that for our mistake, and ends the task that sends.
- What a put has changed is told before the put is complete: clients read a monitored value then, as ophyd-async's motor
  does, and find the one before otherwise. EPICS Base promises no such order. What is frozen or late is not waited for.
"""

import socket
import struct
from functools import partial
from typing import TYPE_CHECKING, Any

import caproto as ca
from caproto.asyncio.server import VirtualCircuit

from .effects import HEALTHY, Effect
from .late import Line
from .lies import stand_in
from .updates import Backlog

if TYPE_CHECKING:
    from .context import FaultyContext

__all__ = ["FaultyCircuit"]

_READS = frozenset({ca.ReadRequest, ca.ReadNotifyRequest})
_WRITES = frozenset({ca.WriteRequest, ca.WriteNotifyRequest})
_EXPECTING = _READS | {ca.WriteNotifyRequest}
_ANSWERS = frozenset({ca.ReadResponse, ca.ReadNotifyResponse, ca.WriteNotifyResponse})
_REQUESTS = _READS | _WRITES | {ca.EventAddRequest, ca.CreateChanRequest}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class FaultyCircuit(VirtualCircuit):
    """A connection; what is wrong with the PVs is asked of its context."""

    context: "FaultyContext"  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, circuit: Any, client: Any, context: Any) -> None:
        super().__init__(circuit, client, context)
        self.subscription_queue = Backlog()
        self._expecting: dict[int, Any] = {}
        self._lines: dict[Any, Line] = {}

    async def drop(self, pv: Any) -> None:
        """Tell the client that this PV is no longer there."""
        for channel in [each for each in self.circuit.channels_sid.values() if self._pv(each) is pv]:
            await self._forget(channel)
            await super().send(ca.ServerDisconnResponse(cid=channel.cid))

    async def cut(self, crashed: bool) -> None:
        """End the connection: politely, or as a machine does whose power has failed; its puts are forgotten then."""
        if self._sub_task is not None:
            # Otherwise caproto awaits what it has cancelled, which reads as a cancellation of us.
            self._sub_task.cancel()
            self._sub_task = None
        transport = self.client.writer.transport
        if crashed:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            await self.tasks.cancel_all()
            transport.abort()
        await self._on_disconnect()

    def wake(self, pv: Any) -> None:
        """Something else is wrong with this PV now."""
        line = self._lines.get(pv)
        if line is not None:
            line.wake()

    async def send(self, *commands: Any) -> None:
        """Send what is wanted now; the rest is thrown away, or has to wait."""
        if any(type(each) is ca.WriteNotifyResponse for each in commands):
            commands = (*filter(self._subscribed, self.subscription_queue.take()), *commands)
        going = [each for each in commands if self._goes_now(each)]
        if going:
            await super().send(*going)

    async def _on_disconnect(self) -> None:
        for line in self._lines.values():
            line.give_up()
        await super()._on_disconnect()

    # From the client

    async def _command_queue_iteration(self, command: Any) -> Any:
        # What a client sent before it knew that the channel was dropped.
        if getattr(command, "sid", None) is not None and command.sid not in self.circuit.channels_sid:
            return None
        return await super()._command_queue_iteration(command)

    async def _process_command(self, command: Any) -> Any:
        kind = type(command)
        if kind in _EXPECTING:
            self._expecting[command.ioid] = self.circuit.channels_sid[command.sid]
        elif kind is ca.ClearChannelRequest:
            # caproto goes on telling of it, if its subscriptions were not ended one by one.
            await self._forget(self.circuit.channels_sid[command.sid])
        if self.context.effects or self._lines:
            return await self._process_where_things_are_wrong(command, kind)
        return await super()._process_command(command)

    async def _process_where_things_are_wrong(self, command: Any, kind: type) -> Any:
        if kind is ca.SearchRequest and self.context.is_lost(command.name):
            return []
        if kind not in _REQUESTS:
            return await super()._process_command(command)
        pv = self._pv_of_request(command, kind)
        line = self._lines.get(pv)
        if self._effect(pv).keeps_requests or (line is not None and line.has_requests):
            self._line(pv).add(partial(self._catch_up, command), is_request=True)
            return []
        return await self._fulfil(command, kind, pv)

    async def _fulfil(self, command: Any, kind: type, pv: Any) -> Any:
        effect = self._effect(pv)
        if effect.refuses and kind in _WRITES:
            return self._refusal(command, pv, kind)
        if effect.lies and kind in _READS:
            await pv.read(pv.data_type)  # some PVs measure what is true when they are read
        return await super()._process_command(command)

    async def _catch_up(self, command: Any) -> None:
        kind = type(command)
        if kind is ca.CreateChanRequest or command.sid in self.circuit.channels_sid:
            answers = await self._fulfil(command, kind, self._pv_of_request(command, kind))
            await self.send(*answers)

    def _get_db_entry_from_command(self, command: Any) -> Any:
        channel, pv = super()._get_db_entry_from_command(command)
        effect = self._effect(pv)
        if effect.lies and type(command) in _READS:
            pv = stand_in(pv, effect.value, effect.alarm)
        return channel, pv

    def _refusal(self, command: Any, pv: Any, kind: type) -> list[Any]:
        if kind is ca.WriteRequest:
            return []
        channel = self.circuit.channels_sid[command.sid]
        return [channel.write(ioid=command.ioid, status=ca.CAStatus.ECA_PUTFAIL, data_count=pv.length)]

    # To the client

    async def get_from_sub_queue(self, timeout: float | None = None) -> Any:
        """As caproto's, but what is new goes out in the same turn, alone or not: caproto collects it, up to 1 s."""
        if timeout is not None and self.subscription_queue.empty():
            return None
        return await self.subscription_queue.get()

    def _goes_now(self, command: Any) -> bool:
        kind, channel = type(command), None
        if kind in _ANSWERS:
            channel = self._expecting.pop(command.ioid, None)
            if channel is None:
                return False
        elif kind is not ca.EventAddResponse:
            return True
        if not (self.context.effects or self._lines):
            return True
        return self._goes_where_things_are_wrong(command, channel or self._subscribed(command))

    def _goes_where_things_are_wrong(self, command: Any, channel: Any) -> bool:
        if channel is None:
            return False
        pv = self._pv(channel)
        effect = self._effect(pv)
        if effect.frozen and type(command) is ca.EventAddResponse:
            self.context.missed.add(pv)
            return False
        if not (effect.frozen or effect.delay or pv in self._lines):
            return True
        self._line(pv).add(partial(self._tell, channel, command), delay=effect.delay)
        return False

    async def _tell(self, channel: Any, command: Any) -> None:
        is_update = type(command) is ca.EventAddResponse
        if self.circuit.channels_sid.get(channel.sid) is channel and (not is_update or self._subscribed(command)):
            await super().send(command)

    def _subscribed(self, update: Any) -> Any:
        request = self.circuit.event_add_commands.get(update.subscriptionid)
        return None if request is None else self.circuit.channels_sid.get(request.sid)

    def _line(self, pv: Any) -> Line:
        line = self._lines.get(pv)
        if line is None:
            line = self._lines[pv] = Line(self.context.clock, lambda: self._effect(pv).keeps_requests)
            self.tasks.create(line.work_off(when_empty=partial(self._lines.pop, pv)))
        return line

    # Which PV

    def _pv_of_request(self, command: Any, kind: type) -> Any:
        if kind is ca.CreateChanRequest:
            return self.context.find(command.name)
        return self._pv(self.circuit.channels_sid[command.sid])

    def _pv(self, channel: Any) -> Any:
        return self.context.find(channel.name)

    def _effect(self, pv: Any) -> Effect:
        return self.context.effects.get(pv, HEALTHY)

    async def _forget(self, channel: Any) -> None:
        await self._cull_subscriptions(self._pv(channel), partial(_is_of, channel))
        for subscription in tuple(channel.subscriptions):
            self.circuit.event_add_commands.pop(subscription)
        for ioid in [each for each, waiting in self._expecting.items() if waiting is channel]:
            del self._expecting[ioid]


def _is_of(channel: Any, subscription: Any) -> bool:
    return subscription.channel is channel
