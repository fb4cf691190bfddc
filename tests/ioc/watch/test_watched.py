"""An engine that is watched."""

from reioc.ioc.watch.keys import ACTIONS
from reioc.ioc.watch.readings import suspender_names
from reioc.ioc.watch.watched import Watched

from .support import ME, RUNNING, WALL, FakeSource, P

STOP = next(action for action in ACTIONS if action.command == "Stop")


def watched(source: FakeSource) -> Watched:
    return Watched(P, source, ME, now=lambda: 1.0, wall=lambda: WALL)


def test_suspenders_are_followed():
    """Those that come are watched, those that go are forgotten, and all stay while the IOC is away."""
    source = FakeSource({**RUNNING, "Susp:Names": ("beam", "")})
    engine = watched(source)
    engine.look()
    assert set(suspender_names(["beam"])) <= source.watched

    source.set(Susp__Names=("shutter", ""))
    engine.look()
    assert not set(suspender_names(["beam"])) & source.watched
    assert set(suspender_names(["shutter"])) <= source.watched

    source.set(Susp__Names=())
    source.lose(0.5)
    engine.look()
    assert set(suspender_names(["shutter"])) <= source.watched


def test_a_command_is_put_and_its_acknowledgement_heard():
    """The reason first, then the command, then what has become of it."""
    source = FakeSource(RUNNING)
    engine = watched(source)
    engine.look()

    engine.ask(STOP, "enough")
    source.tell(8, "Reason", "done")
    engine.look()
    source.tell(9, "Stop", "done", "the engine is idle")
    engine.look()

    assert source.puts == [("Reason", "enough"), ("Stop", 1)]
    assert engine.asked is not None
    assert (engine.asked.result, engine.asked.message) == ("done", "the engine is idle")
