"""From a description to a suspender."""

import json
import re

import pytest

from reioc.engine import Scope
from reioc.suspenders import SuspenderSpec

from ...suspenders.support import RecordingKeeper
from .support import SUSPENDERS, PVs, make_maker

BEAM = {"name": "beam", "kind": "floor", "pv": "RING", "low": 100}


def mistakes(call, description):
    """What is said of a description."""
    with pytest.raises(ValueError, match=r".") as raised:
        call(description)
    return str(raised.value)


def parsed(description):
    return make_maker().parse(json.dumps(description))


def test_a_description_is_read_as_a_table_of_the_file_is():
    """Lists and words become what a specification has."""
    text = json.dumps(BEAM | {"action": "warn", "scope": {"plans": "scan", "devices": ["motor"]}, "delay": 3})
    expected = SuspenderSpec(**BEAM, action="warn", scope={"plans": ("scan",), "devices": ("motor",)}, delay=3)

    assert make_maker().parse(text) == expected


@pytest.mark.parametrize("text", ["", "{", "beam", "{'name': 'beam'}", '{"name": "beam"} {}', "[" * 7000])
def test_what_is_no_json_is_refused(text):
    """It is said so, and where."""
    with pytest.raises(ValueError, match=r"^this is no JSON: "):
        make_maker().parse(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(number):
    """Python would read them."""
    with pytest.raises(ValueError, match=f"{number} is no number that JSON knows"):
        make_maker().parse(json.dumps(BEAM | {"low": float(number)}))


def test_a_number_that_is_too_large_is_refused():
    """JSON has it, a limit cannot be it."""
    with pytest.raises(ValueError, match=r"^low: should be a finite number; got inf$"):
        make_maker().parse('{"name": "beam", "kind": "floor", "pv": "RING", "low": 1e999}')


@pytest.mark.parametrize("text", ["[1, 2]", '"beam"', "3", "null", "true"])
def test_what_is_no_object_is_refused(text):
    """It is said what one looks like, and what this is."""
    with pytest.raises(ValueError, match=r"^a suspender is a JSON object, \{") as raised:
        make_maker().parse(text)

    assert str(raised.value).endswith(f"not {text}")


def test_every_mistake_is_named_with_its_key():
    """Not the first one only, and those inside of tables with the way there."""
    text = mistakes(
        parsed,
        {
            "name": "Count",
            "kind": "any_of",
            "of": [{"kind": "floor", "pv": "A"}, {"kind": "ceil", "pv": "B C", "high": "5"}],
            "delay": -1,
            "max_age": 0,
            "enable": "yes",
            "scope": {"plans": [7]},
            "post_plan": {"params": {}},
        },
    )

    assert re.findall(r"(?:^|; )([a-z_.\[\]0-9]+): ", text) == [
        *("name", "of[0].low", "of[1].pv", "of[1].high"),
        *("delay", "max_age", "enable", "scope.plans[0]", "post_plan.plan"),
    ]
    assert text.startswith("name: 'Count' is no suspender name: Susp:Count is a PV for all of them; ")
    assert "; of[1].high: should be a number; got '5'; " in text


@pytest.mark.parametrize(
    ("more", "mistake"),
    [
        ({"resumelow": 3}, r"resumelow: unknown key; allowed: action, .* \(did you mean 'resume_low'"),
        (
            {"scope": {"device": "m1"}},
            r"scope\.device: unknown key; allowed: commands, devices, plans \(did you mean 'devices'",
        ),
        (
            {"pre_plan": {"plan": "mv", "parms": {}}},
            r"pre_plan\.parms: unknown key; allowed: params, plan \(did you mean 'params'",
        ),
    ],
)
def test_an_unknown_key_is_told_with_those_there_are(more, mistake):
    """And with the nearest one."""
    assert re.match(mistake, mistakes(parsed, BEAM | more))


def test_everything_that_is_not_there_is_told_at_once(monkeypatch):
    """Plans, their parameters, commands and devices, each with its key; and nothing is watched."""
    monkeypatch.setattr(SUSPENDERS, pvs := PVs())
    description = BEAM | {
        "pre_plan": {"plan": "mw"},
        "post_plan": {"plan": "mv", "params": {"args": ["m9", 1], "grp": 1}},
        "scope": {"plans": ("sacn",), "commands": ("trigger", "sat"), "devices": ("motor", "mtor", "motor.sped")},
    }
    text = mistakes(lambda described: make_maker().make(SuspenderSpec(**described)), description)

    for beginning, hint in (
        ("pre_plan: no plan 'mw'", "'mv'"),
        ("post_plan: args[0]: no device 'm9'", ""),
        ("grp: no such parameter", "'group'"),
        ("scope.plans: no plan 'sacn' (did you mean 'scan'", "; there are: "),
        ("scope.commands: no command 'sat' (did you mean 'set'", ""),
        ("scope.devices: no device 'mtor' (did you mean 'motor'", ""),
        ("scope.devices: motor has no component 'sped'", "components: "),
    ):
        assert beginning in text
        assert hint in text[text.index(beginning) :]
    assert "no command 'trigger'" not in text
    assert pvs.made == []


def test_a_component_of_a_device_is_covered_by_what_it_calls_itself(monkeypatch):
    """In messages `motor.velocity` is called motor_velocity."""
    monkeypatch.setattr(SUSPENDERS, PVs())
    scope = {"devices": ("motor.velocity", "det"), "plans": ("scan",), "commands": ("set",)}
    suspender = make_maker().make(SuspenderSpec(**BEAM, scope=scope))

    assert suspender.status.scope == Scope.of(plans="scan", commands="set", devices=["motor_velocity", "det"])


def test_without_names_there_is_no_scope(monkeypatch):
    """It is about everything."""
    monkeypatch.setattr(SUSPENDERS, PVs())

    assert make_maker().make(SuspenderSpec(**BEAM)).status.scope is None


def test_each_trip_makes_its_plans_anew(monkeypatch):
    """A generator is used up when it has run."""
    monkeypatch.setattr(SUSPENDERS, pvs := PVs(RING=250.0))
    drive = {"plan": "mv", "params": {"args": ["motor", 2]}}
    back = {"plan": "mv", "params": {"args": ["motor", 1]}}
    suspender = make_maker().make(SuspenderSpec(**BEAM, pre_plan=drive, post_plan=back))
    suspender.install(keeper := RecordingKeeper())
    pvs["RING"].put(0.0)
    ((pre_plan, post_plan),) = keeper.plans
    runs = [[(msg.obj.name, msg.args) for msg in plan() if msg.command == "set"] for plan in (pre_plan,) * 2]

    assert runs == [[("motor", (2,))]] * 2
    assert [msg.args for msg in post_plan() if msg.command == "set"] == [(1,)]
    suspender.remove()
