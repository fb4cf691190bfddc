"""Filters that let small changes of a value pass unheard."""

from __future__ import annotations

import pytest

from reioc.ioc.pvs import post

from .fake_transport import with_loop
from .listening import PROPERTY, VALUE, Bench


@pytest.mark.parametrize(
    ("deadband", "written", "heard"),
    [
        ('{"abs":1}', [0.5, 1, 1.5, 2.5, 2.6, -1], [1.5, 2.6, -1]),
        ('{"abs":0}', [0, 0, 1e-9], [1e-9]),
        ('{"rel":50}', [100, 140, 150, 151, 100, 220, 227], [100, 151, 227]),
        ('{"rel":50}', [-100, -140, -151, -80], [-100, -151]),
    ],
)
@with_loop
async def test_within_a_deadband_nothing_is_told(deadband, written, heard):
    """It is measured from what was told last; relative ones are in percent of that, as EPICS Base's are."""
    bench = Bench()
    ear = bench.ear(f'plain.{{"dbnd":{deadband}}}')
    for value in written:
        await bench.plain.write(value)

    assert ear.heard == heard


@with_loop
async def test_a_deadband_concerns_one_subscription():
    """Another one to the same PV hears of everything."""
    bench = Bench()
    ear, other = bench.ear('plain.{"dbnd":{"abs":1}}'), bench.ear("plain")
    for value in (0.5, 1.5, 2.0):
        await bench.plain.write(value)

    assert (ear.heard, other.heard) == ([1.5], [0.5, 1.5, 2.0])


@with_loop
async def test_within_a_deadband_alarms_are_told():
    """They are what matters."""
    bench = Bench()
    ear = bench.ear('T:High.{"dbnd":{"abs":100}}')
    for value in (1.0, 9.0, 9.5, 1.0):
        await post(bench.group.high, value)

    assert ear.heard == [9.0, 1.0]


@with_loop
async def test_within_a_deadband_who_does_not_ask_for_alarms_hears_nothing_of_them():
    """It is the value that it asks for."""
    bench = Bench()
    ear = bench.ear('T:High.{"dbnd":{"abs":100}}', mask=VALUE)
    await post(bench.group.high, 9.0)

    assert ear.heard == []


@with_loop
async def test_a_deadband_is_measured_from_a_value_that_came_with_an_alarm():
    """That is what the client knows."""
    bench = Bench()
    ear = bench.ear('T:High.{"dbnd":{"abs":5}}')
    for value in (1.0, 8.5, 8.6, 3.0):
        await post(bench.group.high, value)
    await post(bench.group.high, 7.9)

    assert ear.heard == [8.5, 3.0]


@with_loop
async def test_within_a_deadband_properties_are_told():
    """They are not about the value."""
    bench = Bench()
    ear = bench.ear('plain.{"dbnd":{"abs":100}}', mask=PROPERTY)
    await bench.plain.write_metadata(units="mm")

    assert ear.heard == [0.0]


@with_loop
async def test_a_text_has_no_deadband():
    """Each new one is told."""
    bench = Bench()
    ear = bench.ear('T:Name.{"dbnd":{"abs":100}}')
    for text in ("1", "2"):
        await post(bench.group.name, text)

    assert ear.heard == [1.0, 2.0]
