"""PVs for a web page: the PVWS protocol over Channel Access, and the files of the page.

`python -m tests.screens.bridge --page DIR --screens DIR` serves the page at /, screens at /screens/ and PVs at the
websocket /pvws/pv of a free port of 127.0.0.1; it prints `ready http://…` once it does. EPICS_CA_* say where PVs are.

What it cannot do it says in its output, a line each that begins with `error:`; to the page it is said as PVWS does.
"""

import argparse
import asyncio
import http
import json
import mimetypes
from pathlib import Path
from typing import Any

import aioca
from epicscorelibs.ca import dbr
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from .messages import Message, disconnected, news, to_put, update

PVS = "/pvws/pv"
PROTOCOL = "ca://"


class Subscription:
    """One PV of one page: its updates, from when it connects until it is closed."""

    def __init__(self, name: str, client: "Client") -> None:
        self._name = name
        self._client = client
        self._known: Message = {}
        self._monitor: aioca.Subscription | None = None
        self.text_in_characters = False
        self.channel = name.removeprefix(PROTOCOL)
        self._connecting = asyncio.create_task(self._connect())

    def close(self) -> None:
        self._connecting.cancel()
        if self._monitor:
            self._monitor.close()

    async def _connect(self) -> None:
        await aioca.connect(self.channel, timeout=None)
        info = await aioca.cainfo(self.channel)
        self.text_in_characters = info.datatype == dbr.DBR_CHAR and info.count > 1
        if info.write:
            # PVWS says it only once the PV is known to be writable; cs-web-lib ignores it in the first message.
            self._client.tell(self._name, {"readonly": False})
        self._monitor = aioca.camonitor(
            self.channel,
            self._receive,
            datatype=dbr.DBR_CHAR_STR if self.text_in_characters else None,
            format=dbr.FORMAT_CTRL,
            notify_disconnect=True,
        )

    def _receive(self, value: Any) -> None:
        now = update(value) if value.ok else disconnected()
        self._client.tell(self._name, news(self._known, now))
        self._known = self._known | now


class Client:
    """One page: what it has subscribed to, and what it is still to be told, the latest of each PV."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._subscriptions: dict[str, Subscription] = {}
        self._pending: dict[str, Message] = {}
        self._news = asyncio.Event()

    async def serve(self) -> None:
        """Obey the page until it is gone."""
        sending = asyncio.create_task(self._send())
        try:
            async for message in self._connection:
                await self._obey(json.loads(message))
        except ConnectionClosed:
            pass  # a page that is closed ends so
        finally:
            sending.cancel()
            self._clear(list(self._subscriptions))

    def tell(self, name: str, fields: Message) -> None:
        """Have the page told of a PV."""
        self._pending[name] = self._pending.get(name, {}) | fields
        self._news.set()

    async def _send(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            pending, self._pending = self._pending, {}
            for name, fields in pending.items():
                await self._connection.send(json.dumps({"type": "update", "pv": name} | fields))

    async def _obey(self, message: Message) -> None:
        match message:
            case {"type": "subscribe" | "monitor", "pvs": [*names]}:
                for name in names:
                    if name not in self._subscriptions:
                        self._subscriptions[name] = Subscription(name, self)
            case {"type": "clear", "pvs": [*names]}:
                self._clear(names)
            case {"type": "write", "pv": name, "value": value}:
                await self._write(name, value)
            case {"type": "list"}:
                await self._connection.send(json.dumps({"type": "list", "pvs": list(self._subscriptions)}))
            case {"type": "ping"}:
                await self._connection.ping()
            case {"type": "echo"}:
                await self._connection.send(json.dumps(message))
            case _:
                print(f"error: not understood: {message}", flush=True)

    def _clear(self, names: list[str]) -> None:
        for name in names:
            if subscription := self._subscriptions.pop(name, None):
                subscription.close()
            self._pending.pop(name, None)

    async def _write(self, name: str, value: Any) -> None:
        """Put it and do not wait, as Phoebus does."""
        try:
            if name not in self._subscriptions:
                raise ValueError(f"cannot write unknown PV {name}")
            subscription = self._subscriptions[name]
            wanted = to_put(value, subscription.text_in_characters)
            kind = dbr.DBR_LONG if isinstance(wanted, list) else None
            await aioca.caput(subscription.channel, wanted, datatype=kind)
        except (ValueError, aioca.CANothing) as error:
            print(f"error: {name}: {error}", flush=True)
            await self._connection.send(json.dumps({"type": "error", "message": str(error)}))


class Files:
    """Answers to requests for files."""

    def __init__(self, page: Path, screens: Path) -> None:
        self._folders = {"": page, "/screens": screens}

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The file that is asked for, or None when it is the websocket."""
        path = request.path.partition("?")[0]
        if path == PVS:
            return None
        folder, _, name = path.rpartition("/")
        file = self._folders[folder] / (name or "index.html") if folder in self._folders else None
        if file is None or not file.is_file():
            return connection.respond(http.HTTPStatus.NOT_FOUND, f"{path} is not here\n")
        body = file.read_bytes()
        kind = mimetypes.guess_type(file.name)[0] or "text/xml"
        headers = Headers({"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"})
        return Response(http.HTTPStatus.OK, "OK", headers, body)


async def _serve(page: Path, screens: Path, port: int) -> None:
    async def handle(connection: ServerConnection) -> None:
        await Client(connection).serve()

    async with serve(handle, "127.0.0.1", port, process_request=Files(page, screens).answer, max_size=None) as server:
        host, port = next(iter(server.sockets)).getsockname()
        print(f"ready http://{host}:{port}", flush=True)
        await server.serve_forever()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--page", type=Path, required=True)
    parser.add_argument("--screens", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    asyncio.run(_serve(options.page, options.screens, options.port))


if __name__ == "__main__":
    main()
