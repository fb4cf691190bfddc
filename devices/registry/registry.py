"""The devices of a beamline, by name.

Rules of this file:
- Names come from outside (PVs, queue, configuration): a lookup reaches devices and their components, no
  other attribute, and never evaluates anything.
- What is in a registry, and in which order, does not change after it was made.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..hints import did_you_mean
from ..mending import mend_ophyd
from .care import Care
from .connect import ConnectionFailed, Progress, connect_all
from .loader import DeviceLoadError
from .making import make_devices
from .source_spec import DeviceSource
from .spec import DeviceSpec

__all__ = ["DevicesNotConnected", "DevicesNotLoaded", "Registry", "UnknownDevice"]

_MOST_PARENTS = 50
"""Who is asked for a parent again and again need not come to an end."""


class UnknownDevice(KeyError):
    """A name that no device, or no component of that device, has. The message says which names there are."""

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0])


class DevicesNotLoaded(Exception):
    """Some device could not be made; `errors` has one `DeviceLoadError` for each. There is no registry."""

    def __init__(self, errors: Sequence[DeviceLoadError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))


class DevicesNotConnected(Exception):
    """Some device did not connect; `failures` has a `ConnectionFailed` for each. The others are connected."""

    def __init__(self, failures: Sequence[ConnectionFailed]) -> None:
        self.failures = tuple(failures)
        super().__init__("\n".join(str(failure) for failure in failures))


class Registry:
    """Devices by name, in the order of the configuration; `"m1.velocity"` reaches a component."""

    def __init__(self, devices: Iterable[Any], care: Mapping[str, Care] | None = None) -> None:
        """Hold ready-made devices; `care` is how those of these names are looked after, the others as usual.

        Raises ValueError when two devices have the same name.
        """
        held = list(devices)
        counts = Counter(device.name for device in held)
        twice = sorted(name for name, count in counts.items() if count > 1)
        if twice:
            raise ValueError(f"two devices have the same name, {', '.join(twice)}: names must differ")
        mend_ophyd()
        self._devices = {device.name: device for device in held}
        self._care = dict.fromkeys(self._devices, Care()) | dict(care or {})

    @classmethod
    def load(
        cls,
        specs: Iterable[DeviceSpec],
        sources: Iterable[DeviceSource] = (),
        care: Care | None = None,
        places: Mapping[str, str] | None = None,
    ) -> Registry:
        """Make every device; waits for no PV. Raises `DevicesNotLoaded` with everything that is wrong.

        `care` is for those of which nothing else is said, `places` tells by name where each spec is written.
        """
        made, errors = make_devices(specs, sources, care, places)
        if errors:
            raise DevicesNotLoaded(errors)
        return cls((each.device for each in made), {each.device.name: each.care for each in made})

    def connect(self, progress: Progress | None = None, *, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Connect all devices at the same time; blocks for as long as the longest time-out at most.

        `loop` is the engine's event loop, for ophyd-async devices. Raises `DevicesNotConnected`.
        """
        timeouts = {name: care.timeout for name, care in self._care.items()}
        failures = connect_all(self._devices, timeouts, progress=progress, loop=loop)
        if failures:
            raise DevicesNotConnected(failures)

    def care_of(self, name: str) -> Care:
        """How the device of this name is looked after."""
        return self._care[name]

    def to_be_there(self, devices: Iterable[Any]) -> list[Any]:
        """Those of these that are connected before any plan begins; one that is lazy is connected by its plan."""
        return [device for device in devices if not self._is_lazy(self.owner_of(device))]

    def _is_lazy(self, name: str) -> bool:
        return name in self._care and self._care[name].connect == "lazy"

    def owner_of(self, thing: Any) -> str:
        """The name of the device that this is, or belongs to; "" if it is none of ours."""
        for _ in range(_MOST_PARENTS):
            if thing is None:
                return ""
            name = getattr(thing, "name", None)
            if isinstance(name, str) and self._devices.get(name) is thing:
                return name
            thing = getattr(thing, "parent", None)
        return ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all devices."""
        return tuple(self._devices)

    @property
    def movables(self) -> tuple[str, ...]:
        """Names of the devices that have `set`."""
        return tuple(name for name, device in self._devices.items() if _can(device, "set"))

    @property
    def readables(self) -> tuple[str, ...]:
        """Names of the devices that have `read` and `describe`."""
        return tuple(name for name, device in self._devices.items() if _can(device, "read", "describe"))

    def get(self, name: str) -> Any:
        """Return the device `name`, or the component `device.component…`. Raises `UnknownDevice`."""
        first, *rest = name.split(".")
        if first not in self._devices:
            raise UnknownDevice(_no_device(first, self.names))
        found, path = self._devices[first], first
        for part in rest:
            components = _components(found)
            if part not in components:
                raise UnknownDevice(_no_component(path, part, tuple(components)))
            found, path = components[part](), f"{path}.{part}"
        return found

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __contains__(self, name: object) -> bool:
        try:
            self.get(str(name))
        except UnknownDevice:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._devices)

    def __len__(self) -> int:
        return len(self._devices)

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names with their devices."""
        return self._devices.items()

    def values(self) -> Iterable[Any]:
        """The devices."""
        return self._devices.values()

    def __repr__(self) -> str:
        return f"Registry({', '.join(self.names)})"


def _can(device: Any, *methods: str) -> bool:
    return all(callable(getattr(device, method, None)) for method in methods)


def _components(device: Any) -> dict[str, Any]:
    """Name → getter; getters, because touching one of ophyd's lazy components makes it connect."""
    if hasattr(device, "component_names"):
        return {name: lambda name=name: getattr(device, name) for name in device.component_names}
    if callable(getattr(device, "children", None)):  # ophyd-async
        return {name: lambda child=child: child for name, child in device.children()}
    return {}


def _no_device(name: str, names: tuple[str, ...]) -> str:
    return f"no device {name!r}{did_you_mean(name, names)}; devices: {', '.join(names) or '(none)'}"


def _no_component(path: str, part: str, components: tuple[str, ...]) -> str:
    if not components:
        return f"{path} has no components, so there is no {path}.{part}"
    hint = did_you_mean(part, components)
    return f"{path} has no component {part!r}{hint}; components: {', '.join(components)}"
