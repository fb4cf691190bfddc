"""A look at one screen: how cs-web-lib draws it in chromium, with the values of an engine that runs.

    .venv/bin/python -m tests.screens.look ioc/opi/queue.bob /tmp/queue.png --port 17200
    .venv/bin/python -m tests.screens.look ioc/opi/queue_row.bob /tmp/row.png --macro N=1 --size 1200x60
    .venv/bin/python -m tests.screens.look ioc/opi/main.bob /tmp/abort.png --click Abort

It saves a PNG and prints what went wrong in the page: errors, warnings, widgets that cs-web-lib does not know, puts
that were refused, PVs that are not there. `--port N` is that of `reioc demo` (default 5064; the beamline is at N+2);
macros other than the screen's own are given by `--macro NAME=VALUE`, as often as needed. `--click TEXT` presses the
button with that text first, as often as given. The picture is taken once all PVs have come, or --wait seconds (default
5) are over: on a busy machine give it more.

The exit status is 1 when there is something to complain about, PVs that are not there aside.
"""

import argparse
import sys
import time
from pathlib import Path

from .devtools import chromium, running
from .page import CannotBeBuilt, built_page
from .serving import bridge
from .viewer import Viewer


def main() -> int:
    """The command line."""
    options = _options()
    width, height = map(int, options.size.split("x"))
    program = chromium()
    if program is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    try:
        page = built_page()
    except CannotBeBuilt as error:
        sys.exit(str(error))
    addresses = f"127.0.0.1:{options.port} 127.0.0.1:{options.port + 2}"
    with bridge(addresses, page, options.screen.parent) as served, running(program) as browser:
        viewer = Viewer(browser.open(width, height), served)
        viewer.show(options.screen.name, **dict(each.split("=", 1) for each in options.macro))
        missing = _settled(viewer, options.wait)
        for text in options.click:
            viewer.press_text(text)
            missing = _settled(viewer, options.wait)
        viewer.tab.picture(options.picture)
        complaints = viewer.complaints()
    for pv in missing:
        print(f"not there: {pv}")
    print("\n".join(complaints) or f"{options.picture}: nothing to complain about")
    return 1 if complaints else 0


def _settled(viewer: Viewer, seconds: float) -> list[str]:
    """The PVs that have not come in these seconds; less are taken when all have, and nothing is drawn any more."""
    end = time.monotonic() + seconds
    quiet, before = time.monotonic() + 1, None
    while time.monotonic() < min(quiet, end):
        found = viewer.missing(), len(viewer.seen())
        if found != before or found[0]:
            quiet, before = time.monotonic() + 1, found  # not from before these two questions, which may take long
        time.sleep(0.1)
    return viewer.missing()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("screen", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--macro", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--port", type=int, default=5064)
    parser.add_argument("--size", default="1200x800", metavar="WIDTHxHEIGHT")
    parser.add_argument("--click", action="append", default=[], metavar="TEXT")
    parser.add_argument("--wait", type=float, default=5.0, metavar="SECONDS")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
