"""From the configuration of a sink to the sink."""

from __future__ import annotations

from typing import Any

import pytest

from reioc.ioc.sinks.config import SinkConfig
from reioc.ioc.sinks.csv_files import CsvFiles
from reioc.ioc.sinks.jsonl import JsonLines
from reioc.ioc.sinks.kafka import KafkaSink
from reioc.ioc.sinks.making import LateSink, make_sink
from reioc.ioc.sinks.runs import StoredRuns
from reioc.ioc.sinks.tiled import TiledSink
from reioc.ioc.sinks.zmq import ZmqSink

from .support import Recording

KAFKA = {"kind": "kafka", "bootstrap_servers": ["b:9092"], "topic": "t", "options": {"sasl.password": "$T_PASSWORD"}}


def make(journal, tmp_path, **keys: Any):
    return make_sink(SinkConfig(**keys), tmp_path, StoredRuns(journal.open))


def test_files_are_beside_the_configuration(journal, tmp_path) -> None:
    """Under the folder and by the template that it says."""
    jsonl = make(journal, tmp_path, kind="jsonl", folder="a/b", template="{uid}", name="files")
    csv = make(journal, tmp_path, kind="csv", folder="/elsewhere")
    assert (type(jsonl), type(csv)) == (JsonLines, CsvFiles)
    assert (jsonl.name, jsonl.folder, jsonl.template) == ("files", tmp_path / "a" / "b", "{uid}")
    assert str(csv.folder) == "/elsewhere"


def test_secrets_are_in_the_environment(journal, tmp_path, monkeypatch) -> None:
    """A variable that is not set is named, and for which key."""
    tiled = {"kind": "tiled", "uri": "http://t:8000", "api_key_env": "T_KEY"}
    monkeypatch.delenv("T_KEY", raising=False)
    with pytest.raises(ValueError, match="'api_key_env' is in the environment variable T_KEY, which is not set"):
        make(journal, tmp_path, **tiled)
    monkeypatch.delenv("T_PASSWORD", raising=False)
    with pytest.raises(ValueError, match=r"'sasl.password' is in the environment variable T_PASSWORD"):
        make(journal, tmp_path, **KAFKA)
    monkeypatch.setenv("T_KEY", "open")
    monkeypatch.setenv("T_PASSWORD", "sesame")
    made = make(journal, tmp_path, **tiled)
    assert (type(made), made._api_key) == (TiledSink, "open")
    kafka = make(journal, tmp_path, **KAFKA)
    assert (type(kafka), kafka._options) == (KafkaSink, {"sasl.password": "sesame"})


def test_a_server_of_our_own_has_its_folder_beside_the_configuration(journal, tmp_path) -> None:
    """It is not started before the sink is opened."""
    made = make(journal, tmp_path, kind="tiled", uri="embedded")
    assert (made._server.folder, made._server._process) == (tmp_path / "tiled", None)
    assert make(journal, tmp_path, kind="tiled", uri="http://t:8000")._server is None


def test_0mq_has_prefix_and_serializer(journal, tmp_path) -> None:
    """As configured."""
    made = make(journal, tmp_path, kind="zmq", address="h:1", prefix="x", serializer="msgpack")
    assert (type(made), made._address, made._prefix, made._serializer) == (ZmqSink, "tcp://h:1", b"x", "msgpack")


def test_a_sink_is_made_when_it_is_opened_and_once() -> None:
    """One that cannot be made yet is made at a later attempt."""
    made = Recording()
    attempts = [ImportError("pip install 'reioc[kafka]'"), made, AssertionError("made twice")]

    def make() -> Recording:
        attempt = attempts.pop(0)
        if isinstance(attempt, Exception):
            raise attempt
        return attempt

    late = LateSink("late", make)
    with pytest.raises(ImportError, match=r"reioc\[kafka\]"):
        late.open()
    late.open()
    late.put([(1, "start", {})])
    late.close()
    late.open()
    assert (made.opens, made.closes, made.numbers) == (2, 1, [1])


def test_one_that_was_not_opened_takes_nothing() -> None:
    """It says so."""
    with pytest.raises(RuntimeError, match="sink late has not been opened"):
        LateSink("late", Recording).put([(1, "start", {})])
