"""Plans around plans: runs, staging, subscriptions, metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...errors import PlanInterruption
from ...messages import Msg, MsgGenerator
from ..devices import root_ancestor, separate_devices
from ..generators import make_decorator
from ..stubs.messages import close_run, open_run, stage_all, unstage_all
from .contingency import contingency_wrapper, finalize_wrapper
from .mutators import msg_mutator

__all__ = [
    "inject_md_decorator",
    "inject_md_wrapper",
    "run_decorator",
    "run_wrapper",
    "set_run_key_decorator",
    "set_run_key_wrapper",
    "stage_decorator",
    "stage_wrapper",
    "subs_decorator",
    "subs_wrapper",
]

DOCUMENT_KINDS = ("all", "start", "stop", "event", "descriptor")


def run_wrapper(plan: Any, *, md: dict[str, Any] | None = None) -> MsgGenerator:
    """The plan in a run of its own with `md` in its start document; returns the run's uid.

    However the plan ends the run is closed, with the interruption's exit status, or as failed with the error's text.
    """
    uid = yield from open_run(md)

    def close(error: Exception) -> MsgGenerator:
        if isinstance(error, PlanInterruption):
            return close_run(exit_status=error.exit_status)
        return close_run(exit_status="fail", reason=str(error))

    yield from contingency_wrapper(plan, except_plan=close, else_plan=close_run)
    return uid


def stage_wrapper(plan: Any, devices: Iterable[Any]) -> MsgGenerator:
    """The plan between staging and, in reverse order, unstaging the devices' root devices, each once."""
    roots = separate_devices(root_ancestor(device) for device in devices)

    def staged() -> MsgGenerator:
        yield from stage_all(*roots)
        return (yield from plan)

    return (yield from finalize_wrapper(staged(), lambda: unstage_all(*reversed(roots))))


def subs_wrapper(plan: Any, subs: Any) -> MsgGenerator:
    """The plan with `subs` subscribed: a callable, an iterable of them, or a dict of kind of document → those.

    Raises ValueError for what is not callable and KeyError for an unknown kind of document.
    """
    wanted = _subscriptions(subs)
    tokens = []

    def subscribed() -> MsgGenerator:
        for kind, function in wanted:
            tokens.append((yield Msg("subscribe", None, function, kind)))
        return (yield from plan)

    def unsubscribe_all() -> MsgGenerator:
        for token in tokens:
            yield Msg("unsubscribe", None, token=token)

    return (yield from finalize_wrapper(subscribed(), unsubscribe_all))


def _subscriptions(subs: Any) -> list[tuple[str, Callable[..., Any]]]:
    by_kind = subs if hasattr(subs, "items") and not callable(subs) else {"all": subs}
    wanted = {kind: _functions(functions) for kind, functions in by_kind.items()}
    if unknown := set(wanted) - set(DOCUMENT_KINDS):
        raise KeyError(f"Unknown kinds of documents {sorted(map(str, unknown))}; there are {', '.join(DOCUMENT_KINDS)}")
    return [(kind, function) for kind in DOCUMENT_KINDS for function in wanted.get(kind, ())]


def _functions(given: Any) -> list[Callable[..., Any]]:
    functions = [given] if callable(given) else list(given) if isinstance(given, Iterable) else [given]
    functions = [] if given is None else functions
    for function in functions:
        if not callable(function):
            raise ValueError(f"Only callables can be subscribed, not {type(function).__name__}: {function!r}")
    return functions


def inject_md_wrapper(plan: Any, md: dict[str, Any]) -> MsgGenerator:
    """The plan with `md` in the start documents of its runs, where it outranks what the plan says."""

    def inject(msg: Msg) -> Msg:
        return msg._replace(kwargs={**msg.kwargs, **md}) if msg.command == "open_run" else msg

    return (yield from msg_mutator(plan, inject))


def set_run_key_wrapper(plan: Any, run: Any) -> MsgGenerator:
    """The plan with the run key `run` on each message that has none. Raises ValueError for None."""
    if run is None:
        raise ValueError("The run key None means no key: give any other hashable, such as 'inner'")

    def set_key(msg: Msg) -> Msg:
        return msg._replace(run=run) if msg.run is None else msg

    return (yield from msg_mutator(plan, set_key))


inject_md_decorator = make_decorator(inject_md_wrapper)
run_decorator = make_decorator(run_wrapper)
set_run_key_decorator = make_decorator(set_run_key_wrapper)
stage_decorator = make_decorator(stage_wrapper)
subs_decorator = make_decorator(subs_wrapper)
