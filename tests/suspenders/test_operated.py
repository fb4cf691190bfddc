"""What operators change: settings, switches, bypasses; and who hears of it."""

import logging
import math
import threading

import pytest

from reioc.suspenders import (
    Action,
    AtSeverity,
    Change,
    Changed,
    Floor,
    OlderThan,
    OnBadPV,
    Severity,
    SuspendAnyOf,
    SuspenderBase,
)

from .support import FakeTime, RecordingKeeper, Rig

BAD = Rig.BAD


def heard_by(rig):
    """The changes that an audit observer hears of, as (setting, old, new, by)."""
    changes = []
    rig.suspender.observe_changes(lambda change: changes.append((change.setting, change.old, change.new, change.by)))
    return changes


def test_disable_lets_go_and_enable_holds_again():
    """At once, both."""
    rig = Rig(value=0.0, sleep=60, installed=True)
    rig.suspender.enabled = False
    assert not rig.suspender.enabled
    rig.suspender.enabled = True

    assert rig.keeper.verbs == ["hold", "release", "hold"]
    assert rig.suspender.enabled


def test_configure_takes_effect_at_once():
    """Limits, settle time, policy, age and action, by the names that the PVs have."""
    rig = Rig(value=150.0, installed=True)
    rig.suspender.configure(low=160, resume_low=170, delay=5, on_bad_pv="ignore", max_age=9, action="stop")
    status = rig.suspender.status

    assert rig.keeper.verbs == ["stop", "hold"]
    assert (status.low, status.resume_low) == (160, 170)
    assert status.rules.delay == 5
    assert (status.rules.on_bad_pv, status.rules.action, status.rules.max_age) == (OnBadPV.IGNORE, Action.STOP, 9)


@pytest.mark.parametrize(
    ("condition", "change", "shown"),
    [
        (Changed("a"), {"expected": "b"}, ("b", None, None)),
        (AtSeverity("MINOR"), {"at_severity": "MAJOR"}, (None, Severity.MAJOR, None)),
        (OlderThan(5), {"older_than": 7}, (None, None, 7)),
    ],
)
def test_every_kind_has_settings_of_its_own(condition, change, shown):
    """By the names that the configuration has."""
    rig = Rig(condition=condition)
    rig.suspender.configure(**change)
    status = rig.suspender.status

    assert shown == (status.expected, status.at_severity, status.older_than)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"low": 300}, "resume_low = 200 is below low = 300"),
        ({"hihg": 3}, "kind 'floor' has no hihg; it has low, resume_low"),
        ({"low": 50, "delay": -1}, "delay = -1 is no settle time"),
        ({"low": 50, "on_bad_pv": "panic"}, "on_bad_pv = 'panic' is no policy"),
        ({"low": 50, "action": "panic"}, "action = 'panic' is no action"),
        ({"low": 50, "max_age": -1}, "max_age = -1 is no age"),
        ({"low": math.nan, "delay": 5, "scope": "other"}, "low = nan is no limit"),
        ({"enabled": False, "high": 5}, "kind 'floor' has no high"),
    ],
)
def test_a_wrong_change_is_refused_whole(change, message):
    """It says what is wrong; nothing has changed, and nobody hears of anything."""
    rig = Rig(value=150.0, installed=True)
    changes, news = heard_by(rig), []
    rig.suspender.observe(news.append)
    before = rig.suspender.status

    with pytest.raises(ValueError, match=message):
        rig.suspender.configure(**change)
    assert before == rig.suspender.status
    assert (rig.keeper.calls, changes, news) == ([], [], [])


def test_changing_settings_while_tripped_ends_no_plan():
    """It is a trip that ends a plan."""
    rig = Rig(value=0.0, installed=True)
    rig.suspender.configure(action="abort")
    rig.suspender.configure(low=50)

    assert set(rig.keeper.verbs) == {"hold"}


def test_another_scope_holds_within_that_at_once():
    """What is held already as well; the reason stays."""
    rig = Rig(value=0.0, scope="old", installed=True)
    rig.suspender.configure(scope="new")
    rig.suspender.configure(scope="new")
    rig.suspender.configure(delay=3)

    assert rig.keeper.calls == [("hold", BAD), ("hold", BAD)]
    assert rig.keeper.scopes == ["old", "new"]
    assert rig.suspender.status.scope == "new"


def test_another_scope_together_with_other_settings():
    """Asked for once, whatever else the change makes of it."""
    rig = Rig(value=0.0, scope="old", installed=True)
    rig.suspender.configure(scope="new", max_age=60)
    rig.suspender.configure(scope="newer", low=50)
    rig.suspender.configure(scope="newest", low=-10, resume_low=-5)

    assert rig.keeper.verbs == ["hold", "hold", "hold", "release"]
    assert rig.keeper.scopes == ["old", "new", "newer"]


def test_a_bypass_is_a_setting_like_the_others():
    """It is checked with them, and told with them."""
    rig = Rig(value=0.0, installed=True)
    changes = heard_by(rig)
    rig.suspender.configure(bypass=60, delay=5, by="joe@bl1")
    assert changes == [("bypass", 0.0, 60.0, "joe@bl1"), ("delay", 0.0, 5.0, "joe@bl1")]
    for wrong in ({"bypass": -1, "delay": 7}, {"bypass": 0, "delay": -7}):
        with pytest.raises(ValueError, match=r"= -[17] is no"):
            rig.suspender.configure(**wrong)

    assert len(changes) == 2
    assert (rig.suspender.status.bypass_left, rig.keeper.verbs) == (60, ["hold", "release"])


def test_limits_that_come_with_a_bypass_trip_nothing():
    """The bypass counts from the first; one that ends counts to the last."""
    rig = Rig(value=150.0, action="stop", installed=True)
    rig.suspender.configure(low=170, bypass=60)
    rig.suspender.configure(low=100, resume_low=100, bypass=0)

    assert rig.keeper.calls == []


def test_a_suspender_over_several_has_no_limits_of_its_own():
    """Its settings can be changed; the message says why a limit cannot."""
    rig = Rig(value=250.0)
    other = SuspenderBase(Rig().source, condition=Floor(5))
    both = SuspendAnyOf(rig.suspender, other, name="both")
    both.configure(delay=5)

    assert both.status.rules.delay == 5
    with pytest.raises(ValueError, match="both watches several PVs and has no low of its own"):
        both.configure(low=5, delay=6)
    assert both.status.rules.delay == 5


# The audit


def test_changes_are_told_with_who_and_when():
    """One by one, from what to what."""
    rig, changes = Rig(value=250.0, installed=True), []
    rig.suspender.observe_changes(changes.append)
    rig.suspender.configure(low=50, delay=5, by="joe@bl1")

    assert changes == [
        Change("RING", "delay", 0.0, 5.0, "joe@bl1", rig.time.wall_clock()),
        Change("RING", "low", 100.0, 50.0, "joe@bl1", rig.time.wall_clock()),
    ]


def test_what_stays_as_it_is_is_no_change():
    """Written once more, a setting is not told; by Python nobody is named."""
    rig = Rig(condition=Floor(100, 200))
    changes = heard_by(rig)
    rig.suspender.configure(low=100, delay=0, action="suspend", scope=None, by="joe@bl1")
    rig.suspender.enabled = True
    assert changes == []
    rig.suspender.enabled = False

    assert changes == [("enabled", True, False, "")]


def test_every_setting_is_told():
    """Rules, limits and the scope; a resume limit that moves along is not one that was set."""
    rig = Rig(condition=Floor(100))
    changes = heard_by(rig)
    rig.suspender.configure(action="warn", on_bad_pv="ignore", max_age=5, scope="s", low=50, by="x")
    rig.suspender.configure(resume_low=70, by="y")

    assert changes == [
        ("on_bad_pv", OnBadPV.SUSPEND, OnBadPV.IGNORE, "x"),
        ("action", Action.SUSPEND, Action.WARN, "x"),
        ("max_age", None, 5.0, "x"),
        ("low", 100.0, 50.0, "x"),
        ("scope", None, "s", "x"),
        ("resume_low", None, 70.0, "y"),
    ]


def test_a_bypass_is_told():
    """That it began, for how many seconds, and that somebody ended it."""
    rig = Rig(value=0.0, installed=True)
    changes = heard_by(rig)
    rig.suspender.bypass(600, by="joe@bl1")
    rig.time.advance(100)
    rig.suspender.bypass(0, by="ann@bl1")

    assert changes == [("bypass", 0.0, 600.0, "joe@bl1"), ("bypass", 500.0, 0.0, "ann@bl1")]


def test_nobody_is_told_after_unobserving():
    """Neither kind of observer; the others still are."""
    rig = Rig(value=250.0, installed=True)
    mine, other, news = [], [], []
    rig.suspender.observe_changes(mine.append)
    rig.suspender.observe_changes(other.append)
    rig.suspender.observe(news.append)
    rig.suspender.unobserve_changes(mine.append)
    rig.suspender.unobserve(news.append)
    rig.suspender.configure(delay=5)

    assert (mine, len(other), news) == ([], 1, [])


def test_changes_come_after_what_they_make_the_engine_do_and_before_the_news():
    """In the order in which things happened."""
    rig, order = Rig(value=150.0), []

    class Keeper(RecordingKeeper):
        def hold(self, *args, **more):
            order.append("hold")

    rig.suspender.install(Keeper())
    rig.suspender.observe_changes(lambda change: order.append(change.setting))
    rig.suspender.observe(lambda status: order.append(status.low))
    rig.suspender.configure(low=160)

    assert order == ["hold", "low", 160]


def test_a_change_is_logged(caplog):
    """With who made it."""
    rig = Rig()
    with caplog.at_level(logging.INFO):
        rig.suspender.configure(low=50, by="joe@bl1")
        rig.suspender.configure(low=60)

    assert "RING low: 100 -> 50 by joe@bl1" in caplog.text
    assert "RING low: 50 -> 60 by Python" in caplog.text


# Observers


def test_observers_hear_of_changes_of_state_and_not_of_values():
    """Trips, connections, severities and settings."""
    rig, heard = Rig(value=250.0, installed=True), []
    rig.suspender.observe(lambda status: heard.append((status.value, status.tripped, status.connected)))
    for value in (240.0, 0.0, 1.0, 2.0):
        rig.source.put(value)
    rig.source.disconnect()
    rig.suspender.enabled = False

    assert heard == [(0.0, True, True), (2.0, True, False), (2.0, False, False)]


def test_observers_hear_of_limits_though_nothing_else_changes():
    """A screen shows them."""
    rig, heard = Rig(value=250.0, installed=True), []
    rig.suspender.observe(lambda status: heard.append(status.low))
    rig.suspender.configure(low=50)
    rig.suspender.configure(low=50)

    assert heard == [50]


def test_observers_hear_of_it_being_installed_and_removed():
    """Tripped for as long as it is."""
    rig, heard = Rig(value=0.0), []
    rig.suspender.observe(lambda status: heard.append(status.tripped))
    rig.suspender.install(rig.keeper)
    rig.suspender.remove()

    assert heard[-2:] == [True, False]


def test_observers_may_call_back():
    """No lock is held: they may look, from whatever thread, change and remove."""
    rig, seen = Rig(value=250.0, installed=True), []

    def look(status):
        looker = threading.Thread(target=lambda: seen.append(rig.suspender.status.tripped))
        looker.start()
        looker.join(10)
        if status.tripped:
            rig.suspender.remove()

    rig.suspender.observe(look)
    rig.source.put(0.0)

    assert seen == [True, False]
    assert rig.keeper.verbs == ["hold", "release"]
    assert rig.suspender.RE is None


def test_an_observer_that_fails_is_reported_and_nothing_else(caplog):
    """The others hear, the engine is held."""
    rig, heard = Rig(value=250.0, installed=True), []

    def broken(news):
        raise ValueError("screen is gone")

    rig.suspender.observe(broken)
    rig.suspender.observe(heard.append)
    rig.suspender.observe_changes(broken)
    rig.suspender.observe_changes(heard.append)
    with caplog.at_level(logging.ERROR):
        rig.source.put(0.0)
        rig.suspender.configure(delay=5)

    assert rig.keeper.verbs == ["hold"]
    assert len(heard) == 3
    assert caplog.text.count("an observer of suspender RING failed") == 3


# The master switch and bypasses


def test_muted_it_holds_nothing():
    """Until it is not; observers hear of it, and its own switch stays as it is."""
    rig, heard = Rig(value=0.0, installed=True), []
    rig.suspender.observe(lambda status: heard.append((status.muted, status.enabled, status.tripped)))
    rig.suspender.mute(True)
    rig.suspender.mute(False)

    assert rig.keeper.verbs == ["hold", "release", "hold"]
    assert heard == [(True, True, False), (False, True, True)]


def test_it_may_be_muted_before_it_is_installed():
    """And stays muted in the next engine."""
    rig = Rig(value=0.0)
    rig.suspender.mute(True)
    rig.suspender.install(rig.keeper)
    rig.suspender.remove()
    rig.suspender.install(RecordingKeeper())

    assert rig.keeper.calls == []
    assert rig.suspender.status.muted


def test_a_bypass_ends_by_itself():
    """It shows for how long yet and by whom; after that it holds again, and shows neither."""
    rig = Rig(value=0.0, installed=True)
    rig.suspender.bypass(600, by="joe@bl1")
    status = rig.suspender.status
    assert (status.bypass_left, status.bypass_by, status.tripped) == (600, "joe@bl1", False)
    rig.time.advance(599)
    assert rig.suspender.status.bypass_left == 1
    assert rig.keeper.verbs == ["hold", "release"]
    rig.time.advance(1)
    status = rig.suspender.status

    assert rig.keeper.verbs == ["hold", "release", "hold"]
    assert (status.bypass_left, status.bypass_by) == (None, "")


def test_the_end_of_a_bypass_is_news():
    """Also while nothing is wrong."""
    rig, heard = Rig(value=250.0, installed=True), []
    rig.suspender.observe(lambda status: heard.append(status.bypass_by))
    rig.suspender.bypass(600)
    rig.time.advance(600)

    assert heard == ["Python", ""]


def test_a_bypass_can_be_ended_and_replaced():
    """By 0 seconds; the last one counts."""
    rig = Rig(value=0.0, installed=True)
    rig.suspender.bypass(600)
    rig.suspender.bypass(0)
    assert rig.keeper.verbs == ["hold", "release", "hold"]
    rig.suspender.bypass(600)
    rig.suspender.bypass(10)
    rig.time.advance(10)

    assert rig.keeper.verbs == ["hold", "release", "hold", "release", "hold"]
    rig.time.advance(600)
    assert rig.keeper.verbs[-1] == "hold"


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, 400 * 86400, "60", None])
def test_a_bypass_has_an_end(seconds):
    """Nothing is bypassed for ever by a slip of the pen: at most for a year."""
    rig = Rig(value=0.0, installed=True)

    with pytest.raises(ValueError, match=r"bypass = .* is no time: it must be seconds, from 0 to those of a year"):
        rig.suspender.bypass(seconds)
    assert rig.keeper.verbs == ["hold"]


# What is shown


def test_status_shows_a_trip():
    """All that a screen needs."""
    rig = Rig(value=250.0, sleep=60, name="ring", installed=True)
    rig.time.advance(5)
    rig.source.put(0.0, Severity.MAJOR)
    rig.time.advance(10)
    status = rig.suspender.status

    assert (status.name, status.source, status.kind) == ("ring", "RING", "floor")
    assert (status.enabled, status.muted, status.tripped, status.connected) == (True, False, True, True)
    assert (status.severity, status.value) == (Severity.MAJOR, 0.0)
    assert (status.low, status.high, status.resume_low, status.resume_high) == (100, None, 200, None)
    assert (status.reason, status.countdown, status.trips, status.time_lost) == (BAD, None, 1, 10)
    assert status.since == FakeTime.SINCE_1970 + 1005


def test_status_shows_the_countdown():
    """The seconds that are left; gone with the hold. The trip began before."""
    rig = Rig(value=0.0, sleep=60, installed=True)
    rig.time.advance(7)
    rig.source.put(250.0)
    rig.time.advance(20)
    status = rig.suspender.status

    assert (status.countdown, status.since) == (40, rig.time.wall_clock() - 27)
    rig.time.advance(40)
    status = rig.suspender.status
    assert (status.countdown, status.since, status.reason) == (None, None, "")


def test_status_of_a_disconnected_source():
    """The last value stays in sight, its severity does not."""
    rig = Rig(value=250.0, installed=True)
    rig.source.disconnect()
    status = rig.suspender.status

    assert (status.connected, status.severity, status.value) == (False, Severity.INVALID, 250.0)


def test_status_before_anything_is_known():
    """Not connected, and not tripped while not installed."""
    status = Rig(value=0.0).suspender.status

    assert (status.connected, status.severity, status.value, status.tripped) == (False, Severity.INVALID, None, False)


def test_status_of_a_warning():
    """It is tripped, and no time is lost."""
    rig = Rig(value=0.0, action="warn", installed=True)
    rig.time.advance(10)
    status = rig.suspender.status

    assert (status.tripped, status.reason, status.time_lost, status.trips) == (True, BAD, 0.0, 1)
