"""Command line of the proxy."""

import argparse
import asyncio
import signal
import sys
import threading
from dataclasses import fields
from typing import Any

from .network import Network
from .proxy import Proxy

__all__ = ["main", "obey"]

_CLEAN = {field.name: field.default for field in fields(Network)}
_SWITCH = {"on": True, "off": False}
_LINES = """lines on the standard input change the network while it runs: `delay 0.1`, `loss 0.02`, `black_hole on`,
`cut` resets all connections, `clean` makes it a good network again"""


def main() -> int:
    """Stand between until SIGTERM or SIGINT; the exit status."""
    options = _parser().parse_args()
    try:
        network = Network(options.delay, options.jitter, options.rate, options.loss)
        asyncio.run(_stand(Proxy(options.server, (options.interface, options.port), network, options.seed)))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"proxy: {error}\n")
        return 1
    return 0


def obey(proxy: Proxy, line: str) -> str:
    """Do what a line says; an answer for people."""
    word, _, value = line.strip().partition(" ")
    try:
        if word == "cut":
            proxy.cut()
        elif word == "clean":
            proxy.change(**_CLEAN)
        elif word in _CLEAN:
            proxy.change(**{word: _value(value.strip())})
        else:
            return f"not done: there is no '{word}'; there are {', '.join(_CLEAN)}, cut, clean"
    except ValueError as error:
        return f"not done: {error}"
    return f"done: {line.strip()}"


def _value(text: str) -> Any:
    return _SWITCH[text] if text in _SWITCH else float(text)


async def _stand(proxy: Proxy) -> None:
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    async with proxy:
        listening, server = ("{}:{}".format(*address) for address in (proxy.listen, proxy.server))
        _say(f"ready: proxy on {listening} before {server}")
        # A thread, as the standard input may be a file, which a loop cannot wait for; nobody waits for the thread.
        threading.Thread(target=_read_lines, args=(proxy,), daemon=True).start()
        await end.wait()


def _read_lines(proxy: Proxy) -> None:
    for line in sys.stdin:
        if line.strip():
            _say(obey(proxy, line))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reioc.sim_iocs.faults.proxy",
        description="A bad network between Channel Access clients and a server.",
        epilog=_LINES,
    )
    parser.add_argument("--server", type=_address, default=("127.0.0.1", 5066), help="host:port (127.0.0.1:5066)")
    parser.add_argument("--interface", default="127.0.0.1", help="address where clients find it (%(default)s)")
    parser.add_argument("--port", type=int, default=5070, help="port where clients find it (%(default)s)")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds, each way (%(default)s)")
    parser.add_argument("--jitter", type=float, default=0.0, help="up to so many seconds more (%(default)s)")
    parser.add_argument("--rate", type=float, default=0.0, help="bytes/s each way, 0: no limit (%(default)s)")
    parser.add_argument("--loss", type=float, default=0.0, help="share of the packets that are lost (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of what happens at random (%(default)s)")
    return parser


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 65536):
        raise argparse.ArgumentTypeError(f"'{text}' is not host:port")
    return host, int(port)
