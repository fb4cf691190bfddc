"""Phoebus' settings."""

from __future__ import annotations

import pytest

from reioc.ioc.opi.settings import as_settings


def set_in(text):
    """What is set, by its key without Phoebus' package."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {key.removeprefix("org.phoebus.pv.ca/"): value for key, value in (line.split("=", 1) for line in lines)}


@pytest.mark.parametrize(
    ("interfaces", "port", "settings"),
    [
        (("127.0.0.1",), 5074, {"addr_list": "127.0.0.1:5074", "auto_addr_list": "false"}),
        (("10.1.2.3", "127.0.0.1"), 5064, {"addr_list": "10.1.2.3:5064 127.0.0.1:5064"}),
        (("0.0.0.0",), 5064, {}),
        (("0.0.0.0",), 5070, {"server_port": "5070"}),
        ((), 5064, {}),
    ],
)
def test_phoebus_finds_the_engine(interfaces, port, settings):
    """By its address where that is known, and for texts of any length wherever it is."""
    assert set_in(as_settings(interfaces, port)) == {"variable_length_array": "true", **settings}
