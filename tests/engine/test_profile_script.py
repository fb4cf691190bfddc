"""A bluesky user's profile script, with nothing changed but the engine: callbacks, progress bars, preprocessors."""

import asyncio
import io
import re
import warnings
from functools import partial

import ophyd.sim
import pytest
from bluesky import plan_stubs as bps
from bluesky import plans as bp
from bluesky import preprocessors as bpp
from bluesky.callbacks import CallbackCounter, LiveTable
from bluesky.callbacks.best_effort import BestEffortCallback
from bluesky.preprocessors import SupplementalData
from bluesky.utils import (
    FailedStatus,
    IllegalMessageSequence,
    InvalidCommand,
    NoReplayAllowed,
    ProgressBarManager,
    RequestAbort,
    ts_msg_hook,
)

from reioc.engine import Msg, RunEngineInterrupted

from .documents import normalised
from .fakes import Detector, Motor, Status
from .two_engines import Lab


@pytest.fixture
def bec(monkeypatch):
    made = BestEffortCallback()
    made.disable_plots()
    return made


def scanned(engine, bec, capsys):
    """What a session with this engine gives: documents, and what is printed."""
    lab, documents = Lab(), []
    engine.md["proposal"] = "2026-1"
    tokens = [engine.subscribe(bec), engine.subscribe(lambda name, doc: documents.append((name, doc)))]
    engine.preprocessors.append(SupplementalData(baseline=[lab.m2], monitors=[]))
    capsys.readouterr()
    engine(bp.scan([lab.det], lab.m1, -1, 1, 3), purpose="test")
    engine.preprocessors.clear()
    for token in tokens:
        engine.unsubscribe(token)
    return documents, capsys.readouterr().out


def masked(printed):
    """Lines without what differs from one run to the next: uids, times."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\['[0-9a-f]{8}'\]", "uid", printed)
    return re.sub(r"\d\d:\d\d:\d\d(\.\d+)?", "time", text).splitlines()


def test_a_session(engines, bec, capsys):
    """Metadata, best-effort callback, baseline: the documents and the printed tables are those of bluesky's engine."""
    theirs, mine = engines
    their_documents, their_tables = scanned(theirs, bec, capsys)
    our_documents, our_tables = scanned(mine, bec, capsys)

    assert normalised(our_documents) == normalised(their_documents)
    assert masked(our_tables) == masked(their_tables)
    assert "|         3 |" in our_tables
    assert "baseline" in our_tables


def test_live_table(engines, capsys):
    """A LiveTable given with the call prints the same rows."""
    rows = []
    for engine in engines:
        lab = Lab()
        engine(bp.scan([lab.det], lab.m1, -1, 1, 3), LiveTable([lab.m1, lab.det]))
        printed = capsys.readouterr().out.splitlines()
        rows.append([line.split("|")[3:] for line in printed if line.startswith("|")])

    assert rows[0] == rows[1]
    assert len(rows[1]) == 4


def test_a_callback_that_is_subscribed_twice_is_called_once(engines):
    """As in bluesky: profile scripts are run again. Unsubscribing one of the two leaves the other, unlike there."""
    for engine in engines:
        counter = CallbackCounter()
        first, second = engine.subscribe(counter), engine.subscribe(counter)
        assert first != second
        engine(bp.count([Lab().det]), counter)
        assert counter.value == 4
    mine = engines[1]
    mine.unsubscribe(second)
    mine(bp.count([Lab().det]))

    assert counter.value == 8


class Bar:
    """What ProgressBarManager makes for statuses."""

    def __init__(self, statuses):
        self.statuses, self.cleared = statuses, False

    def clear(self):
        self.cleared = True


def test_progress_bars(RE):
    """A ProgressBarManager makes a bar for what is waited for, and takes it down when that is over."""
    bars = []
    manager = ProgressBarManager(lambda statuses: bars.append(Bar(statuses)) or bars[-1])
    RE.waiting_hook = manager
    a, b = Motor("a", slow=True), Motor("b", slow=True)
    RE.msg_hook = lambda msg: RE.loop.call_soon(lambda: (a.arrive(), b.arrive())) if msg.command == "wait" else None
    RE(bps.mv(a, 1, b, 2))

    assert [(bar.statuses, bar.cleared) for bar in bars] == [({a.status, b.status}, True)]
    assert manager.pbar is None


def test_a_progress_bar_of_something_that_fails(RE):
    """It is taken down as well."""
    manager = ProgressBarManager(Bar)
    RE.waiting_hook = manager
    motor = Motor("m", slow=True)
    RE.msg_hook = lambda msg: RE.loop.call_soon(motor.status.finish, OSError("stuck")) if msg.command == "wait" else 0
    with pytest.raises(FailedStatus):
        RE(bps.mv(motor, 1))

    assert manager.pbar is None


def test_blueskys_bars_are_drawn(RE, capsys):
    """The terminal bar itself, for a motor of ophyd.sim that takes a moment."""
    motor = ophyd.sim.SynAxis(name="motor", delay=0.3)
    RE.waiting_hook = ProgressBarManager()
    RE(bps.mv(motor, 1))

    assert "motor" in capsys.readouterr().out


def test_ts_msg_hook(RE):
    """The hook of bluesky that prints each message."""
    out = io.StringIO()
    RE.msg_hook = partial(ts_msg_hook, file=out)
    RE([Msg("null"), Msg("sleep", None, 0)])

    assert [line.split()[1] for line in out.getvalue().splitlines()] == ["null", "sleep"]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ([Msg("save")], IllegalMessageSequence),
        ([Msg("bogus")], InvalidCommand),
        ([Msg("set", Motor("m"), 1, group="g"), Msg("wait", group="g")], FailedStatus),
    ],
)
def test_plans_and_scripts_catch_blueskys_exceptions(RE, monkeypatch, plan, expected):
    """A plan that catches an exception of bluesky's catches ours, and so does who calls the engine."""
    monkeypatch.setattr(Motor, "set", lambda *_: Status(error=OSError("stuck")))
    caught = []

    def catching():
        try:
            yield from plan
        except expected as error:
            caught.append(error)

    RE(catching())
    assert len(caught) == 1
    with pytest.raises(expected):
        RE(plan)


def test_a_plan_sees_blueskys_requests(RE):
    """A plan that treats an abort in its own way, by the class that bluesky has for it."""
    seen = []

    def plan():
        try:
            yield Msg("checkpoint")
            yield Msg("pause")
        except RequestAbort as request:
            seen.append(request)
            raise

    with pytest.raises(RunEngineInterrupted):
        RE(plan())
    RE.abort("tea")

    assert [str(request) for request in seen] == ["aborted: tea"]


def test_devices_raise_blueskys_exceptions(engines):
    """A device that says in bluesky's word that nothing may be repeated is understood."""

    class Once(Detector):
        def pause(self):
            raise NoReplayAllowed

        def resume(self):
            pass

    for engine in engines:
        det, executed = Once("det"), []
        engine.msg_hook = lambda msg, executed=executed: executed.append(msg.command)
        with pytest.raises(Exception, match=r"resume|Resume"):
            engine([Msg("checkpoint"), Msg("trigger", det), Msg("pause"), Msg("sleep", None, 0)])
        engine.resume()
        assert executed == ["checkpoint", "trigger", "pause", "sleep"]


def test_a_coroutine_on_the_engines_loop(RE):
    """`RE.loop` is there for scripts of one's own, as are the functions that bluesky has for it."""
    from bluesky.run_engine import call_in_bluesky_event_loop, in_bluesky_event_loop

    async def where():
        return in_bluesky_event_loop(), asyncio.get_running_loop()

    assert call_in_bluesky_event_loop(where(), timeout=10) == (True, RE.loop)
    assert RE._loop is RE.loop


def test_functions_that_are_not_plans(RE):
    """What people type instead of a plan: the error says what it is, and what would be right."""

    def forgot_to_yield():
        ophyd.sim.motor.position  # noqa: B018

    with pytest.raises(TypeError, match=r"not function.*call it: count\(…\)"):
        RE(bp.count)
    with pytest.raises(TypeError, match=r"not NoneType: None.*without yield"):
        RE(forgot_to_yield())
    with pytest.raises(TypeError, match=r"A plan yields Msg, not .*yield from"):
        RE(yields_a_plan())
    assert RE.state == "idle"


def yields_a_plan():
    yield bpp.run_wrapper([Msg("null")])


def test_a_preprocessor_that_gives_no_plan(RE):
    """It is refused before anything begins, and the engine is usable."""
    RE.preprocessors.append(lambda _: None)
    with pytest.raises(TypeError, match="not NoneType"):
        RE([Msg("null")])
    RE.preprocessors.clear()

    RE([Msg("null")])


def test_blueskys_plan_objects(RE):
    """A plan of bluesky's that warns if it is never used is used, and does not."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        RE(bp.count([Lab().det]))
        RE.preprocessors.append(bpp.SupplementalData())
        RE(bp.count([Lab().det]))

    assert [str(warning.message) for warning in caught if "never iterated" in str(warning.message)] == []
