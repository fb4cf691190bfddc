"""The bridge between a page and PVs, as a process of its own: libca reads its environment once."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..devices.ca import no_repeater
from ..system.support import Service, client_env
from .page import ROOT

__all__ = ["Bridge", "bridge"]


@dataclass(frozen=True)
class Bridge:
    """Where the page is, and what went wrong."""

    url: str
    service: Service

    def complaints(self) -> list[str]:
        """What it could not do."""
        return [line for line in self.service.output.splitlines() if line.startswith("error:")]

    def refused(self) -> list[str]:
        """The PVs that have refused a put: libca says so, long after."""
        return re.findall(r"op=1, channel=(\S+),", self.service.output)


@contextmanager
def bridge(addresses: str, page: Path, screens: Path) -> Iterator[Bridge]:
    """A bridge to the PVs at these addresses, which serves the page and the screens of these folders."""
    argv = [sys.executable, "-m", "tests.screens.bridge", "--page", str(page), "--screens", str(screens)]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with (
        no_repeater(),
        Service(argv, "^ready", client_env(addresses) | {"PYTHONPATH": path}, forked=False) as service,
    ):
        yield Bridge(re.findall(r"^ready (\S+)", service.output, re.MULTILINE)[0], service)
