"""The line of items, against a plain list."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reioc.ioc.queue.changes import Cleared, Dropped, Moved, Placed
from reioc.ioc.queue.items import QueueItem, new_item
from reioc.ioc.queue.line import STEP, Line


class Table:
    """What a journal makes of the changes: rows by uid."""

    def __init__(self):
        self.rows: dict[str, tuple[int, QueueItem]] = {}

    def take(self, changes):
        for change in changes:
            match change:
                case Placed(item, rank):
                    self.rows[item.uid] = rank, item
                case Moved(uid, rank):
                    self.rows[uid] = rank, self.rows[uid][1]
                case Dropped(uid):
                    del self.rows[uid]
                case Cleared():
                    self.rows.clear()

    def restored(self):
        line = Line()
        line.restore(self.rows.values())
        return list(line)


NAMES = ("end", "front", "remove", "up", "down", "move", "clear")
OPERATIONS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 20), st.integers(-1, 20)), max_size=60)


def on_list(items: list[QueueItem], operation: str, item: QueueItem, to: int) -> None:
    """The same on a list."""
    if operation == "clear":
        items.clear()
        return
    index = items.index(item)
    to = {"up": index - 1, "down": index + 1, "move": to, "remove": 0}[operation]
    items.remove(item)
    if operation != "remove":
        items.insert(min(max(to, 0), len(items)), item)


@given(OPERATIONS)
@settings(max_examples=60, deadline=None)
def test_a_line_is_a_list_and_its_changes_keep_it(operations):
    """Whatever is done: the order is the list's, and what was kept is the same."""
    line, items, table = Line(), [], Table()
    for operation, which, to in operations:
        if operation in ("end", "front"):
            item = new_item("count")
            table.take(line.add(item, front=operation == "front"))
            items.insert(0 if operation == "front" else len(items), item)
        elif items:
            item = items[which % len(items)]
            table.take(
                {
                    "remove": lambda uid, _: line.remove(uid),
                    "up": lambda uid, _: line.up(uid),
                    "down": lambda uid, _: line.down(uid),
                    "move": line.move,
                    "clear": lambda *_: line.clear(),
                }[operation](item.uid, to)
            )
            on_list(items, operation, item, to)
        assert list(line) == items
        assert [line.index(item.uid) for item in items] == list(range(len(items)))
        assert table.restored() == items


def test_a_move_is_one_row():
    """However long the line is."""
    line = Line()
    items = [new_item("count") for _ in range(100)]
    for item in items:
        line.add(item)

    assert len(line.move(items[80].uid, 3)) == 1
    assert len(line.up(items[50].uid)) == 1
    assert line.move(items[0].uid, 0) == []


def test_there_is_always_room():
    """After many moves into the same place, all get ranks anew."""
    line, table = Line(), Table()
    items = [new_item("count") for _ in range(5)]
    for item in items:
        table.take(line.add(item))
    most = 0
    for number in range(100):
        changes = line.move(items[2 + number % 3].uid, 1)
        most = max(most, len(changes))
        table.take(changes)

    assert most == 4 + 1  # all that are left, and the one that is moved
    assert table.restored() == list(line)


def test_ranks_stay_where_a_database_can_keep_them():
    """A queue in a loop goes on for years."""
    line = Line()
    items = [new_item("count"), new_item("count")]
    line.restore([(2**62 - STEP, items[0]), (2**62, items[1])])
    added = new_item("count")
    *moved, placed = line.add(added)

    assert [type(change) for change in moved] == [Moved, Moved]
    assert placed == Placed(added, 2 * STEP)


def test_rows_with_the_same_rank_are_told_apart():
    """Somebody may have edited the journal."""
    line = Line()
    items = [new_item("count") for _ in range(3)]
    changes = line.restore([(5, item) for item in items])

    assert list(line) == items
    assert len({change.rank for change in changes}) == 3


def test_the_same_item_comes_once():
    """Two of a uid could not be told apart."""
    line, item = Line(), new_item("count")
    line.add(item)
    with pytest.raises(ValueError, match="is in the line"):
        line.add(item)


@pytest.mark.parametrize("operation", ["remove", "up", "down", "index"])
def test_what_is_not_there_is_a_key_error(operation):
    """And nothing has changed."""
    line = Line()
    line.add(new_item("count"))
    with pytest.raises(KeyError):
        getattr(line, operation)("nobody")
    assert len(line) == 1


def test_ten_thousand_items_stay_quick():
    """So many adds, moves and removals in a second."""
    line, rng = Line(), random.Random(1)
    items = [QueueItem(f"u{number}", "count", {}, {}, "", 0.0) for number in range(10_000)]
    began = time.process_time()
    for item in items:
        line.add(item)
    for item in rng.sample(items, 8_000):
        line.move(item.uid, rng.randrange(len(line)))
    for item in rng.sample(items, 2_000):
        line.remove(item.uid)

    assert time.process_time() - began < 1.0
    assert len(line) == 8_000
