"""Small plans for flyers: what moves or acquires by itself, and hands over its events later.

`kickoff` begins, `complete` tells it to come to an end in its own time, `collect` takes its events. Returned are
statuses, as in `trigger`; `kwargs` go to the device's method of the same name.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Annotated, Any

from ...messages import Msg, MsgGenerator
from ...protocols import Flyable
from ..annotations import Units
from ..generators import unique_group
from ..requirements import check_devices, check_supports, device_list
from .messages import wait as wait_for_group

__all__ = ["collect", "collect_while_completing", "complete", "complete_all", "kickoff", "kickoff_all"]


def kickoff(obj: Flyable, *, group: Hashable | None = None, wait: bool = False, **kwargs: Any) -> MsgGenerator:
    """Have a flyer begin; returns its status, which with `wait` is done."""
    return (yield from _start("kickoff", obj, group, wait, kwargs))


def complete(obj: Flyable, *, group: Hashable | None = None, wait: bool = False, **kwargs: Any) -> MsgGenerator:
    """Have a flyer come to an end; returns its status, which with `wait` is done."""
    return (yield from _start("complete", obj, group, wait, kwargs))


def kickoff_all(*args: Any, group: Hashable | None = None, wait: bool = True, **kwargs: Any) -> MsgGenerator:
    """Have flyers begin together; returns a tuple of their statuses. Raises TypeError for what cannot fly."""
    return (yield from _start_all("kickoff", args, group, wait, kwargs))


def complete_all(*args: Any, group: Hashable | None = None, wait: bool = False, **kwargs: Any) -> MsgGenerator:
    """Have flyers come to an end; returns a tuple of their statuses. Raises TypeError for what cannot fly."""
    return (yield from _start_all("complete", args, group, wait, kwargs))


def collect(
    obj: Flyable, *args: Any, stream: bool = False, return_payload: bool = True, name: str | None = None
) -> MsgGenerator:
    """Emit what one or more flyers have gathered, in the stream `name` or in those that they describe.

    `stream` emits events one by one instead of in pages; `return_payload` returns them. Without either, together with
    `stream`, nothing is kept in memory.
    """
    return (yield Msg("collect", obj, *args, stream=stream, return_payload=return_payload, name=name))


def collect_while_completing(
    flyers: Iterable[Flyable],
    dets: Iterable[Any],
    flush_period: Annotated[float | None, Units("s")] = None,
    stream_name: str | None = None,
    watch: Sequence[Hashable] = (),
) -> MsgGenerator:
    """Have the flyers come to an end, and collect from the detectors every `flush_period` seconds until they have.

    Fails at once when a status of one of the groups in `watch` fails. Raises TypeError or ValueError, before anything
    is sent, for what cannot fly and when there is nothing to collect from.
    """
    where = "collect_while_completing"
    flyers, detectors = device_list(where, "flyers", flyers), device_list(where, "dets", dets)
    if not detectors:
        raise ValueError(f"{where}: dets is empty, there must be at least one device to collect from")
    group = unique_group("complete")
    yield from complete_all(*flyers, group=group, wait=False)
    done = False
    while done is False:  # None without an engine: a plan that is only listed comes to an end
        done = yield from wait_for_group(group, timeout=flush_period, error_on_timeout=False, watch=watch)
        yield from collect(*detectors, name=stream_name)


def _start(command: str, obj: Any, group: Hashable | None, wait: bool, kwargs: dict[str, Any]) -> MsgGenerator:
    status = yield Msg(command, obj, group=group, **kwargs)
    if wait:
        yield from wait_for_group(group)
    return status


def _start_all(
    command: str, flyers: tuple[Any, ...], group: Hashable | None, wait: bool, kwargs: dict[str, Any]
) -> MsgGenerator:
    where = f"{command}_all"
    check_devices(where, flyers)
    for flyer in flyers:
        check_supports(where, "fly", flyer, "kickoff", "complete")
    group = group or unique_group(command)
    statuses = []
    for flyer in flyers:
        status = yield Msg(command, flyer, group=group, **kwargs)
        statuses.append(status)
    if wait:
        yield from wait_for_group(group)
    return tuple(statuses)
