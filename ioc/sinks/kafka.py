"""Kafka: every document a message, as bluesky-kafka's consumers read them.

Rules of this file:
1. A run's messages have the run's uid as their key: they are in one partition, and stay in order.
2. `put` is over when the brokers have confirmed every message. What comes after one that failed is sent again behind
   it, so a consumer may see a document twice (it knows it by its uid), but never misses one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from .packing import msgpack_packer, packed
from .runs import RunIndex, StoredRuns
from .sink import Numbered, Unacceptable

__all__ = ["KafkaSink"]

log = logging.getLogger("reioc.ioc.sinks")

ANSWERS_WITHIN = 5.0
"""Seconds until brokers that do not answer are told of, when the sink is opened."""
DELIVERS_WITHIN = 20.0
"""Seconds that the delivery of a batch may take."""


class KafkaSink:
    """Sends `(name, document)` in msgpack to a topic.

    `options` are librdkafka's properties of a producer, on top of what is needed for order and safety.
    """

    def __init__(
        self,
        name: str,
        bootstrap_servers: Sequence[str],
        topic: str,
        stored: StoredRuns,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self._servers = ",".join(bootstrap_servers)
        self._topic = topic
        self._options = dict(options or {})
        self._index = RunIndex(stored)
        self._producer: Any = None
        self._pack: Callable[[Any], bytes] = bytes
        self._confirmed = 0
        """Number of the last document that the brokers have, and all before it."""
        self._trouble = ""

    def open(self) -> None:
        """Make a producer and ask the brokers who they are.

        Raises ImportError without the extra, ValueError for options that librdkafka refuses, ConnectionError.
        """
        try:
            from confluent_kafka import KafkaException, Producer
        except ImportError as error:
            raise ImportError("confluent-kafka is not installed: pip install 'reioc[kafka]'") from error
        self._pack = msgpack_packer("kafka")
        try:
            producer = Producer(self._configuration(), logger=log)
        except KafkaException as error:
            raise ValueError(f"`options` of the sink {self.name}: {error.args[0].str()}") from error
        try:
            producer.list_topics(timeout=ANSWERS_WITHIN)
        except KafkaException as error:
            raise ConnectionError(self._told("no broker answers", error.args[0].str())) from error
        self._producer = producer

    def put(self, documents: Sequence[Numbered]) -> None:
        """Send documents, and wait until the brokers have them. Raises Unacceptable, ConnectionError."""
        # All are packed before one is sent: a document that cannot be makes none go twice.
        messages = [self._message(numbered) for numbered in documents if numbered[0] > self._confirmed]
        refusal = self._send(messages)
        if refusal is not None:
            raise refusal
        for _, name, doc in documents:
            if name == "stop":
                self._index.forget(doc.get("run_start"))

    def close(self) -> None:
        """Let go of the brokers."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            producer.flush(1.0)

    def _message(self, numbered: Numbered) -> tuple[int, str, bytes]:
        seq, name, doc = numbered
        return seq, self._index.run_of(numbered) or "", packed(numbered, self._pack, (name, doc))

    def _send(self, messages: Sequence[tuple[int, str, bytes]]) -> Unacceptable | None:
        """Send messages, up to one that can never be sent; then why. Raises ConnectionError for those not confirmed."""
        deadline = time.monotonic() + DELIVERS_WITHIN
        open_ends: set[int] = set()
        refusal = None
        for seq, key, value in messages:
            refusal = self._hand_over(seq, key, value, open_ends, deadline)
            if refusal is not None:
                break
        self._producer.flush(max(deadline - time.monotonic(), 0.1))
        if open_ends:
            self._confirmed = max(self._confirmed, min(open_ends) - 1)
            count = len(open_ends)
            # What librdkafka still has would overtake what is sent again.
            self._producer.purge()
            self._producer.flush(1.0)
            raise ConnectionError(self._told(f"{count} documents are not delivered", self._trouble))
        taken = [seq for seq, _, _ in messages if refusal is None or seq < refusal.seq]
        self._confirmed = max(taken, default=self._confirmed)
        return refusal

    def _hand_over(self, seq: int, key: str, value: bytes, open_ends: set[int], deadline: float) -> Unacceptable | None:
        """Give a message to librdkafka: its number is in `open_ends` until it is delivered."""
        from confluent_kafka import KafkaException

        def delivered(error: Any, _message: Any) -> None:
            if error is None:
                open_ends.discard(seq)
            else:
                self._trouble = error.str()

        send = partial(self._producer.produce, self._topic, value, key, on_delivery=delivered)
        try:
            try:
                send()
            except BufferError:  # its queue is full: that is emptied first
                self._producer.flush(max(deadline - time.monotonic(), 0.1))
                send()
        except BufferError as error:
            raise ConnectionError(self._told("librdkafka's queue does not empty", self._trouble)) from error
        except KafkaException as error:
            if error.args[0].name() != "MSG_SIZE_TOO_LARGE":
                raise
            return Unacceptable(
                seq, f"it has {len(value)} bytes, more than 'message.max.bytes' among the sink's options"
            )
        open_ends.add(seq)
        return None

    def _configuration(self) -> dict[str, Any]:
        return {
            "acks": "all",
            "enable.idempotence": True,
            "message.timeout.ms": int(DELIVERS_WITHIN / 2 * 1000),
            **self._options,
            "bootstrap.servers": self._servers,
            "error_cb": self._heard,
        }

    def _heard(self, error: Any) -> None:
        self._trouble = error.str()

    def _told(self, what: str, why: str) -> str:
        return f"Kafka topic {self._topic!r} at {self._servers}: {what}" + (f": {why}" if why else "")
