"""Devices of the registry, by what a plan wants of them.

Rules of this file:
- A device is given by its name in the registry, and must have the methods of its protocol. It is never evaluated.
- No device is asked for anything but which methods it has: this must not wait for a PV.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, get_origin

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from ...devices import Registry, UnknownDevice
from .json_types import JsonType, NotGivable
from .parameter_errors import must_be, no_good

__all__ = ["DeviceReader", "Patience", "is_function"]

# What a device cannot be, if it lacks the methods of a protocol.
_ABILITIES = {
    "Readable": "read",
    "Movable": "moved",
    "Triggerable": "triggered",
    "Stageable": "staged",
    "Stoppable": "stopped",
    "Locatable": "located",
    "Flyable": "flown",
    "Configurable": "configured",
}
_A_DEVICE_HAS_ONE_OF = ("read", "set", "trigger", "kickoff", "stage", "connect")
# Their protocols are about other things than devices.
_NO_DEVICES = ("typing", "collections", "numpy", "os")
_MOST = 50


class Patience:
    """How many wrong names are still looked into: what they could have meant takes its time. One for each check."""

    def __init__(self) -> None:
        self._left = _MOST

    def is_over(self) -> bool:
        """Count one more."""
        self._left -= 1
        return self._left < 0


class DeviceReader:
    """Reads protocols, and classes of devices; the devices are those of a registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def of_protocol(self, annotation: Any) -> JsonType | None:
        """The devices that have a protocol's methods; None if it is no protocol of devices."""
        protocol = get_origin(annotation) or annotation
        if not _is_protocol(protocol) or is_function(protocol) or protocol.__module__.partition(".")[0] in _NO_DEVICES:
            return None
        name = protocol.__name__.removeprefix("Named")
        methods = _methods(protocol)
        text = f"{name.lower()} device" if name.endswith("able") else "device"
        lacking = f"cannot be {_ABILITIES[name]}" if name in _ABILITIES else f"is no {text} (no {', '.join(methods)})"
        return self._named(text, lacking, lambda device: all(callable(getattr(device, m, None)) for m in methods))

    def of_class(self, annotation: Any) -> JsonType:
        """The devices of a class. Raises NotGivable if it is no class of devices."""
        wanted = get_origin(annotation) or annotation
        name = getattr(wanted, "__name__", str(wanted))
        if not isinstance(wanted, type) or not any(hasattr(wanted, m) for m in _A_DEVICE_HAS_ONE_OF):
            raise NotGivable(f"a {name} cannot be given in JSON")
        text = name if name.endswith("Device") else f"{name} device"
        return self._named(text, f"is no {name}", lambda device: _is_a(device, wanted))

    def any_of(self, devices: Sequence[JsonType]) -> JsonType:
        """The devices that are one of several kinds."""
        kinds = [kind for kind in devices if kind.fits is not None]
        return self._named(
            " or ".join(dict.fromkeys(kind.text for kind in kinds)),
            " and ".join(dict.fromkeys(kind.lacking for kind in kinds)),
            lambda device: any(kind.fits is not None and kind.fits(device) for kind in kinds),
        )

    def _named(self, text: str, lacking: str, fits: Callable[[Any], bool]) -> JsonType:
        noun = f"the name of a {text}"

        def device(name: Any, info: ValidationInfo) -> Any:
            if not isinstance(name, str):
                raise must_be(noun)
            if isinstance(info.context, Patience) and name not in known and info.context.is_over():
                raise must_be(noun)
            try:
                found = self._registry[name]
            except UnknownDevice as error:
                raise no_good(str(error)) from None
            if not fits(found):
                raise no_good(f"{name} {lacking}; those that can: {', '.join(known) or 'none'}")
            return found

        known = {name: None for name, candidate in self._registry.items() if fits(candidate)}
        schema = {"type": "string", "format": "device", "description": text, "examples": list(known)}
        kind = Annotated[Any, PlainValidator(device), WithJsonSchema(schema)]
        return JsonType(kind, text, noun, fits, lacking)


def _is_a(device: Any, wanted: type) -> bool:
    if isinstance(device, wanted):
        return True
    # A module that was read anew has made its classes anew; devices are not replaced.
    name = (wanted.__module__, wanted.__qualname__)
    return any((base.__module__, base.__qualname__) == name for base in type(device).__mro__)


def is_function(annotation: Any) -> bool:
    """Whether a function is wanted."""
    origin = get_origin(annotation) or annotation
    return origin is Callable or (_is_protocol(origin) and "__call__" in vars(origin))


def _is_protocol(annotation: Any) -> bool:
    """A protocol itself, not a class that has one."""
    return isinstance(annotation, type) and any(base.__name__ == "Protocol" for base in annotation.__bases__)


def _methods(protocol: Any) -> list[str]:
    """Methods only: to look at a property of a device may be to read a PV."""
    return [
        name
        for base in protocol.__mro__
        if _is_protocol(base)
        for name, member in vars(base).items()
        if inspect.isfunction(member) and not name.startswith("_")
    ]
