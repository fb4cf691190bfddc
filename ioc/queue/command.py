"""`reioc queue`: the queue of an engine anywhere, from the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, TextIO

from .client import QueueClient, QueueError

__all__ = ["add_arguments", "queue"]

_SWITCH = {"on": "Yes", "off": "No"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `reioc queue` takes."""
    parser.add_argument("prefix", help="the engine's prefix, such as DEMO:RE:")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in (("list", "what runs and what waits"), ("history", "what became of the last plans")):
        actions.add_parser(name, help=text).add_argument("--json", action="store_true", help="as JSON")
    add = actions.add_parser("add", help="add a plan; prints the uid of its item")
    add.add_argument("plan", help="its name in the catalogue")
    add.add_argument("params", nargs="?", default="{}", help="its parameters, a JSON object by name")
    add.add_argument("--metadata", default="{}", help="for its runs, a JSON object")
    add.add_argument("--front", action="store_true", help="before all others")
    for name, text in (
        ("remove", "take an item out"),
        ("up", "one place to the front"),
        ("down", "one place to the end"),
        ("front", "to the front"),
    ):
        actions.add_parser(name, help=text).add_argument("uid", help="its uid, or the beginning of it")
    actions.add_parser("clear", help="take all out that wait")
    for name, text in (("start", "run what waits"), ("stop", "stop after the plan that runs")):
        action = actions.add_parser(name, help=text)
        action.add_argument("--wait", action="store_true", help="until the queue has stopped")
        action.add_argument("--timeout", type=float, metavar="SECONDS", help="how long to wait (default: for ever)")
    actions.add_parser("loop", help="what is done goes to the end again").add_argument("value", choices=("on", "off"))
    actions.add_parser("on-failure", help="what a plan that fails does").add_argument("value", choices=("stop", "skip"))
    actions.add_parser("auto-start", help="what is added starts the queue").add_argument("value", choices=("on", "off"))


def queue(
    options: argparse.Namespace,
    out: TextIO,
    err: TextIO | None = None,
    connect: Callable[[str], QueueClient] = QueueClient,
) -> int:
    """Do what the options say. Returns the exit status: 0 if it is done, 1 if it is refused, has failed, or nobody is
    there, which `err` tells."""
    try:
        with connect(options.prefix) as client:
            _ACTIONS[options.action](client, options, out)
    except QueueError as error:
        print(f"reioc queue: {error}", file=err or sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the queue goes on as it is", file=err or sys.stderr)
        return 130
    return 0


def _list(client: QueueClient, options: argparse.Namespace, out: TextIO) -> None:
    found = client.look()
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False), file=out)
        return
    settings = ", ".join(f"{name} {value}" for name, value in client.settings().items())
    print(f"{found['state']}, {found['size']} waiting ({settings})", file=out)
    if found["message"]:
        print(found["message"], file=out)
    if found["current"]:
        _row("now", found["current"], out)
    for number, item in enumerate(found["items"], 1):
        _row(str(number), item, out)
    if (more := found["size"] - len(found["items"])) > 0:
        print(f"      and {more} more", file=out)


def _row(place: str, item: dict[str, Any], out: TextIO) -> None:
    params = json.dumps(item["params"], ensure_ascii=False)
    by = f"  by {item['by']}" if item["by"] else ""
    print(f"{place:>5} {item['uid']}  {item['plan']} {params}{by}", file=out)


def _history(client: QueueClient, options: argparse.Namespace, out: TextIO) -> None:
    entries = client.history()
    if options.json:
        print(json.dumps(entries, indent=2, ensure_ascii=False), file=out)
        return
    for entry in entries:
        began = datetime.fromtimestamp(entry["started"]).isoformat(sep=" ", timespec="seconds")
        scans = ",".join(map(str, entry["scan_ids"])) or "-"
        reason = f"  {entry['reason']}" if entry["reason"] else ""
        print(f"{began}  {entry['exit_status']:8} {entry['plan'] or '?'}  scan {scans}{reason}", file=out)


def _add(client: QueueClient, options: argparse.Namespace, out: TextIO) -> None:
    params, metadata = (_object(getattr(options, what), what) for what in ("params", "metadata"))
    uid = client.add(options.plan, params, metadata)
    print(uid, file=out)
    if options.front:
        client.move_front(uid)


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise QueueError(f"the {what} are not valid JSON: {error}") from error
    if not isinstance(found, dict):
        raise QueueError(f'the {what} must be a JSON object, such as {{"num": 5}}, not {text}')
    return found


def _of_item(ask: Callable[[QueueClient, str], str]) -> Callable[[QueueClient, argparse.Namespace, TextIO], None]:
    def action(client: QueueClient, options: argparse.Namespace, out: TextIO) -> None:
        print(ask(client, _whole(client, options.uid)), file=out)

    return action


def _whole(client: QueueClient, beginning: str) -> str:
    """The uid that begins so; what none does, the engine refuses better than we could."""
    matches = [item["uid"] for item in client.look()["items"] if item["uid"].startswith(beginning)]
    if len(matches) > 1:
        raise QueueError(f"{len(matches)} items have a uid that begins with {beginning!r}: {', '.join(matches[:3])}")
    return matches[0] if matches else beginning


def _setting(name: str) -> Callable[[QueueClient, argparse.Namespace, TextIO], None]:
    def action(client: QueueClient, options: argparse.Namespace, out: TextIO) -> None:
        print(client.set(name, _SWITCH.get(str(options.value), str(options.value))), file=out)

    return action


def _start(client: QueueClient, options: argparse.Namespace, out: TextIO) -> None:
    print(client.start(wait=options.wait, timeout=options.timeout), file=out)


def _stop(client: QueueClient, options: argparse.Namespace, out: TextIO) -> None:
    print(client.stop(wait=options.wait, timeout=options.timeout), file=out)


def _clear(client: QueueClient, options: argparse.Namespace, out: TextIO) -> None:
    print(client.clear(), file=out)


_ACTIONS: dict[str, Callable[[QueueClient, argparse.Namespace, TextIO], None]] = {
    "list": _list,
    "history": _history,
    "add": _add,
    "remove": _of_item(QueueClient.remove),
    "up": _of_item(QueueClient.move_up),
    "down": _of_item(QueueClient.move_down),
    "front": _of_item(QueueClient.move_front),
    "clear": _clear,
    "start": _start,
    "stop": _stop,
    "loop": _setting("Loop"),
    "on-failure": _setting("OnFailure"),
    "auto-start": _setting("AutoStart"),
}
