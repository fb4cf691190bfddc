"""Macros in a line of text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.ioc.access.macros import MacroError, expand

MACROS = {"A": "x", "N": "A", "B": "<$(A)>", "EMPTY": "", "LOOP": "$(LOOP)", "P": "T:RE:"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("no macro, ( nor {", "no macro, ( nor {"),
        ("$(A)-${A}", "x-x"),
        ("$(B)", "<x>"),
        ("$($(N))", "x"),
        ("$(X=y)", "y"),
        ("$(A=y)", "x"),
        ("$(EMPTY=y)", ""),
        ("$(X=)", ""),
        ("$(X=$(A)=$(B))", "x=<x>"),
        ("$(X=${Y=z})", "z"),
        ('INPA("$(P)State")', 'INPA("T:RE:State")'),
        ("$A $ (A)", "$A $ (A)"),
    ],
)
def test_macros_are_replaced_by_their_values(text, expanded):
    """Also in names, in values and in defaults of each other."""
    assert expand(text, MACROS) == expanded


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("$(X)", r"the macro \$\(X\) is not defined and has no default; defined: A, B, EMPTY, LOOP, N, P"),
        ("a $(A", r"'\$\(A' is not closed"),
        ("$(A}", "is not closed"),
        ("$()", "is no macro"),
        ("$(A B)", "is no macro"),
        ("$(X=a,b)", "a default has no comma"),
        ("$(LOOP)", "does one contain itself"),
    ],
)
def test_macros_that_cannot_be_replaced_are_told(text, mistake):
    """Nothing is left as it is, or replaced by nothing."""
    with pytest.raises(MacroError, match=mistake):
        expand(text, MACROS)


@given(st.text("$(){}=,AX ", max_size=20))
def test_any_text_is_a_mistake_or_has_no_macro_left(text):
    """No text makes expanding fail in another way than it says."""
    try:
        expanded = expand(text, {"A": "x", "AA": "y"})
    except MacroError:
        return
    if "$(" not in text and "${" not in text:
        assert expanded == text
