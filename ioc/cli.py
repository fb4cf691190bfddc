"""The command line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .opi.command import add_arguments as opi_arguments
from .plans.command import add_arguments as plans_arguments
from .queue.command import add_arguments as queue_arguments
from .stored.command import add_arguments as runs_arguments
from .watch.command import add_arguments as watch_arguments

if TYPE_CHECKING:
    from .config.beamline import BeamlineConfig

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command; exits with its status."""
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    if options.run is _sim:  # its options are the simulation's own, which knows what is wrong with them
        options.arguments = rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if file := getattr(options, "file", None):
        _find_modules_beside(file)
    status = options.run(options)
    if options.run in (_serve, _watch):
        _leave(status)
    sys.exit(status)


def _find_modules_beside(file: str) -> None:
    """Modules of plans and devices may be beside the file that names them.

    They are looked for last: a file called `queue.py` there takes nothing's place.
    """
    folder = str(Path(file).resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)


def _leave(status: int) -> NoReturn:
    """End a program that has put everything away, at once.

    At Python's own end pyepics has libca say good-bye to each server: to one that is frozen that takes half a minute.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reioc", description="A RunEngine that lives in an EPICS IOC.")
    parser.add_argument("--version", action="version", version=f"reioc {version('reioc')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser(
        "demo", help="a simulated beamline and its engine on this host, and a scan through a beam dump"
    )
    demo.add_argument("--once", action="store_true", help="end after the scan; exit status 0 if it succeeded")
    demo.add_argument(
        "--port", type=_port, default=5064, help="the engine's port (default %(default)s); the beamline's is two more"
    )
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="serve the engine of a beamline")
    serve.add_argument("file", help="the beamline.toml")
    serve.add_argument(
        "--interfaces", type=_interfaces, default=(), metavar="ADDRESS[,ADDRESS…]", help="instead of the file's"
    )
    serve.add_argument("--port", type=_port, default=0, help="instead of the file's")
    serve.add_argument("--verbose", "-v", action="store_true", help="log every command and connection")
    serve.set_defaults(run=_serve)

    sim = commands.add_parser("sim", help="the simulated beamline alone", add_help=False)
    sim.set_defaults(run=_sim)

    pvs = commands.add_parser("pvs", help="every PV that a beamline.toml serves, for people, archivers, alarm servers")
    pvs.add_argument("file", nargs="?", help="the beamline.toml")
    pvs.add_argument("--prefix", help="instead of a file: the prefix of an engine without suspenders")
    pvs.add_argument("--format", default="text", help="text, json, archiver or alarms (default %(default)s)")
    pvs.add_argument(
        "--alarm-config", default="Accelerator", help="the alarm server's configuration (default %(default)s)"
    )
    pvs.set_defaults(run=_pvs)

    queue = commands.add_parser("queue", help="the queue of any engine, over Channel Access")
    queue_arguments(queue)
    queue.set_defaults(run=_queue)

    watch_parser = commands.add_parser("watch", help="a dashboard for a terminal, of any engine, over Channel Access")
    watch_arguments(watch_parser)
    watch_parser.set_defaults(run=_watch)

    runs_arguments(commands)
    plans_arguments(commands)
    opi_arguments(commands)

    check = commands.add_parser("check", help="is a beamline.toml right, and is everything in it there?")
    check.add_argument("file", help="the beamline.toml")
    check.set_defaults(run=_check)
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or not 1024 <= int(text) <= 65533:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 1024 to 65533")
    return int(text)


def _interfaces(text: str) -> tuple[str, ...]:
    from .config.beamline import interface

    try:
        return tuple(interface(each.strip()) for each in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _demo(options: argparse.Namespace) -> int:
    from .demo import demo

    return demo(options.port, once=options.once)


def _pvs(options: argparse.Namespace) -> int:
    from .listing import pvs

    return pvs(
        options.file,
        sys.stdout,
        sys.stderr,
        prefix=options.prefix,
        form=options.format,
        alarm_config=options.alarm_config,
    )


def _check(options: argparse.Namespace) -> int:
    from .check import check

    return check(options.file, sys.stdout)


def _queue(options: argparse.Namespace) -> int:
    from .queue.command import queue

    return queue(options, sys.stdout)


def _watch(options: argparse.Namespace) -> int:
    from .watch.command import watch

    return watch(options, sys.stdout)


def _sim(options: argparse.Namespace) -> NoReturn:
    # The simulated hardware is a program of its own: nothing of it is imported here.
    os.execv(sys.executable, [sys.executable, "-m", "reioc.sim_iocs", *options.arguments])


def _serve(options: argparse.Namespace) -> int:
    from .config.beamline import ConfigError, apply_environment, load

    logging.basicConfig(level=logging.INFO if options.verbose else logging.WARNING, format=_LOG_FORMAT)
    logging.getLogger("caproto").setLevel(logging.WARNING)  # it tells of every connection
    try:
        config = load(options.file)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    apply_environment(config)  # before anything loads libca, which reads it once
    return _serve_config(config, options)


def _serve_config(config: BeamlineConfig, options: argparse.Namespace) -> int:
    from ..devices import DevicesNotLoaded
    from .access import AcfError
    from .autosave import autosave_path
    from .channel_access import PortUnavailable
    from .journal import JournalError
    from .journal.place import journal_path
    from .service import Service

    given = {"interfaces": options.interfaces, "port": options.port}
    ioc = config.ioc.model_copy(update={key: value for key, value in given.items() if value})
    config = config.model_copy(update={"ioc": ioc})

    def ready() -> None:
        print(f"ready: {ioc.prefix} on {', '.join(ioc.interfaces)} port {ioc.port}", flush=True)

    try:
        journal = journal_path(options.file, config.journal.file) if config.journal.enabled else None
        service = Service(config, autosave_path(options.file), Path(options.file).parent, journal)
        asyncio.run(service.run(ready))
    except (AcfError, DevicesNotLoaded, JournalError, PortUnavailable, ValueError) as error:
        print(f"reioc serve: {error}", file=sys.stderr)
        return 1
    return 0


_LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
