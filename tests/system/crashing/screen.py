"""A screen that remembers what it was told, and when: what a service must stand by after its death."""

from __future__ import annotations

import json
import select
import time
from collections.abc import Callable, Iterable
from typing import Any

from ..raw_ca import Closed, RawClient
from ..raw_dbr import CHAR, STRING, to_bytes
from ..raw_messages import EVENT_ADD, NORMAL, WRITE_NOTIFY, Channel, Message, request_of_put
from ..support import TIMEOUT

__all__ = ["P", "Screen"]

P = "T:RE:"


class Screen:
    """One client; names are without the engine's prefix, values are texts."""

    def __init__(self, port: int) -> None:
        self._client = RawClient(port, user="operator")
        self._channels: dict[str, Channel] = {}
        self._watched: dict[int, str] = {}
        self.told: list[tuple[float, str, str]] = []
        """What it was told of what it watches, in that order: when (monotonic), name, value."""
        self.values: dict[str, str] = {}
        """What it was told last."""

    def close(self) -> None:
        """Go away."""
        self._client.close()

    def watch(self, names: Iterable[str]) -> None:
        """Be told of these from now on; the present values have come."""
        for name in names:
            channel = self._channel(name)
            number = self._client.subscribe(channel, CHAR if channel.data_type == CHAR else STRING)
            self._watched[number] = name
        self.until(lambda: set(self._watched.values()) <= set(self.values), "the first values")

    def get(self, name: str) -> str:
        """A value as text."""
        channel = self._channel(name)
        return self._client.get(channel, CHAR if channel.data_type == CHAR else STRING, 0).dbr.text

    def json(self, name: str) -> Any:
        """What a long text says in JSON."""
        return json.loads(self.get(name))

    def texts(self, name: str) -> list[str]:
        """The elements of an array of texts, as many as say something."""
        values = self._client.get(self._channel(name), STRING, 0).dbr.values
        texts = [value.split(b"\0", 1)[0].decode() for value in values if isinstance(value, bytes)]
        return [text for text in texts if text]

    def severity(self, name: str) -> int:
        """0 to 3."""
        return self._client.get(self._channel(name), STRING + 7, 1).dbr.severity

    def begin_put(self, name: str, value: object = 1) -> int:
        """Put, and do not wait; the number of the put."""
        channel, number, text = self._channel(name), self._client.new_id(), str(value)
        if channel.data_type == CHAR:
            data, data_type, count = text.encode() + b"\0", CHAR, len(text.encode()) + 1
        else:
            data, data_type, count = to_bytes(STRING, [text]), STRING, 1
        self._client.send(request_of_put(channel, number, data, data_type, count, WRITE_NOTIFY))
        return number

    def is_done(self, put: int) -> bool:
        """Whether a put was answered, and well. Raises AssertionError if it was refused."""
        answer = next((each for each in self._client.inbox if _answers(each, put)), None)
        assert answer is None or answer.status == NORMAL, f"refused: {self.get('Cmd:Message')}"
        return answer is not None

    def put(self, name: str, value: object = 1) -> None:
        """A put that succeeds; returns when what was asked for is true."""
        number = self.begin_put(name, value)
        answer = self._client.wait_for(lambda each: _answers(each, number), f"the end of {name}", TIMEOUT)
        assert answer.status == NORMAL, f"{name}: {self.get('Cmd:Message')}"

    def refused(self, name: str, value: object = 1) -> str:
        """A put that fails; why, as `Cmd:Message` says it."""
        number = self.begin_put(name, value)
        answer = self._client.wait_for(lambda each: _answers(each, number), f"the end of {name}", TIMEOUT)
        assert answer.status != NORMAL, f"{name} was not refused: {self.get('Cmd:Message')}"
        return self.get("Cmd:Message")

    def look(self, until: float) -> None:
        """Take in what comes, until that moment (monotonic), or until the service is gone."""
        try:
            while (left := until - time.monotonic()) > 0:
                self._wait(left)
                self._take_in()
        except Closed:
            self._take_in()

    def until(self, is_so: Callable[[], bool], what: str, timeout: float = TIMEOUT) -> None:
        """Take in what comes until it is so. Raises AssertionError, Closed."""
        deadline = time.monotonic() + timeout
        self._take_in()
        while not is_so():
            left = deadline - time.monotonic()
            assert left > 0, f"waited {timeout:g} s for {what}; told last: {self.values}"
            self._wait(left)
            self._take_in()

    def until_told(self, name: str, *values: str) -> None:
        """Until something that it watches has one of these values."""
        self.until(lambda: self.values[name] in values, f"{name} to be {' or '.join(values)}")

    def seen(self, name: str) -> list[str]:
        """The values that it was told of, in that order."""
        return [value for _, told, value in self.told if told == name]

    def _wait(self, seconds: float) -> None:
        if select.select([self._client.socket], [], [], seconds)[0]:
            self._client.read_what_is_there()

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            self._channels[name] = self._client.channel(P + name)
        return self._channels[name]

    def _take_in(self) -> None:
        inbox, self._client.inbox[:] = self._client.inbox[:], []
        now = time.monotonic()
        for message in inbox:
            name = self._watched.get(message.parameter2) if message.command == EVENT_ADD else None
            if name is None:
                self._client.inbox.append(message)
            else:
                self.values[name] = message.dbr.text
                self.told.append((now, name, self.values[name]))


def _answers(message: Message, put: int) -> bool:
    return message.command == WRITE_NOTIFY and message.parameter2 == put
