"""`reioc watch`, before it watches."""

import argparse
import io
import sys

import pytest

from reioc.ioc.watch import command


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_without_textual_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    """And what works without."""
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    err = io.StringIO()

    assert command.watch(options("T:RE:"), io.StringIO(), err) == 1

    assert err.getvalue() == "reioc watch needs Textual: pip install 'reioc[watch]'. With --once it does not\n"


def test_without_a_terminal_it_does_not_draw(monkeypatch: pytest.MonkeyPatch):
    """It would draw for nobody until somebody ends it."""
    pytest.importorskip("textual", reason="the extra watch")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    err = io.StringIO()

    assert command.watch(options("T:RE:"), io.StringIO(), err) == 1

    assert err.getvalue() == "reioc watch needs a terminal. With --once it does not\n"


@pytest.mark.parametrize("seconds", ["nan", "0", "-1", "inf", "soon"])
def test_a_time_that_is_none_is_refused(seconds: str, capsys: pytest.CaptureFixture[str]):
    """Nothing would end a wait for nan seconds."""
    with pytest.raises(SystemExit):
        options("T:RE:", "--timeout", seconds)

    assert "argument --timeout: " in capsys.readouterr().err


def test_what_an_encoding_does_not_have_is_a_question_mark():
    """As on a terminal that knows latin-1 alone."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")

    assert command._for(out, "‖ 5 µm") == "? 5 µm"


@pytest.mark.parametrize(
    ("addresses", "auto", "searched"),
    [
        ("127.0.0.1:5064 bl1:5064", "NO", "127.0.0.1:5064 bl1:5064 ("),
        ("bl1", "YES", "bl1 and the networks of this host ("),
        ("", "", "the networks of this host ("),
        ("", "no", "nowhere ("),
    ],
)
def test_where_was_searched_is_told(monkeypatch: pytest.MonkeyPatch, addresses: str, auto: str, searched: str):
    """The most frequent reason why nothing is found."""
    monkeypatch.setenv("EPICS_CA_ADDR_LIST", addresses)
    monkeypatch.setenv("EPICS_CA_AUTO_ADDR_LIST", auto)

    said = command._not_found("T:RE:", 5.0)

    assert said.startswith(f"no engine answers to T:RE:State within 5 s. Searched: {searched}")
