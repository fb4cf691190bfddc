"""The `[[sink]]` tables of a configuration."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reioc.ioc.config.errors import explain
from reioc.ioc.sinks.config import SinkConfig, SinkTables


class File(BaseModel):
    """As in a beamline.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    sinks: SinkTables = Field(default=(), alias="sink", strict=False)


def load(text: str) -> tuple[SinkConfig, ...]:
    return File.model_validate(tomllib.loads(text)).sinks


def mistakes(text: str) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        load(text)
    return [str(mistake) for mistake in explain(caught.value, File)]


def table(**keys: Any) -> str:
    return "[[sink]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items()) + "\n"


JSONL = {"kind": "'jsonl'", "folder": "'data'"}
KAFKA = {"kind": "'kafka'", "bootstrap_servers": "['b:9092']", "topic": "'t'"}


def test_every_kind_needs_little() -> None:
    """It is called as its kind, enabled, and begins with what comes from now on."""
    sinks = load(
        table(**JSONL)
        + table(kind="'csv'", folder="'data'")
        + table(kind="'tiled'", uri="'embedded'")
        + table(**KAFKA)
        + table(kind="'zmq'", address="'127.0.0.1:5577'")
    )
    assert [sink.called for sink in sinks] == ["jsonl", "csv", "tiled", "kafka", "zmq"]
    assert all(sink.enabled and not sink.from_start for sink in sinks)


def test_everything_can_be_said() -> None:
    """Each kind takes its own keys."""
    jsonl, tiled, kafka, zmq = load(
        table(**JSONL, name="'files'", enabled="false", from_start="true", template="'{uid}'")
        + table(kind="'tiled'", uri="'https://t.example.org/a'", api_key_env="'TILED_KEY'", path="'raw'")
        + table(**KAFKA, options="{'sasl.password' = '$KAFKA_PASSWORD', 'linger.ms' = 5}")
        + table(kind="'zmq'", address="'h:1'", prefix="'x'", serializer="'msgpack'")
    )
    assert (jsonl.called, jsonl.enabled, jsonl.from_start, jsonl.template) == ("files", False, True, "{uid}")
    assert (tiled.uri, tiled.api_key_env, tiled.path) == ("https://t.example.org/a", "TILED_KEY", "raw")
    assert kafka.options == {"sasl.password": "$KAFKA_PASSWORD", "linger.ms": 5}
    assert (zmq.address, zmq.prefix, zmq.serializer) == ("h:1", "x", "msgpack")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (table(kind="'jsonl'"), "sink[0].folder: missing: 'jsonl' needs where the files go"),
        (table(kind="'kafka'", topic="'t'"), "sink[0].bootstrap_servers: missing: 'kafka' needs brokers, like"),
        (table(kind="'tiled'"), "sink[0].uri: missing: 'tiled' needs the server"),
        (table(kind="'zmq'"), "sink[0].address: missing: 'zmq' needs the proxy"),
        (table(kind="'hdf5'"), "sink[0].kind: should be 'jsonl', 'csv', 'tiled', 'kafka' or 'zmq'; got 'hdf5'"),
        (table(**JSONL, topic="'t'"), "sink[0].topic: 'jsonl' has no topic: it is for 'kafka'"),
        (table(**KAFKA, template="'{uid}'"), "sink[0].template: 'kafka' has no template: it is for 'jsonl' and 'csv'"),
        (table(**JSONL, template="'{plan}'"), "sink[0].template: '{plan}' has no {uid8}"),
        (table(**JSONL, name="'a b'"), "sink[0].name: 'a b' is no sink name"),
        (table(**JSONL, name="'averylongname'"), "sink[0].name: 'averylongname' is no sink name"),
        (table(**JSONL, foldr="'x'"), "sink[0].foldr: unknown key; allowed: address, "),
        (table(kind="'tiled'", uri="'t.example.org'"), "sink[0].uri: 't.example.org' is no server"),
        (table(kind="'tiled'", uri="'embedded'", api_key_env="'a-b'"), "sink[0].api_key_env: 'a-b' is no name of"),
        (table(kind="'zmq'", address="'host'"), "sink[0].address: 'host' is no address: write host:port"),
        (
            table(kind="'tiled'", uri="'http://t:8000'", port="8000"),
            "sink[0].port: only a server of our own has a port",
        ),
        (table(kind="'tiled'", uri="'http://t:8000'", folder="'t'"), "sink[0].folder: only a server of our own has a"),
        (table(kind="'zmq'", address="'h:1'", prefix="'a b'"), "sink[0].prefix: 'a b' has a space"),
        (
            table(kind="'zmq'", address="'h:1'", serializer="'yaml'"),
            "sink[0].serializer: 'yaml' is no serializer: 'pickle', as bluesky reads it, or 'msgpack'",
        ),
        (
            table(**KAFKA, options="{'sasl.password' = 'hello'}"),
            "sink[0].options: 'sasl.password': secrets are not for this file; write '$NAME'",
        ),
        (table(**JSONL) + table(**JSONL), "sink: two sinks are called 'jsonl': give each another `name`"),
    ],
)
def test_a_mistake_names_its_key_and_what_would_be_right(text, mistake) -> None:
    """In the words of the file."""
    (found,) = mistakes(text)
    assert found.startswith(mistake)


def test_all_mistakes_are_told_together() -> None:
    """Nobody has to correct a file line by line."""
    text = table(kind="'jsonl'", name="'a b'", template="'x'", prefix="'y'")
    assert [each.split(":")[0] for each in mistakes(text)] == [
        "sink[0].name",
        "sink[0].folder",
        "sink[0].template",
        "sink[0].prefix",
    ]
