"""Plans around plans: runs, staging, subscriptions, metadata.

Rule of this file: what is wrong with the arguments, a plan function that was not called included, is raised before
anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...dispatcher import normalize_subs
from ...messages import Msg, MsgGenerator
from ..devices import root_ancestor, separate_devices
from ..generators import ensure_generator, make_decorator
from ..requirements import device_list
from ..stubs.messages import close_run, open_run
from ..stubs.staging import stage_all, unstage_all
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
    "stub_decorator",
    "stub_wrapper",
    "subs_decorator",
    "subs_wrapper",
]

EXIT_STATUSES = ("success", "abort", "fail")


def run_wrapper(plan: Any, *, md: dict[str, Any] | None = None) -> MsgGenerator:
    """The plan in a run of its own with `md` in its start document; returns the run's uid.

    However the plan ends the run is closed, with the interruption's exit status, or as failed with the error's text.
    """
    plan = ensure_generator(plan)
    uid = yield from open_run(md)

    def close(error: Exception) -> MsgGenerator:
        # Not by its class: bluesky's engine interrupts with exceptions of its own that have a status too.
        exit_status = getattr(error, "exit_status", None)
        if exit_status in EXIT_STATUSES:
            return close_run(exit_status=exit_status)
        return close_run(exit_status="fail", reason=str(error))

    yield from contingency_wrapper(plan, except_plan=close, else_plan=close_run)
    return uid


def stage_wrapper(plan: Any, devices: Iterable[Any]) -> MsgGenerator:
    """The plan between staging and, in reverse order, unstaging the devices' root devices, each once."""
    plan = ensure_generator(plan)
    roots = separate_devices(map(root_ancestor, device_list("stage_wrapper", "devices", devices)))

    def staged() -> MsgGenerator:
        yield from stage_all(*roots)
        return (yield from plan)

    return (yield from finalize_wrapper(staged(), lambda: unstage_all(*reversed(roots))))


def stub_wrapper(plan: Any) -> MsgGenerator:
    """A plan that makes runs as a part of another one's run: it opens, closes, stages and unstages nothing.

    Returns the metadata of its runs.
    """
    md: dict[str, Any] = {}

    def leave_out(msg: Msg) -> Msg | None:
        if msg.command == "open_run":
            md.update(msg.kwargs)
        return None if msg.command in ("open_run", "close_run", "stage", "unstage") else msg

    yield from msg_mutator(plan, leave_out)
    return md


def subs_wrapper(plan: Any, subs: Any) -> MsgGenerator:
    """The plan with `subs` subscribed: a callable, an iterable of them, or a dict of kind of document → those.

    Raises TypeError for what is not callable and UnknownDocument, a KeyError, for an unknown kind of document.
    """
    plan = ensure_generator(plan)
    wanted = normalize_subs(subs)
    tokens = []

    def subscribed() -> MsgGenerator:
        for kind, function in wanted:
            tokens.append((yield Msg("subscribe", None, function, kind)))
        return (yield from plan)

    def unsubscribe_all() -> MsgGenerator:
        for token in tokens:
            yield Msg("unsubscribe", None, token=token)

    return (yield from finalize_wrapper(subscribed(), unsubscribe_all))


def inject_md_wrapper(plan: Any, md: dict[str, Any]) -> MsgGenerator:
    """The plan with `md` in the start documents of its runs, where it outranks what the plan says."""

    if not isinstance(md, Mapping):
        raise TypeError(f"inject_md_wrapper: md must be a dict, such as {{'sample': 'NaCl'}}, not {md!r}")

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
stub_decorator = make_decorator(stub_wrapper)
subs_decorator = make_decorator(subs_wrapper)
