"""The scaler record."""

import asyncio
from typing import Any

import pytest

from reioc.sim_iocs.physics.scaler import Scaler
from reioc.sim_iocs.records.scaler import ScalerGroup

from ..fakes import FakeClock, Recorder


class Counters:
    """A scaler record that is not served: a clock of 1 MHz, 1000 and 100 pulses a second."""

    def __init__(self, clock: FakeClock) -> None:
        self.group = ScalerGroup("T:scaler1")
        self.group.link(Scaler(clock.now, {"I0": lambda: 1000.0, "It": lambda: 100.0}, frequency=1e6), clock)
        clock.run(self.group.run())

    def field(self, name: str) -> Any:
        return self.group.val.fields[name]

    def get(self, *names: str) -> list[Any]:
        return [self.field(name).value for name in names]

    async def put(self, **puts: Any) -> None:
        for name, value in puts.items():
            await self.field(name).write(value)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def counters(clock: FakeClock) -> Counters:
    return Counters(clock)


def test_it_says_what_it_counts(counters: Counters) -> None:
    """Names, their number, the clock's frequency and the preset are there from the start."""
    assert counters.get("NM1", "NM2", "NM3", "NM4", "NCH", "FREQ") == ["time", "I0", "It", "", 3, 1e6]
    assert counters.get("TP", "PR1", "G1", "G2") == [1.0, 1e6, "Y", "N"]


def test_a_count_takes_its_preset(clock: FakeClock, counters: Counters) -> None:
    """The put of CNT completes after TP, with the counts there and CNT 0 again, last."""
    recorder = Recorder()

    async def work() -> None:
        await recorder.watch(cnt=counters.field("CNT"), s=counters.field("S2"), t=counters.field("T"))
        await counters.put(TP=0.5, RATE=0, CNT=1)

    clock.run(work())

    assert clock.time == pytest.approx(0.5)
    assert counters.get("S1", "S2", "S3", "S4") == [500_000, 500, 50, 0]
    assert recorder.events == [("cnt", "Count"), ("t", pytest.approx(0.5)), ("s", 500.0), ("cnt", "Done")]
    assert counters.group.val.value == pytest.approx(0.5)


def test_counts_are_shown_on_the_way(clock: FakeClock, counters: Counters) -> None:
    """RATE times a second while it counts."""
    recorder = Recorder()

    async def work() -> None:
        await recorder.watch(t=counters.field("T"))
        await counters.put(TP=1.0, RATE=4, CNT=1)

    clock.run(work())

    assert recorder.values("t") == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.03)


def test_zero_ends_it(clock: FakeClock, counters: Counters) -> None:
    """Both puts complete at once, with the counts so far; so it is during the delay, with none."""

    async def work(delay: float) -> None:
        await counters.put(TP=10, DLY=delay)
        counting = asyncio.create_task(counters.put(CNT=1))
        await clock.sleep(2.0)
        await counters.put(CNT=0)
        await counting

    clock.run(work(0.0))
    assert (clock.time, counters.get("S2", "CNT")) == (2.0, [2000, "Done"])

    clock.run(work(5.0))
    assert (clock.time, counters.get("CNT", "US")) == (4.0, ["Done", "Idle"])


def test_a_second_start_waits_for_the_first(clock: FakeClock, counters: Counters) -> None:
    """As for any busy record; nothing is counted twice."""

    async def work() -> None:
        await asyncio.gather(counters.put(CNT=1), counters.put(CNT=1))

    clock.run(work())

    assert (clock.time, counters.get("S2")) == (pytest.approx(1.0), [1000])


def test_time_and_pulses_are_one_preset(clock: FakeClock, counters: Counters) -> None:
    """TP sets PR1, PR1 sets TP, and both its gate."""
    clock.run(counters.put(G1=0, TP=0.25))
    assert counters.get("PR1", "G1") == [250_000, "Y"]

    clock.run(counters.put(G1=0, PR1=3e6))
    assert counters.get("TP", "G1") == [3.0, "Y"]


def test_another_counter_can_end_it(clock: FakeClock, counters: Counters) -> None:
    """A preset opens its gate, 0 closes it; a gate that is opened without a preset gets 1000."""
    clock.run(counters.put(TP=100, PR3=25, CNT=1))
    assert (clock.time, counters.get("S3", "G3")) == (pytest.approx(0.25), [25, "Y"])

    clock.run(counters.put(PR3=0, G2=1))
    assert counters.get("G3", "PR2", "D2") == ["N", 1000, "Up"]


def test_it_counts_by_itself(clock: FakeClock, counters: Counters) -> None:
    """With AutoCount counts come one after the other, CNT stays 0, and a count that is asked for goes first."""
    recorder = Recorder()

    async def work() -> None:
        await recorder.watch(cnt=counters.field("CNT"), t=counters.field("T"))
        await counters.put(TP1=0.5, RAT1=0, TP=2.0, RATE=0, CONT=1)
        await clock.sleep(1.2)
        begun = clock.time
        await counters.put(CNT=1)
        assert clock.time - begun == pytest.approx(2.0)
        await clock.sleep(0.6)
        await counters.put(CONT=0)

    clock.run(work())

    # 0.5 and 0.5 by itself; what of the third there was when it was asked; 2; 0.5; what there was when it was ended.
    assert recorder.values("t") == pytest.approx([0.5, 0.17, 2.0, 0.5, 0.08], abs=0.03)
    assert recorder.values("cnt") == ["Count", "Done"]
    assert counters.get("SS", "CONT") == ["Idle", "OneShot"]
