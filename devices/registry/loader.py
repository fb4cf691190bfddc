"""Makes a device from its spec.

Every way to fail ends in a `DeviceLoadError` that names the device, the class and what would be right:
whoever reads it edits a configuration file and does not see this code.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ..hints import did_you_mean
from .spec import DeviceSpec

__all__ = ["DeviceLoadError", "load_device", "resolve_class"]


class DeviceLoadError(Exception):
    """A device could not be made. Raised before anything connects; names device, class and remedy.

    It does not mean that a PV is missing: that is `ConnectionFailed`.
    """

    def __init__(self, name: str, reason: str, *, is_source: bool = False) -> None:
        self.name = name
        self.is_source = is_source
        """Whether it is about a source of devices: `name` is then that."""
        super().__init__(f"device {'source ' if is_source else ''}{name!r}: {reason}")


def load_device(spec: DeviceSpec) -> Any:
    """Import the class of `spec` and make the device, `cls(prefix, name=…, **kwargs)`; waits for no PV.

    Raises `DeviceLoadError`.
    """
    try:
        factory = resolve_class(spec.class_path)
    except ValueError as error:
        raise DeviceLoadError(spec.name, str(error)) from error
    positional = () if spec.prefix is None else (spec.prefix,)
    try:
        device = factory(*positional, name=spec.name, **spec.kwargs)
    except (Exception, SystemExit) as error:
        raise DeviceLoadError(spec.name, _why_not_made(spec, factory, error)) from error
    _check_name(spec, device)
    return device


def resolve_class(path: str) -> Callable[..., Any]:
    """Import what a dotted path like `ophyd.EpicsMotor` names. Raises ValueError that says what is wrong."""
    module_name, _, attribute = path.rpartition(".")
    if not module_name or not attribute:
        raise ValueError(f"class {path!r} has no module: write it like 'ophyd.EpicsMotor'")
    try:
        module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        # Anything: the module is the beamline's own and may fail in any way while it is imported; scripts like to exit.
        raise ValueError(f"class {path!r}: cannot import {module_name!r}: {type(error).__name__}: {error}") from error
    if not hasattr(module, attribute):
        raise ValueError(f"class {path!r}: {module_name!r} has no {attribute!r}{_near_in(module, attribute)}")
    found = getattr(module, attribute)
    if not callable(found):
        raise ValueError(
            f"class {path!r} is {type(found).__name__} {found!r}, not a class or function that makes a device"
        )
    return found


def _near_in(module: ModuleType, attribute: str) -> str:
    return did_you_mean(attribute, [name for name, value in vars(module).items() if callable(value)])


def _why_not_made(spec: DeviceSpec, factory: Callable[..., Any], error: BaseException) -> str:
    given = [repr(spec.prefix)] if spec.prefix is not None else []
    given += [f"name={spec.name!r}", *(f"{key}={value!r}" for key, value in spec.kwargs.items())]
    reason = f"{spec.class_path}({', '.join(given)}) raised {type(error).__name__}: {error}"
    if isinstance(error, TypeError):
        reason += f"; it takes {_signature(factory)}{_unknown_keywords(spec, factory)}"
        if spec.prefix is None and "prefix" in str(error):
            reason += "; the configuration gives no prefix"
    return reason


def _signature(factory: Callable[..., Any]) -> str:
    try:
        return f"{getattr(factory, '__name__', factory)}{inspect.signature(factory)}"
    except (TypeError, ValueError):  # classes written in C have none
        return "arguments that it does not tell"


def _unknown_keywords(spec: DeviceSpec, factory: Callable[..., Any]) -> str:
    known = _accepted_keywords(factory)
    unknown = [key for key in spec.kwargs if known and key not in known]
    return "".join(f"; unknown: {key}{did_you_mean(key, known)}" for key in unknown)


def _accepted_keywords(factory: Callable[..., Any]) -> list[str]:
    """Keyword names along the base classes, as far as each hands `**kwargs` on: one signature says little."""
    accepted: list[str] = []
    for cls in inspect.getmro(factory) if inspect.isclass(factory) else ():
        if "__init__" not in vars(cls) or cls is object:
            continue
        parameters = inspect.signature(cls.__init__).parameters.values()
        accepted += [p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)][1:]
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return accepted


def _check_name(spec: DeviceSpec, device: Any) -> None:
    # Documents carry the device's own name, plans are given the registry's: other names look lost.
    name = getattr(device, "name", None)
    if name != spec.name:
        raise DeviceLoadError(
            spec.name,
            f"{spec.class_path} made a {type(device).__name__} whose name is {name!r}, not {spec.name!r}",
        )
