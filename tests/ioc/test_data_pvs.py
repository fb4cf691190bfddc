"""The PVs of the open run's data."""

from __future__ import annotations

import asyncio
import json
import math

import numpy as np
import pytest
from ophyd.sim import det, motor

from reioc.engine.plans import scan
from reioc.ioc.desk import Desk, Result
from reioc.ioc.groups.data import data_group

from .data.support import begin, point, stream
from .harness import PREFIX, Harness, with_ioc

LENGTH = 6
STATISTICS = ("Max", "MaxX", "Min", "MinX", "Center", "FWHM", "COM")
LONG = "spectrometer_detector_region_of_interest_number"


class Bench(Harness):
    """The group by itself; what was acknowledged, and how often something is to be saved."""

    def __init__(self) -> None:
        self.told, self.changes = [], 0
        self.group = data_group(LENGTH)(f"{PREFIX}Data:", desk=Desk(PREFIX, self._tell), on_change=self._change)
        self.ioc = self.group  # its pvdb is all there is
        self.plot = self.group.plot

    async def _tell(self, news) -> None:
        self.told.append((news.name, news.result, news.message, news.by))

    def _change(self) -> None:
        self.changes += 1

    async def measure(self, *heights) -> None:
        """A scan along m1 from 0, with two detectors that are hinted at and one that is not."""
        begin(self.plot, "m1")
        stream(self.plot, "primary", "m1", "a", "b", LONG, hinted=("a", "b"))
        for number, height in enumerate(heights):
            point(self.plot, number + 1, m1=number, a=height, b=-height, **{LONG: 7})
        await self.group.publish()

    def array(self, name):
        """An array of the group."""
        return np.asarray(self.read(f"Data:{name}")).tolist()


def on_a_bench(test) -> None:
    """Run a test on a bench of which everything has been written once."""

    async def whole():
        bench = Bench()
        await bench.group.publish()
        await test(bench)

    asyncio.run(whole())


def test_before_the_first_run_nothing_is_drawn():
    """Arrays have their length, statistics say nothing."""

    async def test(bench):
        assert (bench.array("X"), bench.array("Y"), bench.read("Data:N")) == ([0.0] * LENGTH, [0.0] * LENGTH, 0)
        assert all(map(math.isnan, [*bench.array("Y2"), *(bench.read(f"Data:{name}") for name in STATISTICS)]))
        assert (bench.read("Data:Latest"), bench.read("Data:Fields")) == ("", [""])

    on_a_bench(test)


def test_a_run_is_drawn_as_its_hints_say():
    """Names, curves padded with the last point, and their number."""

    async def test(bench):
        await bench.measure(0, 4, 0)
        names = [bench.read(f"Data:{axis}Name") for axis in ("X", "Y", "Y2", "Y3", "Y4")]
        assert names == ["m1", "a", "b", "", ""]
        assert (bench.array("X"), bench.array("Y")) == ([0, 1, 2, 2, 2, 2], [0, 4, 0, 0, 0, 0])
        assert (bench.array("Y2"), bench.read("Data:N")) == ([0, -4, 0, 0, 0, 0], 3)
        assert bench.read("Data:Fields") == ["m1", "a", "b", LONG[:39], "time", "seq_num"]

    on_a_bench(test)


def test_statistics_are_of_y():
    """And of X, in its units."""

    async def test(bench):
        await bench.measure(0, 4, 0)
        assert [bench.read(f"Data:{name}") for name in STATISTICS] == [4, 1, 0, 0, 1, 1, 1]

    on_a_bench(test)


def test_the_last_event_is_told():
    """As JSON."""

    async def test(bench):
        await bench.measure(0, 4)
        found = json.loads(bench.read("Data:Latest"))
        assert (found["seq_num"], found["data"]["a"]) == (2, 4)

    on_a_bench(test)


def test_a_put_selects_and_is_done_when_that_is_drawn():
    """From the start of the run; it is acknowledged, and to be saved."""

    async def test(bench):
        await bench.measure(1, 2)
        assert await bench.put("Data:YName", "b")
        assert (bench.read("Data:YName"), bench.read("Data:Y2Name")) == ("b", "a")
        assert (bench.array("Y")[:2], bench.read("Data:Max")) == ([-1, -2], -1)
        assert bench.told == [("Data:YName", Result.DONE, "Y is b", "user@host")]
        assert (bench.changes, bench.group.state()) == (1, {"Y": "b"})

    on_a_bench(test)


@pytest.mark.parametrize("text", ["auto", ""])
def test_auto_goes_back_to_the_hints_and_reads_what_is_drawn(text):
    """Not what was put."""

    async def test(bench):
        await bench.measure(1, 2)
        await bench.put("Data:YName", "b")
        assert await bench.put("Data:YName", text)
        assert (bench.read("Data:YName"), bench.array("Y")[:2]) == ("a", [1, 2])

    on_a_bench(test)


def test_an_unknown_field_is_refused():
    """The put fails, what is drawn stays, and it says what there is."""

    async def test(bench):
        await bench.measure(1)
        assert not await bench.put("Data:Y2Name", "bb")
        ((name, result, message, _),) = bench.told
        assert (name, result) == ("Data:Y2Name", Result.REFUSED)
        assert "no field 'bb' to draw; it has: m1, a, b" in message
        assert (bench.read("Data:Y2Name"), bench.changes) == ("b", 0)

    on_a_bench(test)


def test_what_fields_shows_of_a_long_name_selects_it():
    """Clients cannot put more."""

    async def test(bench):
        await bench.measure(1)
        assert await bench.put("Data:YName", bench.read("Data:Fields")[3])
        assert (bench.read("Data:YName"), bench.array("Y")[0]) == (LONG[:39], 7)
        assert bench.group.state() == {"Y": LONG}

    on_a_bench(test)


def test_a_place_among_the_fields_selects_and_the_name_is_read():
    """A row of a screen puts its number."""

    async def test(bench):
        await bench.measure(0, 1)
        assert await bench.put("Data:YName", "#3")
        assert bench.read("Data:YName") == bench.read("Data:Fields")[2] == "b"
        assert not await bench.put("Data:YName", "#77")
        assert bench.read("Data:YName") == "b"

    on_a_bench(test)


def test_single_fields_are_told():
    """Name and latest value of each, and nothing where the run has not so many."""

    async def test(bench):
        await bench.measure(0, 1, 4)
        first, fourth, last = (bench.group.readings[number] for number in (0, 3, 15))
        assert (first.name_.pvname, first.name_.value, first.value_.value) == ("T:Data:F1:Name", "m1", "2")
        assert (fourth.name_.value, fourth.value_.value) == (LONG[:39], "7")
        assert (last.units.pvname, last.name_.value, last.value_.value) == ("T:Data:F16:Units", "", "")
        begin(bench.plot, run="next")
        await bench.group.publish()
        assert (first.name_.value, first.value_.value) == ("", "")

    on_a_bench(test)


def test_a_selection_outlives_a_restart():
    """It is drawn with the first run that has the field."""

    async def test(bench):
        bench.group.restore({"Y": "b"})
        await bench.group.publish()
        assert bench.read("Data:YName") == "b"
        await bench.measure(1)
        assert (bench.read("Data:YName"), bench.array("Y")[0]) == ("b", -1)

    on_a_bench(test)


def test_a_longer_run_is_decimated_and_says_so():
    """Never more points than there is room for."""

    async def test(bench):
        await bench.measure(*range(20))
        assert (bench.read("Data:Stride"), bench.read("Data:N"), bench.array("Y")[:5]) == (4, 5, [0, 4, 8, 12, 16])

    on_a_bench(test)


def test_what_does_not_change_is_not_written_again():
    """Also where it is NaN: a client hears of each change once."""

    async def test(bench):
        await bench.measure(1, 2)
        before = {name: pv.epics_timestamp for name, pv in bench.group.pvdb.items()}
        await bench.group.publish(at=2e9)
        assert {name: pv.epics_timestamp for name, pv in bench.group.pvdb.items()} == before

    on_a_bench(test)


def test_n_is_written_last():
    """Whoever hears of it finds everything in place."""
    written = []

    async def test(bench):
        for pv in bench.group.pvdb.values():
            written_by(pv, written)
        await bench.measure(1, 2)

    on_a_bench(test)

    assert written[-1] == f"{PREFIX}Data:N"
    assert len(written) > 5


def written_by(pv, written) -> None:
    """Note each time that a PV is written."""
    show = pv.show

    async def noted(*args):
        written.append(pv.pvname)
        await show(*args)

    pv.show = noted


def test_everything_is_there_before_the_engine_is_idle(RE):
    """A client that waits for idle reads the whole curve."""

    async def test(ioc):
        state, found = ioc.ioc.pvdb[f"{PREFIX}State"], []
        show = state.show

        async def looked_at(value, *args):
            if value == "idle":
                found.append((ioc.read("Data:N"), ioc.read("Data:MaxX")))
            await show(value, *args)

        state.show = looked_at
        RE.submit(scan([det], motor, -1, 1, num=5))
        await ioc.until(lambda: bool(found))
        assert found == [(5, 0)]

    with_ioc(RE, test)
