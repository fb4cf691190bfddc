"""What the configuration may say of a suspender, and what it must."""

import pytest
from pydantic import ValidationError

from reioc.suspenders import Action, OnBadPV, SuspenderKind, SuspenderSpec
from reioc.suspenders.spec import MemberSpec, PlanCall, ScopeSpec, suspender_name

MEMBERS = ({"kind": "bool_high", "pv": "A"}, {"kind": "floor", "pv": "B", "low": 1})
NEEDED = {
    "floor": {"low": 1},
    "ceil": {"high": 4},
    "outside_band": {"low": 1, "high": 4},
    "inside_band": {"low": 1, "high": 4},
    "bool_high": {},
    "bool_low": {},
    "changed": {},
    "severity": {},
    "stale": {"older_than": 5},
}
ALLOWED = {
    "floor": {"low", "resume_low"},
    "ceil": {"high", "resume_high"},
    "outside_band": {"low", "high", "resume_low", "resume_high"},
    "inside_band": {"low", "high", "resume_low", "resume_high"},
    "bool_high": set(),
    "bool_low": set(),
    "changed": {"expected", "allow_resume"},
    "severity": {"at_severity"},
    "stale": {"older_than"},
}
SETTINGS = {
    "low": 1,
    "high": 4,
    "resume_low": 1,
    "resume_high": 4,
    "expected": "a",
    "allow_resume": True,
    "at_severity": "MINOR",
    "older_than": 5,
}


def spec(**given):
    """A spec of what is given; a name, and a PV where one is needed, are there unless given."""
    several = given.get("kind") in ("any_of", "all_of")
    return SuspenderSpec(**({"name": "it"} | ({} if several else {"pv": "X:PV"}) | given))


def mistakes(**given):
    """What is wrong, as (key, message)."""
    with pytest.raises(ValidationError) as refused:
        spec(**given)
    return [
        (".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, ")) for each in refused.value.errors()
    ]


def test_every_kind_is_known_here():
    """A new kind needs a line in these tables."""
    assert {*NEEDED, "any_of", "all_of"} == set(SuspenderKind)
    assert NEEDED.keys() == ALLOWED.keys()


@pytest.mark.parametrize("kind", NEEDED)
def test_a_kind_with_what_it_needs(kind):
    """Nothing more has to be said."""
    it = spec(kind=kind, **NEEDED[kind])

    assert it.kind is SuspenderKind(kind)
    assert {key: getattr(it, key) for key in NEEDED[kind]} == NEEDED[kind]
    assert all(getattr(it, key) is None for key in SETTINGS.keys() - NEEDED[kind].keys())


@pytest.mark.parametrize(
    ("kind", "key", "what"),
    [
        ("floor", "low", "the value below which it trips"),
        ("ceil", "high", "the value above which it trips"),
        ("outside_band", "low", "the value below which it trips"),
        ("outside_band", "high", "the value above which it trips"),
        ("inside_band", "low", "the value below which it trips"),
        ("inside_band", "high", "the value above which it trips"),
        ("stale", "older_than", "an age in s"),
    ],
)
def test_what_a_kind_needs_must_be_there(kind, key, what):
    """The message says what the missing one is."""
    given = {name: value for name, value in NEEDED[kind].items() if name != key}

    assert mistakes(kind=kind, **given) == [(key, f"missing: {kind!r} needs {what}")]


@pytest.mark.parametrize("kind", NEEDED)
@pytest.mark.parametrize("key", SETTINGS)
def test_a_kind_takes_its_own_settings_only(kind, key):
    """A limit that would do nothing is refused, with the kinds that it is for."""
    given = NEEDED[kind] | {key: SETTINGS[key]}
    if key in ALLOWED[kind]:
        assert getattr(spec(kind=kind, **given), key) == SETTINGS[key]
    else:
        ((where, message),) = mistakes(kind=kind, **given)
        assert where == key
        assert message.startswith(f"{key} is for kind ")
        assert message.endswith(f" only; leave it out for {kind!r}")
        assert all(repr(other) in message for other, allowed in ALLOWED.items() if key in allowed)


@pytest.mark.parametrize(
    ("kind", "limits", "mistake"),
    [
        ("floor", {"low": 3, "resume_low": 2}, ("resume_low", "2 is below low = 3")),
        ("ceil", {"high": 3, "resume_high": 4}, ("resume_high", "4 is above high = 3")),
        ("outside_band", {"low": 1, "high": 4, "resume_low": 0}, ("resume_low", "0 is below low = 1")),
        ("outside_band", {"low": 1, "high": 4, "resume_high": 5}, ("resume_high", "5 is above high = 4")),
        ("inside_band", {"low": 1, "high": 4, "resume_low": 2}, ("resume_low", "2 is above low = 1")),
        ("inside_band", {"low": 1, "high": 4, "resume_high": 3}, ("resume_high", "3 is below high = 4")),
    ],
)
def test_a_resume_limit_on_the_wrong_side_is_refused(kind, limits, mistake):
    """It would be good again while it trips."""
    key, text = mistake

    assert mistakes(kind=kind, **limits) == [(key, f"{text}: it would be good again while it trips")]


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        ("floor", {"low": 3, "resume_low": 3}),
        ("floor", {"low": 3, "resume_low": 4}),
        ("ceil", {"high": 3, "resume_high": 3}),
        ("ceil", {"high": 3, "resume_high": 2}),
        ("outside_band", {"low": 1, "high": 4, "resume_low": 1, "resume_high": 4}),
        ("outside_band", {"low": 1, "high": 4, "resume_low": 2, "resume_high": 3}),
        ("inside_band", {"low": 1, "high": 4, "resume_low": 1, "resume_high": 4}),
        ("inside_band", {"low": 1, "high": 4, "resume_low": 0, "resume_high": 5}),
    ],
)
def test_a_resume_limit_on_the_right_side(kind, limits):
    """Or at the limit itself."""
    it = spec(kind=kind, **limits)

    assert {key: getattr(it, key) for key in limits} == limits


@pytest.mark.parametrize("kind", ["outside_band", "inside_band"])
@pytest.mark.parametrize("high", [1, 4])
def test_a_band_must_be_one(kind, high):
    """Crossed or equal edges are none; said of the second one, when both are known."""
    assert mistakes(kind=kind, low=4, high=high) == [("high", f"{high} is not above low = 4: that is no band")]


@pytest.mark.parametrize(
    ("limits", "key", "text"),
    [
        ({"resume_low": 10}, "resume_low", "10 is not below high = 10"),
        ({"resume_high": 0}, "resume_high", "0 is not above low = 0"),
        ({"resume_low": 8, "resume_high": 2}, "resume_high", "2 is not above resume_low = 8"),
        ({"resume_low": 5, "resume_high": 5}, "resume_high", "5 is not above resume_low = 5"),
    ],
)
def test_where_it_is_good_again_must_be_a_band(limits, key, text):
    """Otherwise it would never be."""
    found = mistakes(kind="outside_band", low=0, high=10, **limits)

    assert found == [(key, f"{text}: that is no band to be good again in")]


@pytest.mark.parametrize("severity", ["MINOR", "major", "INVALID"])
def test_severities(severity):
    """By name, in whatever case."""
    assert spec(kind="severity", at_severity=severity).at_severity == severity


@pytest.mark.parametrize("severity", ["BAD", "NO_ALARM", ""])
def test_other_severities_are_refused(severity):
    """The message says which ones there are."""
    ((where, message),) = mistakes(kind="severity", at_severity=severity)

    assert where == "at_severity"
    assert message.endswith("is no alarm severity; there are: MINOR, MAJOR, INVALID")


@pytest.mark.parametrize("expected", [1, 0, 2.5, "2-BM-A", ""])
def test_what_is_expected_may_be_a_number_or_a_text(expected):
    """As it is written."""
    assert spec(kind="changed", expected=expected).expected == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("low", float("nan")),
        ("low", float("inf")),
        ("low", "100"),
        ("low", True),
        ("delay", -1),
        ("delay", float("nan")),
        ("max_age", 0),
        ("max_age", -1),
        ("enable", "yes"),
        ("enable", 1),
        ("kind", "flor"),
        ("on_bad_pv", "panic"),
        ("action", "panic"),
        ("message", 5),
        ("scope", "count"),
        ("hihg", 5),
    ],
)
def test_a_wrong_value_is_refused_by_its_key(key, value):
    """Nothing is guessed, and no key is passed over."""
    given = {"kind": "floor", "low": 1} | {key: value}

    assert [where for where, _ in mistakes(**given)] == [key]


@pytest.mark.parametrize("age", [0, -1, float("nan"), float("inf"), "5"])
def test_an_age_must_be_above_0(age):
    """Otherwise it would always be stale, or never."""
    assert [where for where, _ in mistakes(kind="stale", older_than=age)] == ["older_than"]


def test_all_mistakes_are_found_at_once():
    """Nobody corrects one to be told of the next."""
    found = mistakes(name="ring current", kind="floor", pv="a b", resume_low=3, delay=-1, on_bad_pv="panic")

    assert {where for where, _ in found} == {"name", "pv", "low", "delay", "on_bad_pv"}


def test_a_kind_that_is_none_hides_no_other_mistake():
    """And causes none."""
    assert {where for where, _ in mistakes(kind="flor", low=1, resume_low=0, pv="a b")} == {"kind", "pv"}
    assert {where for where, _ in mistakes(kind="flor", pv=None, of=list(MEMBERS))} == {"kind"}


def test_a_limit_that_is_wrong_hides_no_other_mistake():
    """And causes none."""
    found = mistakes(kind="outside_band", high=4, resume_high=3)
    assert [where for where, _ in found] == ["low"]
    found = mistakes(kind="outside_band", low="1", high=4, resume_low=2, resume_high=5)

    assert [where for where, _ in found] == ["low", "resume_high"]


def test_what_is_not_said():
    """The defaults."""
    it = spec(kind="bool_low")

    assert (it.delay, it.max_age, it.on_bad_pv, it.action, it.enable, it.message) == (
        0.0,
        None,
        OnBadPV.SUSPEND,
        Action.SUSPEND,
        True,
        "",
    )
    assert (it.of, it.scope, it.pre_plan, it.post_plan) == ((), ScopeSpec(), None, None)


def test_what_can_be_said():
    """Every key of a suspender."""
    it = spec(
        kind="bool_low",
        delay=60,
        max_age=10,
        on_bad_pv="ignore",
        action="warn",
        enable=False,
        message="call 1234",
        scope={"plans": "count", "devices": ["det", "motor"], "commands": []},
        pre_plan={"plan": "close_shutter"},
        post_plan={"plan": "mv", "params": {"motor": 1}},
    )

    assert (it.delay, it.max_age, it.on_bad_pv, it.action) == (60, 10, OnBadPV.IGNORE, Action.WARN)
    assert (it.enable, it.message) == (False, "call 1234")
    assert it.scope == ScopeSpec(plans=("count",), devices=("det", "motor"))
    assert it.pre_plan == PlanCall(plan="close_shutter")
    assert it.post_plan == PlanCall(plan="mv", params={"motor": 1})


def test_a_spec_is_immutable():
    """What was validated stays so."""
    with pytest.raises(ValidationError):
        spec(kind="bool_low").delay = -1


# Scopes


@pytest.mark.parametrize("key", ["plans", "commands", "devices"])
def test_one_word_is_a_list_of_one(key):
    """A text is not a list of its letters."""
    assert getattr(ScopeSpec(**{key: "count"}), key) == ("count",)
    assert getattr(ScopeSpec(**{key: ["count", "scan"]}), key) == ("count", "scan")


@pytest.mark.parametrize(
    ("scope", "where"),
    [
        ({"plans": ""}, "scope.plans.0"),
        ({"devices": ["det", ""]}, "scope.devices.1"),
        ({"commands": 5}, "scope.commands"),
        ({"motors": "m1"}, "scope.motors"),
    ],
)
def test_a_scope_that_is_none_is_refused(scope, where):
    """Empty names, what is no name, and other keys."""
    assert [key for key, _ in mistakes(kind="bool_low", scope=scope)] == [where]


# Several


@pytest.mark.parametrize("kind", ["any_of", "all_of"])
def test_several(kind):
    """Each with its PV, kind and limits."""
    it = spec(kind=kind, of=list(MEMBERS))

    assert it.pv is None
    assert it.of == tuple(MemberSpec(**member) for member in MEMBERS)


@pytest.mark.parametrize("kind", ["any_of", "all_of"])
@pytest.mark.parametrize("of", [[], [MEMBERS[0]]])
def test_several_are_two_or_more(kind, of):
    """Also where `of` is missing."""
    given = {"of": of} if of else {}

    assert mistakes(kind=kind, **given) == [("of", f"{kind!r} needs two or more tables, each with `pv` and `kind`")]


def test_several_have_no_pv_and_no_limits_of_their_own():
    """They are those of each."""
    found = mistakes(kind="any_of", pv="A", low=1, of=list(MEMBERS))

    assert [where for where, _ in found] == ["pv", "low"]
    assert "'any_of' watches what is in `of`; leave `pv` out" in found[0][1]
    assert "leave it out for 'any_of'" in found[1][1]


@pytest.mark.parametrize("kind", NEEDED)
def test_the_other_kinds_watch_one(kind):
    """They need a PV, and have no others."""
    with pytest.raises(ValidationError, match="missing: which PV it watches"):
        SuspenderSpec(name="it", kind=kind, **NEEDED[kind])
    ((where, message),) = mistakes(kind=kind, of=list(MEMBERS), **NEEDED[kind])
    assert (where, message) == ("of", f"`of` is for kinds 'any_of' and 'all_of'; leave it out for {kind!r}")


def test_several_of_several_are_refused():
    """Two suspenders do it."""
    nested = {"kind": "all_of"}

    assert ("of", "`of` may not hold 'any_of' and 'all_of': write two suspenders") in mistakes(
        kind="any_of", of=[MEMBERS[0], nested]
    )


@pytest.mark.parametrize(
    ("member", "where"),
    [
        ({"kind": "floor", "pv": "A"}, "of.1.low"),
        ({"kind": "bool_high"}, "of.1.pv"),
        ({"kind": "bool_high", "pv": "a b"}, "of.1.pv"),
        ({"kind": "bool_high", "pv": "A", "low": 1}, "of.1.low"),
        ({"kind": "bool_high", "pv": "A", "delay": 5}, "of.1.delay"),
        ({"pv": "A"}, "of.1.kind"),
    ],
)
def test_each_of_several_is_checked(member, where):
    """As if it were by itself; settle time and the like are those of the whole."""
    assert where in [key for key, _ in mistakes(kind="any_of", of=[MEMBERS[0], member])]


# Names


@pytest.mark.parametrize("name", ["a", "ring", "RING_2-x", "123456789012", "count"])
def test_names(name):
    """Letters, digits, _ and -, as PV names have them."""
    assert suspender_name(name) == name
    assert spec(name=name, kind="bool_low").name == name


@pytest.mark.parametrize("name", ["", "ring current", "ring.low", "ring:low", "1234567890123", "Ströme", "ring\n"])
def test_names_that_cannot_be_a_part_of_a_pv_name(name):
    """The message says what names look like."""
    message = "is no suspender name: it becomes part of PV names, so it must be 1 to 12 letters, digits, _ and -"

    assert mistakes(name=name, kind="bool_low") == [("name", f"{name!r} {message}")]


@pytest.mark.parametrize("name", ["Count", "Names", "Enable", "Tripped", "Reason", "Add", "Remove"])
def test_names_of_pvs_for_all_are_reserved(name):
    """`Susp:Add` is there already."""
    with pytest.raises(ValueError, match=f"'{name}' is no suspender name: Susp:{name} is a PV for all of them"):
        suspender_name(name)


@pytest.mark.parametrize("pv", ["", "a b", "a\tb", "a\n", 5])
def test_pv_names(pv):
    """Neither empty nor with spaces."""
    assert [where for where, _ in mistakes(kind="bool_low", pv=pv)] == ["pv"]
