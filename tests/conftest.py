"""For all tests."""

import gc
import signal
from pathlib import Path

import pytest

# A shell that starts the tests in the background has SIGINT ignored, for them and for all that they start; then nothing
# that is to be ended by Ctrl-C can be tested.
signal.signal(signal.SIGINT, signal.default_int_handler)

_LONG = ("engine/bluesky_suite", "screens", "system", "docs", "ioc/sinks", "devices", "benchmarks", "ioc/test_check.py")
"""What takes long comes first, so that at the end no worker is at it while the others have nothing left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of the files; with xdist they are handed out in it."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix() if item.path.is_relative_to(here) else ""
        return next((place for place, long in enumerate(_LONG) if path.startswith(long)), len(_LONG))

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """Twelve thousand tests are a large heap, which each full collection would walk through: it is set aside."""
    gc.collect()
    gc.freeze()
