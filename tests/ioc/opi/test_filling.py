"""The screens, filled in for one engine."""

from __future__ import annotations

import pytest

from reioc.ioc.opi.bob import parse, widgets
from reioc.ioc.opi.filling import fill, screens, split

TOP = """\
<display version="2.0.0">
  <name>Plan</name>
  <macros><P>DEMO:</P><R>RE:</R><SITE>here</SITE></macros>
  <widget type="embedded" version="2.0.0"><name>header</name><file>header.bob</file></widget>
  <widget type="group" version="3.0.0"><name>inner</name>
    <widget type="combo" version="2.0.0"><name>choose</name><pv_name>$(P)$(R)Plan:Name</pv_name>
      <items><item>one</item><item>two</item></items></widget>
    <widget type="combo" version="2.0.0"><name>other</name><pv_name>$(P)$(R)Data:XName</pv_name>
      <items><item>one</item></items></widget>
  </widget>
</display>
"""


def macros(text):
    """The macros of a display itself, by name; None where it has no such element."""
    found = parse(text).find("macros")
    return None if found is None else {each.tag: each.text or "" for each in found}


def items(text):
    """What can be chosen, by the combo's name."""
    combos = widgets(parse(text), "combo")
    return {combo.findtext("name"): [item.text for item in combo.iter("item")] for combo in combos}


@pytest.mark.parametrize(
    ("prefix", "p", "r"),
    [
        ("DEMO:RE:", "DEMO:", "RE:"),
        ("A:B:C:", "A:B:", "C:"),
        ("X:", "X:", ""),
        ("A:B", "A:", "B"),
        ("BL-7", "BL-7", ""),
    ],
)
def test_a_prefix_is_cut_in_two(prefix, p, r):
    """Behind the last colon but the one at its end; together both are the prefix."""
    assert split(prefix) == {"P": p, "R": r}


def test_a_screen_gets_the_macros_of_the_engine():
    """P and R, in that order, behind the name; others stay."""
    filled = fill(TOP, {"P": "BL:", "R": ""}, [])

    assert macros(filled) == {"SITE": "here", "P": "BL:", "R": ""}
    assert [each.tag for each in parse(filled)][:2] == ["name", "macros"]


def test_without_an_engine_a_screen_has_no_macros_of_its_own():
    """They would stand above those of whoever opens it."""
    assert macros(fill(TOP, None, [])) == {"SITE": "here"}
    assert macros(fill(TOP.replace("<SITE>here</SITE>", ""), None, [])) is None


def test_what_is_embedded_has_no_macros():
    """It gets them from the screen around it, and its own would stand above those."""
    row = '<display version="2.0.0"><name>Row</name></display>'

    assert macros(fill(row, {"P": "BL:", "R": "RE:"}, [])) is None
    assert [name for name, text in screens().items() if (macros(text) is None) == ('"embedded"' in text)] == []


def test_the_plans_can_be_chosen():
    """In the order in which they are offered; other choices stay as they are."""
    assert items(fill(TOP, None, ["scan", "a<b"])) == {"choose": ["scan", "a<b"], "other": ["one"]}


def test_a_screen_chooses_a_plan():
    """There is a combo for it, and it is filled: a misspelt PV name would leave it as it came."""
    filled = [items(fill(text, None, ["x", "y"])) for text in screens().values()]

    assert [plans for each in filled for plans in each.values() if plans == ["x", "y"]] == [["x", "y"]]


def test_a_combo_without_items_of_its_own_is_a_mistake():
    """Phoebus would take them from the PV, which is a text and has none."""
    text = TOP.replace("<items><item>one</item><item>two</item></items>", "")

    with pytest.raises(ValueError, match="the combo 'choose' that chooses a plan has no list of items"):
        fill(text, None, ["scan"])
