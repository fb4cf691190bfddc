import asyncio
import re
from pathlib import Path

import pytest

from reioc.sim_iocs.beamline import Beamline
from reioc.sim_iocs.faults import FaultError, FaultInjector, Kind
from reioc.sim_iocs.faults.library import Library
from reioc.sim_iocs.faults.playing import check_scenario
from reioc.sim_iocs.faults.scenario import parse_scenario

from ..fakes import FakeClock
from .conftest import FakeServer, SmallIOC

STORY = """
[scenario]
name = "story"
description = "Two faults and two puts"
length = 10.0

[[step]]
at = 3.0
fault = "delay"
pv = "b"
value = 0.5

[[step]]
at = 1.0
fault = "freeze"
pv = "a"
duration = 1.5

[[step]]
at = 4.0
put = "a"
value = 7

[[step]]
at = 5.0
put = "a"
value = -7
"""


def test_a_scenario_is_played_in_its_time(
    clock: FakeClock, ioc: SmallIOC, injector: FaultInjector, server: FakeServer
) -> None:
    """In the order of time, by its own clock; what has no duration ends with it; a refused put is in the log."""

    async def story() -> None:
        await clock.sleep(100.0)
        await injector.run(parse_scenario(STORY))

    clock.run(story())

    assert [moment for moment, _ in server.told] == [101.0, 102.5, 103.0, 110.0]
    assert ioc.a.value == 7.0
    assert list(reversed(injector.log)) == [
        "100.00 s begins: scenario story",
        "101.00 s begins: freeze a for 1.5 s",
        "102.50 s ends: freeze a for 1.5 s",
        "103.00 s begins: delay b 0.5 for 7 s",
        "104.00 s puts 7 to a",
        "105.00 s puts -7 to a",
        "105.00 s the put of -7 to a was refused: a is not negative",
        "110.00 s ends: delay b 0.5 for 7 s",
        "110.00 s ends: scenario story",
    ]


def test_a_scenario_that_is_cut_short_leaves_nothing_behind(clock: FakeClock, injector: FaultInjector) -> None:
    """Its faults end with it, and those that are to come do not."""

    async def story() -> None:
        playing = asyncio.create_task(injector.run(parse_scenario(STORY)))
        await clock.sleep(2.0)
        assert [active.fault.kind for active in injector.active] == [Kind.FREEZE]
        playing.cancel()
        await asyncio.wait([playing])
        assert injector.active == ()
        await clock.sleep(10.0)

    clock.run(story())

    assert injector.log[0] == "2.00 s ends: scenario story"


def test_a_scenario_about_other_pvs_is_not_begun(clock: FakeClock, injector: FaultInjector) -> None:
    """The PV, and the step that names it, are told before anything happens."""
    scenario = parse_scenario(STORY.replace('pv = "b"', 'pv = "c"'))

    with pytest.raises(FaultError, match="scenario 'story', step 2 at 3 s: there is no PV 'c'"):
        clock.run(injector.run(scenario))
    assert not injector.log


HEAD = '[scenario]\nname = "x"\n'
FREEZE = '[[step]]\nat = 0.0\nfault = "freeze"\npv = "a"\nduration = 1.0\n'


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("[scenario\nname = 1", ["f.toml is no TOML: .*at line 1"]),
        (HEAD, ["f.toml: step: missing: this key is required"]),
        (FREEZE, ["f.toml: scenario: missing"]),
        (
            HEAD + FREEZE + "who = 1\n",
            ["f.toml: step 1: who: unknown key; allowed: at, fault, pv, duration, value, put"],
        ),
        (HEAD + "nam = 1\n" + FREEZE, [r"f.toml: \[scenario\]: nam: unknown key; allowed: name, description, length"]),
        (HEAD + FREEZE + FREEZE.replace("freeze", "frieze"), ["f.toml: step 2: fault: 'frieze' is no kind of fault"]),
        (HEAD + FREEZE.replace("1.0", "-1"), ["f.toml: step 1: duration: .*greater than or equal to 0; got -1"]),
        (HEAD + FREEZE.replace('"a"', '""'), ["f.toml: step 1: freeze needs the name of a PV"]),
        (HEAD + FREEZE.replace("duration = 1.0", ""), ["f.toml: step 1 has no `duration`, and .scenario. no `length`"]),
        (HEAD + "length = 0.5\n" + FREEZE, ["f.toml: step 1 ends at 1 s, after the length of 0.5 s"]),
        (HEAD + '[[step]]\nat = 0.0\nput = "a"\n', ["f.toml: step 1: a put needs a `value`"]),
        (HEAD + FREEZE + 'put = "a"\n', ["f.toml: step 1: a step has one of `fault`"]),
        (
            HEAD + FREEZE.replace("0.0", '"soon"') + FREEZE.replace("1.0", "[]"),
            ["f.toml: step 1: at: ", "f.toml: step 2: duration: "],
        ),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, mistakes: list[str]) -> None:
    """All of them in one go, each with file, step and key."""
    with pytest.raises(FaultError) as caught:
        parse_scenario(text, "f.toml")

    lines = str(caught.value).splitlines()
    assert len(lines) == len(mistakes), lines
    for line, mistake in zip(lines, mistakes, strict=True):
        assert re.search(mistake, line), line


def test_what_is_built_in_can_be_played(beamline: Beamline) -> None:
    """Each scenario that comes with the simulation fits the simulated beamline; there is one for each kind."""
    library = Library()
    scenarios = [library.find(name) for name in library.names]
    for scenario in scenarios:
        check_scenario(beamline.injector, scenario)

    assert {step.fault for scenario in scenarios for step in scenario.steps if step.fault} == set(Kind)
    assert all(scenario.description for scenario in scenarios)


def test_own_scenarios_are_found_in_folders_and_files(tmp_path: Path) -> None:
    """By the names of their files, which are theirs."""
    (tmp_path / "more").mkdir()
    (tmp_path / "x.toml").write_text(HEAD + FREEZE)
    (tmp_path / "more" / "y.toml").write_text(HEAD.replace("x", "y") + FREEZE)
    library = Library([tmp_path / "x.toml", tmp_path / "more"])

    assert {"x", "y", "freeze"} <= set(library.names)
    assert library.find("y").length == 1.0


def test_a_library_with_a_mistake_is_none(tmp_path: Path) -> None:
    """A file that is missing, has another's name, a mistake, or a name that is taken, and a folder without any."""
    right, wrong, taken = tmp_path / "x.toml", tmp_path / "z.toml", tmp_path / "freeze.toml"
    for path in (right, wrong, taken):
        path.write_text(HEAD + FREEZE)
    (tmp_path / "none").mkdir()

    for path, reason in (
        (tmp_path / "gone.toml", "gone.toml cannot be read"),
        (wrong, "name: 'x' must be that of its file"),
        (taken, "there is a scenario 'freeze' already"),
        (tmp_path / "none", "there are no scenarios"),
    ):
        with pytest.raises(FaultError, match=reason):
            Library([path])
    with pytest.raises(FaultError, match="there is no scenario 'frieze'; there are bad_day, beam_dump"):
        Library([right]).find("frieze")
