"""What outlives a plan: metadata, subscribers, hooks, and the users' settings."""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .dispatcher import Dispatcher
from .excuses import FailureHook
from .messages import Msg
from .recording import Recording
from .runs import RunBundler
from .terminal import ask_at_terminal

__all__ = ["Environment", "next_scan_id"]


def next_scan_id(md: MutableMapping[str, Any]) -> int:
    """One more than the last."""
    return md.get("scan_id", 0) + 1


def _versions() -> dict[str, str]:
    found = {}
    for name in ("reioc", "bluesky", "ophyd", "ophyd-async", "event-model"):
        try:
            found[name.replace("-", "_")] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _check_sample(md: Mapping[str, Any]) -> None:
    """The validator where none was given. Catalogues search by sample: it has to be text, or a mapping."""
    sample = md.get("sample", "")
    if not isinstance(sample, (str, Mapping)):
        raise ValueError(
            f"The metadata have sample={sample!r}, which nobody could search for; give text, such as 'dirt', "
            "or a dict, such as {'color': 'red'}"
        )


def _as_it_is(md: dict[str, Any]) -> dict[str, Any]:
    """The normalizer where none was given."""
    return md


def _nobody_to_tell(suspender: Any, **_: Any) -> None:
    raise RuntimeError(f"{suspender!r}: suspenders are kept by a RunEngine, and none executes this plan")


@dataclass
class Environment:
    """Shared by the plans that one engine executes."""

    md: MutableMapping[str, Any] = field(default_factory=dict)
    scan_id_source: Callable[[Any], Any] = next_scan_id
    md_validator: Callable[[dict[str, Any]], Any] = _check_sample
    md_normalizer: Callable[[dict[str, Any]], dict[str, Any]] = _as_it_is
    dispatcher: Dispatcher = field(default_factory=Dispatcher)
    recording: Recording = field(init=False)
    """Who gets the documents before the dispatcher's subscribers, if somebody does."""
    run_bundler: Callable[..., RunBundler] = RunBundler
    """What makes the documents of a run; `RunEngine.RunBundler` of the engine's class."""
    strict_pre_declare: bool = False
    """Whether a stream must be declared before an event of it is begun."""
    msg_hook: Callable[[Msg], Any] | None = None
    state_hook: Callable[[Any, Any], Any] | None = None
    waiting_hook: Callable[[Any], Any] | None = None
    failure_hooks: list[FailureHook] = field(default_factory=list)
    record_interruptions: bool = False
    rewindable: bool = True
    """Whether a plan begins with its messages recorded, to be repeated after an interruption."""
    cleanup_timeout: float = 10.0
    """Seconds that each part of an ending may take before it is reported and left behind."""
    ask_user: Callable[[str], Coroutine[Any, Any, str]] = ask_at_terminal
    """Shows a prompt and waits for the line that is typed, without blocking the loop; for `input`."""
    engine_class: type = object
    """The class of the face, for a plan that asks (`RE_class`)."""
    install_suspender: Callable[[Any], None] = _nobody_to_tell
    remove_suspender: Callable[[Any], None] = _nobody_to_tell
    configure_suspender: Callable[..., None] = _nobody_to_tell
    """Suspenders are kept by the face; these three are how a plan reaches it."""

    def __post_init__(self) -> None:
        self.recording = Recording(self.dispatcher)
        self.md.setdefault("versions", {})
        self.md["versions"] = {**self.md["versions"], **_versions()}

    def start_metadata(self, plan: Any, per_call: dict[str, Any], per_run: dict[str, Any]) -> dict[str, Any]:
        """What goes into a RunStart, the most specific first: the call, the message, the plan, `md`.

        Raises what the user's validator or normalizer raises, and TypeError for a normalizer that returns no dict.
        """
        about_plan = {"plan_type": type(plan).__name__, "plan_name": getattr(plan, "__name__", "")}
        metadata = dict(ChainMap(per_call, per_run, about_plan, self.md))  # type: ignore[arg-type]
        self.md_validator(dict(metadata))
        normalized = self.md_normalizer(copy.deepcopy(metadata))
        if not isinstance(normalized, Mapping):  # one that works in place and returns nothing is easily written
            raise TypeError(f"md_normalizer must return the metadata of the run, a dict, not {normalized!r}")
        return dict(normalized)
