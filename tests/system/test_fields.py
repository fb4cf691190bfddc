"""Fields and metadata of PVs, as EPICS Base's own tools read them."""

import re

import pytest

from .engine_client import Client, P, seen

DENIED = "Write access denied"


def fields(engine: Client, pv: str, *names: str) -> dict[str, str]:
    """Values of fields, as `caget` prints them."""
    done = engine.tools.caget("-t", *(f"{P}{pv}.{name}" for name in names))
    assert done.returncode == 0, f"{pv}: {done.stdout}{done.stderr}"
    return dict(zip(names, (line.strip() for line in done.stdout.splitlines()), strict=True))


def metadata(engine: Client, data_type: str, pv: str) -> dict[str, str]:
    """What `caget -d` prints of a DBR type, by its label."""
    done = engine.tools.caget("-d", data_type, P + pv)
    assert done.returncode == 0, f"{pv}: {done.stdout}{done.stderr}"
    return dict(re.findall(r"^ +(\S.*?): +(.*?) *$", done.stdout, re.MULTILINE))


@pytest.mark.parametrize(
    ("pv", "said"),
    [
        ("Blocked", {"RTYP": "ai", "EGU": "s", "PREC": "1", "HIGH": "2", "HSV": "MINOR", "HHSV": "MAJOR"}),
        ("StateSeq", {"RTYP": "longin", "DESC": "Counts the transitions of State", "HIGH": "0", "HSV": "NO_ALARM"}),
        ("Susp:Tripped", {"RTYP": "bi", "ZNAM": "No", "ONAM": "Yes", "ZSV": "NO_ALARM", "OSV": "MINOR", "VAL": "No"}),
        ("State", {"RTYP": "mbbi", "ZRST": "idle", "NIST": "offline", "ZRSV": "NO_ALARM", "EISV": "MAJOR"}),
        ("Run:Plan", {"RTYP": "stringin", "DESC": "The plan of the run", "SCAN": "I/O Intr", "TSE": "0"}),
        ("Message", {"RTYP": "waveform", "FTVL": "CHAR", "NELM": "2000"}),
        ("Data:X", {"RTYP": "waveform", "FTVL": "DOUBLE", "NELM": "1000", "NORD": "1000"}),
        ("Plan:Names", {"RTYP": "waveform", "FTVL": "STRING", "NELM": "200"}),
        ("Susp:Enable", {"RTYP": "bo", "ZSV": "MINOR", "ZNAM": "No", "OMSL": "supervisory", "SCAN": "Passive"}),
        ("Susp:beam:Bypass", {"RTYP": "ao", "EGU": "s", "DRVL": "0", "DRVH": "3.16224e+07", "HSV": "MINOR"}),
        ("Susp:beam:Action", {"RTYP": "mbbo", "ZRST": "suspend", "THST": "warn", "FRST": ""}),
        ("Plan:Name", {"RTYP": "stringout", "DESC": "The chosen plan", "PROC": "0"}),
    ],
)  # fmt: skip
def test_a_record_tells_what_is_declared(engine: Client, pv: str, said: dict[str, str]) -> None:
    """`caget X.FIELD` for each record type; the name, of course, and no alarm."""
    expected = {"NAME": P + pv, "SEVR": "NO_ALARM", "STAT": "NO_ALARM", "UDF": "0"} | said

    assert fields(engine, pv, *expected) == expected


def test_numbers_tell_their_limits(engine: Client) -> None:
    """`caget -d DBR_CTRL_DOUBLE` has units, precision and alarm limits; those that there are not are NaN."""
    found = metadata(engine, "DBR_CTRL_DOUBLE", "Blocked")

    assert (found["Units"], found["Precision"]) == ("s", "1")
    assert (found["Hi warn limit"], found["Hi alarm limit"], found["Lo alarm limit"]) == ("2", "10", "nan")


def test_settings_tell_what_is_allowed(engine: Client) -> None:
    """The control limits of a setting are what can be written."""
    found = metadata(engine, "DBR_CTRL_DOUBLE", "Susp:beam:Bypass")

    assert (found["Lo ctrl limit"], found["Hi ctrl limit"]) == ("0", "3.16224e+07")


def test_a_display_tells_its_range(engine: Client) -> None:
    """Progress is shown from 0 to 100."""
    found = metadata(engine, "DBR_GR_DOUBLE", "Run:Progress")

    assert (found["Lo disp limit"], found["Hi disp limit"]) == ("0", "100")


def test_states_tell_their_names(engine: Client) -> None:
    """`caget -d DBR_GR_ENUM` has all of them, in their order."""
    done = engine.tools.caget("-d", "DBR_GR_ENUM", P + "State")
    names = re.findall(r"\[ *\d+\] (\w+)", done.stdout)

    assert (names[0], names[1], names[-1]) == ("idle", "running", "offline")


def test_a_field_has_the_time_of_its_record(engine: Client) -> None:
    """`caget -d DBR_TIME_STRING State.DESC` has the time stamp of State."""
    stamps = [metadata(engine, "DBR_TIME_STRING", pv)["Timestamp"] for pv in ("State", "State.DESC")]

    assert stamps[0] == stamps[1]


def test_long_texts_are_had_with_a_dollar(engine: Client) -> None:
    """`.DESC$` and `.NAME$` are arrays of characters."""
    done = engine.tools.caget("-t", "-S", f"{P}StateSeq.DESC$", f"{P}StateSeq.NAME$")

    assert done.stdout.split("\n")[:2] == ["Counts the transitions of State", f"{P}StateSeq"]


@pytest.mark.parametrize(
    ("pv", "value"),
    [
        ("State.VAL", "running"),
        ("State.DESC", "x"),
        ("State.DISP", "1"),
        ("State.ZRST", "x"),
        ("Heartbeat.PROC", "1"),
        ("Blocked.HIGH", "1000"),
        ("Pause.PROC", "1"),
        ("Susp:beam:Bypass.DRVH", "1"),
    ],
)
def test_no_field_can_be_written(engine: Client, pv: str, value: str) -> None:
    """The client is told beforehand that it has no access; nothing changes, and nothing is processed."""
    before, commands = engine.get(pv), engine.get("Cmd:Seq")

    done = engine.tools.caput("-c", P + pv, value)

    assert (done.returncode, DENIED in done.stderr) == (1, True), done.stderr
    assert (engine.get(pv), engine.get("Cmd:Seq")) == (before, commands)
    assert "read, no write" in engine.tools.cainfo(P + pv).stdout


def test_a_monitor_of_the_severity_sees_a_pause(engine: Client) -> None:
    """`camonitor State.SEVR` is told when the state becomes an alarm, and when it is none any more."""
    with engine.watch("State.SEVR", "State.STAT") as monitor:
        engine.start()
        engine.put("Pause")
        engine.put("Abort")
        monitor.wait_for(r"(?s)SEVR.*SEVR\|\|MINOR.*SEVR\|\|NO_ALARM.*")

    assert seen(monitor, "State.SEVR") == ["NO_ALARM", "MINOR", "NO_ALARM"]
    assert set(seen(monitor, "State.STAT")) == {"NO_ALARM", "STATE"}
