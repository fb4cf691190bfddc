"""Monitors of a plan: when they begin, rest, go on, fail and end."""

import pytest

from reioc.engine import IllegalMessageSequence, Msg, Outcome, RunEngineInterrupted

from .documents import named
from .fakes import Motor
from .flying_fakes import Signal
from .helpers import in_a_run, released_on, run
from .monitoring import CLOSE, OPEN, Broken, elsewhere, monitor, values


def test_monitor_of_a_plan(RE, documents):
    """A monitor goes on from its message to `unmonitor`, the events of the plan beside it."""
    signal, motor = Signal("s"), Motor("m")
    plan = [
        monitor(signal),
        Msg("set", signal, 1, group="a"),
        Msg("create", name="primary"),
        Msg("read", motor),
        Msg("save"),
        Msg("unmonitor", signal),
        Msg("set", signal, 2, group="a"),
    ]
    RE(in_a_run(*plan))

    assert values(documents) == [0, 1, 0]
    assert named(documents, "stop")[0]["num_events"] == {"watched": 2, "primary": 1}
    assert signal.subscribers == []


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        (lambda signal: [monitor(signal), monitor(signal)], "'monitor' of s: it is monitored already"),
        (lambda signal: [Msg("unmonitor", signal)], "'unmonitor' of s: it is not monitored"),
    ],
)
def test_twice_or_never(RE, messages, text):
    """A signal is monitored once at a time; the refusal names the message and the signal."""
    with pytest.raises(IllegalMessageSequence, match=text):
        RE(in_a_run(*messages(Signal("s"))))


@pytest.mark.parametrize("command", ["monitor", "unmonitor"])
def test_without_a_run(RE, command):
    """Neither has a meaning without an open run."""
    with pytest.raises(IllegalMessageSequence, match=f"'{command}' needs an open run"):
        RE([Msg(command, Signal("s"))])


@pytest.mark.parametrize(
    ("message", "error", "text"),
    [
        (Msg("monitor", Motor("m")), TypeError, r"'monitor' needs a device with the method subscribe\(\); m \(Motor\)"),
        (Msg("monitor", Signal("s"), 3), Exception, r"'monitor' of s takes no arguments but keywords, not \(3,\)"),
    ],
)
def test_refused(RE, message, error, text):
    """What cannot be monitored, or not so, is refused with what is wrong."""
    with pytest.raises(error, match=text):
        RE(in_a_run(message))


def test_signal_that_cannot_be_subscribed_to(RE):
    """The plan gets what the signal raises; the signal counts as not monitored."""
    signal = Broken("subscribe")
    signal.armed = True
    refused = []

    def plan():
        yield OPEN
        try:
            yield monitor(signal)
        except OSError as error:
            refused.append(str(error))
        signal.armed = False
        yield monitor(signal)
        yield CLOSE

    RE(plan())

    assert refused == ["no connection"]


def test_not_while_paused(RE, documents):
    """A monitor is silent while the plan is paused, and tells the present value when it goes on."""
    signal = Signal("s")
    with pytest.raises(RunEngineInterrupted):
        RE(in_a_run(monitor(signal), Msg("checkpoint"), Msg("pause"), Msg("set", signal, 2, group="a")))
    assert signal.subscribers == []
    signal.set(1)
    assert values(documents) == [0]
    RE.resume()

    assert values(documents) == [0, 1, 2]
    assert signal.most == 1


def test_once_after_a_suspension(RE, documents):
    """After a suspension a monitor is there once: one put, one event (bluesky gives two)."""
    signal = Signal("s")

    def plan():
        yield OPEN
        yield monitor(signal)
        yield Msg("checkpoint")
        RE.hold("beam", "no beam", pre_plan=[Msg("null")])
        yield Msg("null")
        yield Msg("set", signal, 1, group="a")
        yield CLOSE

    released_on(RE, "suspended", "beam")
    RE(plan())

    assert values(documents) == [0, 0, 1]
    assert signal.most == 1


def refusing(name):
    """A subscriber whose data must not be missing, and which cannot take documents of this name."""

    def refuse(kind, doc):
        if kind == name and doc["seq_num"] > 1:
            raise OSError("disk full")

    return refuse


@pytest.mark.parametrize("where", ["the plan's thread", "another thread"])
def test_subscriber_that_fails_on_an_event(RE, where):
    """Where an event of a monitor cannot be written the plan fails, with the root cause, and can clean up in peace."""
    signal, cleaned = Signal("s"), []
    RE.subscribe(refusing("event"), on_error="fail")

    def plan():
        yield OPEN
        yield monitor(signal)
        try:
            if where == "another thread":
                elsewhere(signal.set, 1)
            else:
                yield Msg("set", signal, 1, group="a")
            yield Msg("sleep", None, 0)
            yield Msg("null")
        finally:
            signal.set(2)
            yield Msg("null")
            cleaned.append(True)

    result = run(RE, plan())

    assert (result.outcome, cleaned) == (Outcome.FAIL, [True])
    assert result.reason == "monitor of s failed: OSError: disk full"
    assert isinstance(result.exception.__cause__, OSError)


def test_event_that_fails_during_an_ending(RE, documents):
    """Where the plan is being ended already, its clean-up goes on, and what failed is reported."""
    signal, cleaned = Signal("s"), []
    RE.subscribe(refusing("event"), on_error="fail")

    def plan():
        yield OPEN
        yield monitor(signal)
        try:
            RE.request_stop("enough")
            yield Msg("sleep", None, 60)
        finally:
            signal.set(1)
            yield Msg("null")
            cleaned.append(True)

    result = RE.submit(plan()).result(timeout=20)

    assert (result.outcome, cleaned) == (Outcome.STOP, [True])
    assert result.problems == ("monitor of s failed: OSError: disk full",)


@pytest.mark.parametrize("where", ["the plan's thread", "another thread"])
def test_last_event_fails(RE, documents, where):
    """An event that fails when the plan sends no message any more is reported."""
    signal = Signal("s")
    RE.subscribe(refusing("event"), on_error="fail")

    def plan():
        yield OPEN
        yield monitor(signal)
        if where == "another thread":
            elsewhere(signal.set, 1)
        else:
            signal.set(1)

    (problem,) = RE.submit(plan()).result(timeout=20).problems

    assert problem.endswith("monitor of s failed: OSError: disk full")
    assert documents[-1][0] == "stop"


def test_monitor_that_cannot_be_restored(RE):
    """A signal that cannot be monitored again after a pause fails the plan: its data would be missing."""
    signal = Broken("subscribe")
    with pytest.raises(RunEngineInterrupted):
        RE(in_a_run(monitor(signal), Msg("checkpoint"), Msg("pause"), Msg("null")))
    signal.armed = True

    with pytest.raises(Exception, match="monitor of broken failed: OSError: no connection"):
        RE.resume()


@pytest.mark.parametrize("at", ["pause", "close_run", "the end"])
def test_monitor_that_cannot_be_ended(RE, documents, at):
    """A signal that cannot be let go is reported; the pause, the RunStop and the end come all the same."""
    signal = Broken("clear_sub")
    plan = {"pause": [Msg("checkpoint"), Msg("pause"), CLOSE], "close_run": [CLOSE], "the end": []}[at]

    def arm(msg):
        signal.armed = signal.armed or msg.command in ("monitor", "pause")

    RE.msg_hook = arm
    RE.call_returns_result = True
    if at == "pause":
        with pytest.raises(RunEngineInterrupted):
            RE([OPEN, monitor(signal), *plan])
        result = RE.resume()
    else:
        result = RE([OPEN, monitor(signal), *plan])

    assert result.outcome is Outcome.SUCCESS
    assert "could not stop monitoring broken: OSError: no connection" in result.problems
    assert [name for name, _ in documents][-1] == "stop"


@pytest.mark.parametrize("ending", ["fail", "stop", "halt"])
def test_cleared_whatever_the_end(RE, documents, ending):
    """Monitors end with the plan, whatever its end is."""
    signal = Signal("s")

    def plan():
        yield OPEN
        yield monitor(signal)
        if ending == "fail":
            raise ValueError("no more")
        getattr(RE, f"request_{ending}")("enough")
        yield Msg("sleep", None, 60)

    RE.submit(plan()).result(timeout=20)

    assert signal.subscribers == []
    assert documents[-1][0] == "stop"


def test_two_runs(RE, documents):
    """Two open runs, each with a monitor of the same signal: each has its own events, and ends its own."""
    signal, other = Signal("s"), Signal("o")
    RE(
        [
            Msg("open_run", run=1),
            Msg("monitor", signal, name="first", run=1),
            Msg("open_run", run=2),
            Msg("monitor", signal, name="second", run=2),
            Msg("monitor", other, name="other", run=2),
            Msg("checkpoint"),
            Msg("set", signal, 1, group="a"),
            Msg("unmonitor", signal, run=1),
            Msg("set", signal, 2, group="a"),
            Msg("close_run", run=2),
            Msg("set", other, 3, group="a"),
            Msg("close_run", run=1),
        ]
    )

    assert [doc["num_events"] for doc in named(documents, "stop")] == [{"second": 3, "other": 1}, {"first": 2}]
    assert signal.subscribers == other.subscribers == []


def test_a_pause_when_a_suspension_is_over(RE):
    """The monitors go on when it is over; what was waited for before is not waited for again beside them."""
    signal, asked, waited = Signal("s"), [], []

    def hook(msg):
        if msg.command == "null":
            RE.hold("beam", "no beam")
        if msg.command == "_until_holds_change":
            waited.append(len(signal.subscribers))
            RE.release("beam")
        if msg.command == "_wake" and not asked:
            asked.append(RE.request_pause())

    RE.msg_hook = hook
    with pytest.raises(RunEngineInterrupted):
        RE(in_a_run(monitor(signal), Msg("checkpoint"), Msg("null"), Msg("sleep", None, 0)))
    RE.resume()

    assert waited == [0]
