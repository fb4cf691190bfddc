"""What is saved of suspenders, and what becomes of it at the next start."""

import json
import logging

import numpy as np
import pytest

from reioc.ioc.suspending import SavedSuspenders
from reioc.suspenders import AtSeverity, BoolHigh, Changed, Floor, SuspenderSpec

from .support import SUSPENDERS, PVs, Watch, make_maker

NOTHING = {"enabled": True, "added": [], "settings": {}, "bypasses": {}}
SPEC = SuspenderSpec(name="more", kind="floor", pv="MORE", low=10)
NOW = 5000.0


@pytest.fixture
def saved(RE):
    """Nothing is known yet; it is five thousand seconds past 1970."""
    return SavedSuspenders(RE, wall_clock=lambda: NOW)


def watching(RE, saved, *args, **settings):
    """One that is configured and installed."""
    watch = Watch(*args, **settings)
    RE.install_suspender(watch.suspender)
    saved.know(watch.suspender)
    return watch


def state_of(saved):
    """As the file has it."""
    return json.loads(json.dumps(saved.state(), allow_nan=False))


def change(value, configured):
    return {"value": value, "configured": configured}


def never(spec):
    raise AssertionError(f"{spec.name} is not to be made")


def test_what_is_as_configured_is_not_saved(RE, saved):
    """Nor is what has been changed and changed back, or what nobody knows the configuration of."""
    beam = watching(RE, saved)
    RE.install_suspender(Watch("python").suspender)
    RE.suspender("python").configure(low=1)
    beam.suspender.configure(low=50, delay=3)
    beam.suspender.configure(low=100, delay=0)

    assert saved.state() == NOTHING


def test_what_differs_is_saved_with_what_was_configured(RE, saved):
    """Limits, rules and words, of each what it is called in the configuration."""
    beam, alarm = watching(RE, saved), watching(RE, saved, "alarm", AtSeverity("MINOR"), max_age=30)
    beam.suspender.configure(low=50, resume_low=300, delay=3, action="warn")
    alarm.suspender.configure(at_severity="INVALID", on_bad_pv="ignore", max_age=None, enabled=False)

    assert state_of(saved)["settings"] == {
        "beam": {
            "low": change(50, 100),
            "resume_low": change(300, 200),
            "delay": change(3, 0),
            "action": change("warn", "suspend"),
        },
        "alarm": {
            "at_severity": change("INVALID", "MINOR"),
            "on_bad_pv": change("ignore", "suspend"),
            "max_age": change(None, 30),
            "enabled": change(False, True),
        },
    }


def test_a_limit_that_no_longer_goes_along_is_saved(RE, saved):
    """One for going on again that stays where it was, while the limit that trips moves away, is one of its own."""
    beam = watching(RE, saved, condition=Floor(100))
    beam.suspender.configure(low=50, resume_low=100)

    settings = state_of(saved)["settings"]["beam"]
    assert settings == {"low": change(50.0, 100.0), "resume_low": change(100.0, None)}


def test_a_value_that_was_learned_is_not_saved(RE, saved):
    """It will be learned again; one that was configured and changed is saved."""
    learning = watching(RE, saved, "learning", Changed())
    knowing = watching(RE, saved, "knowing", Changed("Open"))
    learning.source.put("Closed")
    knowing.suspender.configure(expected=2.0)

    assert learning.suspender.status.expected == "Closed"
    assert state_of(saved)["settings"] == {"knowing": {"expected": change(2, "Open")}}


def test_a_number_of_numpy_is_saved_as_one_of_ours(RE, saved):
    """A plan has computed it."""
    watch = watching(RE, saved, "mode", Changed(1))
    watch.suspender.configure(expected=np.int64(3))

    assert state_of(saved)["settings"] == {"mode": {"expected": change(3, 1)}}


def test_one_that_is_removed_is_not_saved(RE, saved):
    """Whoever has removed it, a PV or Python."""
    first, second = watching(RE, saved, "first"), watching(RE, saved, "second")
    added = Watch("more").suspender
    RE.install_suspender(added)
    saved.know(added, SPEC)
    for suspender in (first.suspender, second.suspender, added):
        suspender.configure(low=1)
    saved.forget(first.suspender)
    RE.remove_suspender(second.suspender)
    RE.remove_suspender(added)

    assert saved.state() == NOTHING


def test_a_bypass_is_saved_with_its_end(RE, saved):
    """By the wall clock, and by whom."""
    watch = watching(RE, saved)
    watch.suspender.bypass(60, by="anna@xf99")
    watch.time.advance(20)
    assert state_of(saved)["bypasses"] == {"beam": {"until": NOW + 40, "by": "anna@xf99"}}
    watch.time.advance(40)

    assert saved.state() == NOTHING


def test_master_switch_and_what_was_added_are_saved(RE, saved):
    """A description as it was given."""
    RE.suspenders_enabled = False
    suspender = Watch("more").suspender
    RE.install_suspender(suspender)
    saved.know(suspender, SPEC)
    suspender.configure(low=20)
    state = state_of(saved)

    assert state["enabled"] is False
    assert [SuspenderSpec.model_validate(spec) for spec in state["added"]] == [SPEC]
    assert state["settings"] == {"more": {"low": change(20, 100)}}


def test_settings_are_given_back(RE, saved):
    """Before anything is watched; who did it is the last session."""
    watch, changes = Watch(), []
    saved.know(watch.suspender)
    watch.suspender.observe_changes(lambda change: changes.append((change.setting, change.by)))
    settings = {"low": change(150, 100), "delay": change(3, 0), "action": change("stop", "suspend")}
    assert saved.restore({"settings": {"beam": settings}}, never) == []
    status = watch.suspender.status

    assert (status.low, status.resume_low, status.rules.delay, str(status.rules.action)) == (150, 200, 3, "stop")
    assert set(changes) == {(name, "the last session") for name in settings}


def test_what_was_edited_since_wins(saved, caplog):
    """The saved value is dropped, with a warning; others are not."""
    watch = Watch()
    saved.know(watch.suspender)
    saved.restore({"settings": {"beam": {"low": change(150, 90), "delay": change(3, 0)}}}, never)

    assert (watch.suspender.status.low, watch.suspender.status.rules.delay) == (100, 3)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "suspender beam: low = 100 is configured now; 150, which was saved, is dropped")
    ]


def test_a_setting_that_it_does_not_have_is_dropped(saved, caplog):
    """Of another kind, or of another version of us."""
    watch = Watch()
    saved.know(watch.suspender)
    saved.restore({"settings": {"beam": {"colour": change("red", None), "delay": change(3, 0)}}}, never)

    assert watch.suspender.status.rules.delay == 3
    assert "colour = none is configured now; red, which was saved, is dropped" in caplog.text


def test_limits_that_do_not_fit_any_more_cost_nothing_else(saved, caplog):
    """They are reported; settle time and policy are given back."""
    watch = Watch()
    saved.know(watch.suspender)
    settings = {"low": change(250, 100), "delay": change(3, 0), "on_bad_pv": change("ignore", "suspend")}
    saved.restore({"settings": {"beam": settings | {"action": change("panic", "suspend")}}}, never)
    status = watch.suspender.status

    assert (status.low, status.rules.delay, str(status.rules.on_bad_pv)) == (100, 3, "ignore")
    assert str(status.rules.action) == "suspend"
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert "suspender beam: what was saved does not fit any more: resume_low = 200 is below low = 250" in caplog.text
    assert "action = 'panic' is no action" in caplog.text


def test_one_of_another_kind_keeps_its_settings(saved, caplog):
    """Its limits are gone; they say nothing about the others."""
    shutter, beam = Watch("shutter", BoolHigh()), Watch()
    for watch in (shutter, beam):
        saved.know(watch.suspender)
    low = {"low": change(50, None)}
    saved.restore({"settings": {"shutter": low, "beam": {"low": change(50, 100)}}}, never)

    assert beam.suspender.status.low == 50
    assert "suspender shutter: what was saved does not fit any more" in caplog.text


@pytest.mark.parametrize(("until", "left"), [(NOW + 40, 40.0), (NOW, None), (NOW - 1, None)])
def test_a_bypass_goes_on_to_its_end(saved, until, left):
    """As if we had run on; one that is over is over."""
    watch = Watch()
    saved.know(watch.suspender)
    saved.restore({"bypasses": {"beam": {"until": until, "by": "anna@xf99"}}}, never)
    status = watch.suspender.status

    assert (status.bypass_left, status.bypass_by) == (left, "anna@xf99" if left else "")


def test_a_bypass_that_would_last_for_years_is_dropped(saved, caplog):
    """The clock was set back, or is not set yet; nothing else is lost by that."""
    beam, other = Watch(), Watch("other")
    for watch in (beam, other):
        saved.know(watch.suspender)
    until = {"until": NOW + 1e9, "by": "anna@xf99"}
    saved.restore({"bypasses": {"beam": until}, "settings": {"other": {"low": change(50, 100)}}}, never)

    assert beam.suspender.status.bypass_left is None
    assert other.suspender.status.low == 50
    assert "suspender beam is not bypassed any more: bypass = 1000000000.0 is no time" in caplog.text


@pytest.mark.parametrize("enabled", [True, False])
def test_the_master_switch_is_as_it_was(RE, saved, enabled):
    """Off or on; it reaches those that are installed later."""
    RE.suspenders_enabled = not enabled
    saved.restore({"enabled": enabled}, never)
    RE.install_suspender(suspender := Watch().suspender)

    assert RE.suspenders_enabled is enabled
    assert suspender.status.muted is not enabled


def test_what_was_added_is_made_again_with_its_settings(RE, saved, monkeypatch):
    """It is returned, to be installed, and is saved as one that was added from then on."""
    monkeypatch.setattr(SUSPENDERS, PVs())
    settings = {"more": {"low": change(20, 10)}}
    bypasses = {"more": {"until": NOW + 600, "by": "anna@xf99"}}
    before = NOTHING | {"added": [SPEC.model_dump(mode="json")], "settings": settings, "bypasses": bypasses}
    (suspender,) = saved.restore(before, make_maker().make)
    assert (suspender.name, suspender.status.low, suspender.status.bypass_by) == ("more", 20, "anna@xf99")
    assert 500 < suspender.status.bypass_left <= 600
    RE.install_suspender(suspender)
    after = state_of(saved)

    assert after["added"] == before["added"]
    assert after["settings"]["more"]["low"] == change(20, 10)


def test_one_that_is_in_the_configuration_now_is_not_made(RE, saved, caplog):
    """The configuration counts, with the settings that fit it; it was said."""
    watch = watching(RE, saved, "more", Floor(10))
    settings = {"more": {"low": change(20, 10)}}
    saved.restore({"added": [SPEC.model_dump(mode="json")], "settings": settings}, never)

    assert watch.suspender.status.low == 20
    assert state_of(saved)["added"] == []
    assert "suspender more, added by PV, is in the configuration now, which counts" in caplog.text


def unfit(saved, caplog):
    """A state with one whose device is not in the configuration, which has been tried."""
    spec = SuspenderSpec(name="lost", kind="floor", pv="LOST", low=10, scope={"devices": ("m9",)})
    before = NOTHING | {
        "added": [SPEC.model_dump(mode="json"), spec.model_dump(mode="json")],
        "settings": {"lost": {"low": change(20, 10)}},
        "bypasses": {"lost": {"until": NOW + 40, "by": "anna@xf99"}},
    }
    (made,) = saved.restore(before, make_maker().make)
    assert made.name == "more"
    assert (
        "suspender lost, added by PV, is not restored, and kept for the next start: scope.devices: no device 'm9'"
        in (caplog.text)
    )
    return before, made


def test_one_that_cannot_be_made_is_kept_for_the_next_start(RE, saved, caplog, monkeypatch):
    """With its settings and its bypass; the device may be back then."""
    monkeypatch.setattr(SUSPENDERS, PVs())
    before, made = unfit(saved, caplog)
    RE.install_suspender(made)

    assert state_of(saved) == before


def test_one_that_takes_the_name_takes_the_place(RE, saved, caplog, monkeypatch):
    """What was kept under this name would be restored in its place."""
    monkeypatch.setattr(SUSPENDERS, PVs())
    _, made = unfit(saved, caplog)
    RE.install_suspender(made)
    spec = SuspenderSpec(name="lost", kind="ceil", pv="LOST", high=1)
    suspender = make_maker().make(spec)
    RE.install_suspender(suspender)
    saved.know(suspender, spec)

    assert state_of(saved) == NOTHING | {"added": [each.model_dump(mode="json") for each in (SPEC, spec)]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"enabled": "perhaps"},
        {"added": {"name": "more"}},
        {"added": [SPEC.model_dump(mode="json") | {"low": "10"}]},
        {"added": [SPEC.model_dump(mode="json") | {"colour": "red"}]},
        {"settings": [1]},
        {"settings": {"beam": {"low": 50}}},
        {"settings": {"beam": {"low": {"value": 50}}}},
        {"bypasses": {"beam": 60}},
        {"bypasses": {"beam": {"until": "tomorrow", "by": ""}}},
        {"bypasses": {"beam": {"until": float("nan"), "by": ""}}},
        {"bypasses": {"beam": {"until": NOW + 60}}},
    ],
)
def test_what_was_never_saved_by_us_changes_nothing(RE, saved, wrong):
    """ValueError, though the rest of it would fit."""
    watch = watching(RE, saved)
    right = NOTHING | {
        "enabled": False,
        "settings": {"beam": {"low": change(50, 100)}},
        "bypasses": {"beam": {"until": NOW + 60, "by": ""}},
    }
    before = watch.suspender.status
    with pytest.raises(ValueError, match=next(iter(wrong))):
        saved.restore(right | wrong, never)

    assert watch.suspender.status == before
    assert RE.suspenders_enabled
