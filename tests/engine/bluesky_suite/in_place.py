"""A pytest plugin: bluesky's own tests meet our engine where they ask for theirs.

Rules of this file:
1. The engine is replaced and nothing else, as a user does it: exceptions, messages, plans, preprocessors and suspenders
   remain bluesky's. With `--our-plans` the plans, stubs and preprocessors are ours as well.
2. No attribute is added to our engine for the tests' sake.
3. Ctrl-C is for the plan, as at a prompt. Where a test drives bluesky's handler for it, the engine is given that one.
"""

import asyncio
import importlib
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import bluesky
import bluesky.run_engine
import bluesky.utils
import pytest

from reioc import engine

OUR_PLANS = {
    "plans": "reioc.engine.plans",
    "plan_stubs": "reioc.engine.plans.stubs",
    "preprocessors": "reioc.engine.plans.preprocessors",
    "plan_patterns": "reioc.engine.plans.patterns",
}
outcomes = {}
"""What became of each test: passed, failed, skipped."""


def replace_engine():
    """Have bluesky offer our engine. What it has imported from itself by then keeps its own."""
    for module in (bluesky, bluesky.run_engine):
        module.RunEngine = engine.RunEngine
    sys.ps1 = ">>> "


def replace_plans():
    """Have bluesky offer our plans."""
    for name, ours in OUR_PLANS.items():
        module = importlib.import_module(ours)
        sys.modules[f"bluesky.{name}"] = module
        setattr(bluesky, name, module)
    for module in (bluesky, bluesky.run_engine, bluesky.utils):
        module.Msg = engine.Msg
    bluesky.SupplementalData = bluesky.preprocessors.SupplementalData


def pretend_pandas():
    """Let a module with two tests that need pandas, and ninety that do not, be imported where there is none."""
    if importlib.util.find_spec("pandas") is None:
        sys.modules["pandas"] = ModuleType("pandas")


def make_engine(request):
    """An engine on a loop that notices what is not thread-safe, as in the fixture that this one replaces."""
    loop = asyncio.new_event_loop()
    loop.set_debug(True)
    theirs = [bluesky.utils.SigintHandler] if "deterministic_sigint" in request.fixturenames else None
    made = engine.RunEngine({}, call_returns_result=request.param, loop=loop, context_managers=theirs)
    yield made
    made.close()


def name_of(item_or_report):
    """`test_module::test_name[parameters]`."""
    path, _, name = item_or_report.nodeid.partition("::")
    return f"{Path(path).stem}::{name}"


def pytest_addoption(parser):
    parser.addoption("--our-plans", action="store_true", help="replace the plans too")
    parser.addoption("--left-out", type=Path, help="a JSON list of tests, without parameters, that are not run")
    parser.addoption("--only", type=Path, help="a JSON list of tests, with parameters: no others are run")
    parser.addoption("--outcomes", type=Path, help="where to write what became of each test, as JSON")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Before bluesky's conftest and tests are imported."""
    replace_engine()
    pretend_pandas()
    our_plans = early_config.known_args_namespace.our_plans
    if our_plans:
        replace_plans()
    # bluesky's fixture has both; the two runs share them, which saves half the time
    fixture = pytest.fixture(params=[our_plans], name="RE")(make_engine)
    importlib.import_module("bluesky.tests.conftest").RE = fixture


def pytest_collection_modifyitems(config, items):
    """Take out what is not to be run."""
    if config.option.left_out:
        left_out = set(json.loads(config.option.left_out.read_text()))
        items[:] = [item for item in items if name_of(item).partition("[")[0] not in left_out]
    if config.option.only:
        only = set(json.loads(config.option.only.read_text()))
        items[:] = [item for item in items if name_of(item) in only]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """A Ctrl-C that gets as far as the test is that test's failure, not the end of them all."""
    try:
        return (yield)
    except KeyboardInterrupt as error:
        raise AssertionError("Ctrl-C has reached the caller") from error


def pytest_runtest_logreport(report):
    """Note the worst of set-up, call and tear-down."""
    if report.failed or report.skipped or (report.when == "call" and name_of(report) not in outcomes):
        outcomes[name_of(report)] = report.outcome


def pytest_sessionfinish(session):
    """Write the outcomes down; not in each of several processes that share the tests."""
    if session.config.option.outcomes and not hasattr(session.config, "workerinput"):
        session.config.option.outcomes.write_text(json.dumps(outcomes))
