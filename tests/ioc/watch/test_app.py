"""The dashboard on a terminal that is not there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("textual", reason="the extra watch")

from textual.pilot import Pilot

from reioc.ioc.watch.app import WatchApp
from reioc.ioc.watch.picture import save_picture
from reioc.ioc.watch.readings import Heard, SourceFailed
from reioc.ioc.watch.watched import Watched

from .support import IDLE, ME, RUNNING, WALL, FakeSource, P, suspender

FULL = {**RUNNING, "Susp:Names": ("beam",), **suspender("beam")}


def screen(app: WatchApp) -> str:
    """What is on the terminal, dialogs included."""
    app.draw()
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def with_app(
    source: FakeSource, test: Callable[[WatchApp, Pilot], Awaitable[None]], size: tuple[int, int] = (100, 30)
) -> WatchApp:
    """Run a test while an app shows this source."""
    app = WatchApp(Watched(P, source, ME, now=lambda: 1.0, wall=lambda: WALL))

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await test(app, pilot)

    asyncio.run(run())
    return app


def test_a_key_gives_its_command():
    """At once where nothing can be lost; what becomes of it is shown."""
    source = FakeSource(FULL)

    async def test(app: WatchApp, pilot: Pilot) -> None:
        assert "R U N N I N G" in screen(app)
        await pilot.press("p")
        assert source.puts == [("Pause", 1)]
        source.tell(8, "Pause", "done", "the engine is paused")
        source.set(State="paused", CanPause="No", CanResume="Yes")
        shown = screen(app)
        assert "P A U S E D" in shown
        assert "Pause done: the engine is paused" in shown
        await pilot.press("r")
        assert source.puts[1:] == [("Resume", 1)]

    with_app(source, test)


def test_a_key_that_would_be_refused_says_why():
    """It is shown in brackets, and nothing is put, nothing asked."""
    source = FakeSource(IDLE)

    async def test(app: WatchApp, pilot: Pilot) -> None:
        assert "p(pause)" in screen(app)
        for key in "pdrksah":
            await pilot.press(key)
            assert "would be refused: there is no plan in progress" in screen(app)
        assert source.puts == []

    with_app(source, test)


def test_what_ends_a_plan_is_asked_first():
    """Esc leaves the plan alone; Enter ends it, with the reason that was typed, unless it has ended meanwhile."""
    source = FakeSource(FULL)

    async def test(app: WatchApp, pilot: Pilot) -> None:
        await pilot.press("a")
        assert "ABORT T:RE:" in screen(app)
        await pilot.press("escape")
        await pilot.press("a", "enter")
        assert source.puts == [("Abort", 1)]
        await pilot.press("h", "x", "enter")
        assert source.puts == [("Abort", 1), ("Reason", "x")]
        await pilot.press("s")
        source.set(State="idle", CanStop="No")
        app.draw()
        await pilot.press("enter")
        assert "stop would be refused: there is no plan in progress" in screen(app)
        assert source.puts == [("Abort", 1), ("Reason", "x")]

    with_app(source, test)


def test_all_there_is_room_for_is_shown():
    """The plot beside the lists, the next curve with y, what the keys do with ?."""

    async def test(app: WatchApp, pilot: Pilot) -> None:
        shown = screen(app)
        for part in ("run 12  scan", "25 of 100 points", "beam", "queue stopped, 0 waiting", "det1 7 at m1 2", "└"):
            assert part in shown, part
        await pilot.press("y")
        assert "ring 498 at m1 2" in screen(app)
        await pilot.press("question_mark")
        assert "a  abort: end the plan; its data do not count" in screen(app)
        await pilot.press("escape")
        assert "A key in brackets" not in screen(app)

    with_app(FakeSource(FULL), test)


@pytest.mark.parametrize(("size", "has_plot"), [((80, 24), True), ((60, 20), False)])
def test_a_small_terminal_has_what_matters_most(size: tuple[int, int], has_plot: bool):
    """State, run, suspenders, queue and keys; the plot where there is room."""

    async def test(app: WatchApp, pilot: Pilot) -> None:
        shown = screen(app)
        for part in ("R U N N I N G", "run 12  scan", "beam", "queue stopped", " p pause", "a abort", "? help"):
            assert part in shown, f"{part} is not in\n{shown}"
        assert ("det1 7" in shown) == has_plot
        assert ("q quit" in shown) == has_plot

    with_app(FakeSource(FULL), test, size)


@pytest.mark.parametrize("size", [(40, 10), (24, 6)])
def test_a_tiny_terminal_is_cut_and_not_wrapped(size: tuple[int, int]):
    """The state where it always is, the keys in the last line, no scroll bars."""

    async def test(app: WatchApp, pilot: Pilot) -> None:
        lines = screen(app).splitlines()
        assert lines[1].startswith(" ▶  R U N N I N G")
        assert lines[2].startswith(" scan 12: moving m1")
        assert lines[-1].startswith(" p pause")
        assert lines[-1].endswith("? help")
        assert max(map(len, lines)) <= size[0]

    with_app(FakeSource({**FULL, "Susp:Reason": "beam", "Error": "x" * 300}), test, size)


def test_an_engine_that_goes_and_comes_back_is_told():
    """LOST at once, and nothing can be asked; then all is live again."""
    source = FakeSource(FULL)

    async def test(app: WatchApp, pilot: Pilot) -> None:
        there = dict(source.by_name)
        source.lose(0.5)
        shown = screen(app)
        assert "L O S T" in shown
        assert "the IOC is gone: all PVs are lost since" in shown
        assert "p(pause)" in shown
        await pilot.press("p")
        assert source.puts == []
        source.by_name = there
        assert "R U N N I N G" in screen(app)
        assert "L O S T" not in screen(app)

    with_app(source, test)


def test_it_ends_when_nothing_more_can_come():
    """With status 1, and why."""

    class Broken(FakeSource):
        def take(self) -> Heard:
            raise SourceFailed("no libca")

    async def test(app: WatchApp, pilot: Pilot) -> None:
        await pilot.pause()

    assert with_app(Broken(FULL), test).return_code == 1


def test_a_picture_of_it_loads_nothing(tmp_path: Path):
    """SVG with what is on the screen, and no fonts from elsewhere."""
    path = tmp_path / "watch.svg"

    async def test(app: WatchApp, pilot: Pilot) -> None:
        app.draw()
        await pilot.pause()
        save_picture(app, path)

    with_app(FakeSource(FULL), test)

    picture = path.read_text(encoding="utf-8")
    texts = "".join(ElementTree.fromstring(picture).itertext()).replace("\xa0", " ")
    assert "R U N N I N G" in texts
    assert "url(http" not in picture
    assert "@font-face" not in picture
