"""`reioc runs`: what is written on the command line, and who does it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any, TextIO

__all__ = ["FORMATS", "add_arguments", "runs"]

FORMATS = ("jsonl", "csv", "hdf5")
"""Of an export."""
_FILE = "a beamline.toml, or a journal itself"
_RUN = "a scan id, -1 for the last run, or the beginning of a uid"
_INTERRUPTED = 130
_NOBODY_READS = 141
"""Exit statuses that a shell has for SIGINT and SIGPIPE."""


def add_arguments(commands: Any) -> None:
    """Add `runs` to the commands of an argument parser; what is parsed has `run`, to be called with it."""
    parser = commands.add_parser("runs", help="runs that are in the journal: list, show, export, plot, tail")
    parser.set_defaults(run=lambda options: runs(options, sys.stdout, sys.stderr))
    parts = parser.add_subparsers(required=True, dest="part", metavar="COMMAND")
    for add in (_add_list, _add_show, _add_export, _add_plot, _add_tail):
        add(parts)


def _add(parts: Any, name: str, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own word
    parser = parts.add_parser(name, help=help, description=help)
    parser.add_argument("file", metavar="FILE", help=_FILE)
    return parser


def _add_list(parts: Any) -> None:
    parser = _add(parts, "list", "runs, newest first")
    parser.add_argument("--plan", metavar="NAME", help="only of this plan")
    parser.add_argument("--status", choices=("success", "fail", "abort", "open"), help="only those that ended so")
    parser.add_argument("--scan-id", type=_checked("scan_ids"), metavar="N[-M]", help="only with these scan ids")
    parser.add_argument("--since", type=_checked("moment"), metavar="TIME", help="2026-11-01, '2 days', yesterday …")
    parser.add_argument(
        "--until", type=_checked("moment", is_end=True), metavar="TIME", help="a day is meant with all of it"
    )
    parser.add_argument(
        "--where",
        type=_checked("setting"),
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="only with this in the metadata, like sample.name=Cu; several are all to be true",
    )
    parser.add_argument("--limit", type=_limit, default=20, metavar="N", help="at most so many (default %(default)s)")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _add_show(parts: Any) -> None:
    parser = _add(parts, "show", "all about a run")
    parser.add_argument("which", metavar="RUN", help=_RUN)
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _add_export(parts: Any) -> None:
    parser = _add(parts, "export", "runs as files")
    parser.add_argument("which", nargs="+", metavar="RUN", help=f"{_RUN}; 3-9 are scans")
    parser.add_argument("--format", choices=FORMATS, help="needed, unless the name of the output tells it")
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="a folder, or a file; - writes jsonl to the standard output (default: a file per run, here)",
    )
    parser.add_argument("--force", action="store_true", help="replace files that are there")


def _add_plot(parts: Any) -> None:
    parser = _add(parts, "plot", "a picture of a run, or of several over one another")
    parser.add_argument("which", nargs="+", metavar="RUN", help=f"{_RUN}; 3-9 are scans")
    parser.add_argument("-o", "--output", metavar="FILE", help=".png, .svg or .pdf (default: a PNG file, here)")
    parser.add_argument("--x", metavar="FIELD", help="instead of what the plan hints at; also time and seq_num")
    parser.add_argument("--y", metavar="FIELD", nargs="+", action="extend", default=[], help="instead of the detectors")
    parser.add_argument("--log", action="store_true", help="readings on a logarithmic scale")


def _add_tail(parts: Any) -> None:
    parser = _add(parts, "tail", "the documents of the last run, a line each")
    parser.add_argument("--follow", "-f", action="store_true", help="go on with what comes, until Ctrl-C")
    parser.add_argument("--format", choices=("text", "jsonl"), default="text")


def _checked(name: str, **options: Any) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        from . import choosing

        try:
            return getattr(choosing, name)(text, **options)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def _limit(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs: write 1 or more")
    return int(text)


def runs(options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """Do what `add_arguments` has parsed: write on `out`, or say on `err` what is wrong. Returns the exit status."""
    from ..config.beamline import ConfigError
    from ..journal import JournalError
    from .errors import StoredError

    try:
        status = _PARTS[options.part](options, out, err)
        out.flush()
        return status
    except (StoredError, JournalError) as error:
        err.write(f"reioc runs: {error}\n")
        return 1
    except ConfigError as error:
        err.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _close_quietly(out)
        return _NOBODY_READS


def _close_quietly(out: TextIO) -> None:
    """Python flushes the standard output at its end, and would complain then."""
    if out is sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def _list(options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    from .choosing import Filters
    from .listing import OPEN, as_json, listed
    from .opening import opened

    status = "" if options.status == OPEN else options.status
    filters = Filters(options.plan, status, options.scan_id, options.since, options.until, options.where)
    with opened(options.file) as reader:
        if options.format == "json":
            out.write(f"{as_json(filters.runs(reader, options.limit))}\n")
        else:
            out.write(f"{listed(reader, filters, options.limit)}\n")
    return 0


def _show(options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    from .choosing import chosen_one
    from .opening import opened
    from .showing import shown, shown_json

    with opened(options.file) as reader:
        show = shown_json if options.format == "json" else shown
        out.write(f"{show(reader, chosen_one(reader, options.which))}\n")
    return 0


def _export(options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    from .choosing import chosen
    from .exporting import Export
    from .opening import opened

    export = Export(options.format, options.output, force=options.force)
    with opened(options.file) as reader:
        found = chosen(reader, options.which)
        out.writelines(f"{path}\n" for path in export.write(reader, found, out))
    err.writelines(f"{note}\n" for note in export.left_out)
    return 0


def _plot(options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    from .choosing import chosen
    from .opening import opened
    from .plotting import plot

    with opened(options.file) as reader:
        found = chosen(reader, options.which)
        out.write(f"{plot(reader, found, options.output, x=options.x, y=options.y, log=options.log)}\n")
    return 0


def _tail(options: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    from .opening import journal_of
    from .tailing import tail

    tail(journal_of(options.file), out, follow=options.follow, form=options.format)
    return 0


_PARTS = {"list": _list, "show": _show, "export": _export, "plot": _plot, "tail": _tail}
