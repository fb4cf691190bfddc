import asyncio
from collections.abc import Awaitable, Callable

from reioc.sim_iocs.faults.late import Line

from ..fakes import FakeClock

Note = Callable[[str], Callable[[], Awaitable[None]]]


def _notes(clock: FakeClock) -> tuple[list[tuple[float, str]], Note]:
    done: list[tuple[float, str]] = []

    def note(what: str) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            done.append((clock.now(), what))

        return work

    return done, note


def test_what_is_late_stays_in_order(clock: FakeClock) -> None:
    """What was added later is done later, even if its own delay is over before."""
    done, note = _notes(clock)

    async def story() -> None:
        line = Line(clock, lambda: False)
        line.add(note("slow"), delay=2.0)
        line.add(note("fast"), delay=0.5)
        await line.work_off(lambda: None)

    clock.run(story())

    assert done == [(2.0, "slow"), (2.0, "fast")]


def test_a_line_that_is_held_moves_when_it_is_let_go(clock: FakeClock) -> None:
    """While it is held nothing is done; then all is, and the line says that it is empty."""
    done, note = _notes(clock)
    held = True

    async def story() -> None:
        nonlocal held
        line = Line(clock, lambda: held)
        line.add(note("a"), is_request=True)
        assert line.has_requests
        working = asyncio.create_task(line.work_off(lambda: done.append((clock.now(), "empty"))))
        await clock.sleep(3.0)
        line.add(note("b"))
        line.wake()
        await clock.sleep(1.0)
        held = False
        line.wake()
        await working
        assert not line.has_requests

    clock.run(story())

    assert done == [(4.0, "a"), (4.0, "b"), (4.0, "empty")]


def test_a_line_is_given_up_with_its_client(clock: FakeClock) -> None:
    """What waits for a client that has gone is not done, nor what comes after that: it was once tried for ever."""
    done, note = _notes(clock)

    async def story() -> None:
        line = Line(clock, lambda: False)
        line.add(note("a"), delay=5.0)
        working = asyncio.create_task(line.work_off(lambda: None))
        await clock.sleep(1.0)
        line.give_up()
        line.add(note("b"))
        await working

    clock.run(story())

    assert (done, clock.now()) == ([], 1.0)


def test_a_failure_does_not_stop_what_is_behind_it(clock: FakeClock, caplog: object) -> None:
    """Work that fails is logged, and the next is done."""
    done, note = _notes(clock)

    async def fail() -> None:
        raise ValueError("a bad day")

    async def story() -> None:
        line = Line(clock, lambda: False)
        line.add(fail)
        line.add(note("next"))
        await line.work_off(lambda: None)

    clock.run(story())

    assert done == [(0.0, "next")]
    assert "a bad day" in caplog.text  # pyright: ignore[reportAttributeAccessIssue]
