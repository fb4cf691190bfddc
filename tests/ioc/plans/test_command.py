"""`reioc plans`."""

from __future__ import annotations

import argparse
import io
import json
import sys

import pytest

from reioc.ioc.cli import main
from reioc.ioc.plans.command import add_arguments, plans

TOML = """
[ioc]
prefix = "BL:"
[plans]
modules = ["reioc.engine.plans", "plans_of_a_test"]
[[device]]
name = "m1"
class = "ophyd.sim.SynAxis"
"""
MODULE = '''
from typing import Annotated, Literal
from pydantic import Field
from reioc.engine import Msg
from reioc.engine.plans import Units
from reioc.engine.protocols import Movable


Wait = Annotated[float, Units("s"), Field(ge=0, le=10)]

def open_shutter(motor: Movable, wait: Wait = 1.5, how: Literal["slow", "fast"] = "slow"):
    """Open the shutter.

    Parameters
    ----------
    wait : float
        Until it is open.
    """
    yield Msg("null")
'''


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A beamline.toml, and a module of plans of its own."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "plans_of_a_test", raising=False)
    for name in ("EPICS_CA_ADDR_LIST", "EPICS_CA_AUTO_ADDR_LIST"):  # given back at the end
        monkeypatch.setenv(name, "")
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
    return plans(parser.parse_args([str(each) for each in ("plans", *argv)]), out, err), out.getvalue(), err.getvalue()


def test_a_line_for_each_plan(file):
    """Its name and the first line of its doc, aligned, in at most 120 columns."""
    status, out, err = run(file)
    lines = out.splitlines()

    assert (status, err) == (0, "")
    assert lines[0].split(None, 1)[0] == "count"
    assert lines[-1].split(None, 1) == ["open_shutter", "Open the shutter."]
    assert max(map(len, lines)) <= 120


def test_a_plan_that_cannot_be_offered_is_told_and_is_no_failure(file, tmp_path):
    """Who misses a plan finds out why."""
    (tmp_path / "plans_of_a_test.py").write_text(f"{MODULE}\ndef fit(function: type(lambda: 0)):\n    yield\n")
    status, out, err = run(file)
    assert (status, "fit" in out.split()) == (0, False)
    assert err.startswith("not offered: fit: its parameter 'function' cannot be given")


def test_the_parameters_of_a_plan(file):
    """Type, default, units, limits, choices and doc of each."""
    status, out, _ = run(file, "open_shutter")

    assert status == 0
    assert out.splitlines()[0] == "open_shutter(motor, wait, how)"
    assert "  motor: movable device, required\n      one of m1\n" in out
    assert "  wait: number, default 1.5, in s, at least 0, at most 10\n      Until it is open.\n" in out
    assert "default 'slow'\n      one of slow, fast\n" in out


def test_the_schema_for_programs(file):
    """JSON schema of one plan, or of all by name."""
    one, every = (json.loads(run(file, *name, "--format", "json")[1]) for name in (["open_shutter"], []))

    assert one["properties"]["wait"]["maximum"] == 10
    assert every["open_shutter"] == one


def test_a_plan_that_is_not_there(file):
    """Which are near; status 1."""
    status, out, err = run(file, "open_shuter")

    assert (status, out) == (1, "")
    assert "did you mean 'open_shutter'?" in err


def test_what_is_wrong_comes_last(file):
    """A module or a device that fails is named, the others are listed; status 1."""
    text = TOML.replace('"plans_of_a_test"', '"plans_of_a_test", "no.such.plans"')
    file.write_text(f'{text}\n[[device]]\nname = "m2"\nclass = "ophyd.sim.NoSuchAxis"\n')
    status, out, err = run(file)

    assert status == 1
    assert "open_shutter" in out
    assert [line.split(":")[0] for line in err.splitlines()] == ["device 'm2'", "no.such.plans"]


def test_a_file_with_mistakes(tmp_path):
    """File and line, as everywhere."""
    (tmp_path / "b.toml").write_text("[ioc]\nprefix = 7\n")
    status, out, err = run(tmp_path / "b.toml")

    assert (status, out) == (1, "")
    assert err.startswith("b.toml:2: ioc.prefix")


def test_modules_may_be_beside_the_file(tmp_path, monkeypatch, capsys):
    """They are looked for last, where the file is."""
    (tmp_path / "beamline.toml").write_text(TOML.replace("plans_of_a_test", "plans_beside"))
    (tmp_path / "plans_beside.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "plans_beside", raising=False)
    for name in ("EPICS_CA_ADDR_LIST", "EPICS_CA_AUTO_ADDR_LIST"):  # given back at the end
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(SystemExit) as ended:
        main(["plans", str(tmp_path / "beamline.toml")])

    assert ended.value.code == 0
    assert "open_shutter" in capsys.readouterr().out
    assert sys.path[-1] == str(tmp_path)
