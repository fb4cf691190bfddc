"""What is mended in ophyd."""

import subprocess
import sys

import ophyd
from ophyd.positioner import PositionerBase

from reioc.devices import Registry


class Stage(PositionerBase):
    """A positioner that has arrived when the test says so."""

    egu = "mm"

    def arrive(self, success=True):
        self._done_moving(success=success)


def test_a_move_that_begins_as_the_one_before_ends_is_told_of_its_end():
    """Whoever is told of the end begins it; ophyd forgets it then, and it never ends."""
    stage, moves = Stage(name="stage"), []
    Registry([stage])
    first = stage.move(1)
    stage._callbacks[stage._SUB_REQ_DONE][-1] = lambda **_: moves.append(stage.move(2))
    stage.arrive()
    first.wait(10)
    stage.arrive()

    (second,) = moves
    second.wait(10)
    assert second.success


def test_a_failed_move_is_told_as_one():
    """And nobody is told that it is done."""
    stage, done = Stage(name="stage"), []
    Registry([stage])
    stage.subscribe(lambda **_: done.append(True), event_type=stage.SUB_DONE, run=False)
    move = stage.move(1)
    stage.arrive(success=False)

    assert isinstance(move.exception(10), ophyd.utils.UnknownStatusFailure)
    assert done == []


def test_ophyd_is_not_loaded_for_it():
    """A beamline of ophyd-async's devices has none."""
    script = "import sys; from reioc.devices import Registry; Registry([]); print('ophyd' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)

    assert done.stdout == "False\n"
