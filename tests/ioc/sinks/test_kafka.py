"""Kafka: what bluesky-kafka's consumers make of what is sent, over librdkafka's own broker for tests."""

from __future__ import annotations

import logging
import time
from contextlib import closing

import msgpack
import numpy as np
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from reioc.ioc.sinks.kafka import KafkaSink
from reioc.ioc.sinks.runs import StoredRuns
from reioc.ioc.sinks.sink import Unacceptable

from ...system.support import free_port
from .support import DEADLINE, run_of

MODULE = "reioc.ioc.sinks.kafka"
QUIET = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def broker():
    """Address of a broker of librdkafka's mock cluster; it ends with the producer that has it."""
    cluster = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none"}, logger=QUIET)
    brokers = cluster.list_topics(timeout=DEADLINE).brokers
    yield next(f"{each.host}:{each.port}" for each in brokers.values())
    cluster.flush(0)


@pytest.fixture
def stored(journal):
    return StoredRuns(journal.open)


def opened(broker: str, topic: str, stored: StoredRuns, **options: object) -> KafkaSink:
    sink = KafkaSink("kafka", [broker], topic, stored, options)
    sink.open()
    return sink


def partitions_of(consumer: Consumer, topic: str) -> list[TopicPartition]:
    """The partitions of a topic, each from its start."""
    return [TopicPartition(topic, n, 0) for n in consumer.list_topics(topic, DEADLINE).topics[topic].partitions]


def messages(broker: str, topic: str) -> list:
    """All messages of a topic, each with key, partition and value."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "all", "enable.auto.commit": False})
    with closing(consumer):
        partitions = [
            TopicPartition(topic, n, 0) for n in consumer.list_topics(topic, DEADLINE).topics[topic].partitions
        ]
        count = sum(consumer.get_watermark_offsets(each, DEADLINE)[1] for each in partitions)
        consumer.assign(partitions)
        return [message for message in consumer.consume(count, DEADLINE) if message.error() is None] if count else []


def test_bluesky_kafkas_consumer_reads_the_documents(broker, stored):
    """bluesky-kafka's consumer has every document as it is, arrays included, in order."""
    from bluesky_kafka.consume import BasicConsumer

    documents = run_of(3, uid="run")
    documents[2][1]["data"]["det"] = np.arange(6.0).reshape(2, 3)
    with closing(opened(broker, "runs", stored)) as sink:
        sink.put([(n, name, doc) for n, (name, doc) in enumerate(documents, 1)])

    read: list = []
    deadline = time.monotonic() + DEADLINE
    consumer = BasicConsumer(
        ["runs"],
        [broker],
        "group",
        {"auto.offset.reset": "earliest"},
        process_message=lambda _consumer, _topic, message: read.append(message) or len(read) < len(documents),
    )
    # Its place in a group is what takes long: it is given its partitions instead.
    consumer._consumer.unsubscribe()
    consumer._consumer.assign(partitions_of(consumer._consumer, "runs"))
    consumer.start_polling(continue_polling=lambda: time.monotonic() < deadline)

    np.testing.assert_array_equal(read[2][1]["data"].pop("det"), documents[2][1]["data"].pop("det"))
    assert documents == [(name, doc) for name, doc in read]


def test_a_run_is_the_key_of_its_messages(broker, stored):
    """Every message of a run has the run's uid as its key, so its order is kept by the one partition it is in."""
    mixed = [each for pair in zip(run_of(2, uid="one"), run_of(2, uid="two"), strict=True) for each in pair]
    with closing(opened(broker, "keys", stored)) as sink:
        sink.put([(n, name, doc) for n, (name, doc) in enumerate(mixed, 1)])

    read = messages(broker, "keys")
    for uid in (b"one", b"two"):
        of_run = [message for message in read if message.key() == uid]
        assert [msgpack.unpackb(m.value())[0] for m in of_run] == ["start", "descriptor", "event", "event", "stop"]
        assert len({message.partition() for message in of_run}) == 1


def test_no_broker_is_told_in_time(stored, monkeypatch):
    """A broker that is not there is trouble, with topic and address."""
    monkeypatch.setattr(f"{MODULE}.ANSWERS_WITHIN", 0.2)
    port = free_port()

    with pytest.raises(ConnectionError, match=f"Kafka topic 'runs' at 127.0.0.1:{port}: no broker answers"):
        opened(f"127.0.0.1:{port}", "runs", stored)


def test_what_no_broker_confirms_is_trouble_and_comes_again(broker, stored, monkeypatch):
    """`put` does not end before the brokers have confirmed; what they have not is sent when it is put again."""
    monkeypatch.setattr(f"{MODULE}.DELIVERS_WITHIN", 0.4)
    documents = [(n, name, doc) for n, (name, doc) in enumerate(run_of(1), 1)]
    cluster = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none"}, logger=QUIET)
    only = next(iter(cluster.list_topics(timeout=DEADLINE).brokers.values()))
    with closing(opened(f"{only.host}:{only.port}", "lost", stored)) as sink:
        sink.put(documents[:2])
        del cluster  # and its brokers
        with pytest.raises(ConnectionError, match="2 documents are not delivered"):
            sink.put(documents[2:])
        assert sink._confirmed == 2


def test_documents_that_come_again_are_not_sent_again(broker, stored):
    """What the brokers have confirmed is passed over when a batch is put a second time."""
    documents = [(n, name, doc) for n, (name, doc) in enumerate(run_of(2), 1)]
    with closing(opened(broker, "again", stored)) as sink:
        sink.put(documents[:3])
        sink.put(documents)

    assert len(messages(broker, "again")) == 5


def test_a_message_that_is_too_large_is_refused_and_the_others_are_sent(broker, stored):
    """A document beyond the producer's limit is named with its size; those before it are not sent twice."""
    documents = [(n, name, doc) for n, (name, doc) in enumerate(run_of(2), 1)]
    documents[2][2]["data"]["det"] = np.zeros(1_000_000)
    with closing(opened(broker, "large", stored)) as sink:
        with pytest.raises(Unacceptable, match=r"document 3 cannot be taken: it has 8000\d* bytes, more than"):
            sink.put(documents)
        sink.put(documents[:2] + documents[3:])

    assert len(messages(broker, "large")) == 4


def test_a_document_that_cannot_be_packed_is_refused(broker, stored):
    """An object that msgpack has no form for is named."""
    with closing(opened(broker, "packing", stored)) as sink:
        with pytest.raises(Unacceptable, match="a stop document cannot be packed"):
            sink.put([(1, "start", {"uid": "run"}), (2, "stop", {"run_start": "run", "why": object()})])
        assert sink._confirmed == 0


def test_options_that_librdkafka_refuses_are_told(broker, stored):
    """An unknown property is named, with the sink's name."""
    with pytest.raises(ValueError, match=r"`options` of the sink kafka: .*compresion"):
        opened(broker, "runs", stored, compresion="lz4")
