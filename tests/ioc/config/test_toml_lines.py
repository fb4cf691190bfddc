"""Line numbers of TOML keys."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.ioc.config.toml_lines import TomlLines

TEXT = '''\
# a comment with [brackets] and = signs
title = "one # not a comment"

[ioc]
prefix = "DEMO:RE:"   # behind a value
interfaces = [
    "127.0.0.1",  # first
    # between
    "10.0.0.1",
]
doc = """
[not.a.table]
key = 1 \\""" still text
""""
"quoted \\"key\\"" = 'C:\\'
a.b . "c.d" = 1979-05-27 07:32:00

[[device]]
name = "m1"
kwargs = { labels = ["motor", "x"], nested = { deep = true } }

[[device]]
name = "m2"

[device.kwargs]
egu = \'\'\'
mm\'\'\'
[[device.port]]
n = 1
[[device.port]]
n = 2

[far.away.table]
x = -0.5e3
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("ioc",), 4),
        (("ioc", "prefix"), 5),
        (("ioc", "interfaces"), 6),
        (("ioc", "interfaces", 0), 7),
        (("ioc", "interfaces", 1), 9),
        (("ioc", "doc"), 11),
        (("ioc", 'quoted "key"'), 15),
        (("ioc", "a", "b", "c.d"), 16),
        (("device",), 18),
        (("device", 0), 18),
        (("device", 0, "name"), 19),
        (("device", 0, "kwargs", "labels", 1), 20),
        (("device", 0, "kwargs", "nested", "deep"), 20),
        (("device", 1), 22),
        (("device", 1, "name"), 23),
        (("device", 1, "kwargs"), 25),
        (("device", 1, "kwargs", "egu"), 26),
        (("device", 1, "port", 0, "n"), 29),
        (("device", 1, "port", 1), 30),
        (("device", 1, "port", 1, "n"), 31),
        (("far", "away"), 33),
        (("far", "away", "table", "x"), 34),
    ],
)
def test_every_kind_of_key_is_found_on_its_line(path, line):
    """Tables, arrays of tables, dotted and quoted keys, inline values and list elements have their lines."""
    assert line == TomlLines(TEXT).of(path)


def test_a_key_that_is_not_there_has_the_line_of_the_table_around_it():
    """What is missing is reported where it should have been."""
    lines = TomlLines(TEXT)

    assert [lines.of(("device", 1, "class")), lines.of(("device", 7)), lines.of(("nowhere",))] == [22, 18, 1]


def test_windows_line_ends_count_as_one_line_each():
    """A file with CRLF line ends has the same line numbers."""
    assert TomlLines(TEXT.replace("\n", "\r\n")).of(("far",)) == 33


def test_every_path_of_the_parsed_text_is_known():
    """The locator and tomllib agree about which keys there are."""
    known = TomlLines(TEXT)._lines

    assert set() == set(_paths(tomllib.loads(TEXT))) - set(known)


_KEYS = st.text(alphabet="abc-_ .\"'\\#=[]{}é", min_size=1, max_size=5)
_SCALARS = st.one_of(
    st.integers(-9, 9),
    st.booleans(),
    st.floats(allow_nan=False),
    st.text(alphabet="ab\"'\\#[]{},=\n", max_size=6),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(_KEYS, v, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=6))
def test_any_inline_value_is_skipped_as_one(document):
    """Whatever a value holds, the keys behind it are still found, one to a line."""
    text = "".join(f"{_quote(key)} = {_inline(value)}\n" for key, value in document.items())
    lines = TomlLines(text)

    assert document == tomllib.loads(text)
    assert list(range(1, len(document) + 1)) == [lines.of((key,)) for key in document]
    assert set() == set(_paths(document)) - set(lines._lines)


def _paths(value, path=()) -> Iterator[tuple]:
    if path:
        yield path
    for key, child in value.items() if isinstance(value, dict) else ():
        yield from _paths(child, (*path, key))
    for index, child in enumerate(value) if isinstance(value, list) else ():
        yield from _paths(child, (*path, index))


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _inline(value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _quote(value)
        case list():
            return f"[{', '.join(map(_inline, value))}]"
        case dict():
            return f"{{{', '.join(f'{_quote(k)} = {_inline(v)}' for k, v in value.items())}}}"
        case _:
            return repr(value)
