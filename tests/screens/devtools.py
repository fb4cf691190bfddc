"""Chromium, by its DevTools protocol."""

import base64
import json
import re
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from ..system.support import Service

__all__ = ["PATIENCE", "Chromium", "Tab", "chromium", "running"]

PATIENCE = 30.0
"""Seconds that a browser may take for anything; far more than needed, so that a busy machine passes."""

# Without a screen, as root, in a container, and silent: it looks for Google's hosts otherwise.
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--hide-scrollbars", "--force-device-scale-factor=1", "--remote-debugging-port=0",
)  # fmt: skip


def chromium() -> str | None:
    """Where chromium is, if it is."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Chromium:
    """A browser without a screen; `open` gives a page of it."""

    def __init__(self, address: str, tabs: ExitStack) -> None:
        self._address = address
        self._tabs = tabs

    def open(self, width: int, height: int) -> "Tab":
        """A new page of this size in pixels."""
        request = urllib.request.Request(f"{self._address}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            place = json.load(answer)["webSocketDebuggerUrl"]
        return Tab(self._tabs.enter_context(connect(place, max_size=None, ping_interval=None)), width, height)


@contextmanager
def running(program: str) -> Iterator[Chromium]:
    """A browser that runs."""
    with tempfile.TemporaryDirectory(prefix="chromium", ignore_cleanup_errors=True) as profile:
        argv = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        with Service(argv, r"^DevTools listening on ws://", forked=False) as service, ExitStack() as tabs:
            [place] = re.findall(r"^DevTools listening on ws://(\S+?)/", service.output, re.MULTILINE)
            yield Chromium(f"http://{place}", tabs)


class Tab:
    """One page: what it shows, what is done with mouse and keys, and what went wrong in it."""

    def __init__(self, connection: ClientConnection, width: int, height: int) -> None:
        self._connection = connection
        self._calls = 0
        self.complaints: list[str] = []
        """Errors, warnings and failed requests, in order, one text each."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def go(self, url: str) -> None:
        """Open a page; it is not yet loaded."""
        self.call("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in JavaScript. Raises RuntimeError with what it raised."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {_exception(answer['exceptionDetails'])}")
        return answer["result"].get("value")

    def click(self, x: float, y: float) -> None:
        """Press and release the left button of the mouse here."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, text: str) -> None:
        """Type this, in the place of what is selected."""
        self.call("Input.insertText", text=text)

    def press_enter(self) -> None:
        """The Enter key."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, **key)

    def picture(self, path: Path) -> None:
        """Save what it shows as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def call(self, method: str, **params: Any) -> Any:
        """A method of the DevTools protocol. Raises RuntimeError when it is refused, TimeoutError without an answer."""
        self._calls += 1
        self._connection.send(json.dumps({"id": self._calls, "method": method, "params": params}))
        while True:
            message = json.loads(self._connection.recv(timeout=PATIENCE))
            if message.get("id") == self._calls:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self._note(message)

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        match event["method"]:
            case "Runtime.exceptionThrown":
                self.complaints.append(f"exception: {_exception(params['exceptionDetails'])}")
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                words = " ".join(str(each.get("value", each.get("description", ""))) for each in params["args"])
                self.complaints.append(f"{params['type']}: {words}")
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                entry = params["entry"]
                self.complaints.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}")


def _exception(details: dict[str, Any]) -> str:
    return details.get("exception", {}).get("description") or details["text"]
