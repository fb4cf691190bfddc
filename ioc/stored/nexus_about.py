"""What a run was about, in NeXus' terms: sample, users, instrument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py

from .hdf5_values import group, put, put_all

__all__ = ["put_about"]

_USERS = ("user", "users", "operator", "operators", "experimenters")
_INSTRUMENTS = ("instrument", "beamline_id", "beamline", "facility")
_EXPERIMENTS = ("experiment_identifier", "proposal_id", "proposal")


def put_about(entry: h5py.Group, start: Mapping[str, Any]) -> h5py.Group:
    """Make the groups `sample` and `user`, as far as the metadata has them, and `instrument`, which is returned."""
    put_all(group(entry, "metadata", "NXcollection"), start)
    sample = start.get("sample", start.get("sample_name"))
    if sample is not None:
        _put_named(entry, "sample", "NXsample", sample)
    for user in _users(start):
        _put_named(entry, "user", "NXuser", user)
    experiment = next((start[key] for key in _EXPERIMENTS if isinstance(start.get(key), str | int)), None)
    if experiment is not None:
        put(entry, "experiment_identifier", str(experiment))
    instrument = group(entry, "instrument", "NXinstrument")
    name = next((start[key] for key in _INSTRUMENTS if isinstance(start.get(key), str)), None)
    if name is not None:
        put(instrument, "name", name)
    return instrument


def _users(start: Mapping[str, Any]) -> list[Any]:
    found = next((start[key] for key in _USERS if start.get(key)), [])
    return list(found) if isinstance(found, list | tuple) else [found]


def _put_named(entry: h5py.Group, name: str, nx_class: str, what: Any) -> None:
    """A name, or all that is told of it."""
    made = group(entry, name, nx_class)
    put_all(made, what if isinstance(what, Mapping) else {"name": what})
