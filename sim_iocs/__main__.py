"""Command line of the simulated beamline."""

import argparse
import asyncio
import os
import signal
import sys

from .beamline import serve
from .server import PortUnavailableError


def main() -> int:
    """Serve until SIGTERM or SIGINT; the exit status."""
    options = _parser().parse_args()
    # Beacons would go to every network this machine is on.
    os.environ.update(EPICS_CAS_AUTO_BEACON_ADDR_LIST="NO", EPICS_CAS_BEACON_ADDR_LIST="127.0.0.1")
    refusals: list[BaseException] = []
    try:
        asyncio.run(_serve_until_told(options))
    except* PortUnavailableError as errors:
        refusals.append(_first(errors))
    for refusal in refusals:
        print(f"sim_iocs: {refusal}; see --port and --interface", file=sys.stderr)
    return 1 if refusals else 0


async def _serve_until_told(options: argparse.Namespace) -> None:
    serving = asyncio.create_task(
        serve(options.prefix, options.port, options.interface, options.speed, lambda: _announce(options))
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()


def _announce(options: argparse.Namespace) -> None:
    print(f"ready: simulated beamline {options.prefix} on {options.interface} port {options.port}", flush=True)


def _first(errors: BaseExceptionGroup) -> BaseException:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reioc.sim_iocs", description="A simulated beamline as an EPICS IOC.")
    parser.add_argument("--prefix", default="DEMO:", help="before every PV name (%(default)s)")
    parser.add_argument("--port", type=_port, default=5066, help="Channel Access port (%(default)s)")
    parser.add_argument("--interface", default="127.0.0.1", help="address to serve on (%(default)s)")
    parser.add_argument("--speed", type=_speed, default=1.0, help="simulated seconds per second (%(default)s)")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port number, 1 to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number above 0 and up to 1000")
    return speed


if __name__ == "__main__":
    sys.exit(main())
