"""What somebody is told who may not write."""

import pytest

from reioc.ioc.access.acf import parse_acf
from reioc.ioc.access.refusal import explain
from reioc.ioc.access.rules import AccessRules, Client

RULES = """
UAG(ops) { alice, bob }
UAG(night) { bob, dora }
UAG(many) { u1, u2, u3, u4, u5, u6, u7, u8, u9, u10 }
HAG(floor) { "10.1.2.0/24" }
ASG(DEFAULT) { RULE(1, READ) }
ASG(COMMANDS) { INPA("T:RE:Beam") RULE(1, READ) RULE(0, WRITE) { UAG(ops, night) HAG(floor) CALC("A=1") } }
ASG(SETTINGS) { RULE(1, WRITE) { UAG(ops) } RULE(1, WRITE) { HAG(floor) } }
ASG(MANY) { RULE(1, WRITE) { UAG(many) } }
"""
CAROL = Client("carol", "ws9", "10.9.9.9")


def told(asg: str, level: int = 0, who: Client = CAROL, **values: float | None) -> str:
    rules = AccessRules(parse_acf(RULES), check_client_ip=True, resolve=lambda _: [])
    return explain(rules, "T:RE:Pause", asg, level, who, values)


def test_a_refusal_tells_who_may_from_where_and_when():
    """Everything that the rule wants, with what it is now, and who was refused."""
    assert told("COMMANDS", A=0.0) == (
        "may not write T:RE:Pause: ASG COMMANDS allows user in {alice, bob, dora} from hosts {10.1.2.0/24} "
        "while T:RE:Beam=1 (T:RE:Beam is 0); you are carol@ws9 (10.9.9.9)"
    )


@pytest.mark.parametrize("values", [{}, {"A": None}])
def test_a_pv_that_is_not_known_is_told(values):
    """An operator sees that the beam's PV is the reason."""
    assert "(T:RE:Beam is not available)" in told("COMMANDS", **values)


def test_every_way_to_be_allowed_is_told():
    """Rules stand side by side."""
    assert told("SETTINGS") == (
        "may not write T:RE:Pause: ASG SETTINGS allows user in {alice, bob}; or everybody from hosts {10.1.2.0/24}; "
        "you are carol@ws9 (10.9.9.9)"
    )


def test_rules_for_other_fields_are_not_told():
    """A rule of level 0 would not help with a field of level 1."""
    assert told("COMMANDS", 1) == ("may not write T:RE:Pause: ASG COMMANDS allows nobody; you are carol@ws9 (10.9.9.9)")


def test_a_group_that_the_rules_do_not_have_is_told():
    """The operator's question to the controls engineer starts with the right name."""
    assert "ASG DEFAULT (the rules have no SUSPENDERS) allows nobody" in told("SUSPENDERS")


def test_a_long_list_is_cut():
    """The text stays readable with hundreds of users."""
    assert "{u1, u2, u3, u4, u5, u6, u7, u8, … 2 more}" in told("MANY")


def test_who_may_write_is_told_so():
    """Asked about somebody who is not refused, it does not make up a refusal."""
    assert told("SETTINGS", who=Client("alice", "ws9", "10.9.9.9")) == "may write T:RE:Pause"
