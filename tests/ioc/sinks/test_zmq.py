"""0MQ: what bluesky's own proxy and dispatcher make of what is sent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from types import SimpleNamespace

import msgpack
import msgpack_numpy
import numpy as np
import pytest
import zmq
from bluesky.callbacks.zmq import Proxy, RemoteDispatcher

from reioc.ioc.sinks.sink import Unacceptable
from reioc.ioc.sinks.zmq import ZmqSink

from ...system.support import free_port
from .support import run_of, until

MODULE = "reioc.ioc.sinks.zmq"


class RunningProxy:
    """bluesky's proxy in a thread, on 127.0.0.1."""

    def __init__(self, port: int, out: int) -> None:
        self.out = f"127.0.0.1:{out}"
        self._proxy = Proxy(f"127.0.0.1:{port}", self.out)
        # It has no way to be ended. Its context is ended from here, then, and must not be by itself as well.
        self._context, self._proxy._context = self._proxy._context, SimpleNamespace(destroy=lambda: None)
        self._thread = threading.Thread(target=self._forward)
        self._thread.start()

    def _forward(self) -> None:
        with suppress(zmq.ContextTerminated):
            self._proxy.start()

    def __enter__(self) -> RunningProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.term()
        self._thread.join(10)


class Listener:
    """bluesky's RemoteDispatcher in a thread; `heard` has what it gave to a callback."""

    def __init__(self, address: str, **settings: object) -> None:
        self.heard: list[tuple[str, dict]] = []
        self._dispatcher = RemoteDispatcher(address, strict=True, **settings)
        self._dispatcher.subscribe(lambda name, doc: self.heard.append((name, doc)))
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        with suppress(asyncio.CancelledError):
            self._dispatcher.start()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        until(lambda: self._dispatcher._task is not None)
        self._dispatcher.loop.call_soon_threadsafe(self._dispatcher._task.cancel)
        self._thread.join(10)


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def proxy(port):
    with RunningProxy(port, free_port()) as running:
        yield running


@contextmanager
def opened(port: int, **settings: str) -> Iterator[ZmqSink]:
    sink = ZmqSink("zmq", f"127.0.0.1:{port}", **settings)
    sink.open()
    with closing(sink):
        yield sink


def put_until_heard(sink: ZmqSink, listener: Listener) -> None:
    """A feed is live: whoever has just connected is there once he hears something."""
    number = iter(range(1, 10_000))

    def heard() -> bool:
        sink.put([(next(number), "start", {"uid": "first", "time": 1.0})])
        return bool(listener.heard)

    until(heard, "the listener is connected")


def test_a_remote_dispatcher_reads_the_documents(port, proxy):
    """Bluesky's RemoteDispatcher has every document as it is, arrays included, in order."""
    documents = run_of(3, uid="run")
    documents[2][1]["data"]["det"] = np.arange(6.0).reshape(2, 3)
    with Listener(proxy.out) as listener, opened(port) as sink:
        put_until_heard(sink, listener)
        sink.put([(20_000 + n, name, doc) for n, (name, doc) in enumerate(documents)])
        until(lambda: listener.heard[-1][0] == "stop", "the stop")

    run = listener.heard[-len(documents) :]
    np.testing.assert_array_equal(run[2][1]["data"].pop("det"), documents[2][1]["data"].pop("det"))
    assert documents == run


def test_msgpack_is_read_by_a_dispatcher_without_pickle(port, proxy):
    """With serializer "msgpack" a dispatcher unpacks without running anything, and keeps to its prefix."""

    def unpack(data: bytes) -> dict:
        return msgpack.unpackb(data, object_hook=msgpack_numpy.decode)

    with (
        Listener(proxy.out, deserializer=unpack, prefix=b"ours") as listener,
        opened(port, serializer="msgpack", prefix="ours") as sink,
        opened(port, prefix="theirs") as other,
    ):
        put_until_heard(sink, listener)
        other.put([(1, "start", {"uid": "of another"})])
        sink.put([(20_000, "event", {"data": {"x": np.array([1, 2])}})])
        until(lambda: "data" in listener.heard[-1][1], "the event")

    assert listener.heard[-1][1]["data"]["x"].tolist() == [1, 2]
    assert "of another" not in {doc.get("uid") for _, doc in listener.heard}


def test_without_a_proxy_it_says_so_in_time(port, monkeypatch):
    """A proxy that is not there is trouble, with its address, instead of messages that nobody takes."""
    monkeypatch.setattr(f"{MODULE}.ANSWERS_WITHIN", 0.05)

    with pytest.raises(ConnectionError, match=f"no 0MQ proxy answers at tcp://127.0.0.1:{port}"), opened(port):
        pass


def test_nothing_is_sent_while_the_proxy_is_gone(port, monkeypatch):
    """A proxy that ends is trouble; the same documents go out when it has come back."""
    out = free_port()
    documents = [(n, name, doc) for n, (name, doc) in enumerate(run_of(1), 30_000)]
    with ExitStack() as stack:
        with RunningProxy(port, out):
            sink = stack.enter_context(opened(port))
        monkeypatch.setattr(f"{MODULE}.ANSWERS_WITHIN", 0.05)
        until(lambda: _refused(sink), "the end of the proxy")
        with pytest.raises(ConnectionError, match="no 0MQ proxy"):
            sink.put(documents)

        monkeypatch.setattr(f"{MODULE}.ANSWERS_WITHIN", 10.0)
        listener = stack.enter_context(Listener(stack.enter_context(RunningProxy(port, out)).out))
        put_until_heard(sink, listener)
        sink.put(documents)
        until(lambda: listener.heard[-1][0] == "stop", "the stop")

    assert [name for _, name, _ in documents] == [name for name, _ in listener.heard[-len(documents) :]]


def _refused(sink: ZmqSink) -> bool:
    try:
        sink.put([])
    except ConnectionError:
        return True
    return False


def test_a_document_that_cannot_be_packed_is_refused_before_any_is_sent(port, proxy):
    """An object that msgpack has no form for is named, and nothing of its batch has gone out."""
    with opened(port, serializer="msgpack") as sink:
        with pytest.raises(Unacceptable, match=r"document 2 .*: a stop document cannot be packed") as refused:
            sink.put([(1, "start", {"uid": "run"}), (2, "stop", {"why": object()})])
        assert (refused.value.seq, sink._sent) == (2, 0)


def test_a_prefix_with_a_space_is_refused():
    """The reader splits at spaces, so a prefix cannot have one."""
    with pytest.raises(ValueError, match="prefix 'a b' has a space"):
        ZmqSink("zmq", "127.0.0.1:5577", prefix="a b")


def test_a_serializer_that_does_not_exist_is_refused():
    """Only the two that are there."""
    with pytest.raises(ValueError, match="'json' is neither 'pickle' nor 'msgpack'"):
        ZmqSink("zmq", "127.0.0.1:5577", serializer="json")


def test_an_address_that_is_none_is_told(port):
    """What 0MQ cannot connect to is named."""
    with pytest.raises(ConnectionError, match="tcp://nowhere is no address of a 0MQ proxy"):
        ZmqSink("zmq", "nowhere").open()
