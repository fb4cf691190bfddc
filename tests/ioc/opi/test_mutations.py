"""The checker finds mistakes: each kind of mistake in a copy of a screen is told, and told as what it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .checker.xml_lines import Node, NotXml, parsed, written
from .mutating import Mutation, problems_of
from .mutations import MUTATIONS
from .screens import SCREENS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.kind)
def test_a_mistake_is_told(mutation: Mutation) -> None:
    """A mistake is told with the file and what would be right."""
    source = SCREENS[mutation.file].source

    found = problems_of(SCREENS, mutation.file, mutation.of(source))

    assert [each for each in found if re.search(mutation.told, each)], f"only this was found: {found}"
    assert all(each.startswith(f"{mutation.file}:") for each in found)


def test_what_is_no_xml_is_told() -> None:
    """A file that cannot be parsed is told with the line."""
    source = SCREENS["main.bob"].source.replace("</name>", "</nam>", 1)

    with pytest.raises(NotXml, match="mismatched tag") as told:
        problems_of(SCREENS, "main.bob", source)

    assert told.value.line == 3


def _properties(node: Node) -> list[Node]:
    """Every property of every widget."""
    own = [each for each in node.children if each.tag != "widget"]
    return own + [each for inner in node.children if inner.tag == "widget" for each in _properties(inner)]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.data())
def test_a_property_with_another_name_is_told(data: st.DataObject) -> None:
    """Whatever property of whatever screen is misspelt, it is told on its line."""
    name = data.draw(st.sampled_from(sorted(SCREENS)))
    root = parsed(SCREENS[name].source)
    properties = _properties(root)
    node = properties[data.draw(st.integers(0, len(properties) - 1))]
    node.tag = f"{node.tag}e"

    found = problems_of(SCREENS, name, written(root))

    assert [each for each in found if each.startswith(f"{name}:{node.line}:") and f"no property {node.tag!r}" in each]
