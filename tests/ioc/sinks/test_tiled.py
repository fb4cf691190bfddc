"""Tiled: what its own client reads of runs that were written to a server of ours."""

from __future__ import annotations

import gc
import math
import os
import socket
from contextlib import closing

import h5py
import httpx
import numpy as np
import pytest
from tiled.client import from_uri

from reioc.ioc.sinks.runs import StoredRuns
from reioc.ioc.sinks.sink import Unacceptable
from reioc.ioc.sinks.tiled import TiledSink
from reioc.ioc.sinks.tiled_server import TiledServer

from ...system.support import free_port
from .. import documents as docs
from .support import Kept, until
from .whole_runs import complete, field, images, run, simple


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = TiledServer(tmp_path_factory.mktemp("tiled"), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def catalog(server):
    """The root of the server, as a reader has it."""
    client = from_uri(server.uri, api_key=server.api_key, remember_me=False)
    yield client
    client.context.close()


@pytest.fixture
def remote(server, journal, monkeypatch):
    """A sink that is given a server's address and key."""
    monkeypatch.setattr("tiled.client.utils.TILED_RETRY_ATTEMPTS", 1)
    with closing(opened(server, journal)) as sink:
        yield sink


def opened(server: TiledServer, journal: Kept, path: str = "") -> TiledSink:
    sink = TiledSink("tiled", server.uri, StoredRuns(journal.open), api_key=server.api_key, path=path)
    sink.open()
    return sink


def test_a_run_reads_back_as_it_was(remote, catalog, journal):
    """Start, stop with all it says, and every column: numbers, texts, flags, NaN, short and long arrays, images."""
    keys = {
        "x": field("number"),
        "n": field("integer"),
        "name": field("string"),
        "on": field("boolean"),
        "short": field("array", 3),
        "long": field("array", 100),
        "words": field("array", 2),
        "image": field("array", 4, 5, dtype_numpy="<u2"),
    }
    events = [
        {
            "x": math.nan if n == 1 else n * 1.5,
            "n": n,
            "name": f"sample {n}",
            "on": n == 2,
            "short": [n, 0.5, -n],
            "long": np.arange(100.0) * n,
            "words": ["a", "b" * n],
            "image": np.full((4, 5), n, dtype="u2"),
        }
        for n in range(3)
    ]
    extra = {"suspended": [{"by": "beam", "seconds": 1.5}], "operator": "ana", "num_events": {"primary": 3}}
    documents = run("whole", keys, *events, **extra)
    documents[0][1].update(plan_name="scan", md={"angle": np.float64(1.5), "list": (1, 2)})
    remote.put(journal.record(*documents))

    stored = catalog["whole"]
    assert stored.start == {**documents[0][1], "md": {"angle": 1.5, "list": [1, 2]}}
    assert stored.stop == documents[-1][1]
    read = stored["primary"].read()
    for name in keys:
        np.testing.assert_array_equal(read[name].values, np.array([event[name] for event in events]))
    np.testing.assert_array_equal(read["time"].values, [docs.START_TIME + n for n in (1, 2, 3)])
    assert read["image"].dtype == np.dtype("u2")


def test_streams_without_events_and_interruptions_are_there(remote, catalog, journal):
    """A stream that never had an event, and the stream of interruptions, beside a run that failed."""
    documents = run("failed", {"x": field("number")}, exit_status="fail", reason="engine died")
    pauses = complete(*docs.descriptor("interruptions", "failed", {"interruption": field("string")}))
    pause = complete(*docs.event(1, {"interruption": "pause"}, name="interruptions", run="failed"))
    remote.put(journal.record(*documents[:-1], pauses, pause, documents[-1]))

    stored = catalog["failed"]
    assert (stored.stop["exit_status"], stored.stop["reason"]) == ("fail", "engine died")
    assert sorted(stored) == ["interruptions", "primary"]
    assert stored["interruptions"].read()["interruption"].values.tolist() == ["pause"]


def test_documents_that_come_again_are_written_once(remote, catalog, journal, server):
    """A batch that is put again, by the same sink or by another one after a restart, changes nothing."""
    numbered = journal.record(*simple("again", 3))
    remote.put(numbered[:4])
    remote.put(numbered)
    remote.put(numbered)
    with closing(opened(server, journal)) as restarted:
        restarted.put(numbered[-2:])

    assert catalog["again"]["primary"].read()["m1"].values.tolist() == [0.1, 0.2, 0.3]


def test_a_run_that_was_left_half_written_is_written_anew(catalog, journal, server):
    """After a crash the run is replaced, from its start on, though only its end comes to the sink."""
    numbered = journal.record(*simple("half", 25))
    with closing(opened(server, journal)) as crashed:
        crashed.put(numbered[:24])
    assert "stop" not in catalog["half"].metadata

    with closing(opened(server, journal)) as restarted:
        restarted.put(numbered[24:])

    assert catalog["half"].stop["exit_status"] == "success"
    assert len(catalog["half"]["primary"].read()["m1"]) == 25


def test_points_can_be_read_while_the_run_goes_on(remote, catalog, journal):
    """A long run does not wait for its stop to be in Tiled."""
    remote.put(journal.record(*simple("live", 30)[:-1]))

    assert len(catalog["live"]["primary"].read()["m1"]) == 20


def test_values_that_change_their_type_or_length_lose_nothing(remote, catalog, journal):
    """What Tiled would refuse, cut off or fill up is written in a wider column, the points before it as well."""
    keys = {"n": field("integer"), "wave": field("array", 3)}
    numbered = journal.record(*run("wide", keys, {"n": 1, "wave": [1, 2, 3]}, {"n": 1.5, "wave": [4, 5]}))
    remote.put(numbered[:3])
    remote.put(numbered[3:])

    with pytest.warns(UserWarning, match="padded with NaNs"):  # by the reader: Tiled has their lengths
        read = catalog["wide"]["primary"].read()
    assert read["n"].values.tolist() == [1.0, 1.5]
    np.testing.assert_array_equal(read["wave"].values, [[1, 2, 3], [4, 5, math.nan]])


def test_runs_may_be_interleaved(remote, catalog, journal):
    """Each document goes to its own run."""
    mixed = [each for pair in zip(simple("left", 2), simple("right", 2), strict=True) for each in pair]
    remote.put(journal.record(*mixed))

    assert [len(catalog[uid]["primary"].read()["det"]) for uid in ("left", "right")] == [2, 2]


def test_data_in_files_are_registered(remote, catalog, journal, tmp_path):
    """What a detector wrote to a file is read through Tiled."""
    path = tmp_path / "images.h5"
    with h5py.File(path, "w") as file:
        file["/entry/data"] = np.arange(6.0).reshape(1, 2, 3)
    remote.put(journal.record(*images("file", path, "application/x-hdf5")))

    np.testing.assert_array_equal(catalog["file"]["primary"]["image"].read(), np.arange(6.0).reshape(1, 2, 3))


def test_files_that_nothing_can_read_are_refused_and_the_run_is_complete(remote, catalog, journal, tmp_path):
    """Documents about files of an unknown kind are set aside one by one; the rest of the run is there."""
    waiting = journal.record(*images("unknown", tmp_path / "x.xyz", "application/x-unknown"))
    for name in ("stream_resource", "stream_datum"):
        (seq,) = (seq for seq, of, _ in waiting if of == name)
        with pytest.raises(Unacceptable, match=f"document {seq} .* files cannot be registered in Tiled: .*x-unknown"):
            remote.put(waiting)
        waiting = [numbered for numbered in waiting if numbered[0] != seq]
    remote.put(waiting)

    assert catalog["unknown"].stop["exit_status"] == "success"
    assert catalog["unknown"]["primary"].read()["x"].values.tolist() == [1.0]


def test_a_run_that_cannot_be_written_is_refused_and_others_go_on(remote, catalog, journal):
    """A run that Tiled can make nothing of is refused document by document, and keeps no other from being written."""
    documents = simple("bad", 1)
    documents[0][1]["tiled_specs"] = [5]  # what the writer wants there are texts
    waiting = journal.record(*documents, *simple("good", 1))
    for seq, *_ in waiting[:4]:
        with pytest.raises(Unacceptable, match=f"document {seq} .* the run cannot be written to Tiled"):
            remote.put(waiting)
        waiting = waiting[1:]
    remote.put(waiting)

    assert catalog["good"].stop["exit_status"] == "success"


def test_what_a_server_that_answers_fails_at_again_and_again_is_refused(remote, journal, monkeypatch):
    """What looks as if it might pass is tried again, but not for ever."""
    monkeypatch.setattr("reioc.ioc.sinks.tiled.TRIES", 2)
    documents = simple("slash", 1)
    documents[1][1]["name"] = "a/b"  # the server looks for a container a
    numbered = journal.record(*documents)

    for _ in range(2):  # with files, and without
        with pytest.raises(httpx.HTTPStatusError, match="404: No such entry"):
            remote.put(numbered)
    with pytest.raises(Unacceptable, match="the run cannot be written to Tiled: ClientError: 404"):
        remote.put(numbered)


def test_a_document_without_a_run_is_refused(remote, journal):
    """An event of which nobody knows where it belongs."""
    numbered = journal.record(docs.event(1, {"x": 1.0}, run="nobody's"))

    with pytest.raises(Unacceptable, match="the journal does not have its run"):
        remote.put(numbered)


def test_runs_go_below_the_path_that_is_configured(server, catalog, journal):
    """Containers of the path are made where they are not there yet."""
    for uid in ("below", "below too"):
        with closing(opened(server, journal, "beamline/raw")) as sink:
            sink.put(journal.record(*simple(uid, 1)))

    assert sorted(catalog["beamline"]["raw"]) == ["below", "below too"]


def test_a_wrong_key_is_told(server, journal):
    """The server's answer is what the sink's trouble is."""
    sink = TiledSink("tiled", server.uri, StoredRuns(journal.open), api_key="0" * 64)

    with pytest.raises(httpx.HTTPStatusError, match="401"):
        sink.open()


def test_only_its_owner_can_read_the_key(server):
    """Whoever has the key can write runs, and read every file of the user."""
    assert (server.folder / "api_key").stat().st_mode & 0o777 == 0o600


def test_a_port_that_is_taken_is_told(tmp_path):
    """A server of ours that cannot listen says where."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on port {port} of 127.0.0.1"):
            TiledServer(tmp_path, port).start()


# httpx leaves connections open that the end of the server has broken.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_ends_is_started_again_and_nothing_is_lost(remote, catalog, journal, server):
    """While it is gone there is trouble; a sink that has it starts it, and the same documents are written then."""
    numbered = journal.record(*simple("lost", 5))
    remote.put(numbered[:4])
    os.kill(server._process.pid, 9)
    until(lambda: not server.running, "its end")
    with pytest.raises(httpx.ConnectError):
        remote.put(numbered[4:])

    embedded = TiledSink("embedded", "", StoredRuns(journal.open), server=server)
    embedded.open()
    remote.put(numbered[4:])

    assert len(catalog["lost"]["primary"].read()["m1"]) == 5
    assert len(catalog["whole"]["primary"].read()["x"]) == 3
    embedded.close()
    gc.collect()
    assert not server.running
