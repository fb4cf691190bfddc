"""Whether a plan's devices are there."""

from types import SimpleNamespace

from reioc.ioc.plans.presence import missing_devices

HERE = SimpleNamespace(name="here", connected=True)
LOST = SimpleNamespace(name="lost", connected=False)
GONE = SimpleNamespace(name="gone", connected=False)


def test_devices_that_are_there_are_no_matter():
    """Neither are numbers, texts, and devices that have no connection."""
    assert missing_devices([[HERE], HERE, -1, "lost", None, {"md": {"sample": "x"}}, SimpleNamespace(name="sim")]) == ""


def test_each_missing_device_is_named_once():
    """Wherever it stands among the arguments, in their order, with where was searched."""
    told = missing_devices([[HERE, LOST], (LOST, 1), {"per": {"axis": GONE}}])

    assert told.startswith("lost is not connected; gone is not connected; searched EPICS_CA_ADDR_LIST")
