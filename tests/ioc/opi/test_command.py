"""`reioc opi`."""

from __future__ import annotations

import argparse
import io
import sys

import pytest

from reioc.ioc.opi.bob import parse, widgets
from reioc.ioc.opi.command import add_arguments, opi
from reioc.ioc.opi.filling import screens

TOML = """
[ioc]
prefix = "BL:RE:"
port = 5074
[plans]
modules = ["plans_of_a_test"]
[[device]]
name = "m1"
class = "no.such.module.Motor"
[[suspender]]
name = "beam"
kind = "floor"
pv = "BL:Current"
low = 100
"""
MODULE = '''
def open_shutter():
    """Open it."""
    yield

def close_shutter():
    """Close it."""
    yield
'''


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A beamline.toml, and a module of plans of its own."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "plans_of_a_test.py").write_text(MODULE)
    path = tmp_path / "beamline.toml"
    path.write_text(TOML)
    yield path
    sys.modules.pop("plans_of_a_test", None)


def run(*argv):
    """Exit status, what was written, what was complained of."""
    parser = argparse.ArgumentParser()
    add_arguments(parser.add_subparsers(required=True))
    out, err = io.StringIO(), io.StringIO()
    return opi(parser.parse_args([str(each) for each in ("opi", *argv)]), out, err), out.getvalue(), err.getvalue()


def macros(file):
    """P and R of a screen."""
    root = parse(file.read_text())
    return root.findtext("macros/P"), root.findtext("macros/R")


def test_the_screens_of_a_beamline(file, tmp_path):
    """All of them with its prefix and its plans, its suspenders' PVs, the settings, and how to open them."""
    folder = tmp_path / "screens"
    status, out, err = run(folder, file)
    there = {each.name for each in folder.iterdir() if not each.name.startswith(".")}
    plan = parse((folder / "plan.bob").read_text())

    assert (status, err) == (0, "")
    assert there == {*screens(), "all_pvs.bob", "settings.ini"}
    assert [macros(folder / name) for name in ("main.bob", "all_pvs.bob")] == [("BL:", "RE:")] * 2
    assert ["open_shutter", "close_shutter"] in [
        [item.text for item in combo.iter("item")] for combo in widgets(plan, "combo")
    ]
    assert "$(P)$(R)Susp:beam:Trips" in (folder / "all_pvs.bob").read_text()
    assert "addr_list=127.0.0.1:5074\n" in (folder / "settings.ini").read_text()
    assert out.splitlines() == [
        f"the screens of BL:RE: are in {folder}",
        f'phoebus -settings {folder}/settings.ini -resource "{folder}/main.bob"',
    ]


def test_a_prefix_stands_above_the_files(file, tmp_path):
    """And does without a file, with the plans that come with the engine."""
    assert run(tmp_path / "a", file, "--prefix", "X:")[0] == 0
    assert run(tmp_path / "b", "--prefix", "Y:Z:")[0] == 0

    assert macros(tmp_path / "a" / "main.bob") == ("X:", "")
    assert macros(tmp_path / "b" / "main.bob") == ("Y:", "Z:")
    assert "<item>rel_scan</item>" in (tmp_path / "b" / "plan.bob").read_text()


def test_without_an_engine_whoever_opens_them_gives_the_macros(tmp_path):
    """It is said how."""
    status, out, _ = run(tmp_path / "any")

    assert status == 0
    assert macros(tmp_path / "any" / "main.bob") == (None, None)
    assert out.endswith(f' -resource "{(tmp_path / "any" / "main.bob").as_uri()}?P=BL:&R=RE:"\n')


@pytest.mark.parametrize(
    ("toml", "options", "wrong"),
    [
        (TOML.replace("5074", '"5074"'), (), "beamline.toml:4: "),
        (TOML.replace("plans_of_a_test", "no_such_plans"), (), "no_such_plans: "),
        (TOML, ("--prefix", "a b"), "--prefix: 'a b' is no PV prefix"),
    ],
)
def test_nothing_is_written_for_what_is_wrong(file, tmp_path, toml, options, wrong):
    """The file, a module of its plans, the prefix: what is wrong is told."""
    file.write_text(toml)
    status, out, err = run(tmp_path / "screens", file, *options)

    assert (status, out, (tmp_path / "screens").exists()) == (1, "", False)
    assert wrong in err


def test_what_was_changed_by_hand_is_kept_until_it_is_forced(file, tmp_path):
    """It is named; all else is as it was, too."""
    folder = tmp_path / "screens"
    run(folder, file)
    (folder / "main.bob").write_text("mine")
    status, out, err = run(folder, file, "--prefix", "X:")

    assert (status, out) == (1, "")
    assert err.startswith(f"reioc opi: {folder} has files that were not written by this command, or were changed since")
    assert macros(folder / "queue.bob") == ("BL:", "RE:")
    assert run(folder, file, "--force")[0] == 0
    assert macros(folder / "main.bob") == ("BL:", "RE:")


def test_a_file_in_the_place_of_the_folder_is_told(file):
    """It is left alone."""
    status, _, err = run(file, file)

    assert (status, file.read_text()) == (1, TOML)
    assert err.startswith("reioc opi: ")
