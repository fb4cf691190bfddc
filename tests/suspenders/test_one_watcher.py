"""A source calls back one suspender."""

import pytest

from reioc.suspenders import Floor, ManualSource, SuspenderBase

from .support import RecordingKeeper


def test_a_source_has_one_watcher():
    """A second suspender on the same source would blind the first: it is refused, and the first one sees on."""
    source, keeper = ManualSource("RING"), RecordingKeeper()
    source.put(250.0)
    first, second = (SuspenderBase(source, condition=Floor(low), name=f"at {low}") for low in (100, 50))
    first.install(keeper)
    with pytest.raises(RuntimeError, match=r"RING is watched by .*'at 100'.* already"):
        second.install(keeper)
    source.put(0.0)
    assert first.tripped
    first.remove()
    second.install(keeper)

    assert second.tripped
    second.remove()
