"""What every RunStart says: a PV for each configured key."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from types import new_class
from typing import Any

from caproto.server import PVGroup

from ..desk import Desk
from ..metadata import MetadataKey, RunMetadata, why_no_pv
from ..metadata.run_metadata import LARGEST_SCAN_ID
from ..pvs import float_setting, handled_by, post, text_setting
from .metadata_row import ROWS, MetadataRowGroup

__all__ = ["metadata_group"]

log = logging.getLogger("reioc.ioc")

LONGEST_TEXT = 399


class _Keys:
    """Mixed into the group: what the PVs of the keys do."""

    prefix: str
    scan_id: Any
    attributes: dict[str, str]
    """By key, where its PV is."""

    def __init__(
        self,
        *args: Any,
        metadata: RunMetadata,
        desk: Desk,
        on_change: Callable[[], None] = lambda: None,
        **kwargs: Any,
    ) -> None:
        """`on_change` is called when something has changed that the metadata's `state` tells."""
        super().__init__(*args, **kwargs)
        self.metadata, self.desk, self.on_change = metadata, desk, on_change
        row = self.prefix.removesuffix(":")
        self.rows = tuple(MetadataRowGroup(f"{row}Row{number + 1}:") for number in range(ROWS))
        """The rows of a screen, to be served beside this group's own PVs."""

    @property
    def aliases(self) -> dict[str, Any]:
        """The PVs of the first keys, by the names that they have in their rows."""
        return {f"{row.prefix}Value": getattr(self, attribute) for row, (_, attribute) in self._in_rows()}

    def _in_rows(self) -> Iterable[tuple[MetadataRowGroup, tuple[str, str]]]:
        return zip(self.rows, self.attributes.items(), strict=False)

    async def begin(self) -> None:
        """Show everything, and say in the log which keys have no PV."""
        for name in self.metadata.keys.keys() - self.attributes.keys():
            log.warning("metadata: %s has no PV, and stays as it is configured: %s", name, why_no_pv(name, self.prefix))
        for row, (name, _) in self._in_rows():
            await row.begin(name)
        await self._show()

    async def publish(self) -> None:
        """Show what Python has set, and the number of the last run; call it about every second."""
        if await self._show():
            self.on_change()

    async def _show(self) -> bool:
        """Whether a key has another value than was shown."""
        changed = False
        for name, attribute in self.attributes.items():
            pv, before = getattr(self, attribute), getattr(self, attribute).value
            await post(pv, self.metadata.shown(name))
            changed = changed or pv.value != before
        await post(self.scan_id, float(self.metadata.scan_id))
        return changed

    async def set_key(self, pv: Any, value: str) -> str:
        """In each run that begins from now on."""
        name = pv.declared.name
        before = self.metadata.shown(name)
        try:
            self.metadata.put(name, value)
        except ValueError as error:
            await self.desk.refuse(pv.pvname, f"{name} {error}")
        now = self.metadata.shown(name)
        self.on_change()
        await self.desk.note(pv.pvname, f"{before!r} -> {now!r}")
        return now

    async def set_scan_id(self, pv: Any, value: float) -> float:
        """The number of the last run: the next one has one more."""
        before = self.metadata.scan_id
        try:
            self.metadata.set_scan_id(value)
        except ValueError as error:
            await self.desk.refuse(pv.pvname, str(error))
        now = self.metadata.scan_id
        self.on_change()
        await self.desk.note(pv.pvname, f"{before} -> {now}; the next run is {now + 1}")
        return float(now)


def metadata_group(keys: Sequence[MetadataKey]) -> type[PVGroup]:
    """The group with a PV for each of these keys; caproto wants them to be known when the class is made."""
    attributes = {key.name: f"key_{number}" for number, key in enumerate(keys)}
    body = {
        "__doc__": "What each run's metadata say; PVs of keys are texts, whatever type their value has.",
        "__module__": __name__,
        "attributes": attributes,
        **{attributes[key.name]: _of_key(key) for key in keys},
        "scan_id": float_setting(
            "ScanID",
            "Number of the last run; next is one more",
            precision=0,
            allowed=(0, LARGEST_SCAN_ID),
            put=handled_by("set_scan_id"),
        ),
    }
    return new_class("MetadataGroup", (_Keys, PVGroup), exec_body=lambda namespace: namespace.update(body))


def _of_key(key: MetadataKey) -> Any:
    return text_setting(key.name, key.description, length=LONGEST_TEXT + 1, put=handled_by("set_key"))
