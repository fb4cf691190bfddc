"""What a flyer's `describe_collect` says: the data keys of one stream, or of several by name."""

from __future__ import annotations

from typing import Any

from ..errors import IllegalMessageSequence
from ..telling import name_of

__all__ = ["keys_by_stream", "keys_of_stream"]

DataKeys = dict[str, Any]


def keys_of_stream(device: Any, answer: Any, stream: str) -> DataKeys:
    """The data keys for a stream that is declared in advance. Raises if the answer is about other streams."""
    _refuse_nonsense(device, answer)
    if answer and _is_flat(answer):
        return answer
    if list(answer) == [stream]:
        return answer[stream]
    raise IllegalMessageSequence(
        f"'declare_stream' of {stream!r} with collect=True: {name_of(device)}.describe_collect() must describe this "
        f"one stream, not {_listed(answer)}"
    )


def keys_by_stream(device: Any, answer: Any) -> dict[str, DataKeys]:
    """The data keys by stream of a flyer that names its streams itself. Raises if they must be declared first."""
    _refuse_nonsense(device, answer)
    if answer and _is_flat(answer):
        raise IllegalMessageSequence(
            f"'collect' of {name_of(device)}: its describe_collect() names no stream; declare one first: "
            f"Msg('declare_stream', None, device, name=…, collect=True)"
        )
    owners: dict[str, str] = {}
    for stream, data_keys in answer.items():
        for key in data_keys:
            if key in owners:
                raise IllegalMessageSequence(
                    f"'collect' of {name_of(device)}: the key {key!r} is in the streams {owners[key]!r} and "
                    f"{stream!r}; the streams of a flyer must have different keys, events are told apart by them"
                )
            owners[key] = stream
    return answer


def _is_flat(answer: dict[str, Any]) -> bool:
    return all(isinstance(each, dict) and isinstance(each.get("source"), str) for each in answer.values())


def _refuse_nonsense(device: Any, answer: Any) -> None:
    if isinstance(answer, dict):
        if _is_flat(answer):
            return
        if all(isinstance(data_keys, dict) and _is_flat(data_keys) for data_keys in answer.values()):
            return
    raise TypeError(
        f"{name_of(device)}.describe_collect() must return a dict of data keys, or a dict of those by stream, not "
        f"{answer!r}"
    )


def _listed(answer: dict[str, Any]) -> str:
    return ", ".join(repr(stream) for stream in answer) or "none"
