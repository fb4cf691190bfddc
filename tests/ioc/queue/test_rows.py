"""Items that are named by the row in which they are shown."""

from __future__ import annotations

import pytest

from reioc.ioc.pvs.puts import Refusal
from reioc.ioc.queue.items import QueueItem
from reioc.ioc.queue.line import Line
from reioc.ioc.queue.rows import ShownRows

LATER = 0.5
MOMENT = 0.4


class Screen:
    """Four rows of a line, and a clock that is set by hand."""

    def __init__(self, *uids: str) -> None:
        self.now = 10.0
        self.line = Line()
        for uid in uids:
            self.line.add(QueueItem(uid, "count", {}, {}, "", 0.0))
        self.rows = ShownRows(4, clock=lambda: self.now)
        self.show()

    def show(self) -> None:
        self.rows.show([item.uid for item in self.line.first(4)])

    def meant(self, text: str) -> str:
        return self.rows.meant(text, self.line)


@pytest.fixture
def screen() -> Screen:
    shown = Screen("a", "b", "c")
    shown.now += LATER
    return shown


def test_a_row_is_what_it_shows(screen: Screen):
    """Blanks around it do not matter."""
    assert [screen.meant(text) for text in ("#1", " #3 ", "#02")] == ["a", "c", "b"]


@pytest.mark.parametrize("text", ["b", "#", "#b", "# 1", "#-1", "1", ""])
def test_what_names_no_row_stays_as_it_is(screen: Screen, text: str):
    """It is a uid, or will be refused as none."""
    assert screen.meant(text) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#4", "row 4 is empty: 3 wait"),
        ("#5", "there is no row 5: there are rows 1 to 4"),
        ("#0", "there is no row 0: there are rows 1 to 4"),
    ],
)
def test_a_row_without_an_item_is_refused(screen: Screen, text: str, why: str):
    """It says how many there are."""
    with pytest.raises(Refusal, match=f"^{why}$"):
        screen.meant(text)


def test_a_row_that_has_just_changed_is_refused(screen: Screen):
    """Those that have not are not; half a second later it means what it shows."""
    screen.line.move("c", 1)
    screen.show()
    screen.now += MOMENT

    assert screen.meant("#1") == "a"
    for row in ("#2", "#3"):
        with pytest.raises(Refusal, match=f"^row {row[1]} was another plan until just now: look again$"):
            screen.meant(row)
    screen.show()
    screen.now += LATER - MOMENT
    assert (screen.meant("#2"), screen.meant("#3")) == ("c", "b")


def test_a_row_that_is_not_shown_yet_is_refused(screen: Screen):
    """The line has changed, the screen has not."""
    screen.line.remove("a")

    with pytest.raises(Refusal, match="row 1 was another plan"):
        screen.meant("#1")


def test_a_row_that_was_empty_is_refused(screen: Screen):
    """Shown or not."""
    screen.line.add(QueueItem("d", "count", {}, {}, "", 0.0))
    for _ in range(2):
        with pytest.raises(Refusal, match="row 4 was empty until just now"):
            screen.meant("#4")
        screen.show()
