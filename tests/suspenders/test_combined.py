"""Suspenders over several sources at once."""

import pytest
from ophyd import Signal

from reioc.suspenders import (
    AtSeverity,
    Changed,
    Floor,
    ManualSource,
    OlderThan,
    SuspendAllOf,
    SuspendAnyOf,
    SuspendBoolHigh,
    SuspendBoolLow,
    SuspenderBase,
    SuspendFloor,
)
from reioc.suspenders.combined import PVSuspender

from .support import FakeSource, FakeTime, RecordingKeeper

LOW = "RING is 0, below 100; good again at 200"
CLOSED = "SHUTTER is 0, low; good again at 1"


class Two:
    """A combination of RING, below 100, and SHUTTER, closed; both good and installed."""

    def __init__(self, combine, **settings):
        self.time, self.keeper = FakeTime(), RecordingKeeper()
        self.ring, self.shutter = FakeSource("RING", self.time), FakeSource("SHUTTER", self.time)
        self.ring.put(250.0)
        self.shutter.put(1)
        self.parts = SuspendFloor(self.ring, 100, resume_thresh=200), SuspendBoolLow(self.shutter)
        clocks = {"clock": self.time.clock, "wall_clock": self.time.wall_clock, "timer": self.time.timer}
        self.suspender = combine(*self.parts, **clocks, **settings)
        self.suspender.install(self.keeper)


def test_any_of_them_holds():
    """One hold for all: each further cause is another reason for it."""
    two = Two(SuspendAnyOf)
    two.ring.put(0.0)
    two.shutter.put(0)
    two.ring.put(250.0)
    two.shutter.put(1)

    assert two.keeper.calls == [("hold", LOW), ("hold", f"{LOW} and {CLOSED}"), ("hold", CLOSED), ("release", "")]
    assert two.suspender.status.trips == 1


def test_all_of_them_hold():
    """Only while every one would."""
    two = Two(SuspendAllOf)
    two.ring.put(0.0)
    assert two.keeper.calls == []
    two.shutter.put(0)
    two.ring.put(150.0)
    two.ring.put(200.0)

    assert two.keeper.calls == [("hold", f"{LOW} and {CLOSED}"), ("release", "")]


def test_what_is_not_known_counts_as_bad_among_all():
    """A source that is gone does not hide the other one."""
    two = Two(SuspendAllOf)
    two.ring.disconnect()
    two.shutter.put(0)

    assert two.keeper.calls == [("hold", f"RING is disconnected and {CLOSED}")]


def test_until_one_of_any_is_known_it_holds():
    """As with a single one."""
    keeper, known = RecordingKeeper(), ManualSource("A")
    known.put(250.0)
    SuspendAnyOf(SuspendFloor(known, 100), SuspendFloor(ManualSource("B"), 100)).install(keeper)

    assert keeper.calls == [("hold", "B is not connected yet")]


def test_it_has_settings_of_its_own():
    """Settle time, plans, scope, action and message are those of the whole; those of its parts do not count."""
    pre, post = object(), object()
    two = Two(
        SuspendAnyOf, name="both", sleep=60, pre_plan=pre, post_plan=post, scope="s", tripped_message="m", action="stop"
    )
    two.ring.put(0.0)
    two.ring.put(250.0)

    assert two.keeper.calls == [
        ("stop", f"{LOW} (m)"),
        ("hold", f"{LOW} (m)"),
        ("hold", "RING, SHUTTER are good again; goes on after 60 s (m)"),
    ]
    assert two.keeper.plans[0] == (pre, post)
    assert set(two.keeper.scopes) == {"s"}
    two.time.advance(60)
    assert two.keeper.verbs[-1] == "release"


@pytest.mark.parametrize("combine", [SuspendAnyOf, SuspendAllOf])
def test_its_status(combine):
    """The kind says how they are combined; limits are those of each and not shown, the value is the first one's."""
    two = Two(combine, name="both")
    two.shutter.put(1)
    status = two.suspender.status

    assert (status.name, status.source) == ("both", "RING, SHUTTER")
    assert status.kind == {"SuspendAnyOf": "any_of", "SuspendAllOf": "all_of"}[combine.__name__]
    assert (status.value, status.connected) == (250.0, True)
    assert (status.low, status.high, status.resume_low, status.resume_high) == (None, None, None, None)
    assert (status.expected, status.at_severity, status.older_than) == (None, None, None)
    two.shutter.disconnect()
    assert not two.suspender.status.connected


@pytest.mark.parametrize("condition", [Changed("a"), AtSeverity("MINOR"), OlderThan(5)])
def test_what_its_first_part_is_about_is_not_its_own(condition):
    """Settings of one are not shown as those of all."""
    parts = SuspenderBase(ManualSource("A"), condition=condition), SuspendBoolHigh(ManualSource("B"))
    status = SuspendAnyOf(*parts).status

    assert (status.expected, status.at_severity, status.older_than) == (None, None, None)


def test_without_a_name_it_has_that_of_all():
    """What it watches, in order."""
    assert Two(SuspendAnyOf).suspender.name == "RING, SHUTTER"


def test_the_limits_of_its_parts_count_as_they_are_now():
    """Also those that were changed after a part was made."""
    part, other, keeper = SuspendFloor(ManualSource("A"), 100), SuspendBoolHigh(ManualSource("B")), RecordingKeeper()
    part.configure(low=50)
    both = SuspendAnyOf(part, other)
    both.install(keeper)
    for source, value in zip((member.source for member in both.members), (70.0, 0), strict=True):
        source.put(value)

    assert both.members[0].condition == Floor(50)
    assert keeper.holds == {}


def test_signals_can_be_combined():
    """Those of ophyd, as bluesky's users have them."""
    ring, shutter, keeper = Signal(name="ring", value=250), Signal(name="shutter", value=0), RecordingKeeper()
    both = SuspendAllOf(SuspendFloor(ring, 100), SuspendBoolHigh(shutter))
    both.install(keeper)
    ring.put(0)
    shutter.put(1)
    assert keeper.verbs == ["hold"]
    both.remove()
    shutter.put(0)
    shutter.put(1)

    assert keeper.verbs == ["hold", "release"]


def test_one_is_not_several():
    """The message says how many there were."""
    with pytest.raises(ValueError, match="SuspendAnyOf needs two or more suspenders; it was given 1"):
        SuspendAnyOf(SuspendBoolHigh(ManualSource()))
    with pytest.raises(ValueError, match="SuspendAllOf needs two or more suspenders; it was given 0"):
        SuspendAllOf()


def test_only_suspenders_of_ours_can_be_combined():
    """A signal, or bluesky's, is refused."""
    with pytest.raises(TypeError, match=r"SuspendAnyOf is made of suspenders of ours, not of 'RING:CUR'"):
        SuspendAnyOf(SuspendBoolHigh(ManualSource()), "RING:CUR")


def test_one_that_is_installed_is_refused():
    """It would hold by itself."""
    part = SuspendBoolHigh(ManualSource("A"))
    part.install(RecordingKeeper())

    with pytest.raises(ValueError, match=r"SuspendAllOf: .*'A'.* is installed by itself; remove it there, or make"):
        SuspendAllOf(part, SuspendBoolHigh(ManualSource("B")))


def test_combinations_of_combinations_are_refused():
    """What is any and what is all would be lost."""
    both = SuspendAnyOf(SuspendBoolHigh(ManualSource("A")), SuspendBoolHigh(ManualSource("B")))

    with pytest.raises(ValueError, match=r"SuspendAllOf is made of suspenders that watch one thing each, not"):
        SuspendAllOf(both, SuspendBoolHigh(ManualSource("C")))


def test_a_part_cannot_be_installed_by_itself():
    """A source has one watcher: the whole would be blind from then on, and nobody would see it."""
    two = Two(SuspendAnyOf)

    with pytest.raises(RuntimeError, match=r"suspender 'RING' is a part of <SuspendAnyOf .*>: install that"):
        two.parts[0].install(two.keeper)
    two.parts[0].remove()
    two.ring.put(0.0)
    assert two.keeper.calls == [("hold", LOW)]


def test_a_part_of_one_cannot_be_a_part_of_another():
    """For the same reason."""
    two = Two(SuspendAnyOf)

    with pytest.raises(ValueError, match=r"SuspendAllOf: <SuspendFloor .*> is a part of <SuspendAnyOf .*> already"):
        SuspendAllOf(two.parts[0], SuspendBoolHigh(ManualSource("C")))


def test_a_source_cannot_be_watched_twice():
    """The same suspender, or two over the same Source; two over the same signal have a Source each."""
    source, signal = ManualSource("A"), Signal(name="s", value=0)
    part = SuspendBoolHigh(source)

    for parts in ((part, part), (part, SuspendBoolLow(source))):
        with pytest.raises(ValueError, match="SuspendAllOf watches one Source twice"):
            SuspendAllOf(*parts)
    keeper = RecordingKeeper()
    SuspendAllOf(SuspendBoolLow(signal), SuspendFloor(signal, 5)).install(keeper)
    assert keeper.verbs == ["hold"]


def test_a_refusal_leaves_the_parts_as_they_were():
    """They can still be installed."""
    part, keeper = SuspendBoolHigh(ManualSource("A")), RecordingKeeper()
    with pytest.raises(TypeError):
        SuspendAnyOf(part, None)
    with pytest.raises(ValueError, match="is no policy"):
        SuspendAnyOf(part, SuspendBoolHigh(ManualSource("B")), on_bad_pv="panic")
    part.install(keeper)

    assert keeper.verbs == ["hold"]


def test_members_without_classes():
    """What the configuration makes: any number of sources with their conditions, one included."""
    time = FakeTime()
    ring = FakeSource("RING", time)
    ring.put(0.0)
    one, keeper = PVSuspender(SuspenderBase(ring, condition=Floor(100)).members), RecordingKeeper()
    one.install(keeper)

    assert keeper.calls == [("hold", "RING is 0, below 100; good again at 100")]
    assert (one.status.kind, one.status.low) == ("floor", 100)
    with pytest.raises(TypeError, match="None cannot be watched"):
        PVSuspender([])
