"""The log of one engine."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

__all__ = ["EngineLog"]


class EngineLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose records say which engine they are of, beside what else they carry; it can be turned off."""

    disabled = False

    def isEnabledFor(self, level: int) -> bool:
        """Whether a record of this level would be passed on."""
        return not self.disabled and super().isEnabledFor(level)

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Add the engine to what a record carries."""
        kwargs["extra"] = {**(self.extra or {}), **kwargs.get("extra", {})}
        return msg, kwargs
