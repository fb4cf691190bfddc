"""PVs without the fields of their records: nobody here asks for one, and they are 39 of 40 parts of making an IOC."""

from __future__ import annotations

from typing import Any

import pytest
from caproto.server import server


class NoFields:
    """In place of the fields of any record."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.pvdb: dict[str, Any] = {}

    async def value_write_hook(self, *_: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_fields(monkeypatch):
    monkeypatch.setattr(server, "get_record_class", lambda *_: NoFields)
