"""What a plan is replied in a dry run, and what is a guess."""

from __future__ import annotations

from typing import Any

from ophyd.sim import SynAxis

from reioc.engine import Msg, RunEngine
from reioc.engine.commands import COMMANDS
from reioc.engine.plans import stubs

from .dry_devices import Detector, Motor, lambda_plan, replies, tried


def test_each_command_of_the_engine_is_known() -> None:
    """Nothing is told of them as unknown."""
    ours = [command for command in COMMANDS if not command.startswith("_")]

    def plan() -> Any:
        for command in ours:
            yield Msg(command, Detector("det1"))

    told = tried(plan)

    assert [line for line in told.lines if "not known" in line and "flyers" not in line] == []


def test_unknown_commands_are_told() -> None:
    """A beamline may have its own."""

    def plan() -> Any:
        assert (yield Msg("open_hutch")) is None

    assert "what 'open_hutch' does is not known" in tried(plan).lines


def test_statuses_are_done() -> None:
    """For plans that look at them."""
    motor = Motor("m1")

    statuses = replies(*(Msg(command, motor, 1) for command in ("set", "trigger", "prepare", "kickoff", "complete")))

    assert [(each.done, each.success) for each in statuses] == [(True, True)] * 5


def test_a_motor_is_where_it_was_sent() -> None:
    """To `read` and to `locate`; before that where it remembers to be."""
    motor = Motor("m1", position=3.0)

    before, _, after, location, several = replies(
        Msg("read", motor),
        Msg("set", motor, 5.0),
        Msg("read", motor),
        Msg("locate", motor),
        Msg("locate", motor, squeeze=False),
    )

    assert (before["m1"]["value"], after["m1"]["value"]) == (3.0, 5.0)
    assert location == {"setpoint": 5.0, "readback": 5.0}
    assert several == [location]


def test_axes_are_where_their_parent_was_sent() -> None:
    """A dict of positions has them by name."""
    stage, axis = Motor("stage"), Motor("stage_x")
    stage.x = axis  # type: ignore[attr-defined]

    _, reading = replies(Msg("set", stage, {"x": 2.0}), Msg("read", axis))

    assert reading["stage_x"]["value"] == 2.0


def test_other_replies_have_their_form() -> None:
    """What our stubs and others' plans take apart."""
    det = Detector("det1")
    configured, collected, stages, (future,), streams, kind, rewindable, typed, waited = replies(
        Msg("configure", det, {}),
        Msg("collect", det),
        Msg("stage", SynAxis(name="axis")),
        Msg("wait_for", None, [lambda: None]),
        Msg("declare_stream", None, det, name="primary"),
        Msg("RE_class"),
        Msg("rewindable", None, False),
        Msg("input", prompt="?"),
        Msg("wait", None, group="a"),
    )

    assert (configured, collected, len(stages), future.result()) == (({}, {}), [], 1, None)
    assert (len(streams), kind, rewindable, typed, waited) == (3, RunEngine, False, "", True)


def test_staging_is_answered_as_any_device_would() -> None:
    """Some return what was staged, others a status that a plan may insist on."""
    axis = SynAxis(name="axis")
    (staged,) = replies(Msg("stage", axis))

    def plan() -> Any:
        yield from stubs.stage(axis, group="a", wait=False)

    assert (list(staged), staged.done, staged.success) == ([axis], True, True)
    assert not [line for line in tried(plan).lines if "ended" in line]


def test_a_plan_that_decides_by_what_it_reads_is_a_guess() -> None:
    """By which device is told."""
    det = Detector("det1")

    def plan() -> Any:
        yield from stubs.open_run()
        reading = yield from stubs.trigger_and_read([det])
        while reading["det1"]["value"] < 0.5:
            yield from stubs.trigger_and_read([det])
        yield from stubs.close_run()

    told = tried(plan)

    assert (told.points, told.is_exact) == (1, False)
    assert told.lines[0] == "1 run, about 1 point: it decides by det1"


def test_readings_that_are_only_passed_on_are_no_guess() -> None:
    """Nothing is made of them."""
    det = Detector("det1")

    def plan() -> Any:
        reading = yield Msg("read", det)
        return f"{reading}", dict(reading), reading["det1"]["value"]

    assert tried(plan).is_exact


def test_where_a_device_is_may_not_be_known() -> None:
    """Then limits of what is relative to it are not checked, and it is told so."""
    motor = Motor("m1", position=ConnectionError("not connected"))
    blind = Detector("m2")
    blind.set = lambda _: None  # type: ignore[attr-defined]
    blind.limits = (-1, 1)  # type: ignore[attr-defined]

    told = tried(lambda_plan(stubs.mvr, blind, 50))

    assert told.problems == ()
    assert "where m2 is now is not known: 1 is taken for it" in told.lines
    assert "m2: 51 (limits -1 to 1)" in told.lines
    assert replies(Msg("read", motor))[0]["m1"]["value"] == 1.0
