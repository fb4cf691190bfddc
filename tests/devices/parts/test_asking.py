"""Asking for several PVs at the same time."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ophyd import Signal

from reioc.devices.parts import asking
from reioc.devices.trouble import Disconnected

ca = asking.ca


class Lost(Signal):
    """A signal whose channel libca knows to be lost, before pyepics does."""

    pvname = "SIM:m1.RBV"


@pytest.mark.parametrize(
    "error",
    [ca.CASeverityException("get", "Virtual circuit disconnect"), ca.ChannelAccessGetFailure("lost", None, 192)],
)
def test_a_channel_that_is_lost_in_the_middle_is_a_trouble(monkeypatch, error) -> None:
    """Whatever error pyepics makes of it; nobody else would end the Status."""

    def lost(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(asking, "get_pv", lambda _: SimpleNamespace(connected=True, chid=1))
    monkeypatch.setattr(ca, "promote_type", lambda *_, **__: 20)
    monkeypatch.setattr(ca, "get_with_metadata", lost)

    with pytest.raises(Disconnected, match=r"^SIM:m1\.RBV: cannot be read: ") as found:
        asking.ask({"position": Lost(name="position")})

    assert found.value.is_over()
