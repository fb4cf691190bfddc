"""The form of display files."""

from __future__ import annotations

import pytest

from reioc.ioc.opi.bob import bold, display, parse, render, widget
from reioc.ioc.opi.filling import screens

SAVED = """\
<?xml version="1.0" encoding="UTF-8"?>
<display version="2.0.0">
  <name>T &gt; "µ"</name>
  <macros>
    <R></R>
  </macros>
  <width>200</width>
  <height>100</height>
  <widget type="label" version="2.0.0">
    <name>title</name>
    <text>of
two lines</text>
    <font>
      <font name="Header 3" family="Liberation Sans" style="BOLD" size="16.0">
      </font>
    </font>
    <wrap_words>false</wrap_words>
  </widget>
</display>
"""


@pytest.mark.parametrize("name", screens())
def test_a_screen_is_written_as_it_was_saved(name):
    """Each screen of the package is in Phoebus' form: written again it is the same."""
    text = screens()[name]

    assert render(parse(text)) == text


def test_what_is_made_has_the_form_of_what_is_saved():
    """Indentation, ends of elements without a text, booleans, what XML escapes."""
    root = display('T > "µ"', 200, 100)
    root.insert(1, parse("<macros><R/></macros>"))
    widget(root, "label", name="title", text="of\ntwo lines", font=bold(), wrap_words=False)

    assert render(root) == SAVED
    assert render(parse(SAVED)) == SAVED


def test_a_file_is_not_laid_out_in_place():
    """What is written can be changed, and written again."""
    root = parse("<display><width>1</width></display>")
    render(root)

    assert [root.text, root[0].tail] == [None, None]
