"""`[[plans.allow]]`, as it is written and as it is wrong."""

import tomllib

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reioc.ioc.config.errors import explain
from reioc.ioc.plans.rules_config import AllowConfig, make_rules


class Plans(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    allow: tuple[AllowConfig, ...] = Field(default=(), strict=False)


class File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    plans: Plans = Plans()


def mistakes(text: str) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        File.model_validate(tomllib.loads(text))
    return [str(mistake) for mistake in explain(caught.value, File)]


def test_tables_become_rules():
    """Users, groups and patterns are taken as they are written."""
    text = "[[plans.allow]]\nusers = ['alice']\ngroups = ['staff']\nplans = ['scan', 'align_*']\n"
    file = File.model_validate(tomllib.loads(text))
    rules = make_rules(file.plans.allow, {"staff": ["bob"]}.__getitem__)
    assert [rules.refusal("align_m1", user) for user in ("alice", "bob")] == ["", ""]
    assert rules.refusal("align_m1", "carol") == "carol may not run 'align_m1': who may: users alice; group staff"


@pytest.mark.parametrize(
    ("table", "mistake"),
    [
        ("plans = ['scan']", "plans.allow[0]: allows nobody: give users, or groups, or users = ['*'] for everybody"),
        ("users = ['a']", "plans.allow[0].plans: missing: this key is required"),
        ("users = ['a']\nplans = []", "plans.allow[0].plans: should not be empty; got []"),
        ("users = 'a'\nplans = ['scan']", "plans.allow[0].users: should be an array; got 'a'"),
        ("users = [1]\nplans = ['scan']", "plans.allow[0].users[0]: should be a text in quotes; got 1"),
        (
            "users = ['a b']\nplans = ['scan']",
            "plans.allow[0].users[0]: 'a b' is no name: write one like 'alice', or a pattern like 'align_*'",
        ),
        (
            "usrs = ['a']\nplans = ['scan']",
            "plans.allow[0].usrs: unknown key; allowed: groups, plans, users (did you mean 'users'?)",
        ),
    ],
)
def test_mistakes_are_told_in_the_words_of_the_file(table, mistake):
    """Where, what, and what is right."""
    assert mistake in mistakes(f"[[plans.allow]]\n{table}\n")
