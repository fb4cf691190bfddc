"""The configuration of a beamline, made harmless."""

import tomllib
from pathlib import Path

import pytest

from reioc.sim_iocs.testing.beamline_file import for_a_test, tables_of, write

PRODUCTION = """
[ioc]
prefix = "BL:"
interfaces = ["10.0.0.1"]
[epics]
addr_list = ["10.0.0.255"]
[journal]
file = "/data/journal.sqlite"
enabled = true
[access]
file = "rules.acf"
[[device]]
name = "m1"
class = "ophyd.EpicsMotor"
kwargs = { labels = ["motors"] }
[[sink]]
name = "archive"
kind = "jsonl"
"""


def test_nothing_reaches_out_of_this_host() -> None:
    """No network, no journal of the beamline's, no sinks; the rest is as it was."""
    tables = for_a_test(tomllib.loads(PRODUCTION), 5099)

    assert tables == {
        "ioc": {"prefix": "BL:", "port": 5099, "interfaces": ["127.0.0.1"]},
        "journal": {"enabled": True},
        "access": {"file": "rules.acf"},
        "device": [{"name": "m1", "class": "ophyd.EpicsMotor", "kwargs": {"labels": ["motors"]}}],
    }


def test_a_part_of_one_is_completed() -> None:
    """Tables without [ioc] get a prefix."""
    assert for_a_test({}, 5099)["ioc"] == {"prefix": "TEST:RE:", "port": 5099, "interfaces": ["127.0.0.1"]}


def test_a_file_is_found_with_what_lies_beside_it(tmp_path: Path) -> None:
    """Files that it names by a relative path are there; what a service has saved is not."""
    original, folder = tmp_path / "original", tmp_path / "test"
    original.mkdir()
    folder.mkdir()
    for name in ("rules.acf", "beamline.autosave.json", "beamline.journal.sqlite-wal"):
        (original / name).write_text(name)
    (original / "beamline.toml").write_text(PRODUCTION)

    tables, beside = tables_of(original / "beamline.toml")
    file = write(tables, folder, beside)

    assert sorted(each.name for each in folder.iterdir()) == ["beamline.toml", "rules.acf"]
    assert (folder / "rules.acf").read_text() == "rules.acf"
    assert tomllib.loads(file.read_text()) == tomllib.loads(PRODUCTION)


@pytest.mark.parametrize("given", [PRODUCTION, tomllib.loads(PRODUCTION)], ids=["text", "tables"])
def test_text_and_tables_are_taken(given) -> None:
    """As good as a file."""
    assert tables_of(given) == (tomllib.loads(PRODUCTION), None)
