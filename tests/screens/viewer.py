"""Somebody at a screen: reads values, presses buttons, types into fields."""

import json
import re
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .devtools import PATIENCE, Tab
from .serving import Bridge

__all__ = ["Drawn", "Viewer"]

# What cs-web-lib does wrong on any screen that has shapes; chromium draws them all the same.
ACCEPTED = re.compile(r"Error: <(svg|polyline|polygon)> attribute (viewBox|transform): Expected ")


@dataclass(frozen=True)
class Drawn:
    """A widget, or a part of one, that can be seen; `x` and `y` are its centre."""

    pvs: list[str]
    writes: str
    sends: str
    opens: str
    text: str
    tag: str
    enabled: bool
    x: float
    y: float
    covered: bool


class Viewer:
    """PV names are without `prefix`. What takes its time is waited for; AssertionError says what did not come."""

    def __init__(self, tab: Tab, served: Bridge, prefix: str = "", pictures: Path = Path()) -> None:
        self.tab = tab
        self._served = served
        self._prefix = prefix
        self._pictures = pictures

    def show(self, screen: str, **macros: str) -> None:
        """Open a screen."""
        self.tab.evaluate("window.left = true")  # the page that is left may still answer for a while
        self.tab.go(f"{self._served.url}/?{urllib.parse.urlencode({'screen': screen, **macros})}")
        self._until(lambda: not self.tab.evaluate("window.left") and self.seen(), f"{screen} to be drawn")

    def seen(self, pv: str = "") -> list[Drawn]:
        """All that is drawn now, or what shows this PV, writes it or depends on it."""
        name = json.dumps(self._prefix + pv if pv else "")
        return [Drawn(**each) for each in self.tab.evaluate(f"window.seen?.({name}) ?? []")]

    def missing(self) -> list[str]:
        """The PVs of the screen that have not come."""
        return [pv for pv, has_come in self.tab.evaluate("window.pvs()") if not has_come]

    def there(self) -> set[str]:
        """The PVs of the screen that have come."""
        return {pv for pv, has_come in self.tab.evaluate("window.pvs()") if has_come}

    def picture(self, name: str) -> None:
        """Keep what is drawn now, for people to look at."""
        self.tab.picture(self._pictures / f"{name}.png")

    def complaints(self) -> list[str]:
        """What went wrong in the page and in the bridge so far, and what was refused."""
        self.seen()  # so that the events up to now are read
        in_page = [each for each in self.tab.complaints if not ACCEPTED.search(each)]
        return in_page + self._served.complaints() + [f"refused: {pv}" for pv in self._served.refused()]

    def shown(self, pv: str) -> list[str]:
        """The texts of what shows this PV, or depends on it, and cannot be pressed."""
        return [each.text for each in self.seen(pv) if each.tag != "button"]

    def curve(self, pv: str) -> list[tuple[float, float]]:
        """The points (x, y) that a plot draws for this PV, as one reads them off its axes; none without such a plot."""
        return [(x, y) for x, y in self.tab.evaluate(f"window.curve({json.dumps(self._prefix + pv)})")]

    def wait(self, pv: str, pattern: str) -> None:
        """Until what shows this PV matches as a whole."""
        self._until(
            lambda: any(re.fullmatch(pattern, text, re.DOTALL) for text in self.shown(pv)),
            f"{pv} to be shown as {pattern!r}",
        )

    def can_press(self, pv: str) -> bool:
        """Whether a button that writes this PV is there and enabled."""
        return any(each.enabled for each in self.seen(pv) if self._writes(each, pv))

    def press(self, pv: str, sends: str = "") -> None:
        """The button that writes this PV (and this value, if given), once it is enabled."""
        self._press(lambda each: self._writes(each, pv) and sends in ("", each.sends), f"button for {pv} {sends}", pv)

    def press_text(self, text: str) -> None:
        """The button, or the choice in a list that is open, with this text."""
        self._press(lambda each: each.text == text and each.tag in ("button", "option"), f"button {text!r}")

    def go_to(self, screen: str) -> None:
        """The button that opens this screen, and the screen."""
        self._press(lambda each: each.opens == screen, f"button that opens {screen}")
        self._until(lambda: self.tab.evaluate("document.body.dataset.screen") == screen, f"{screen} to be open")

    def enter(self, pv: str, text: str) -> None:
        """Type into the field of this PV, and press Enter."""
        self._press(lambda each: each.tag in ("input", "textarea"), f"field of {pv}", pv)
        self.tab.evaluate("document.activeElement.select()")
        self.tab.type(text)
        self.tab.press_enter()

    def choose(self, pv: str, text: str) -> None:
        """Open the list of this PV, and take this."""
        self._press(lambda each: each.tag == "combobox", f"list of {pv}", pv)
        self.press_text(text)
        self._until(lambda: all(each.tag != "option" for each in self.seen(pv)), f"list of {pv} to be closed")

    def _writes(self, each: Drawn, pv: str) -> bool:
        name = self._prefix + pv
        return each.tag == "button" and (each.writes == name or (not each.writes and name in each.pvs[:1]))

    def _press(self, wanted: Callable[[Drawn], bool], what: str, pv: str = "") -> None:
        before: Drawn | None = None

        def ready() -> Drawn | None:
            """It, once it stays where it is: lists move while they open."""
            nonlocal before
            found = [each for each in self.seen(pv) if wanted(each) and each.enabled and not each.covered]
            last, before = before, next(iter(found), None)
            return before if before and last and (before.x, before.y) == (last.x, last.y) else None

        target = self._until(ready, f"the {what} to be there, enabled, not covered by anything, and at rest")
        self.tab.click(target.x, target.y)

    def _until(self, condition: Callable[[], Any], what: str) -> Any:
        """What it returns once that is something."""
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            if time.monotonic() > deadline:
                now = "\n".join([*self.complaints(), *map(str, self.seen())])
                raise AssertionError(f"waited {PATIENCE:g} s for {what}\n{now}")
            time.sleep(0.05)
        return found
