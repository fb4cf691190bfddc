"""`reioc pvs`, from a file or a prefix to the text that somebody wanted."""

from __future__ import annotations

import io
import json
import threading
from xml.etree import ElementTree

import pytest

from reioc.ioc.listing import FORMATS, pvs

TOML = """
[ioc]
prefix = "BL:RE:"
[data]
length = 77
[[device]]
name = "m1"
class = "no.such.module.Motor"
prefix = "BL:m1"
[[suspender]]
name = "beam"
kind = "floor"
pv = "BL:Current"
low = 100
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "beamline.toml"
    path.write_text(TOML)
    return path


def run(path=None, **options):
    """Exit status, what was written, what was complained of."""
    out, err = io.StringIO(), io.StringIO()
    return pvs(path, out, err, **options), out.getvalue(), err.getvalue()


def written(path=None, **options):
    status, out, err = run(path, **options)
    assert (status, err) == (0, "")
    return out


def test_the_table_is_aligned(file):
    """Each column begins at the same place in every line, and nothing stands behind the last."""
    head, *lines = written(file).splitlines()
    starts = [head.index(word) for word in ("Type", "Kind", "Units", "Description")]

    assert head.split() == ["PV", "Type", "Kind", "Units", "Description"]
    assert [line for line in lines if any(line[start - 1] != " " or line[start] == " " for start in starts[:2])] == []
    assert [line for line in lines if line[starts[3] - 1] != " " or line != line.rstrip()] == []
    bypass = next(line for line in lines if ":Bypass " in line)
    assert bypass.split(maxsplit=4) == ["BL:RE:Susp:beam:Bypass", "ao", "setting", "s", "Hold nothing for so long"]


def test_json_has_what_is_declared(file):
    """Everything by key; what is not declared has none."""
    found = {pv["pv"]: pv for pv in json.loads(written(file, form="json"))}

    assert found["BL:RE:StateSeq"] == {
        "pv": "BL:RE:StateSeq",
        "record": "longin",
        "kind": "display",
        "description": "Counts the transitions of State",
        "element": "LONG",
        "count": 1,
    }
    assert found["BL:RE:Blocked"]["alarm_limits"] == {
        "high": {"value": 2.0, "severity": "MINOR"},
        "hihi": {"value": 10.0, "severity": "MAJOR"},
    }
    assert found["BL:RE:Blocked"]["archive"] == {"method": "MONITOR", "period": 1.0}
    assert found["BL:RE:State"]["states"][:2] == ["idle", "running"]
    assert found["BL:RE:State"]["state_severities"]["offline"] == "INVALID"
    assert found["BL:RE:Susp:beam:Bypass"]["control_limits"][0] == 0
    assert (found["BL:RE:Data:X"]["count"], found["BL:RE:Data:X"]["element"]) == (77, "DOUBLE")


def test_the_archiver_gets_texts(file):
    """Each request has the three keys of `archivePV`, all of them texts."""
    found = json.loads(written(file, form="archiver"))

    assert {"pv": "BL:RE:State", "samplingmethod": "MONITOR", "samplingperiod": "0.1"} in found
    assert {"pv": "BL:RE:Memory", "samplingmethod": "SCAN", "samplingperiod": "60.0"} in found
    assert {"pv": "BL:RE:Susp:beam:Low", "samplingmethod": "MONITOR", "samplingperiod": "1.0"} in found
    assert {tuple(request) for request in found} == {("pv", "samplingmethod", "samplingperiod")}
    names = [request["pv"] for request in found]
    assert not {f"BL:RE:{name}" for name in ("Message", "Data:X", "Heartbeat", "Pause", "StateTime")} & set(names)


def test_the_alarm_server_gets_its_xml(file):
    """A config with one component, and in it each PV with what an alarm server wants to know."""
    config = ElementTree.fromstring(written(file, form="alarms", alarm_config="Beamlines"))
    (component,) = config
    by_name = {pv.get("name"): pv for pv in component}
    state = by_name["BL:RE:State"]

    assert (config.tag, config.get("name")) == ("config", "Beamlines")
    assert (component.tag, component.get("name")) == ("component", "BL:RE")
    assert {pv.tag for pv in component} == {"pv"}
    assert [(each.tag, each.text) for each in state][:5] == [
        ("description", "What the engine does"),
        ("enabled", "true"),
        ("latching", "false"),
        ("annunciating", "false"),
        ("delay", "0"),
    ]
    assert [each.tag for each in state.findall("./guidance/*")] == ["title", "details"]
    assert "panicked" in state.findtext("./guidance/details", "")
    wanted = ("State", "Blocked", "Error", "Run:ExitStatus", "Autosave:Message", "Susp:Enable")
    assert {f"BL:RE:{name}" for name in wanted} <= set(by_name)


def test_the_alarm_server_s_own_name_is_the_default():
    """Whoever has not named the configuration has it under Accelerator."""
    assert ElementTree.fromstring(written(prefix="BL:", form="alarms")).get("name") == "Accelerator"


@pytest.mark.parametrize("form", FORMATS)
def test_a_prefix_is_enough(form):
    """Without a file every format lists the PVs of an engine that has no suspenders."""
    text = written(prefix="BL:RE:", form=form)

    assert "BL:RE:State" in text
    assert "Susp:beam" not in text


def test_nothing_is_loaded_and_no_thread_is_started(file):
    """A device whose class is not there is no obstacle: it is not looked at."""
    before = threading.active_count()

    assert "BL:RE:Susp:beam:Low" in written(file)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"prefix": "BL:", "form": "yaml"}, "there is no format 'yaml'; there are: text, json, archiver, alarms"),
        ({}, "give either a beamline.toml, or --prefix"),
        ({"path": "x.toml", "prefix": "BL:"}, "give either a beamline.toml, or --prefix"),
        ({"prefix": "BL RE:"}, "--prefix: 'BL RE:' is no PV prefix: 1 to 20 letters"),
        ({"prefix": ""}, "--prefix: '' is no PV prefix: 1 to 20 letters"),
        ({"path": "none.toml"}, "none.toml: cannot be read: No such file or directory"),
    ],
)
def test_what_makes_no_sense_is_told(options, complaint):
    """Exit status 1, nothing on the output, and what would be right."""
    status, out, err = run(**options)

    assert (status, out) == (1, "")
    assert complaint in err


def test_a_file_with_mistakes_is_told_with_its_lines(file):
    """The mistakes are those that `reioc check` tells."""
    file.write_text(TOML.replace("low = 100", 'low = "much"'))

    status, out, err = run(file)

    assert (status, out) == (1, "")
    assert err.startswith("beamline.toml:14: ")
