"""Suspenders are added, removed and switched off together, by PV."""

import json
from functools import partial

import pytest

from reioc.ioc.suspending import SavedSuspenders, keeper
from reioc.ioc.suspending.probe import probe

from .support import SUSPENDERS, PVs, Watch, install, make_maker, settled, with_ioc

BEAM = {"name": "beam", "kind": "floor", "pv": "RING", "low": 100}


@pytest.fixture
def pvs(monkeypatch):
    """Two that have values; others do not connect, which is found out at once."""
    monkeypatch.setattr(SUSPENDERS, made := PVs(RING=250.0, TEXT="on"))
    monkeypatch.setattr(keeper, "probe", partial(probe, timeout=0.001))
    return made


@pytest.fixture
def patient_pvs(pvs, monkeypatch):
    """Others connect when the test says so."""
    monkeypatch.setattr(keeper, "probe", probe)
    return pvs


@pytest.fixture
def saved(RE):
    return SavedSuspenders(RE)


@pytest.fixture
def with_keeper(RE, saved):
    """Run a test against an IOC whose suspenders are saved."""
    return lambda test: with_ioc(RE, test, maker=make_maker(), saved=saved)


def text(**more):
    return json.dumps(BEAM | more)


def names(ioc):
    return [name for name in ioc.read("Susp:Names") if name]


def acknowledged(ioc):
    return ioc.read("Cmd:Name"), ioc.read("Cmd:Result"), ioc.read("Cmd:Message")


def test_one_that_is_added_watches(RE, pvs, saved, with_keeper):
    """The put is over when it does; it is acknowledged, has PVs, trips, and is saved."""

    async def test(ioc):
        assert await ioc.put("Susp:Add", text(delay=3, scope={"plans": "scan"}))
        assert acknowledged(ioc) == ("Susp:Add", "done", "beam watches RING")
        await ioc.shows("Susp:Count", 1)
        assert [ioc.read(f"Susp:beam:{name}") for name in ("Low", "Delay", "Scope", "Tripped")] == [
            *(100, 3, "plans scan", "No")
        ]
        pvs["RING"].put(0.0)
        await ioc.shows("Susp:beam:Tripped", "Yes")
        assert await ioc.put("Susp:beam:Low", -1)
        assert await ioc.put("Susp:Add", text(name="more"))
        assert saved.state()["settings"]["beam"]["low"] == {"value": -1, "configured": 100}
        assert [spec["name"] for spec in saved.state()["added"]] == ["beam", "more"]

    with_keeper(test)


def test_one_that_is_described_wrongly_is_refused(RE, pvs, saved, with_keeper):
    """Before anything is watched; the others do not notice."""
    install(RE, [Watch("kept", value=250.0)])

    async def test(ioc):
        for description, why in (
            ("{", "this is no JSON"),
            (text(lo=1), "lo: unknown key"),
            (text(scope={"devices": ["m9"]}), "scope.devices: no device 'm9'"),
            (text(name="kept"), "name: there is a suspender 'kept' already; remove it first, or take another name"),
        ):
            assert why in await ioc.refused("Susp:Add", description)
            assert ioc.read("Cmd:Result") == "refused"
        await settled()
        assert names(ioc) == ["kept"]
        assert (pvs.running, ioc.read("Susp:Add")) == (set(), "")
        assert saved.state()["added"] == []

    with_keeper(test)


def test_one_whose_pv_is_not_there_or_does_not_fit_fails(RE, pvs, saved, with_keeper):
    """It was accepted, and is not added; its name can be had again."""

    async def test(ioc):
        for pv, why in (("GONE", "GONE did not connect within 0.001 s"), ("TEXT", "TEXT is a text, and 'floor' comp")):
            assert (await ioc.refused("Susp:Add", text(pv=pv))).startswith(why)
            assert ioc.read("Cmd:Result") == "failed"
        assert pvs.running == set()
        assert (names(ioc), RE.suspenders, saved.state()["added"]) == ([], (), [])
        assert await ioc.put("Susp:Add", text())
        await ioc.shows("Susp:Count", 1)

    with_keeper(test)


def test_a_name_can_be_had_once_though_its_pv_is_still_waited_for(RE, patient_pvs, with_keeper):
    """The second is refused at once, the first is added when its PV is there; another name is free."""

    async def test(ioc):
        first, second = ioc.begin("Susp:Add", text(pv="LATE")), ioc.begin("Susp:Add", text())
        other = ioc.begin("Susp:Add", text(name="other"))
        assert not await second
        assert "there is a suspender 'beam' already" in await ioc.refused("Susp:Add", text())
        assert await other
        assert not first.done()
        patient_pvs["LATE"].put(300.0)
        assert await first
        await ioc.shows("Susp:Count", 2)
        assert ioc.read("Susp:beam:PV") == "LATE"

    with_keeper(test)


def test_a_name_that_the_engine_does_not_take_fails(RE, pvs, saved, with_keeper):
    """One that was made in Python has it, though not in PV names."""
    by_default, by_name = Watch(None, pv="beam", value=250.0), Watch("beam", value=250.0)
    install(RE, [by_default, by_name])

    async def test(ioc):
        RE.remove_suspender(by_default.suspender)
        await settled()
        assert names(ioc) == ["beam2"]
        assert "is already called 'beam'" in await ioc.refused("Susp:Add", text())
        assert ioc.read("Cmd:Result") == "failed"
        await settled()
        assert names(ioc) == ["beam2"]
        assert (pvs.running, saved.state()["added"]) == (set(), [])

    with_keeper(test)


def test_one_that_is_removed_lets_go(RE, pvs, saved, with_keeper):
    """Whoever has installed it; it is called as in PV names, and is not saved any more."""
    by_default = Watch(None, pv="ring.current", value=0.0)
    install(RE, [by_default])

    async def test(ioc):
        assert await ioc.put("Susp:Add", text())
        await ioc.shows("Susp:Count", 2)
        pvs["RING"].put(0.0)
        assert len(RE.holds) == 2
        for name, left in (("beam", ["ring_current"]), ("ring_current", [])):
            assert await ioc.put("Susp:Remove", name)
            assert acknowledged(ioc) == ("Susp:Remove", "done", f"{name} is removed")
            await ioc.shows("Susp:Count", len(left))
            assert names(ioc) == left
        assert (RE.holds, pvs.running, by_default.is_watched) == ((), set(), False)
        assert saved.state()["added"] == []

    with_keeper(test)


def test_removing_what_is_not_there_is_refused(RE, pvs, with_keeper):
    """With the names that there are."""

    async def test(ioc):
        why = "there is no suspender 'baem'; there are: "
        assert await ioc.refused("Susp:Remove", "baem") == f"{why}none"
        for name in ("beam", "more"):
            assert await ioc.put("Susp:Add", text(name=name))
        await ioc.shows("Susp:Count", 2)
        assert await ioc.refused("Susp:Remove", "baem") == f"{why}beam, more"
        assert names(ioc) == ["beam", "more"]

    with_keeper(test)


def test_the_master_switch_lets_go_of_everything(RE, with_keeper):
    """MINOR while it is off; each one's own switch stays, and Python can use it as well."""
    beam, other = Watch(value=0.0), Watch("other", value=0.0, enabled=False)
    install(RE, [beam, other])

    async def test(ioc):
        def shown():
            switches = [ioc.read(f"Susp:{name}Enable") for name in ("", "beam:", "other:")]
            return switches, ioc.severity("Susp:Enable"), ioc.read("Susp:Tripped"), len(RE.holds)

        on, off = (["Yes", "Yes", "No"], 0, "Yes", 1), (["No", "Yes", "No"], 1, "No", 0)
        assert shown() == on
        for value, text, expected in (("No", "all suspenders are off", off), (1, "suspenders are on", on)):
            assert await ioc.put("Susp:Enable", value)
            assert acknowledged(ioc) == ("Susp:Enable", "done", text)
            await settled()
            assert shown() == expected
        for enabled, expected in ((False, off), (True, on)):
            RE.suspenders_enabled = enabled
            await settled()
            assert shown() == expected

    with_keeper(test)


def test_what_is_changed_is_saved(RE, pvs, saved, tmp_path):
    """A setting, one that comes, one that goes, the master switch: each is in the file, and Autosave says so."""
    watch, path = Watch(value=250.0), tmp_path / "beamline.autosave.json"
    RE.install_suspender(watch.suspender)
    saved.know(watch.suspender)

    async def test(ioc):
        found = []

        async def look():
            await ioc.ioc.roster.changed_settings.wait()
            ioc.ioc.roster.changed_settings.clear()
            await ioc.ioc._autosave.save()
            state = json.loads(path.read_text())
            low = state["settings"].get("beam", {}).get("low", {}).get("value")
            found.append((low, [spec["name"] for spec in state["added"]], state["enabled"]))

        await look()
        assert ioc.read("Autosave:Message").startswith("settings were saved at ")
        for pv, value in (
            *[("Susp:beam:Low", 50.0), ("Susp:Add", text(name="more")), ("Susp:Remove", "more")],
            ("Susp:Enable", "No"),
        ):
            assert await ioc.put(pv, value)
            await settled()
            await look()
        watch.suspender.configure(low=60)
        await look()
        assert found == [
            *[(None, [], True), (50, [], True), (50, ["more"], True), (50, [], True)],
            *[(50, [], False), (60, [], False)],
        ]
        path.unlink()
        path.mkdir()
        watch.suspender.configure(low=70)
        await settled()
        await ioc.ioc._autosave.save()
        assert (ioc.severity("Autosave:Message"), ioc.read("Autosave:Message")) == (
            2,
            f"settings cannot be saved in {path}: Is a directory",
        )

    with_ioc(RE, test, maker=make_maker(), saved=saved, autosave=path)
