"""What the documentation lists is what there is."""

import asyncio
import re
import tomllib
from collections.abc import Iterable, Iterator
from inspect import isgeneratorfunction
from pathlib import Path

import bluesky.plans
import pytest
from pydantic import BaseModel

from reioc.devices.registry.care import Care
from reioc.devices.registry.source_spec import DeviceSource
from reioc.devices.registry.spec import DeviceSpec
from reioc.engine import RunEngine
from reioc.engine.commands.forms import FORMS
from reioc.engine.plans import CATALOGUE, preprocessors, stubs
from reioc.ioc.access import AccessConfig
from reioc.ioc.config.beamline import DataConfig, EpicsConfig, IocConfig, JournalConfig, PlansConfig
from reioc.ioc.metadata.rules import MetadataRule
from reioc.ioc.plans.rules_config import AllowConfig
from reioc.ioc.sinks.config import SinkConfig, SinkKind

from .markdown import PAGES, ROOT, first_cells, name_of, section

DOCS = ROOT / "docs"
ABOUT_DEVICES = {"get_hinted_fields", "root_ancestor", "separate_devices"}
"""What plan authors ask about devices: at hand among the preprocessors, but none."""
OF_A_SUSPENDER = r"^Susp:\w+:"
NAMED = {
    "<S>": r"Susp:(\w+):",
    "<N>": r"Plan:P(\d+):",
    "<M>": r"SuspRow(\d+):",
    "<key>": r"MD:((?!ScanID$).+)",
    "<K>": r"Sink:(\w+):",
}
"""Of which a PV's name can have several, and where."""
TABLES: dict[str, type[BaseModel]] = {
    "## `[ioc]` (required)": IocConfig,
    "## `[access]` (optional)": AccessConfig,
    "## `[epics]` (optional)": EpicsConfig,
    "## `[[metadata_rule]]` (any number)": MetadataRule,
    "## `[plans]` (optional)": PlansConfig,
    "### `[[plans.allow]]` (any number)": AllowConfig,
    "## `[data]` (optional)": DataConfig,
    "## `[journal]` (optional)": JournalConfig,
    "## `[[sink]]` (any number)": SinkConfig,
    "## `[devices]` (optional)": Care,
    "## `[[device]]` (any number)": DeviceSpec,
    "## `[[device_source]]` (any number)": DeviceSource,
}
"""Tables of beamline.toml: the heading under which their keys are listed, and what reads them."""
COMPLETION = 3
"""The column of a table of PVs that only those have an entry in which clients write."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bool]]:
    """The PVs that the demo's file makes, with a sink and a key at least, without prefix and aliases: record type, and
    whether clients write it."""
    return asyncio.run(_served(tmp_path_factory.mktemp("served")))


async def _served(folder: Path) -> dict[str, tuple[str, bool]]:
    from reioc.devices import Registry
    from reioc.ioc.config.beamline import load
    from reioc.ioc.engine_pvs import EnginePVs
    from reioc.ioc.journal import Journal
    from reioc.ioc.metadata import RunMetadata, metadata_keys
    from reioc.ioc.plans.catalogue import Catalogue
    from reioc.ioc.pvs.puts import BoolSetting, EnumSetting, FloatSetting, StringSetting, TextSetting
    from reioc.ioc.sinks.feeding import Sinks
    from reioc.suspenders import ManualSource, SuspendBoolLow

    config = load(ROOT / "ioc" / "demo.toml")
    settings = (BoolSetting, EnumSetting, FloatSetting, StringSetting, TextSetting)
    RE = RunEngine(call_returns_result=True)
    for spec in config.suspenders:  # all kinds have the same PVs; what these watch would be searched for
        RE.install_suspender(SuspendBoolLow(ManualSource(), name=spec.name))
    journal = Journal(folder / "journal.sqlite")
    sinks = config.sinks or (SinkConfig(kind=SinkKind.JSONL, folder="runs"),)
    ioc = EnginePVs(
        RE,
        config.ioc.prefix,
        # No devices: they would connect, and no PV is about them.
        catalogue=Catalogue.load(config.plans.modules, Registry([])),
        data_length=config.data.length,
        metadata=RunMetadata(RE, metadata_keys({"sample": "", **config.metadata}, config.metadata_rules)),
        journal=journal,
        sinks=Sinks(sinks, folder, journal),
    )
    try:
        return {
            name.removeprefix(config.ioc.prefix): (pv.pvspec.record, isinstance(pv, settings))
            for name, pv in ioc.pvdb.items()
            if name == pv.pvname
        }
    finally:
        ioc.close()
        journal.close()
        RE.close()


def _documented(served: Iterable[str]) -> Iterator[tuple[str, tuple[str, bool]]]:
    """What the page lists, with the names that there are in the place of `<S>` and the like."""
    own = {place: {found[1] for name in served if (found := re.match(form, name))} for place, form in NAMED.items()}
    for cells in first_cells((DOCS / "reference" / "pvs.md").read_text(encoding="utf-8")):
        name, record = cells[:2]
        is_written = len(cells) > COMPLETION and bool(cells[COMPLETION])
        place = next((place for place in own if place in name), "")
        for each in own[place] if place else {""}:
            yield name.replace(place, each), (record, is_written)


def test_pvs(served: dict[str, tuple[str, bool]]) -> None:
    """reference/pvs.md lists exactly the PVs that are served, with their types, and which of them clients write."""
    assert dict(_documented(served)) == served


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pvs_that_are_mentioned(page: Path, served: dict[str, tuple[str, bool]]) -> None:
    """A PV of the demo's engine that a page mentions is served; of a suspender that is added there, too."""
    mentioned = set(re.findall(r"DEMO:RE:([A-Z]\w*(?::\w+)*)", page.read_text(encoding="utf-8")))

    assert _of_any_suspender(mentioned) <= _of_any_suspender(served)


def _of_any_suspender(names: Iterable[str]) -> set[str]:
    return {re.sub(OF_A_SUSPENDER, "Susp:<S>:", name) for name in names}


def test_messages() -> None:
    """reference/commands-and-plans.md lists exactly the commands of the engine."""
    RE = RunEngine()
    RE.close()
    rows = first_cells(section(DOCS / "reference" / "commands-and-plans.md", "## Messages"))

    assert sorted(row[0] for row in rows) == sorted(RE.commands)


def test_forms_of_messages() -> None:
    """reference/commands-and-plans.md shows the messages that errors show."""
    rows = first_cells(section(DOCS / "reference" / "commands-and-plans.md", "## Messages"))

    shown = {row[0]: row[1].strip("`") for row in rows if row[0] in FORMS}

    assert shown == {command: FORMS[command].text for command in shown}
    assert shown


def test_plans() -> None:
    """reference/commands-and-plans.md lists exactly the plans that are offered."""
    rows = first_cells(section(DOCS / "reference" / "commands-and-plans.md", "## Plans"))

    assert [row[0] for row in rows] == [plan.__name__ for plan in CATALOGUE]


def test_stubs() -> None:
    """reference/commands-and-plans.md lists exactly the stubs, and calls each by its name."""
    rows = first_cells(section(DOCS / "reference" / "commands-and-plans.md", "## Stubs"))
    names = [re.findall(r"\w+", row[0].replace("also", "")) for row in rows]
    documented = [name for several in names for name in several]

    assert sorted(documented) == sorted(name for name in stubs.__all__ if isgeneratorfunction(vars(stubs)[name]))
    assert [row[0] for row, (name, *_) in zip(rows, names, strict=True) if not row[1].startswith(f"`{name}(")] == []


def test_preprocessors() -> None:
    """reference/commands-and-plans.md lists exactly the preprocessors and their decorators."""
    rows = first_cells(section(DOCS / "reference" / "commands-and-plans.md", "## Preprocessors"))
    documented = {name for row in rows for name in re.findall(r"^`?(\w+)", "\n".join(row[:2]), re.MULTILINE)}

    assert documented == set(preprocessors.__all__) - ABOUT_DEVICES


def test_plans_for_python_alone() -> None:
    """What reference/commands-and-plans.md lists besides is what else there is of bluesky.plans."""
    page = section(DOCS / "reference" / "commands-and-plans.md", "## Plans for Python alone")
    documented = {
        name for cell in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for name in re.findall(r"\w+", cell)
    }
    plans = {
        name for name, plan in vars(bluesky.plans).items() if isgeneratorfunction(plan) and not name.startswith("_")
    }

    assert documented == plans - {plan.__name__ for plan in CATALOGUE}


def test_dependencies() -> None:
    """explanation/dependencies.md has a line, with why, for each dependency of pyproject.toml, and for no other."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        pyproject = tomllib.load(file)
    page = DOCS / "explanation" / "dependencies.md"
    wanted = {
        "## To run": pyproject["project"]["dependencies"],
        "## To build": pyproject["build-system"]["requires"],
        "## To make the documentation": pyproject["project"]["optional-dependencies"]["docs"],
        "## To test": pyproject["project"]["optional-dependencies"]["test"],
    }
    documented = {heading: {row[0] for row in first_cells(section(page, heading)) if row[1]} for heading in wanted}

    assert documented == {heading: set(map(_package, lines)) for heading, lines in wanted.items()}


def test_extras() -> None:
    """explanation/dependencies.md has a line, with the extra and with why, for what users can install besides."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    rows = first_cells(section(DOCS / "explanation" / "dependencies.md", "## Extras"))
    # bluesky is for those who have its plans; demo is made of the others.
    offered = {name: lines for name, lines in extras.items() if name not in ("bluesky", "demo", "docs", "test")}

    documented = {(extra, row[0]) for row in rows if row[2] for extra in re.findall(r"`(.*?)`", row[1])}

    assert documented == {(name, _package(line)) for name, lines in offered.items() for line in lines}


@pytest.mark.parametrize("heading", TABLES)
def test_keys_of_the_configuration(heading: str) -> None:
    """reference/beamline-toml.md lists exactly the keys that a table of the configuration takes."""
    fields = TABLES[heading].model_fields
    rows = first_cells(section(DOCS / "reference" / "beamline-toml.md", heading))

    # Tables of their own have a heading of their own.
    assert {row[0] for row in rows} == {field.alias or name for name, field in fields.items()} - {"allow"}


def _package(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return found[0]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links(page: Path) -> None:
    """A link of a page leads to a file or folder, and to a heading that is there."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path) if path else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)

    assert broken == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
