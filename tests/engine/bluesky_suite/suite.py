"""Runs bluesky's installed tests against our engine, and knows which of them are expected to differ."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import bluesky

HERE = Path(__file__).parent
THEIRS = Path(bluesky.__file__).parent
ENOUGH = 240.0
"""Seconds for one run; it takes about 30 where nothing else is going on."""


def differences():
    """What is listed in differences.toml."""
    return tomllib.loads((HERE / "differences.toml").read_text(encoding="utf-8"))


def listed(run):
    """The tests that are listed as different in a run."""
    known = differences()
    return {test for entry in known["on_purpose"] + known["private"] for test in of_run(entry, run)}


def of_run(entry, run):
    """The tests of an entry that a run has: those of the engine differ with our plans as well."""
    tests = [*entry.get("tests", ()), *(entry.get("plans", ()) if run == "plans" else ())]
    modules = differences()["runs"][run]
    return [test for test in tests if test.partition("::")[0] in modules]


class Suite:
    """A run of bluesky's tests: with bluesky's plans ("engine"), or with ours ("plans")."""

    def __init__(self, run, folder):
        self.run, self.folder = run, folder
        known = differences()
        self.modules = known["runs"][run]
        left_out = [test for entry in known["left_out"] for test in entry["tests"]]
        self.outcomes = self._of(self.modules, left_out=left_out)
        self._ask_again_alone()

    def _of(self, modules, **lists):
        """What became of the tests, by name."""
        outcomes = self.folder / "outcomes.json"
        options = [f"--outcomes={outcomes}", *(["--our-plans"] if self.run == "plans" else [])]
        for name, tests in lists.items():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(sorted(tests)))
            options.append(f"--{name.replace('_', '-')}={path}")
        names = [f"bluesky.tests.{module}" for module in modules]
        command = [sys.executable, "-m", "pytest", "-q", "-n2", "-p", "in_place", "-c", HERE / "suite.ini", *options]
        outcomes.unlink(missing_ok=True)
        done = subprocess.run(
            [*command, f"--rootdir={THEIRS}", "--pyargs", *names],
            cwd=self.folder,
            env={**_without_pytest(os.environ), "MPLBACKEND": "Agg", "PYTHONPATH": str(HERE)},
            capture_output=True,
            text=True,
            timeout=ENOUGH,
            check=False,
        )
        self.output = done.stdout[-20000:] + done.stderr[-2000:]
        if not outcomes.exists() or done.returncode not in (0, 1):
            raise AssertionError(f"the run has not come to its end:\n{self.output}")
        return json.loads(outcomes.read_text())

    def _ask_again_alone(self):
        """Many of these tests measure time: on a busy machine, one that is to pass may need a second try."""
        suspects = self.unexpected_failures()
        if suspects:
            modules = sorted({test.partition("::")[0] for test in suspects})
            self.outcomes.update(self._of(modules, only=suspects))

    def failed(self):
        """The tests that end differently with our engine."""
        return {test for test, outcome in self.outcomes.items() if outcome == "failed"}

    def unexpected_failures(self):
        """Those that are not listed."""
        return {test for test in self.failed() if not listed(self.run) & {test, test.partition("[")[0]}}

    def unexpected_passes(self):
        """What is listed without need: not every variant of it fails, or there is no such test."""
        return {test for test in listed(self.run) if not self._fails_always(test)}

    def _fails_always(self, test):
        variants = [outcome for name, outcome in self.outcomes.items() if test in (name, name.partition("[")[0])]
        return bool(variants) and set(variants) == {"failed"}

    def passed(self):
        """How many pass."""
        return sum(outcome == "passed" for outcome in self.outcomes.values())


def _without_pytest(environment):
    """The environment without what the pytest that we run in has put there for itself."""
    return {name: value for name, value in environment.items() if not name.startswith(("PYTEST", "COV_", "PYTHONPATH"))}
