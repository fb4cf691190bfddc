"""Who may write which PV now: the access rules, with the values of the PVs that they look at.

Rules of this file:
1. A PV of our own that the rules look at is looked at here, without Channel Access; others over it, as suspenders do.
2. When one of them changes, everybody whose rights change is told.
3. An answer is kept until something changes: a thousand clients ask for each of their channels.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from caproto import ChannelType, SubscriptionType

from ..suspenders import PVSource, Sample, Severity
from .access import AccessConfig, AccessRules, Client, Rights, asg_of, explain, load_rules
from .channel_access import Client as Connected
from .channel_access import Server
from .channel_access.lookup import Found, look_up
from .channel_access.monitors import Monitors, Subscription
from .channel_access.readings import Reading

__all__ = ["Gate", "everybody_on_this_host", "resolve"]

log = logging.getLogger("reioc.ioc.access")

MOST_ANSWERS = 10_000
"""Answers that are kept: users and hosts are what clients say, and they can say anything."""
LOOPBACK = "127.0.0.1"
_LEVEL = 0
"""Of the field VAL, as in EPICS Base; nothing else of a PV can be written."""
_STATUS_AND_NUMBER = struct.Struct(">hh4xd")
_ON = int(SubscriptionType.DBE_VALUE | SubscriptionType.DBE_ALARM)


def resolve(host: str) -> Iterable[str]:
    """The IPv4 addresses of a host. Raises OSError where there is none."""
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET)
    except UnicodeError as error:  # a name that no host can have
        raise OSError(f"{host!r} is no host name: {error}") from error
    return sorted({str(each[4][0]) for each in found})


def everybody_on_this_host() -> AccessRules:
    """The rules where no others are given."""
    return load_rules(AccessConfig(), folder=Path(), prefix="", resolve=resolve)


class Gate:
    """Decides by `rules`. `groups` puts PVs into groups of these, by patterns of names without `prefix`.

    To be used on the loop that serves.
    """

    def __init__(
        self, rules: AccessRules, prefix: str, pvdb: Mapping[str, Any], groups: Mapping[str, str] | None = None
    ) -> None:
        self._rules, self._prefix, self._pvdb, self._groups = rules, prefix, pvdb, groups or {}
        self._values: dict[str, float | None] = {}
        self._decided: dict[tuple[str, Client], bool] = {}
        self._own: dict[str, _Own] = {}
        self._sources: list[PVSource] = []
        self._server: Server | None = None
        for host in rules.unresolved:
            log.warning("the access rules name host %s, which has no address: nobody is there", host)
        self._review: asyncio.Handle | None = None

    def may_write(self, name: str, client: Connected) -> bool:
        """Whether a client may put to a PV. One that has come from our own address is on loopback, too."""
        asg = asg_of(name.removeprefix(self._prefix), self._groups)
        if self._decide(asg, _as_asked(client)):
            return True
        return client.address[0] == client.here != LOOPBACK and self._decide(asg, _as_asked(client, LOOPBACK))

    def _decide(self, asg: str, who: Client) -> bool:
        decided = self._decided.get((asg, who))
        if decided is None:
            if len(self._decided) >= MOST_ANSWERS:
                self._decided.clear()
            rights = self._rules.rights(asg, _LEVEL, who, self._inputs_of(asg))
            decided = self._decided[asg, who] = rights is Rights.WRITE
        return decided

    def why_not(self, name: str, client: Connected) -> str:
        """Why a client may not, and what would allow it: one sentence."""
        asg = asg_of(name.removeprefix(self._prefix), self._groups)
        return explain(self._rules, name, asg, _LEVEL, _as_asked(client), self._inputs_of(asg))

    def follow(self, server: Server) -> None:
        """Watch what the rules look at, and have the server tell its clients when their rights change."""
        self._server = server
        self._values = dict.fromkeys({pv for inputs in self._rules.inputs.values() for pv in inputs.values()})
        self.look_again()
        for name in sorted({*self._values} - {*self._own}):
            self._watch_elsewhere(name)

    def look_again(self) -> None:
        """PVs of ours have come or gone: one that is another now, or is there no more, is not what it was."""
        if self._server is None:
            return
        for name in self._values:
            found, own = look_up(self._pvdb, name), self._own.get(name)
            if own is not None and (found is None or found.pv is not own.pv):
                self._own.pop(name).stop()
                self._heard(name, None)
            if found is not None and name not in self._own:
                self._own[name] = _Own(self._server.monitors, found, partial(self._heard, name))

    def close(self) -> None:
        """Watch nothing any more."""
        for own in self._own.values():
            own.stop()
        for source in self._sources:
            source.stop()
        if self._review is not None:
            self._review.cancel()

    def _watch_elsewhere(self, name: str) -> None:
        loop = asyncio.get_running_loop()

        def hear(sample: Sample) -> None:  # in a thread of Channel Access
            loop.call_soon_threadsafe(self._heard, name, _number(sample))

        if name.startswith(self._prefix):
            log.error("the access rules look at %s, which this IOC does not serve now: they get no value of it", name)
            return
        source = PVSource(name)
        source.start(hear)
        self._sources.append(source)

    def _heard(self, name: str, value: float | None) -> None:
        if value is not None and math.isnan(value):
            value = None
        if self._values[name] == value:
            return
        self._values[name] = value
        self._decided.clear()
        if self._review is None:
            self._review = asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        self._review = None
        if self._server is not None:
            self._server.review_rights()

    def _inputs_of(self, asg: str) -> dict[str, float | None]:
        inputs = self._rules.inputs.get(self._rules.asg_in_use(asg), {})
        return {letter: self._values.get(name) for letter, name in inputs.items()}


class _Own:
    """A PV of our own, listened to as a client would."""

    def __init__(self, monitors: Monitors, found: Found, hear: Callable[[float | None], None]) -> None:
        self._monitors, self._hear, self.pv = monitors, hear, found.pv
        self._subscription = Subscription(self, found, 0, 0, int(ChannelType.STS_DOUBLE), 1, _ON)
        monitors.add(self._subscription)

    def update(self, subscription: Subscription, reading: Reading, *, good: bool) -> None:
        """It has changed."""
        _, severity, value = _STATUS_AND_NUMBER.unpack(reading.payload(1))
        self._hear(value if good and severity < Severity.INVALID else None)

    def stop(self) -> None:
        """Listen no more."""
        self._monitors.remove(self._subscription)


def _number(sample: Sample) -> float | None:
    if not sample.connected or sample.severity >= Severity.INVALID:
        return None
    try:
        return float(sample.value)
    except (TypeError, ValueError):
        return None


def _as_asked(client: Connected, address: str = "") -> Client:
    return Client(client.user, client.host, address or client.address[0])
