"""The sscan record."""

import asyncio
from typing import Any

import pytest
from caproto.server import PVGroup, SubGroup
from caproto.server.server import PvpropertyDoubleRO, PvpropertyStringRO

from reioc.sim_iocs.clock import Clock
from reioc.sim_iocs.physics.axis import Axis
from reioc.sim_iocs.pvs.puts import Command, DoublePut, RefusedError, pv
from reioc.sim_iocs.pvs.slit import SlitGroup
from reioc.sim_iocs.records.busy import BusyGroup
from reioc.sim_iocs.records.sscan import ScanGroup

from ..fakes import FakeClock, Recorder


class Bench(PVGroup):
    """A slit that takes its time, a detector that counts for a second, a busy record, and the scan."""

    slit = SubGroup(SlitGroup, prefix="slit:")
    count = pv(Command, "count", "Count", enum_strings=("Done", "Count"), value="Done")
    counts = pv(PvpropertyDoubleRO, "counts", "Counts", value=0.0)
    offset = pv(DoublePut, "offset", "A number", value=3.0, lower_ctrl_limit=-1.0, upper_ctrl_limit=9.0)
    text = pv(PvpropertyStringRO, "text", "No number", value="beam")
    busy = SubGroup(BusyGroup, prefix="busy")
    scan = SubGroup(ScanGroup, prefix="scan")

    def build(self, clock: Clock) -> None:
        self.clock = clock
        self.slit.link(Axis(clock.now), clock)
        self.busy.link(clock, "Waits")
        self.scan.link(self.pvdb, clock, "Scans")

    async def group_write(self, instance: Any, value: Any) -> Any:
        return await self.count.obey(value, self._count) if instance is self.count else value

    async def _count(self) -> None:
        await self.clock.sleep(1.0)
        await self.counts.write(100.0 + self.slit.readback.value, verify_value=False)

    async def put(self, **values: Any) -> None:
        """Put to fields of the scan, in order."""
        for name, value in values.items():
            await self.scan.val.get_field(name).write(value)

    def get(self, *names: str) -> list[Any]:
        """Fields of the scan."""
        return [self.scan.fields.value(name) for name in names]

    def data(self, name: str, number: int) -> list[float]:
        """The first elements of an array."""
        return [float(each) for each in self.get(name)[0][:number]]


@pytest.fixture
def bench(clock: FakeClock) -> Bench:
    bench = Bench("T:")
    bench.build(clock)
    return bench


STEP_SCAN = {
    "P1PV": "T:slit:Setpoint",
    "NPTS": 3,
    "P1SP": 0.0,
    "P1EP": 4.0,
    "R1PV": "T:slit:Readback",
    "T1PV": "T:count",
    "D01PV": "T:counts",
    "D02PV": "T:offset.VAL",
}


def test_a_scan_moves_triggers_and_reads(clock: FakeClock, bench: Bench) -> None:
    """The put to EXSC completes with the scan: phases in the record's order, arrays full, the record idle."""
    recorder = Recorder()

    async def work() -> None:
        await bench.put(**STEP_SCAN)
        scan = bench.scan.val
        await recorder.watch(FAZE=scan.get_field("FAZE"), BUSY=scan.get_field("BUSY"), DATA=scan.get_field("DATA"))
        await bench.put(EXSC=1)

    clock.run(work())

    assert bench.get("EXSC", "BUSY", "FAZE", "CPT", "DATA", "SMSG", "ALRT") == [0, 0, "IDLE", 3, 1, "Scan complete", 0]
    assert bench.data("P1RA", 4) == [0.0, 2.0, 4.0, 4.0]
    assert (bench.data("D01DA", 4), bench.data("D02DA", 4)) == ([100.0, 102.0, 104.0, 104.0], [3.0] * 4)
    assert bench.data("P1RA", 1000)[-1] == 4.0
    point = ["MOVE_MOTORS", "WAIT:MOTORS", "TRIG_DETCTRS", "WAIT:DETCTRS"]
    assert recorder.values("FAZE") == ["INIT_SCAN", *point * 3, "WAIT:SAVE_DATA", "SCAN_DONE", "IDLE"]
    assert (recorder.values("BUSY"), recorder.values("DATA")) == ([1, 0], [0, 1])
    assert clock.time == pytest.approx(0 + 1.1 + 1.1 + 3)


@pytest.mark.parametrize(
    ("field", "name", "valid", "told"),
    [
        ("P1PV", "T:nothing", "PV BAD", "no PV T:nothing here"),
        ("P1PV", "T:slit:Setpoint.XYZ", "PV BAD", "no PV T:slit:Setpoint.XYZ here"),
        ("T1PV", "T:counts", "PV NoWrite", "T:counts is read-only"),
        ("D01PV", "T:text", "PV NoRead", "T:text is no number"),
    ],
)
def test_a_wrong_name_refuses_the_start(
    clock: FakeClock, bench: Bench, field: str, name: str, valid: str, told: str
) -> None:
    """It is told when the name is put (SMSG, ALRT, the field's NV) and at the start, which moves nothing."""

    async def work() -> None:
        await bench.put(**STEP_SCAN)
        assert bench.get(f"{field[:-2]}NV", "ALRT") == ["PV OK", 0]
        await bench.put(**{field: name})
        assert bench.get("SMSG", f"{field[:-2]}NV", "ALRT") == [f"{field}: {told}"[:39], valid, 1]
        await bench.put(CMND="Clear msg")
        await bench.put(EXSC=1)

    with pytest.raises(RefusedError, match=f"T:scan: {field}: {told}"):
        clock.run(work())
    assert bench.get("SMSG", "EXSC", "BUSY", "FAZE") == [f"{field}: {told}"[:39], 0, 0, "IDLE"]
    assert clock.time == 0.0


def test_what_is_known_of_a_positioner_is_shown(clock: FakeClock, bench: Bench) -> None:
    """Unit, limits and precision come with the name; a blank name is no mistake."""
    clock.run(bench.put(P1PV="T:slit:Setpoint"))
    assert bench.get("P1EU", "P1LR", "P1HR", "P1PR", "P1NV") == ["mm", -10.0, 10.0, 4, "PV OK"]

    clock.run(bench.put(P1PV=""))
    assert bench.get("P1EU", "P1HR", "P1NV", "ALRT") == ["", 0.0, "No PV", 0]


def test_an_abort_waits_for_what_was_told(clock: FakeClock, bench: Bench) -> None:
    """0 ends the scan when the motion under way is over; the put of 1 fails, the points so far are kept."""

    async def work() -> None:
        await bench.put(**STEP_SCAN)
        scanning = asyncio.create_task(bench.put(EXSC=1))
        await clock.until(1.5)
        aborting = asyncio.create_task(bench.put(EXSC=0))
        await clock.until(1.6)
        assert bench.get("SMSG", "BUSY") == ["Abort: waiting for callback", 1]
        await aborting
        assert bench.get("BUSY", "EXSC", "CPT", "DATA") == [0, 0, 1, 1]
        await scanning

    with pytest.raises(RefusedError, match="Scan aborted by operator"):
        clock.run(work())
    assert (bench.slit.readback.value, clock.time) == (2.0, pytest.approx(2.1))
    assert bench.data("D01DA", 2) == [100.0, 100.0]


def test_a_second_abort_does_not_wait(clock: FakeClock, bench: Bench) -> None:
    """What never comes back cannot hold the record."""

    async def work() -> None:
        await bench.put(T1PV="T:busy", NPTS=2)
        scanning = asyncio.create_task(bench.put(EXSC=1))
        await clock.until(1.0)
        aborting = [asyncio.create_task(bench.put(EXSC=0))]
        await clock.until(2.0)
        assert bench.get("BUSY") == [1]
        await bench.put(EXSC=0)
        await asyncio.gather(*aborting, scanning)

    with pytest.raises(RefusedError, match="Scan aborted by operator"):
        clock.run(work())
    assert (bench.get("BUSY"), bench.busy.val.value, clock.time) == ([0], "Busy", 2.0)


def test_a_busy_record_is_waited_for(clock: FakeClock, bench: Bench) -> None:
    """A client that works for the scan tells its end by putting 0."""

    async def work() -> None:
        await bench.put(T1PV="T:busy", NPTS=1, D01PV="T:offset")
        scanning = asyncio.create_task(bench.put(EXSC=1))
        await clock.until(7.0)
        await bench.busy.val.write(0)
        await scanning

    clock.run(work())

    assert (bench.get("SMSG"), clock.time) == (["Scan complete"], 7.0)


def test_it_pauses_between_two_steps(clock: FakeClock, bench: Bench) -> None:
    """PAUSE holds the scan after what is under way, GO lets it go on; a start that is paused is pending."""

    async def work() -> None:
        await bench.put(**STEP_SCAN, PAUS="PAUSE")
        scanning = asyncio.create_task(bench.put(EXSC=1))
        await clock.until(10.0)
        assert bench.get("FAZE", "EXSC", "BUSY", "SMSG") == ["SCAN_PENDING", 1, 0, "Scan is paused ..."]
        await bench.put(PAUS="GO")
        await clock.until(11.5)
        await bench.put(PAUS="PAUSE")
        await clock.until(20.0)
        assert bench.get("CPT", "SMSG", "BUSY") == [1, "Scan is paused ...", 1]
        await bench.put(PAUS="GO")
        await scanning

    clock.run(work())

    assert (bench.get("SMSG", "CPT"), bench.data("P1RA", 3)) == (["Scan complete", 3], [0.0, 2.0, 4.0])


def test_it_waits_for_clients(clock: FakeClock, bench: Bench) -> None:
    """AWCT makes it wait at every point for so many 0s put to WAIT."""

    async def work() -> None:
        await bench.put(**{**STEP_SCAN, "NPTS": 1}, AWCT=2)
        scanning = asyncio.create_task(bench.put(EXSC=1))
        for moment in (5.0, 6.0):
            await clock.until(moment)
            assert bench.get("WTNG", "CPT") == [1, 0]
            await bench.put(WAIT=0)
        await scanning

    clock.run(work())

    assert (bench.get("WCNT", "WTNG", "CPT"), clock.time) == ([0, 0, 1], 6.0)


def test_tables_relative_positions_and_delays(clock: FakeClock, bench: Bench) -> None:
    """A table is taken as it is, relative positions count from where the positioner was, delays are kept."""

    async def work() -> None:
        await bench.put(P1PV="T:offset", P1SM="TABLE", P1PA=[1.0, 5.0, 2.0], P1AR="RELATIVE", NPTS=3)
        await bench.put(PDLY=2.0, R2PV="TIME", PASM="PRIOR POS", EXSC=1)

    clock.run(work())

    assert (bench.data("P1RA", 3), bench.data("P2RA", 3)) == ([4.0, 8.0, 5.0], [2.0, 4.0, 6.0])
    assert (bench.offset.value, bench.get("P1PP")) == (3.0, [3.0])


def test_links_before_and_after_the_scan(clock: FakeClock, bench: Bench) -> None:
    """Both are written and waited for, also when the scan is aborted: a shutter is to close then, too."""
    recorder = Recorder()

    async def work() -> None:
        await bench.put(**STEP_SCAN, BSPV="T:offset", BSCD=8.0, ASPV="T:offset", ASCD=1.0)
        await recorder.watch(offset=bench.offset)
        scanning = asyncio.create_task(bench.put(EXSC=1))
        await clock.until(0.5)
        await bench.put(EXSC=0)
        await asyncio.gather(scanning, return_exceptions=True)

    clock.run(work())

    assert (recorder.values("offset"), bench.get("SMSG")) == ([8.0, 1.0], ["Scan aborted by operator"])


def test_a_refused_put_ends_the_scan(clock: FakeClock, bench: Bench) -> None:
    """Who started it is told which field's PV refused what; the record alerts and is idle."""

    async def work() -> None:
        await bench.put(P1PV="T:offset", P1SP=5.0, P1EP=15.0, NPTS=3, CMND="Check limits")
        assert bench.get("SMSG", "ALRT") == ["P1 10 is outside -1 ... 9", 1]
        await bench.put(EXSC=1)

    with pytest.raises(RefusedError, match=r"T:scan: P1PV: T:offset: .*10"):
        clock.run(work())
    assert bench.get("BUSY", "ALRT", "CPT") == [0, 1, 1]
    assert bench.data("P1RA", 2) == [5.0, 5.0]


def test_a_readback_too_far_off_ends_the_scan(clock: FakeClock, bench: Bench) -> None:
    """R1DL is the difference that is taken between where it was sent and what the readback says."""
    with pytest.raises(RefusedError, match="P1: T:offset is not at 0"):
        clock.run(bench.put(**{**STEP_SCAN, "R1PV": "T:offset"}, R1DL=0.1, EXSC=1))


def test_a_flying_positioner_is_not_waited_for(clock: FakeClock, bench: Bench) -> None:
    """It goes to its start, then is sent to its end once, and read on its way."""

    async def work() -> None:
        following = asyncio.create_task(bench.slit.run())
        await bench.put(**STEP_SCAN, P1SM="FLY")
        await bench.put(EXSC=1)
        following.cancel()

    clock.run(work())

    assert clock.time == pytest.approx(3.0)
    assert bench.data("P1RA", 3) == pytest.approx([1.9, 3.9, 4.0], abs=0.15)


def test_arrays_are_posted_as_often_as_asked(clock: FakeClock, bench: Bench) -> None:
    """Without ATIME at the end only, though they can be read before; with it in between, filled with the last value."""
    recorder = Recorder()

    async def work(period: float) -> list[int]:
        await bench.slit.setpoint.write(0.0)
        await bench.put(**STEP_SCAN, ATIME=period)
        await recorder.watch(data=bench.scan.val.get_field("D01CA"), point=bench.scan.val.get_field("CPT"))
        scanning = asyncio.create_task(bench.put(EXSC=1))
        await clock.sleep(1.5)
        assert bench.data("D01CA", 3) == [100.0] * 3
        await scanning
        return [len(recorder.values("data")), len(recorder.values("point"))]

    assert clock.run(work(0.0)) == [1, 3]
    assert clock.run(work(0.5)) == [4, 4]


def test_what_it_cannot_do_is_refused(clock: FakeClock, bench: Bench) -> None:
    """Settings that the simulation does not have, that make no sense, or that come in the middle of a scan."""

    async def refused(**value: Any) -> str:
        with pytest.raises(RefusedError) as refusal:
            await bench.put(**value)
        return str(refusal.value)

    async def work() -> list[str]:
        seen = [await refused(NPTS=0), await refused(NPTS=1001), await refused(ACQT="1D ARRAY"), await refused(PDLY=-1)]
        seen += [await refused(P1PA=[1.0, float("nan")])]
        await bench.put(**STEP_SCAN, P1FS="FREEZE", P1FE="FREEZE")
        seen += [await refused(P1SI=9.0)]
        scanning = asyncio.create_task(bench.put(EXSC=1))
        await clock.sleep(0.5)
        seen += [await refused(P1SP=1.0), await refused(EXSC=1)]
        await bench.put(CMND="Clear msg")
        await scanning
        return seen

    assert clock.run(work()) == [
        "NPTS: 0 is not 1 ... 1000 (MPTS)",
        "NPTS: 1001 is not 1 ... 1000 (MPTS)",
        "ACQT: 1D ARRAY is not simulated, only SCALAR",
        "PDLY: -1.0 s is below 0",
        "T:scan.P1PA: not every number of it is finite",
        "P1SI 9: parameters are frozen",
        "T:scan.P1SP: a scan is in progress; put 0 to EXSC to end it",
        "T:scan: Already scanning",
    ]
    assert bench.get("SMSG") == ["Scan complete"]


def test_commands_preview_and_clear(clock: FakeClock, bench: Bench) -> None:
    """A preview fills the arrays and moves nothing; clearing blanks the names that it says."""
    clock.run(bench.put(**STEP_SCAN, P1SM="FLY", CMND="Preview scan"))
    assert (bench.data("P1CA", 4), bench.slit.readback.value) == ([0.0, 2.0, 4.0, 4.0], 0.0)

    clock.run(bench.put(CMND="Clear pos PV's"))
    assert bench.get("P1PV", "P1SM", "R1PV") == ["", "FLY", "T:slit:Readback"]

    clock.run(bench.put(CMND="Clear all PV's"))
    assert bench.get("R1PV", "D02PV", "T1PV", "P1SM", "D02NV") == ["", "", "", "LINEAR", "No PV"]


def test_every_field_can_be_made(bench: Bench) -> None:
    """All 867 of them, with the record's alarm; one that the record does not have is told."""
    from reioc.sim_iocs.records.sscan_fields import fields

    made = [bench.scan.val.get_field(name) for name in fields()]

    assert len(made) == 867
    assert {id(field.alarm) for field in made} == {id(bench.scan.val.alarm)}
    assert bench.scan.val.get_field("RTYP").value == "sscan"
    with pytest.raises(KeyError):
        bench.scan.val.get_field("P5PV")
