"""Command line of the simulated beamline."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from .beamline import serve
from .faults.kinds import FaultError
from .faults.library import Library
from .listing import listed
from .server import PortUnavailableError


def main() -> int:
    """Serve until SIGTERM or SIGINT; the exit status."""
    options = _parser().parse_args()
    if options.list:
        print("\n".join(listed(options.prefix)))
        return 0
    # Beacons would go to every network this machine is on.
    os.environ.update(EPICS_CAS_AUTO_BEACON_ADDR_LIST="NO", EPICS_CAS_BEACON_ADDR_LIST="127.0.0.1")
    refusals: list[BaseException] = []
    try:
        asyncio.run(_serve_until_told(options))
    except* (PortUnavailableError, FaultError) as errors:
        refusals.append(_first(errors))
    for refusal in refusals:
        see = "--port and --interface" if isinstance(refusal, PortUnavailableError) else "--scenario and --scenarios"
        print(f"sim_iocs: {refusal}; see {see}", file=sys.stderr)
    return 1 if refusals else 0


async def _serve_until_told(options: argparse.Namespace) -> None:
    # A scenario is the name of one, or a file.
    own = Path(options.scenario) if options.scenario.endswith(".toml") else None
    library = Library([*options.scenarios, *([own] if own else [])])
    serving = asyncio.create_task(
        serve(
            prefix=options.prefix,
            port=options.port,
            interface=options.interface,
            speed=options.speed,
            on_ready=lambda: _announce(options),
            seed=options.seed,
            library=library,
            story=own.stem if own else options.scenario,
        )
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
    parser.add_argument("--seed", type=_seed, default=0, help="of its noise: the same gives the same (%(default)s)")
    parser.add_argument("--scenario", default="", metavar="FILE", help="faults to be played at once: a file, or a name")
    parser.add_argument(
        "--scenarios",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="more scenarios for Fault:Scenario",
    )
    parser.add_argument("--list", action="store_true", help="print every PV: name, record type, unit, description")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port number, 1 to 65535")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 0 on")
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
