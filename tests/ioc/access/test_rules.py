"""Rights, as rules give them. What EPICS Base grants: tests/system/test_access_oracle.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.ioc.access.acf import parse_acf
from reioc.ioc.access.acf_model import Rights
from reioc.ioc.access.rules import AccessRules, Client, Decision

ADDRESSES = {"ws1": ["10.1.2.1"], "gateway": ["10.1.2.8", "10.1.3.8"]}


def resolve(name: str) -> list[str]:
    if name not in ADDRESSES:
        raise OSError(f"{name} is unknown")
    return ADDRESSES[name]


def rules(text: str, *, check_client_ip: bool = True) -> AccessRules:
    return AccessRules(parse_acf(text), check_client_ip=check_client_ip, resolve=resolve)


def client(user: str = "alice", host: str = "ws1", address: str = "10.1.2.1") -> Client:
    return Client(user, host, address)


def may(text: str, who: Client, *, check_client_ip: bool = True) -> bool:
    """Whether somebody may write while the only rule is for hosts in HAG(h), which is `text`."""
    acf = f"HAG(h) {{ {text} }} ASG(DEFAULT) {{ RULE(1, WRITE) {{ HAG(h) }} }}"
    return rules(acf, check_client_ip=check_client_ip).rights("DEFAULT", 0, who, {}) is Rights.WRITE


def test_without_a_rule_there_is_no_right():
    """An empty ASG grants nothing."""
    assert rules("ASG(X)").rights("X", 0, client(), {}) is Rights.NONE


def test_rules_add_up():
    """The highest right of those that match counts, whatever their order; NONE takes nothing away."""
    ours = rules("UAG(a) {alice} ASG(X) { RULE(1, WRITE) {UAG(a)} RULE(1, READ) RULE(1, NONE) }")

    assert ours.rights("X", 0, client("alice"), {}) is Rights.WRITE
    assert ours.rights("X", 0, client("bob"), {}) is Rights.READ


def test_a_rule_of_level_0_is_not_for_fields_of_level_1():
    """A rule of level 1 is for fields of both levels."""
    ours = rules("ASG(X) { RULE(0, WRITE) RULE(1, READ) }")

    assert ours.rights("X", 0, client(), {}) is Rights.WRITE
    assert ours.rights("X", 1, client(), {}) is Rights.READ


def test_an_asg_that_is_not_defined_is_default():
    """What belongs to a group that the file does not have has the rights of DEFAULT."""
    ours = rules("ASG(DEFAULT) { RULE(1, READ) } ASG(X) { RULE(1, WRITE) }")

    assert ours.rights("NEW", 0, client(), {}) is Rights.READ
    assert ours.asg_in_use("NEW") == "DEFAULT"
    assert ours.asg_in_use("X") == "X"


def test_users_are_told_apart_by_case():
    """A user alice is not a user Alice."""
    ours = rules("UAG(a) {alice} ASG(X) { RULE(1, WRITE) {UAG(a)} }")

    assert ours.rights("X", 0, client("Alice"), {}) is Rights.NONE


def test_all_conditions_of_a_rule_must_hold():
    """User, host and calc are needed together; of several groups of users one is enough."""
    ours = rules(
        'UAG(a) {x} UAG(b) {alice} HAG(h) {ws1} ASG(X) { INPA(p) RULE(1, WRITE) {UAG(a, b) HAG(h) CALC("A=1")} }'
    )

    assert ours.rights("X", 0, client(), {"A": 1.0}) is Rights.WRITE
    assert ours.rights("X", 0, client("y"), {"A": 1.0}) is Rights.NONE
    assert ours.rights("X", 0, client(address="10.9.9.9"), {"A": 1.0}) is Rights.NONE
    assert ours.rights("X", 0, client(), {"A": 0.0}) is Rights.NONE


@pytest.mark.parametrize("values", [{}, {"B": 1.0}, {"A": 1.0}, {"A": None, "B": 1.0}, {"A": 1.0, "B": None}])
def test_a_calc_of_a_pv_that_is_not_known_grants_nothing(values):
    """An input that is missing, disconnected or INVALID is bad, even where the result would not depend on it."""
    ours = rules('ASG(X) { INPA(p) INPB(q) RULE(1, WRITE) {CALC("A || B")} }')

    assert ours.rights("X", 0, client(), values) is Rights.NONE


def test_a_pv_that_a_calc_does_not_use_may_be_bad():
    """Only the inputs of the rule's own expression count."""
    ours = rules('ASG(X) { INPA(p) INPB(q) RULE(1, WRITE) {CALC("A")} RULE(1, READ) {CALC("B")} }')

    assert ours.rights("X", 0, client(), {"A": 1.0, "B": None}) is Rights.WRITE


def test_writes_are_trapped_by_the_rule_that_grants_them():
    """Of rules that grant the same, the first is the one that counts."""
    ours = rules("ASG(X) { RULE(1, READ, TRAPWRITE) RULE(0, WRITE, TRAPWRITE) RULE(1, WRITE) }")

    assert ours.decide("X", 0, client(), {}) == Decision(Rights.WRITE, True)
    assert ours.decide("X", 1, client(), {}) == Decision(Rights.WRITE, False)
    assert ours.trap_write("X", 0, client(), {}) is True


def test_the_pvs_that_are_needed_are_known():
    """Who computes rights must know the values of these PVs."""
    assert rules("ASG(X) { INPA(p) INPC(q.VAL) RULE(1, READ) }").inputs == {
        "DEFAULT": {},
        "X": {"A": "p", "C": "q.VAL"},
    }


@pytest.mark.parametrize(
    ("entry", "address", "allowed"),
    [
        ("ws1", "10.1.2.1", True),
        ("WS1", "10.1.2.1", False),  # this resolver knows no capitals; a name is asked for as it is written
        ("ws1", "10.1.2.2", False),
        ("gateway", "10.1.3.8", True),
        ("10.1.2.1", "10.1.2.1", True),
        ("10.1.2.1", "10.1.2.10", False),
        ('"10.1.2.0/24"', "10.1.2.255", True),
        ('"10.1.2.0/24"', "10.1.3.1", False),
        ('"127.0.0.0/8"', "127.3.2.1", True),
    ],
)
def test_the_address_counts_and_not_what_a_client_says(entry, address, allowed):
    """With check_client_ip, whatever host is claimed, the right depends on the address alone."""
    for claimed in ("ws1", "10.1.2.1", "elsewhere"):
        assert may(entry, client(host=claimed, address=address)) is allowed


@pytest.mark.parametrize(
    ("entry", "host", "allowed"),
    [
        ("ws1", "ws1", True),
        ("ws1", "WS1", True),
        ("Ws1", "wS1", True),
        ("ws1", "ws1.lab", False),
        ("10.1.2.1", "ws1", False),
        ("10.1.2.9", "10.1.2.9", True),
        ('"10.1.2.0/24"', "anything", True),
        ('"10.9.2.0/24"', "10.9.2.1", False),
    ],
)
def test_without_check_client_ip_the_host_counts_that_a_client_says(entry, host, allowed):
    """As in EPICS Base by default, case aside; but a network is a matter of addresses."""
    assert may(entry, client(host=host, address="10.1.2.1"), check_client_ip=False) is allowed


def test_a_name_without_an_address_is_told_and_matches_nobody():
    """Rules are not refused because a workstation is not in the name service."""
    ours = rules("HAG(h) {ws1, ws77} ASG(X) { RULE(1, WRITE) {HAG(h)} }")

    assert ours.unresolved == ("ws77",)
    assert ours.rights("X", 0, client(), {}) is Rights.WRITE
    assert ours.rights("X", 0, client(host="ws77", address="10.1.2.77"), {}) is Rights.NONE


def test_names_are_looked_up_when_the_rules_are_made_and_not_later():
    """A slow name service does not stand in the way of a put."""
    asked = []

    def resolver(name: str) -> list[str]:
        asked.append(name)
        return ["10.1.2.1"]

    ours = AccessRules(
        parse_acf("HAG(h) {ws1} ASG(X) {RULE(1, WRITE) {HAG(h)}}"), check_client_ip=True, resolve=resolver
    )
    for _ in range(3):
        ours.rights("X", 0, client(), {})

    assert asked == ["ws1"]


def test_names_are_not_looked_up_where_they_are_not_needed():
    """Without check_client_ip no name service is asked."""
    ours = rules("HAG(h) {ws77} ASG(X) {RULE(1, WRITE) {HAG(h)}}", check_client_ip=False)

    assert ours.unresolved == ()


def test_an_address_that_is_none_is_an_error():
    """Not a refusal that nobody could explain: whoever asks must know where the client is."""
    with pytest.raises(ValueError, match="ws1"):
        may("ws1", client(address="ws1:5064"))


@given(
    st.sampled_from(["alice", "bob", ""]),
    st.sampled_from(["10.1.2.1", "127.0.0.1"]),
    st.none() | st.floats(),
    st.sampled_from([0, 1]),
    st.lists(st.integers(0, 4), max_size=5),
)
def test_more_rules_never_take_a_right_away(user, address, value, level, chosen):
    """Whoever has a right has it still when a rule is added."""
    offered = [
        "RULE(1, READ)",
        "RULE(0, WRITE) {UAG(u)}",
        "RULE(1, WRITE) {HAG(h)}",
        'RULE(1, WRITE) {CALC("A>2")}',
        "RULE(1, NONE)",
    ]
    head = "UAG(u) {alice} HAG(h) {ws1} ASG(X) { INPA(p) "
    seen = [
        rules(head + " ".join(offered[i] for i in chosen[:count]) + "}").rights(
            "X", level, client(user, "x", address), {"A": value}
        )
        for count in range(len(chosen) + 1)
    ]

    assert seen == sorted(seen)
