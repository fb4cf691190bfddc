"""Whether a sink could work, found out beforehand."""

from __future__ import annotations

import socket
from importlib.machinery import ModuleSpec

import pytest

from reioc.ioc.sinks import checking
from reioc.ioc.sinks.checking import wrongs_of
from reioc.ioc.sinks.config import SinkConfig

KAFKA = {"kind": "kafka", "topic": "documents"}


@pytest.fixture
def server():
    """Somebody who takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def nobody():
    """A port on which nobody answers, and that nobody else gets."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def wrongs(base, **config) -> list[str]:
    return wrongs_of(SinkConfig.model_validate(config), base)


def test_what_could_work_is_right(server, tmp_path, monkeypatch) -> None:
    """A folder that can be made, a server that answers, a key that is there; nothing is made for it."""
    monkeypatch.setenv("SOME_KEY", "key")
    (tmp_path / "base").mkdir()
    for config in (
        {"kind": "jsonl", "folder": "data/jsonl"},
        {"kind": "csv", "folder": str(tmp_path / "base")},
        {"kind": "tiled", "uri": f"http://{server}", "api_key_env": "SOME_KEY"},
        {"kind": "tiled", "uri": "embedded"},
        {**KAFKA, "bootstrap_servers": [server], "options": {"sasl.password": "$SOME_KEY"}},
        {"kind": "zmq", "address": server},
    ):
        assert wrongs(tmp_path / "base", **config) == []
    assert list((tmp_path / "base").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path) -> None:
    """By what is in its way."""
    (tmp_path / "notes").touch()
    told = [f"{tmp_path / 'notes'} is no folder"]
    assert wrongs(tmp_path, kind="csv", folder="notes/csv") == told
    assert wrongs(tmp_path, kind="tiled", uri="embedded", folder="notes") == told


def test_a_folder_that_cannot_be_written_is_told(tmp_path, monkeypatch) -> None:
    """By who may not."""
    monkeypatch.setattr(checking.os, "access", lambda path, _mode: path != tmp_path)
    told = f"in the folder {tmp_path} nothing can be written by this user"
    assert wrongs(tmp_path, kind="jsonl", folder="data") == [told]


@pytest.mark.parametrize(
    ("config", "module", "extra"),
    [
        ({"kind": "tiled", "uri": "http://127.0.0.1:1"}, "bluesky_tiled_plugins", "tiled"),
        ({"kind": "tiled", "uri": "embedded"}, "uvicorn", "tiled-server"),
        ({**KAFKA, "bootstrap_servers": ["127.0.0.1:1"]}, "confluent_kafka", "kafka"),
        ({"kind": "zmq", "address": "127.0.0.1:1"}, "zmq", "zmq"),
        ({"kind": "zmq", "address": "127.0.0.1:1", "serializer": "msgpack"}, "msgpack_numpy", "zmq"),
    ],
)
def test_an_extra_that_is_missing_is_told(tmp_path, monkeypatch, config, module, extra) -> None:
    """With what to install."""

    def find_spec(name):
        return None if name == module else ModuleSpec(name, None)

    monkeypatch.setattr(checking, "find_spec", find_spec)
    assert wrongs(tmp_path, **config)[0] == f"{module} is not installed: pip install 'reioc[{extra}]'"


def test_a_server_that_does_not_answer_is_told(tmp_path, nobody, server) -> None:
    """Each by its address."""
    host, _, port = nobody.partition(":")
    for config in (
        {"kind": "tiled", "uri": f"http://{nobody}/api"},
        {**KAFKA, "bootstrap_servers": [server, nobody]},
        {"kind": "zmq", "address": nobody},
    ):
        (told,) = wrongs(tmp_path, **config)
        assert told.startswith(f"nobody answers at {host} port {port}: ")


def test_a_key_that_is_not_there_is_told(tmp_path, monkeypatch, server) -> None:
    """By the name of its variable."""
    monkeypatch.delenv("SOME_KEY", raising=False)
    told = "is in the environment variable SOME_KEY, which is not set here"
    for key, config in (
        ("api_key_env", {"kind": "tiled", "uri": f"http://{server}", "api_key_env": "SOME_KEY"}),
        ("sasl.password", {**KAFKA, "bootstrap_servers": [server], "options": {"sasl.password": "$SOME_KEY"}}),
    ):
        assert wrongs(tmp_path, **config) == [f"{key!r} {told}"]
