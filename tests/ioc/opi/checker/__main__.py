"""`python -m tests.ioc.opi.checker FILE…`: what is wrong with display files, beside all others of their folder."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from . import Problem, check, read


def main(files: list[str]) -> int:
    """Print what is wrong; returns how many problems there are, at most 99."""
    paths = [Path(file) for file in files]
    folders = {path.resolve().parent for path in paths}
    there = {path for folder in folders for path in folder.glob("*.bob")}
    screens, problems = read({path: path.read_text(encoding="utf-8") for path in sorted(there)})
    wanted = {path.name for path in paths}
    problems = [problem for problem in problems if problem.file in wanted]
    problems += check(screens, wanted & {*screens})
    for same in _grouped(problems):
        print(same[0], f"(and {len(same) - 1} like it)" if len(same) > 1 else "")
    print(f"{len(problems)} problems in {len(wanted)} files" if problems else "nothing is wrong", file=sys.stderr)
    return min(len(problems), 99)


def _grouped(problems: list[Problem]) -> list[list[Problem]]:
    """Those together that differ in numbers alone: the rows of a table have the same mistake."""
    found: dict[tuple[str, int, str], list[Problem]] = {}
    for each in sorted({*problems}):
        found.setdefault((each.file, each.line, re.sub(r"\d+", "#", each.message)), []).append(each)
    return list(found.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [str(each) for each in sorted(Path("ioc/opi").glob("*.bob"))]))
