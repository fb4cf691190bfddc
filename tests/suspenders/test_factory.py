"""From the configuration to suspenders."""

import pytest

from reioc.suspenders import (
    Action,
    AtSeverity,
    BoolHigh,
    BoolLow,
    Ceil,
    Changed,
    Floor,
    InsideBand,
    OlderThan,
    OnBadPV,
    OutsideBand,
    PVSource,
    SuspenderKind,
    SuspenderSpec,
    make_suspender,
)

from .support import RecordingKeeper

KINDS = [
    ("floor", {"low": 1}, Floor(1)),
    ("floor", {"low": 1, "resume_low": 2}, Floor(1, 2)),
    ("ceil", {"high": 4, "resume_high": 3}, Ceil(4, 3)),
    ("outside_band", {"low": 1, "high": 4, "resume_low": 2, "resume_high": 3}, OutsideBand(1, 4, 2, 3)),
    ("inside_band", {"low": 1, "high": 4, "resume_low": 0, "resume_high": 5}, InsideBand(1, 4, 0, 5)),
    ("bool_high", {}, BoolHigh()),
    ("bool_low", {}, BoolLow()),
    ("changed", {}, Changed(None, False)),
    ("changed", {"expected": 0}, Changed(0, False)),
    ("changed", {"expected": "2-BM-A", "allow_resume": True}, Changed("2-BM-A", True)),
    ("severity", {}, AtSeverity("MAJOR")),
    ("severity", {"at_severity": "minor"}, AtSeverity("MINOR")),
    ("stale", {"older_than": 5}, OlderThan(5)),
]
SEVERAL = ("any_of", "all_of")


@pytest.mark.parametrize(("kind", "limits", "condition"), KINDS)
def test_every_kind(kind, limits, condition):
    """Over its PV, with its limits."""
    suspender = make_suspender(SuspenderSpec(name="it", kind=kind, pv="X:PV", **limits))
    (member,) = suspender.members

    assert isinstance(member.source, PVSource)
    assert (suspender.status.source, suspender.status.kind) == ("X:PV", kind)
    assert member.condition == condition


def test_every_kind_was_made():
    """A kind that the configuration accepts has a suspender."""
    assert {*SEVERAL, *(kind for kind, _, _ in KINDS)} == set(SuspenderKind)


@pytest.mark.parametrize("kind", SEVERAL)
def test_several(kind):
    """Each PV with its kind and limits, in order."""
    of = [
        {"kind": "floor", "pv": "A", "low": 1},
        {"kind": "changed", "pv": "B"},
        {"kind": "ceil", "pv": "C", "high": 2},
    ]
    suspender = make_suspender(SuspenderSpec(name="it", kind=kind, of=of))
    pairs = [(member.source.name, member.condition) for member in suspender.members]

    assert pairs == [("A", Floor(1)), ("B", Changed()), ("C", Ceil(2))]
    assert (suspender.status.kind, suspender.status.source, suspender.name) == (kind, "A, B, C", "it")


def test_every_setting_arrives():
    """Settle time, age, policy, action, switch, name; and what an engine takes, as it was given."""
    spec = SuspenderSpec(
        name="ring", kind="bool_low", pv="X", delay=60, max_age=9, on_bad_pv="abort", action="stop", enable=False
    )
    scope = object()
    suspender = make_suspender(spec, scope=scope)
    status = suspender.status

    assert (suspender.name, suspender.has_own_name) == ("ring", True)
    assert (status.rules.delay, status.rules.max_age) == (60, 9)
    assert (status.rules.on_bad_pv, status.rules.action) == (OnBadPV.ABORT, Action.STOP)
    assert (status.enabled, status.scope) == (False, scope)


def test_the_plans_and_the_message_arrive(monkeypatch):
    """As an engine is asked."""
    monkeypatch.setattr(PVSource, "start", lambda *_: None)
    monkeypatch.setattr(PVSource, "stop", lambda *_: None)
    pre, post, keeper = object(), object(), RecordingKeeper()
    spec = SuspenderSpec(name="ring", kind="bool_low", pv="X:PV", message="call 1234")
    make_suspender(spec, pre_plan=pre, post_plan=post, scope="s").install(keeper)

    assert keeper.calls == [("hold", "X:PV is not connected yet (call 1234)")]
    assert (keeper.plans, keeper.scopes) == ([(pre, post)], ["s"])


@pytest.mark.parametrize(
    ("kind", "limits", "message"),
    [
        ("floor", {"low": None}, "low = None is no limit"),
        ("outside_band", {"low": 4, "high": 1}, "low = 4 is not below high = 1"),
        ("outside_band", {"low": 0, "high": 10, "resume_low": 8, "resume_high": 2}, "must be a band within"),
        ("severity", {"at_severity": "BAD"}, "at_severity = 'BAD' is no alarm severity"),
    ],
)
def test_wrong_limits_are_refused(kind, limits, message):
    """Also what no key by itself shows to be wrong, and a spec that was made without validation."""
    no_limits = dict.fromkeys(("low", "high", "resume_low", "resume_high", "at_severity"))
    spec = SuspenderSpec.model_construct(name="it", kind=SuspenderKind(kind), pv="X:PV", **(no_limits | limits))

    with pytest.raises(ValueError, match=message):
        make_suspender(spec)
