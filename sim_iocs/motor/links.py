"""The readback from another PV (RDBL)."""

from typing import Any

from caproto.server import PVGroup


class Neighbours:
    """The PVs that are served together with a group."""

    def __init__(self, group: PVGroup) -> None:
        self._group = group

    def find(self, link: str) -> Any:
        """The PV that a link ("SIM:m2.RBV CP MS") names; None if there is none that is a number."""
        name, _, field = (link.split() or [""])[0].partition(".")
        root: Any = self._group
        while root.parent is not None:
            root = root.parent
        channel = root.pvdb.get(name)
        if channel is not None and field not in ("", "VAL"):
            channel = channel.fields.get(field)
        return channel if channel is not None and isinstance(channel.value, int | float) else None
