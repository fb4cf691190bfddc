"""The PVs of the metadata."""

from __future__ import annotations

import asyncio
import logging

import pytest

from reioc.ioc.desk import Desk, Result
from reioc.ioc.groups.metadata import metadata_group
from reioc.ioc.groups.places import declarations
from reioc.ioc.metadata import MetadataRule, RunMetadata, metadata_keys, pv_keys

from .harness import PREFIX, Harness

CONFIGURED = {"sample": "Fe", "energy": 7.112, "my note": "none", "team": ["ann"]}
RULES = (MetadataRule(name="sample", pattern="[A-Z].*", doc="What is in the beam"),)
KEYS = metadata_keys(CONFIGURED, RULES)


class Bench(Harness):
    """The group by itself, on an engine; what was acknowledged, and how often something is to be saved."""

    def __init__(self, RE) -> None:
        self.RE = RE
        self.told, self.changes = [], 0
        RE.md.update(CONFIGURED)
        self.group = metadata_group(pv_keys(KEYS, PREFIX))(
            f"{PREFIX}MD:",
            metadata=RunMetadata(RE, KEYS),
            desk=Desk(PREFIX, self._tell),
            on_change=self._change,
        )
        self.ioc = self.group  # its pvdb is all there is

    async def _tell(self, news) -> None:
        self.told.append((news.name, news.result, news.message, news.by))

    def _change(self) -> None:
        self.changes += 1


@pytest.fixture
def run(RE):
    """Runs a test on a bench that has begun."""

    def run_test(test):
        async def whole():
            bench = Bench(RE)
            await bench.group.begin()
            await test(bench)

        asyncio.run(whole())

    return run_test


def test_each_key_that_can_be_a_pv_is_one(run):
    """It shows what is configured, as a text."""

    async def test(bench):
        names = {name.removeprefix(f"{PREFIX}MD:"): pv.value for name, pv in bench.group.pvdb.items()}
        assert names == {"sample": "Fe", "energy": "7.112", "ScanID": 0.0}

    run(test)


def test_each_key_has_a_row(run):
    """In the order of the configuration, its PV by another name; those beyond are empty and have none."""

    async def test(bench):
        assert [row.key.value for row in bench.group.rows[:3]] == ["sample", "energy", ""]
        assert len(bench.group.rows) == 12
        aliases = bench.group.aliases
        assert list(aliases) == ["T:MDRow1:Value", "T:MDRow2:Value"]
        assert aliases["T:MDRow2:Value"] is bench.group.pvdb["T:MD:energy"]
        assert bench.group.rows[0].key.pvname == "T:MDRow1:Key"

    run(test)


def test_a_key_that_cannot_be_a_pv_is_told_in_the_log(run, caplog):
    """At the start."""

    async def test(bench):
        (warning,) = caplog.messages
        assert warning.startswith("metadata: my note has no PV, and stays as it is configured: a PV name has letters")

    with caplog.at_level(logging.WARNING, "reioc.ioc"):
        run(test)


def test_the_declarations_can_be_listed():
    """Without a server, with the descriptions of the rules."""
    found = {each.name: each.description for each in declarations(metadata_group(pv_keys(KEYS, PREFIX)))}
    assert list(found) == ["sample", "energy", "ScanID"]
    assert found["sample"] == "What is in the beam"


def test_a_put_is_taken_acknowledged_and_to_be_saved(run):
    """By whom, what it was, and what it is now."""

    async def test(bench):
        assert await bench.put("MD:sample", "Cu 3")
        assert (bench.read("MD:sample"), bench.RE.md["sample"]) == ("Cu 3", "Cu 3")
        assert bench.told == [("MD:sample", Result.DONE, "'Fe' -> 'Cu 3'", "user@host")]
        assert bench.changes == 1

    run(test)


def test_a_number_reads_back_as_it_was_taken(run):
    """And is a number in the metadata."""

    async def test(bench):
        assert await bench.put("MD:energy", " 8 ")
        assert (bench.read("MD:energy"), bench.RE.md["energy"]) == ("8.0", 8.0)

    run(test)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("energy", "abc", "energy must be a number, not 'abc'"),
        ("sample", "copper", "sample must fit the pattern [A-Z].*, which 'copper' does not"),
        ("sample", "A" * 400, "not a value for T:MD:sample"),
    ],
)
def test_what_is_wrong_is_refused(run, name, value, why):
    """The put fails, nothing changes, and it says why."""

    async def test(bench):
        before = bench.read(f"MD:{name}")
        assert not await bench.put(f"MD:{name}", value)
        ((pv, result, message, _),) = bench.told
        assert (pv, result, message.startswith(why)) == (f"MD:{name}", Result.REFUSED, True)
        assert (bench.read(f"MD:{name}"), bench.RE.md[name], bench.changes) == (before, CONFIGURED[name], 0)

    run(test)


def test_long_texts_are_taken_whole(run):
    """Longer than a string PV could hold."""

    async def test(bench):
        assert await bench.put("MD:sample", text := "A" * 399)
        assert bench.RE.md["sample"] == text

    run(test)


def test_what_python_sets_is_shown_and_saved(run):
    """At the next look; without news nothing is to be saved."""

    async def test(bench):
        await bench.group.publish()
        assert bench.changes == 0
        bench.RE.md["sample"] = "Ni"
        bench.RE.md["new key"] = "has no PV"
        await bench.group.publish()
        assert (bench.read("MD:sample"), bench.changes) == ("Ni", 1)

    run(test)


def test_the_number_of_the_last_run_is_shown(run):
    """Whoever has set it."""

    async def test(bench):
        bench.RE.md["scan_id"] = 41
        await bench.group.publish()
        assert (bench.read("MD:ScanID"), bench.changes) == (41, 0)

    run(test)


def test_the_number_of_the_last_run_can_be_set(run):
    """A whole one."""

    async def test(bench):
        assert await bench.put("MD:ScanID", 99)
        assert (bench.read("MD:ScanID"), bench.RE.md["scan_id"]) == (99, 99)
        assert bench.told == [("MD:ScanID", Result.DONE, "0 -> 99; the next run is 100", "user@host")]

    run(test)


@pytest.mark.parametrize("number", [-1, 2.5])
def test_a_number_that_is_none_is_refused(run, number):
    """The last one stays."""

    async def test(bench):
        assert not await bench.put("MD:ScanID", number)
        assert (bench.read("MD:ScanID"), bench.told[0][1]) == (0, Result.REFUSED)

    run(test)
