"""Who may run which plan."""

import grp
import os
import pwd

import pytest

from reioc.ioc.plans.allow import Allow, Rules
from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.plans.members import members_of

from ..beamline_devices import make_registry

GROUPS = {"staff": ["carol", "dave"]}
RULES = Rules(
    [
        Allow(("align_*", "tune"), users=("bob",), groups=("staff",)),
        Allow(("count",), users=("*",)),
        Allow(("*",), users=("root",)),
    ],
    GROUPS.__getitem__,
)


def test_without_entries_everybody_may_run_everything():
    """A beamline that writes no list wants none."""
    assert Rules().refusal("scan", "anybody") == ""


@pytest.mark.parametrize(
    ("plan", "user"),
    [("align_m1", "bob"), ("tune", "carol"), ("count", "anybody"), ("count", ""), ("scan", "root"), ("tune", "root")],
)
def test_who_is_named_may(plan, user):
    """By name, by group, by pattern; for plans by name and by pattern."""
    assert RULES.refusal(plan, user) == ""


@pytest.mark.parametrize(
    ("plan", "user", "text"),
    [
        ("align_m1", "alice", "alice may not run 'align_m1': who may: users bob, root; group staff"),
        ("scan", "carol", "carol may not run 'scan': who may: users root"),
        ("tune", "", "who has no name may not run 'tune': who may: users bob, root; group staff"),
    ],
)
def test_others_are_told_who_may(plan, user, text):
    """So that they know whom to ask."""
    assert RULES.refusal(plan, user) == text


def test_plan_that_nobody_is_named_for_is_refused():
    """With a list, what is not on it is not allowed."""
    assert Rules([Allow(("count",), users=("bob",))]).refusal("scan", "bob") == (
        "bob may not run 'scan': who may: nobody"
    )


def test_capital_letters_count():
    """As they do in the names of users and plans."""
    assert Rules([Allow(("count",), users=("bob",))]).refusal("count", "Bob")


def test_groups_are_asked_for_once():
    """Nobody waits for a directory service when a plan is started."""
    asked = []

    def members(group):
        asked.append(group)
        return ["alice"]

    rules = Rules([Allow(("*",), groups=("staff",)), Allow(("scan",), groups=("staff",))], members)
    assert [rules.refusal("scan", user) for user in ("alice", "alice")] == ["", ""]
    assert asked == ["staff"]


def test_what_means_nothing_is_a_problem_of_the_catalogue():
    """A misspelt plan would lock everybody out of it, or let somebody in."""
    rules = Rules([Allow(("scan",), users=("a",)), Allow(("cuont", "align_*"), groups=("stuff",))], members_of({}))
    catalogue = Catalogue.load(["reioc.engine.plans"], make_registry(), rules)
    (entry, problem) = next(iter(catalogue.problems.items()))
    assert entry == "plans.allow[1]"
    assert problem.startswith("no plan is called 'cuont' (did you mean 'count'")
    assert "no plan is called 'align_*'" in problem
    assert "no group 'stuff': none of this host, and no UAG of the access file (it has no UAG)" in problem


def test_group_that_is_not_there_has_nobody():
    """Its users are refused, as it is said."""
    assert Rules([Allow(("*",), groups=("stuff",))], members_of({})).refusal("scan", "alice")


def test_catalogue_refuses_by_its_rules():
    """The plan, the user, and who may."""
    catalogue = Catalogue.load(["reioc.engine.plans"], make_registry(), Rules([Allow(("scan",), users=("bob",))]))
    assert (catalogue.refusal("scan", "bob"), catalogue.refusal("count", "bob")) == (
        "",
        "bob may not run 'count': who may: nobody",
    )


def test_uag_comes_before_a_group_of_this_host():
    """The access file says who is who here."""
    group = grp.getgrgid(os.getgid()).gr_name
    assert members_of({group: ("alice",)})(group) == ("alice",)


def test_primary_group_counts():
    """A user is in it though the group does not name them."""
    user = pwd.getpwuid(os.getuid())
    assert user.pw_name in members_of({})(grp.getgrgid(user.pw_gid).gr_name)
