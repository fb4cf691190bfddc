"""beamline.toml, read and checked."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from reioc.ioc.config.beamline import BeamlineConfig, ConfigError, apply_environment, load
from reioc.suspenders import OnBadPV, SuspenderKind, make_suspender

GOOD = """\
[ioc]
prefix = "DEMO:RE:"
port = 5074
interfaces = ["127.0.0.1"]

[epics]
addr_list = ["127.0.0.1:5066", "ioc.example.org"]
auto_addr_list = false

[metadata]
facility = "demo"
ring = { energy = 3.0, tags = ["a", "b"] }

[plans]
modules = ["reioc.engine.plans", "mybeamline.plans"]

[data]
length = 500

[[device]]
name = "m1"
class = "ophyd.EpicsMotor"
prefix = "DEMO:m1"

[[device]]
name = "det1"
class = "reioc.devices.point_detector.PointDetector"
prefix = "DEMO:det1"
timeout = 2
kwargs = { labels = ["detectors"] }

[[suspender]]
name = "beam"
kind = "floor"
pv = "DEMO:Ring:Current"
low = 100
resume_low = 200.0
delay = 1.0
on_bad_pv = "abort"
enable = false

[[suspender]]
name = "shutter"
kind = "bool_low"
pv = "DEMO:Shutter:Status"
"""

SMALL = '[ioc]\nprefix = "DEMO:RE:"\n'


@pytest.fixture
def written(tmp_path):
    """Write a beamline.toml and return its path."""

    def write(text):
        path = tmp_path / "beamline.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def _mistakes(path):
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert "\n".join(caught.value.mistakes) == str(caught.value)
    return list(caught.value.mistakes)


def test_everything_in_the_file_is_in_the_configuration(written):
    """Each table and key arrives."""
    config = load(written(GOOD))

    assert (config.ioc.prefix, config.ioc.port, config.ioc.interfaces) == ("DEMO:RE:", 5074, ("127.0.0.1",))
    assert config.epics is not None
    assert (config.epics.addr_list, config.epics.auto_addr_list) == (
        ("127.0.0.1:5066", "ioc.example.org"),
        False,
    )
    assert config.metadata == {"facility": "demo", "ring": {"energy": 3.0, "tags": ["a", "b"]}}
    assert config.plans.modules == ("reioc.engine.plans", "mybeamline.plans")
    assert config.data.length == 500
    assert [device.name for device in config.devices] == ["m1", "det1"]
    assert (config.devices[1].timeout, config.devices[1].kwargs) == (2.0, {"labels": ["detectors"]})
    beam, shutter = config.suspenders
    assert (beam.kind, beam.low, beam.resume_low, beam.delay) == (SuspenderKind.FLOOR, 100.0, 200.0, 1.0)
    assert (beam.on_bad_pv, beam.enable) == (OnBadPV.ABORT, False)
    assert (shutter.kind, shutter.low, shutter.resume_low, shutter.delay) == (
        SuspenderKind.BOOL_LOW,
        None,
        None,
        0.0,
    )
    assert (shutter.on_bad_pv, shutter.enable) == (OnBadPV.SUSPEND, True)


def test_only_the_prefix_is_needed(written):
    """Everything else has a default, and serves on loopback."""
    config = load(written(SMALL))

    assert (config.ioc.port, config.ioc.interfaces) == (5064, ("127.0.0.1",))
    assert (
        config.epics,
        config.metadata,
        config.plans.modules,
        config.data.length,
    ) == (None, {}, ("reioc.engine.plans",), 1000)
    assert (config.devices, config.suspenders) == ((), ())


def test_a_floor_without_resume_low_is_good_again_at_low(written):
    """The default is no hysteresis."""
    text = SMALL + '[[suspender]]\nname = "beam"\nkind = "floor"\npv = "X"\nlow = 100\n'

    assert make_suspender(load(written(text)).suspenders[0]).status.resume_low == 100.0


def test_a_configuration_does_not_change(written):
    """What was checked stays as it was checked."""
    with pytest.raises(ValidationError, match="frozen"):
        load(written(SMALL)).ioc.port = 1


BAD = """\
[ioc]
prefix = "DEMO RE:"
port = "5064"
interfaces = ["127.0.0.1", "localhost"]
[epics]
addr_lst = []
[metadata]
uid = 3
"a.b" = 1
when = 1979-05-27
[data]
length = 0
[plans]
modules = []
[[device]]
name = "m1"
clas = "x"
[[device]]
name = "m1"
class = "EpicsMotor"
timeout = 0
kwargs = 3
[[suspender]]
name = "beam line 1"
kind = "flor"
pv = "x y"
[[suspender]]
name = "beam"
kind = "floor"
pv = "X"
resume_low = 3
on_bad_pv = "panic"
[[suspender]]
name = "beam"
kind = "bool_high"
pv = "X"
low = 3.0
delay = -1
enable = "yes"
[[suspender]]
name = "low"
kind = "floor"
pv = "X"
low = 3.0
resume_low = 2
[suspendr]
"""


def test_all_mistakes_are_told_at_once_with_file_line_key_and_what_is_allowed(written):
    """One line of text for each, in the order of the file."""
    assert _mistakes(written(BAD)) == [
        "beamline.toml:2: ioc.prefix: 'DEMO RE:' is no PV prefix: 1 to 20 letters, digits and _ : ; < > [ ] { } + -, "
        "beginning with a letter, digit or _",
        "beamline.toml:3: ioc.port: should be an integer; got '5064'",
        "beamline.toml:4: ioc.interfaces[1]: 'localhost' is no IPv4 address: write one like '127.0.0.1', or '0.0.0.0' "
        "for all",
        "beamline.toml:6: epics.addr_lst: unknown key; allowed: addr_list, auto_addr_list (did you mean 'addr_list' or "
        "'auto_addr_list'?)",
        "beamline.toml:8: metadata.uid: 'uid' is given to each run by the engine; not allowed here: uid, time, scan_id",
        "beamline.toml:9: metadata.\"a.b\": 'a.b': a document's key is not empty and has no '.' and no '/'",
        "beamline.toml:10: metadata.when: should be text, number, true, false, or arrays and tables of these; got "
        "datetime.date(1979, 5, 27)",
        "beamline.toml:12: data.length: should be greater than or equal to 2; got 0",
        "beamline.toml:14: plans.modules: should not be empty; got []",
        "beamline.toml:15: device[0].class: missing: this key is required",
        "beamline.toml:17: device[0].clas: unknown key; allowed: class, connect, give_up, kwargs, name, on_trouble, "
        "prefix, retries, settle, silence, timeout (did you mean 'class'?)",
        "beamline.toml:19: device[1].name: 'm1' is already the name of device[0]; each name may be given once",
        "beamline.toml:20: device[1].class: 'EpicsMotor' is no class path: write module and class, like "
        "'ophyd.EpicsMotor'",
        "beamline.toml:21: device[1].timeout: should be greater than 0; got 0",
        "beamline.toml:22: device[1].kwargs: should be a table; got 3",
        "beamline.toml:24: suspender[0].name: 'beam line 1' is no suspender name: it becomes part of PV names, so it "
        "must be 1 to 12 letters, digits, _ and -",
        "beamline.toml:25: suspender[0].kind: should be 'floor', 'ceil', 'outside_band', 'inside_band', 'bool_high', "
        "'bool_low', 'changed', 'severity', 'stale', 'any_of' or 'all_of'; got 'flor'",
        "beamline.toml:26: suspender[0].pv: 'x y' is no PV name: it must not be empty and has no spaces",
        "beamline.toml:27: suspender[1].low: missing: 'floor' needs the value below which it trips",
        "beamline.toml:32: suspender[1].on_bad_pv: should be 'suspend', 'ignore' or 'abort'; got 'panic'",
        "beamline.toml:34: suspender[2].name: 'beam' is already the name of suspender[1]; each name may be given once",
        "beamline.toml:37: suspender[2].low: low is for kind 'floor' and 'outside_band' and 'inside_band' only; "
        "leave it out for 'bool_high'",
        "beamline.toml:38: suspender[2].delay: should be greater than or equal to 0; got -1",
        "beamline.toml:39: suspender[2].enable: should be true or false; got 'yes'",
        "beamline.toml:45: suspender[3].resume_low: 2 is below low = 3: it would be good again while it trips",
        "beamline.toml:46: suspendr: unknown key; allowed: access, data, device, device_source, devices, epics, "
        "ioc, journal, metadata, metadata_rule, plans, sink, suspender (did you mean 'suspender'?)",
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[ioc\n", "beamline.toml:1: not valid TOML: Expected ']' at the end of a table declaration"),
        ("\na = \nb = 1", "beamline.toml:2: not valid TOML: Invalid value"),
        ('a = 1\nb = """x\n\n', "beamline.toml:4: not valid TOML: Unterminated string"),
        ("", "beamline.toml:1: ioc: missing: this key is required"),
        ("ioc = 2", "beamline.toml:1: ioc: should be a table; got 2"),
        (SMALL + "[device]\nname = 'm1'", "beamline.toml:3: device: should be an array; got {'name': 'm1'}"),
        (
            SMALL + "port = 65536",
            "beamline.toml:3: ioc.port: should be less than or equal to 65535; got 65536",
        ),
        (SMALL + "port = 5064.0", "beamline.toml:3: ioc.port: should be an integer; got 5064.0"),
        (SMALL + "interfaces = []", "beamline.toml:3: ioc.interfaces: should not be empty; got []"),
        (
            SMALL + "[epics]\naddr_list = ['a b']",
            "beamline.toml:4: epics.addr_list[0]: 'a b' is no address: write host or host:port, like '127.0.0.1:5064'",
        ),
        (
            SMALL + "[plans]\nmodules = ['my plans']",
            "beamline.toml:4: plans.modules[0]: 'my plans' is no module: write it like 'mybeamline.plans'",
        ),
    ],
)
def test_a_mistake_is_told_by_its_line(written, text, mistake):
    """Syntax errors, missing tables and values of the wrong kind alike."""
    assert [mistake] == _mistakes(written(text))


def test_a_floor_must_be_finite(written):
    """A limit that is not a number would never trip."""
    text = SMALL + '[[suspender]]\nname = "beam"\nkind = "floor"\npv = "X"\nlow = nan\n'

    assert _mistakes(written(text)) == ["beamline.toml:7: suspender[0].low: should be a finite number; got nan"]


def test_a_file_that_cannot_be_read_is_told_by_its_path(tmp_path, written):
    """A missing file, a folder, and bytes that are no text."""
    assert [f"{tmp_path / 'no.toml'}: cannot be read: No such file or directory"] == _mistakes(tmp_path / "no.toml")
    assert [f"{tmp_path}: cannot be read: Is a directory"] == _mistakes(tmp_path)
    assert "is not UTF-8 text" in _mistakes(written(b"\xff\xfe"))[0]


def _config(**epics):
    document = {"ioc": {"prefix": "X:"}, **epics}
    return BeamlineConfig.model_validate(document)


def test_the_environment_is_left_alone_without_an_epics_table(monkeypatch):
    """Whoever sets EPICS_CA_ADDR_LIST for the service keeps it."""
    monkeypatch.setenv("EPICS_CA_ADDR_LIST", "mine")
    apply_environment(_config())

    assert os.environ["EPICS_CA_ADDR_LIST"] == "mine"


@pytest.mark.parametrize(("auto", "text"), [(True, "YES"), (False, "NO")])
def test_the_epics_table_becomes_the_environment(monkeypatch, auto, text):
    """Addresses and the automatic list are both said."""
    monkeypatch.setenv("EPICS_CA_ADDR_LIST", "mine")
    monkeypatch.setenv("EPICS_CA_AUTO_ADDR_LIST", "mine")
    apply_environment(_config(epics={"addr_list": ["127.0.0.1:5066", "other"], "auto_addr_list": auto}))

    assert ("127.0.0.1:5066 other", text) == (
        os.environ["EPICS_CA_ADDR_LIST"],
        os.environ["EPICS_CA_AUTO_ADDR_LIST"],
    )


def test_reading_a_configuration_initialises_no_channel_access(written):
    """Otherwise the [epics] table would come too late."""
    script = (
        "import sys; from reioc.ioc.config.beamline import load; load(sys.argv[1]); ca = sys.modules.get('epics.ca');"
        "sys.exit(ca is not None and ca.libca is not None)"
    )

    assert subprocess.run([sys.executable, "-c", script, written(GOOD)], check=False, timeout=30).returncode == 0
