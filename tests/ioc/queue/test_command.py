"""`reioc queue`, with a client that remembers what it was asked for."""

from __future__ import annotations

import argparse
import io
import json

import pytest

from reioc.ioc.queue.client import QueueError
from reioc.ioc.queue.command import add_arguments, queue

ITEM = {"uid": "abc-1", "plan": "count", "params": {"num": 3}, "metadata": {}, "by": "u@h", "added": 0.0}


class Client:
    """A queue that says yes, or `refuses`."""

    def __init__(self, items=(), refuses=""):
        self.asked, self.items, self.refuses = [], list(items), refuses

    def __call__(self, prefix):
        self.prefix = prefix
        return self

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.asked.append(("close",))

    def _ask(self, *what):
        if self.refuses:
            raise QueueError(self.refuses)
        self.asked.append(what)
        return f"{what[0]} is done"

    def look(self):
        return {"size": 7, "state": "running", "message": "", "current": ITEM, "items": self.items}

    def settings(self):
        return {"Loop": "No"}

    def history(self):
        entry = {"plan": "scan", "exit_status": "fail", "reason": "stuck", "scan_ids": [4, 5], "started": 0.0}
        return [entry, {**entry, "plan": "", "scan_ids": []}]

    def add(self, *what):
        self._ask("add", *what)
        return "abc-9"

    def clear(self):
        return self._ask("clear")

    def move_front(self, uid):
        return self._ask("front", uid)

    def ask(self, command, value):
        return self._ask(command, value)

    def start(self, **how):
        return self._ask("start", how)

    def stop(self, **how):
        return self._ask("stop", how)

    def set(self, name, value):
        return self._ask("set", name, value)


def run(client, *arguments):
    """Exit status, output, errors."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    out, err = io.StringIO(), io.StringIO()
    status = queue(parser.parse_args(["T:", *arguments]), out, err, client)
    return status, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["add", "count"], [("add", "count", {}, {})]),
        (
            ["add", "count", '{"num": 3}', "--metadata", '{"a": 1}', "--front"],
            [("add", "count", {"num": 3}, {"a": 1}), ("front", "abc-9")],
        ),
        (["front", "abc-1"], [("MoveFront", "abc-1")]),
        (["up", "abc-1"], [("MoveUp", "abc-1")]),
        (["down", "abc-1"], [("MoveDown", "abc-1")]),
        (["remove", "abc-1"], [("Remove", "abc-1")]),
        (["clear"], [("clear",)]),
        (["start"], [("start", {"wait": False, "timeout": None})]),
        (["start", "--wait", "--timeout", "5"], [("start", {"wait": True, "timeout": 5.0})]),
        (["stop"], [("stop", {"wait": False, "timeout": None})]),
        (["loop", "on"], [("set", "Loop", "Yes")]),
        (["auto-start", "off"], [("set", "AutoStart", "No")]),
        (["on-failure", "skip"], [("set", "OnFailure", "skip")]),
    ],
)
def test_an_action_asks_for_what_it_says(arguments, asked):
    """And the client is closed."""
    client = Client()
    status, _, err = run(client, *arguments)

    assert (status, err, client.prefix) == (0, "", "T:")
    assert client.asked == [*asked, ("close",)]


def test_add_prints_the_uid():
    """Alone in a line, for scripts."""
    assert run(Client(), "add", "count")[1] == "abc-9\n"


def test_what_is_refused_is_an_exit_status():
    """And the reason is told."""
    assert run(Client(refuses="refused: no plan"), "clear") == (1, "", "reioc queue: refused: no plan\n")


@pytest.mark.parametrize(("params", "why"), [("{", "not valid JSON"), ("[1]", "must be a JSON object")])
def test_params_that_are_none_are_not_sent(params, why):
    """Where and what is told."""
    client = Client()
    status, _, err = run(client, "add", "count", params)

    assert (status, client.asked) == (1, [("close",)])
    assert why in err


def test_the_list_shows_what_runs_and_what_waits():
    """And how many more there are than it was told of."""
    _, text, _ = run(Client([ITEM]), "list")

    assert text.splitlines() == [
        "running, 7 waiting (Loop No)",
        '  now abc-1  count {"num": 3}  by u@h',
        '    1 abc-1  count {"num": 3}  by u@h',
        "      and 6 more",
    ]


def test_the_list_as_json_is_what_the_engine_tells():
    """For scripts."""
    assert json.loads(run(Client([ITEM]), "list", "--json")[1])["items"] == [ITEM]


def test_the_history_shows_how_each_plan_has_ended():
    """A plan without a name or a run, too."""
    first, second = run(Client(), "history")[1].splitlines()

    assert first.endswith("fail     scan  scan 4,5  stuck")
    assert second.endswith("fail     ?  scan -  stuck")


def test_the_beginning_of_a_uid_is_enough():
    """Of one that waits; of several it is not."""
    client = Client([ITEM, {**ITEM, "uid": "abd-1"}])

    assert run(client, "front", "abc")[0] == 0
    assert client.asked[0] == ("MoveFront", "abc-1")
    assert "2 items" in run(client, "front", "ab")[2]
