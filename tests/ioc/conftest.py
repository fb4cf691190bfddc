"""Fixtures for the IOC in-process: real PV groups and a real engine, no sockets."""

from __future__ import annotations

import pytest

from reioc.engine import RunEngine


@pytest.fixture
def RE():
    """An engine of its own for each test, closed afterwards."""
    engine = RunEngine(call_returns_result=True)
    yield engine
    engine.close()
