"""Puts of clients that take as long as they are made to."""

from __future__ import annotations

import asyncio

import caproto
from caproto.server import PVGroup

from reioc.ioc.pvs import float_setting, handled_by
from reioc.ioc.pvs.puts import Refusal

__all__ = ["Slow", "put", "put_status"]


class Slow(PVGroup):
    """A setting whose puts take until they are allowed to end; `begun` are those that have begun."""

    low = float_setting("Low", "A number", put=handled_by("take"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.begun, self.may_end = [], asyncio.Event()

    async def take(self, pv, value):
        self.begun.append(value)
        if value < 0:
            raise Refusal("negative")
        await self.may_end.wait()


def put(client, name, value, *, notify=True, **options):
    return client[name].write([value], notify=notify, **options)


async def put_status(client, command):
    """What a put is answered, with its number."""
    (answer,) = await client.say(command)
    assert isinstance(answer, caproto.WriteNotifyResponse)
    assert answer.ioid == command.ioid
    return answer.status
