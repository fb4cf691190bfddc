"""What goes into a RunStart, beside bluesky's."""

import asyncio
from collections import ChainMap, UserDict
from collections.abc import MutableMapping
from importlib.metadata import version

import bluesky
import pytest

from reioc.engine import DocumentInvalid, Msg, RunEngine

from .documents import named, normalised
from .helpers import RUN


class OnDisk(MutableMapping):
    """Like bluesky's PersistentDict: keeps copies, so that only what is assigned is kept."""

    def __init__(self):
        self.kept, self.written = {}, []

    def __getitem__(self, key):
        return self.kept[key]

    def __setitem__(self, key, value):
        self.kept[key] = dict(value) if isinstance(value, dict) else value
        self.written.append(key)

    def __delitem__(self, key):
        del self.kept[key]

    def __iter__(self):
        return iter(self.kept)

    def __len__(self):
        return len(self.kept)


def engine_with(md, **keywords):
    engine, documents = RunEngine(md, **keywords), []
    engine.subscribe(lambda name, doc: documents.append((name, doc)))
    return engine, documents


@pytest.mark.parametrize("make", [dict, UserDict, ChainMap, OnDisk])
def test_any_mutable_mapping(make):
    """Metadata are kept where the user wants them kept: it is their object that is written and read."""
    md = make()
    md["scan_id"], md["owner"] = 41, "Ann"
    engine, documents = engine_with(md)
    try:
        engine(RUN)
        assert engine.md is md
    finally:
        engine.close()

    assert md["scan_id"] == 42
    assert md["versions"]["reioc"] == version("reioc")
    assert named(documents, "start")[0]["owner"] == "Ann"
    assert named(documents, "start")[0]["scan_id"] == 42


def test_versions():
    """Those of what takes part, under bluesky's names; what was there before stays."""
    md = {"versions": {"sample_changer": "7"}}
    engine, _ = engine_with(md)
    engine.close()
    theirs = bluesky.RunEngine({}, loop=asyncio.new_event_loop())
    theirs.loop.call_soon_threadsafe(theirs.loop.stop)
    theirs._th.join(10)
    theirs.loop.close()

    assert md["versions"] == {**theirs.md["versions"], "reioc": version("reioc"), "sample_changer": "7"}


def run_with(engines, setting, value, plan=RUN, **metadata):
    """The documents, or the error, that each engine gives with a setting."""
    outcomes = []
    for engine in engines:
        documents = []
        setattr(engine, setting, value)
        token = engine.subscribe(lambda name, doc, documents=documents: documents.append((name, doc)))
        try:
            engine(plan, **metadata)
        except Exception as error:
            outcomes.append((type(error), documents))
        else:
            outcomes.append(normalised(documents))
        engine.unsubscribe(token)
    return outcomes


@pytest.mark.parametrize("sample", ["dirt", {"color": "red"}, [1, 2], 5, None])
def test_sample(engines, sample):
    """A sample that is neither text nor a mapping is refused, as in bluesky, before anything is emitted."""
    theirs, ours = run_with(engines, "msg_hook", None, sample=sample)

    assert theirs == ours
    assert (ours[0] is ValueError) == (not isinstance(sample, (str, dict)))


def test_a_refused_sample_is_explained(RE):
    """The error shows what was given, and what can be."""
    with pytest.raises(ValueError, match=r"sample=\[1, 2\], which nobody could search for; give text.*or a dict"):
        RE(RUN, sample=[1, 2])


def test_validator(engines):
    """It sees everything, and can refuse; what it returns is ignored."""
    seen = []

    def validate(md):
        seen.append(dict(md))
        if "secret" in md:
            raise PermissionError("no")

    refused = run_with(engines, "md_validator", validate, secret=1)
    assert refused == [(PermissionError, [])] * 2
    theirs, ours = run_with(engines, "md_validator", validate, colour="red")

    assert theirs == ours
    assert ours[0][1]["colour"] == "red"
    assert seen[0].keys() - {"versions"} == seen[1].keys() - {"versions"}


def test_normalizer(engines):
    """It gets a copy that it may change, and returns what is used; it can refuse as well."""
    given = {"a": {"b": [1]}}

    def normalize(md):
        if md.get("refuse"):
            raise PermissionError("no")
        md["a"]["b"].append(2)
        return {key.lower(): value for key, value in md.items()}

    theirs, ours = run_with(engines, "md_normalizer", normalize, **given, SHOUT=1)
    assert theirs == ours
    assert (ours[0][1]["a"], ours[0][1]["shout"]) == ({"b": [1, 2]}, 1)
    assert given == {"a": {"b": [1]}}
    assert run_with(engines, "md_normalizer", normalize, **given, refuse=True) == [(PermissionError, [])] * 2


def test_a_normalizer_that_returns_nothing(RE, documents):
    """It is refused, where bluesky's engine would lose all metadata."""
    RE.md_normalizer = lambda md: md.update(colour="red")
    with pytest.raises(TypeError, match="md_normalizer must return the metadata of the run, a dict, not None"):
        RE(RUN)

    assert documents == []


@pytest.mark.parametrize("wrong", [{"a.b": 1}, {"a": {"b/c": 1}}])
def test_keys_that_no_document_may_have(RE, wrong):
    """The error says what a key may be, beside the pattern of the schema."""
    with pytest.raises(DocumentInvalid, match=r"a key is a text without '\.' and '/'"):
        RE(RUN, **wrong)


async def later(md):
    await asyncio.sleep(0)
    return md.get("scan_id", 100) + 5


@pytest.mark.parametrize("source", [later, lambda md: md.get("scan_id", 100) + 5])
def test_scan_ids(engines, source):
    """A function or coroutine function gives them, from the metadata; they are kept there."""
    theirs, ours = run_with(
        engines, "scan_id_source", source, [*RUN, Msg("open_run", run="b"), Msg("close_run", run="b")]
    )

    assert theirs == ours
    assert [doc["scan_id"] for doc in named(ours, "start")] == [105, 110]
    assert [engine.md["scan_id"] for engine in engines] == [110, 110]


def test_a_scan_id_source_that_fails(engines):
    """What it raises comes out of the call; the next run has the next number."""

    def fail(md):
        raise ConnectionError("no database")

    assert run_with(engines, "scan_id_source", fail) == [(ConnectionError, [])] * 2
    theirs, ours = run_with(engines, "scan_id_source", lambda md: md.get("scan_id", 0) + 1)
    assert theirs == ours


def test_metadata_can_be_replaced(engines):
    """`md` may be another mapping from one plan to the next."""
    outcomes = []
    for engine in engines:
        outcomes += run_with([engine], "md", {"owner": "Bob"})

    assert outcomes[0] == outcomes[1]
    assert named(outcomes[1], "start")[0]["owner"] == "Bob"
    assert "beamline" not in named(outcomes[1], "start")[0]
