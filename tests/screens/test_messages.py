"""What the bridge says to a page, and puts for it."""

import base64

import numpy as np
import pytest

from .messages import disconnected, news, to_put, update


class _Text(str):
    severity = 0


class _Number(float):
    severity = 1
    units = "mA"
    precision = 2


class _Enum(int):
    severity = 2
    enums = ("No", "Yes")


class _Array(np.ndarray):
    severity = 3


def test_number_has_its_metadata():
    """A number comes with units, precision and severity."""
    expected = {"value": 1.5, "units": "mA", "precision": 2, "severity": "MINOR"}
    assert expected == update(_Number(1.5))


def test_not_a_number_is_a_word():
    """JSON has no NaN."""
    assert update(_Number("nan"))["value"] == "NaN"


def test_enum_is_index_and_label():
    """An enum comes with its index, the label of it, and all labels."""
    assert update(_Enum(1)) == {"value": 1, "text": "Yes", "labels": ["No", "Yes"], "severity": "MAJOR"}


def test_text_is_a_text():
    """A text is no number, whatever it looks like."""
    assert update(_Text("12")) == {"text": "12", "severity": "NONE"}


@pytest.mark.parametrize(("key", "kind", "coded"), [("b64dbl", float, "<f8"), ("b64int", np.int16, "<i4")])
def test_array_is_base64(key: str, kind: type, coded: str):
    """Arrays are little-endian doubles, or integers of 4 bytes."""
    said = update(np.array([1, 2, 3], kind).view(_Array))
    assert np.frombuffer(base64.b64decode(said[key]), coded).tolist() == [1, 2, 3]


def test_metadata_is_said_once():
    """After the first value only what is another is said, the content always."""
    before = update(_Number(1.5))
    assert news(before, update(_Number(1.5))) == {"value": 1.5}
    assert news(before, disconnected()) == {"severity": "UNDEFINED", "text": "Disconnected"}


def test_puts_as_phoebus_does():
    """Numbers are doubles, texts are texts, and integers that end in 0 for an array of characters."""
    assert [to_put(1, False), to_put("Pause", False), to_put("µ", True)] == [1.0, "Pause", [0xC2, 0xB5, 0]]


@pytest.mark.parametrize("value", [None, True, [1]])
def test_refuses_what_is_neither_number_nor_text(value: object):
    """What cannot be put is said."""
    with pytest.raises(ValueError, match="a number or a text is needed"):
        to_put(value, False)
