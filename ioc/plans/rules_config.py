"""`[[plans.allow]]` of beamline.toml."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from .allow import Allow, Members, Rules

__all__ = ["AllowConfig", "make_rules"]


def _name(text: str) -> str:
    if not text or any(character.isspace() for character in text):
        raise ValueError(f"{text!r} is no name: write one like 'alice', or a pattern like 'align_*'")
    return text


_Name = Annotated[str, AfterValidator(_name)]


class AllowConfig(BaseModel):
    """`[[plans.allow]]`: `users` and the members of `groups` may run `plans`.

    A group is a UAG of the access file if there is one of that name, else one of this host. Users and plans may be
    patterns. Without any such table everybody may run everything; with some, only what they allow.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    plans: tuple[_Name, ...] = Field(min_length=1, strict=False)
    users: tuple[_Name, ...] = Field(default=(), strict=False)
    groups: tuple[_Name, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _names_somebody(self) -> AllowConfig:
        if not self.users and not self.groups:
            raise ValueError("allows nobody: give users, or groups, or users = ['*'] for everybody")
        return self


def make_rules(tables: Iterable[AllowConfig], members: Members) -> Rules:
    """The rules that the tables write; asks `members` for each group, which may take its time."""
    return Rules((Allow(table.plans, table.users, table.groups) for table in tables), members)
