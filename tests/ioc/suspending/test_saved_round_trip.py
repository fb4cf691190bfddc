"""Whatever is changed of suspenders, of whatever kind: after a restart they are as they were."""

import json
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.engine import RunEngine
from reioc.ioc.suspending import SavedSuspenders
from reioc.suspenders import Action, OnBadPV, SuspenderSpec

from .support import SUSPENDERS, PVs, make_maker

NOW = 1.7e9
NUMBERS = st.floats(-1e6, 1e6).map(lambda number: number + 0.0)  # -0.0 reads as 0
SECONDS = st.floats(0, 1e5)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
EXPECTED = st.one_of(NUMBERS, TEXTS)
SEVERITIES = st.sampled_from(["MINOR", "MAJOR", "INVALID"])
RULES = {
    "delay": SECONDS,
    "max_age": st.one_of(st.none(), st.floats(1e-3, 1e5)),
    "on_bad_pv": st.sampled_from(list(OnBadPV)),
    "action": st.sampled_from(list(Action)),
}
LIMITS = {
    "floor": ("low", "resume_low"),
    "ceil": ("high", "resume_high"),
    "outside_band": ("low", "high", "resume_low", "resume_high"),
    "inside_band": ("low", "high", "resume_low", "resume_high"),
    "bool_high": (),
    "bool_low": (),
    "changed": ("expected",),
    "severity": ("at_severity",),
    "stale": ("older_than",),
}
OTHERS = {"expected": EXPECTED, "at_severity": SEVERITIES, "older_than": st.floats(1e-3, 1e5)}
OF = [{"kind": "floor", "pv": "A", "low": 1.0}, {"kind": "severity", "pv": "B"}]


@st.composite
def limits_of(draw, kind):
    """Limits that make sense for this kind; those for going on again may be left out."""
    if kind in ("changed", "severity", "stale"):
        (name,) = LIMITS[kind]
        return {name: draw(OTHERS[name])}
    numbers = sorted(draw(st.lists(NUMBERS, min_size=4, max_size=4, unique=True)))
    a, b, c, d = numbers if kind != "inside_band" else (numbers[1], numbers[0], numbers[3], numbers[2])
    all_of_them = {"low": a, "resume_low": b, "resume_high": c, "high": d}
    if kind == "ceil":
        all_of_them |= {"resume_high": min(numbers), "high": max(numbers)}
    given = {name: value for name, value in all_of_them.items() if name in LIMITS[kind]}
    if draw(st.booleans()):
        given = {name: value for name, value in given.items() if not name.startswith("resume")}
    return given


@st.composite
def specs(draw, name):
    """One of any kind."""
    kind = draw(st.sampled_from([*LIMITS, "any_of", "all_of"]))
    what = {"of": OF} if kind not in LIMITS else {"pv": "X", **draw(limits_of(kind))}
    if draw(st.booleans()):
        what.pop("expected", None)  # it learns what to expect
    rules = draw(st.fixed_dictionaries({}, optional=RULES | {"enable": st.booleans()}))
    return SuspenderSpec.model_validate({"name": name, "kind": kind, **what, **rules})


@st.composite
def changes(draw, spec):
    """What somebody does to it."""
    change = draw(st.fixed_dictionaries({}, optional=RULES | {"enabled": st.booleans()}))
    if LIMITS.get(spec.kind) and draw(st.booleans()):
        change |= draw(limits_of(spec.kind))
    if draw(st.booleans()):
        change["bypass"] = draw(st.floats(600, 1e6))
    return change


@contextmanager
def session(configured):
    """An engine with those of the configuration, and what keeps their settings."""
    engine = RunEngine()
    saved, maker = SavedSuspenders(engine, wall_clock=lambda: NOW), make_maker()
    suspenders = [maker.make(spec) for spec in configured]
    for suspender in suspenders:
        saved.know(suspender)
    try:
        yield engine, saved, maker, suspenders
    finally:
        engine.clear_suspenders()
        engine.close()


def shown(engine):
    """What people see of each."""
    names = ("kind", "low", "high", "resume_low", "resume_high", "expected", "at_severity", "older_than", "bypass_by")
    statuses = [suspender.status for suspender in engine.suspenders]
    return [(each.name, each.rules, *(getattr(each, name) for name in names)) for each in statuses]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_after_a_restart_all_is_as_it_was(data):
    """Settings, bypasses, the master switch, and those that were added; and it would be saved again as it was."""
    configured = [data.draw(specs(name), name) for name in ("one", "two")]
    added = [data.draw(specs(name), name) for name in data.draw(st.sampled_from([(), ("three",)]))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SUSPENDERS, PVs())
        with session(configured) as (engine, saved, maker, suspenders):
            for suspender in suspenders:
                engine.install_suspender(suspender)
            for spec in added:
                suspender = maker.make(spec)
                saved.know(suspender, spec)
                engine.install_suspender(suspender)
            for spec in (*configured, *added):
                with suppress(ValueError):  # a limit and those that are there already may not fit
                    engine.suspender(spec.name).configure(by="anna", **data.draw(changes(spec), f"changes {spec.name}"))
            engine.suspenders_enabled = data.draw(st.booleans(), "enabled")
            text, before, enabled = json.dumps(saved.state()), shown(engine), engine.suspenders_enabled
        learning = {spec.name for spec in (*configured, *added) if spec.kind == "changed" and spec.expected is None}
        with session(configured) as (engine, saved, maker, suspenders):
            suspenders += saved.restore(json.loads(text), maker.make)
            for suspender in suspenders:
                engine.install_suspender(suspender)
            state, after = saved.state(), shown(engine)

            assert [each for each in after if each[0] not in learning] == [
                each for each in before if each[0] not in learning
            ]
            assert engine.suspenders_enabled is enabled
            again = json.loads(text)
            assert {name: found["by"] for name, found in state.pop("bypasses").items()} == {
                name: found["by"] for name, found in again.pop("bypasses").items()
            }
            assert json.loads(json.dumps(state)) == again
