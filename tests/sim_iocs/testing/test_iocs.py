"""IOCs of each kind, and the client of tests."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reioc.sim_iocs.testing.client import NoAnswer, NoSuchPv, PutFailed, PvClient
from reioc.sim_iocs.testing.environment import CaEnvironment
from reioc.sim_iocs.testing.faulty import FaultRefused
from reioc.sim_iocs.testing.forking import Nursery
from reioc.sim_iocs.testing.iocs import FaultyIoc, Iocs
from reioc.sim_iocs.testing.processes import ProcessFailed

from .groups import Shelf, labelled


@pytest.fixture(scope="module")
def iocs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iocs]:
    """As the plugin's, without a change of this process' environment, in which other tests run."""
    with CaEnvironment(4) as environment, Nursery() as nursery:
        yield Iocs(environment, nursery, tmp_path_factory.mktemp)


@pytest.fixture(scope="module")
def shelf(iocs: Iocs) -> Iterator[FaultyIoc]:
    with iocs.pvgroup(Shelf, "S:", label="name") as ioc:
        yield ioc


def test_values_come_as_what_they_are(shelf: FaultyIoc) -> None:
    """Numbers, labels, texts, lists; with their alarm."""
    names = ("number", "count", "choice", "word", "text", "numbers", "words", "name")
    assert {name: shelf.get(name) for name in names} == {
        "number": 1.5,
        "count": 3,
        "choice": "off",
        "word": "hello",
        "text": "a long text",
        "numbers": [1.0, 2.0, 3.0],
        "words": ["a", "b"],
        "name": "what a macro says",
    }
    assert (shelf.get("choice", numeric=True), shelf.get("text", numeric=True)[:2]) == (0, [97, 32])
    reading = shelf.read("number")
    assert (reading.value, reading.severity, reading.status) == (1.5, "NO_ALARM", "NO_ALARM")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", 2.5),
        ("number", 2),
        ("count", 7),
        ("choice", "on"),
        ("choice", 0),
        ("word", "Grüße"),
        ("text", "x" * 250),
        ("numbers", [4, 5.5]),
        ("words", ["c", "d", "e"]),
    ],
)
def test_what_is_put_is_there(shelf: FaultyIoc, name: str, value) -> None:
    """Of every kind of PV."""
    shelf.put(name, value)

    assert shelf.get(name, numeric=value == 0) == value


def test_what_cannot_be_done_is_told(shelf: FaultyIoc) -> None:
    """A put that is refused, a text that does not fit, a PV that is not there, a value that does not come."""
    with pytest.raises(PutFailed, match=r"put of 2 to S:odd: .*2 is even"):
        shelf.put("odd", 2)
    with pytest.raises(ValueError, match="S:word takes texts of up to 39 bytes, not 40"):
        shelf.put("word", "x" * 40)
    with pytest.raises(NoSuchPv, match="S:nothing"):
        shelf.get("nothing")
    with pytest.raises(NoAnswer, match=r"S:odd: waited 0\.1 s for it to be 5; it was 1$"):
        shelf.wait_for("odd", 5, timeout=0.1)


def test_a_value_is_waited_for(shelf: FaultyIoc) -> None:
    """By value, within a distance, by a condition; also while it has not come yet."""
    shelf.put("count", 1)
    assert shelf.wait_for("count", 1).value == 1
    shelf.put("count", 12, wait=False)
    assert shelf.wait_for("count", 10, within=2).value == 12
    assert shelf.wait_for("count", lambda value: value > 11).value == 12


def test_an_alarm_is_read(shelf: FaultyIoc) -> None:
    """Its severity and its status, as EPICS names them."""
    with shelf.faults.injected("severity", "number", "MAJOR HIHI"):
        reading = shelf.wait_for("number", lambda _: shelf.read("number").severity != "NO_ALARM")
        reading = shelf.read("number")

    assert (reading.severity, reading.status) == ("MAJOR", "HIHI")
    assert shelf.read("number").severity == "NO_ALARM"


def test_any_group_can_be_made_to_fail(shelf: FaultyIoc) -> None:
    """A PV that hangs, one that goes away and comes back; what is asked wrongly is told."""
    with shelf.faults.injected("freeze", "count"):
        assert shelf.faults.active == ["freeze count"]
        with pytest.raises(NoAnswer):
            shelf.get("count", timeout=0.2)
    assert isinstance(shelf.get("count"), int)
    shelf.faults.inject("disconnect", "co*", duration=0.2)
    assert shelf.wait_for("count", lambda _: True)
    with pytest.raises(FaultRefused, match="nowhere"):
        shelf.faults.inject("freeze", "nowhere")
    assert shelf.faults.active == []


def test_a_disconnection_is_waited_out(shelf: FaultyIoc) -> None:
    """Who waits for a value gets it when it comes after a time in which the PV was not there."""

    def disconnect_and_put() -> None:
        with PvClient(shelf.port, shelf.prefix) as other:
            for name, value in {"Kind": "disconnect", "PV": "number", "Duration": 0.2, "Inject": 1}.items():
                other.put(f"Fault:{name}", value)
            other.wait_for("number", lambda _: True)
            other.put("number", 9)

    shelf.put("number", 1)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(disconnect_and_put)
        assert shelf.wait_for("number", 9, timeout=5).value == 9
    done.result()


def test_an_ioc_is_killed_and_started_again(iocs: Iocs) -> None:
    """On its port, as it was at its beginning; the client finds it again."""
    with iocs.pvgroup(f"{labelled.__module__}:labelled", "L:", label="care") as ioc:
        assert ioc.get("made:care") == "what a macro says"
        ioc.put("count", 9)
        ioc.kill()
        assert not ioc.runs
        ioc.start()

        assert ioc.get("count") == 3
        assert ioc.output.count("ready") == 2


def test_a_group_that_cannot_be_imported_is_told(iocs: Iocs) -> None:
    """One that was made in a function, a name that is none, a module that fails."""

    class Local(Shelf):
        pass

    with pytest.raises(ValueError, match=r"Local.*outermost level of a module"), iocs.pvgroup(Local, "L:"):
        pass
    with pytest.raises(ValueError, match=r"'Shelf' names no group"), iocs.pvgroup("Shelf", "L:"):
        pass
    with pytest.raises(ProcessFailed, match="No module named 'nowhere'"), iocs.pvgroup("nowhere:Shelf", "L:"):
        pass
    assert iocs.running == [ioc for ioc in iocs.running if ioc.prefix == "S:"]


def test_a_database_is_served_by_a_c_ioc(iocs: Iocs, tmp_path: Path) -> None:
    """A file with macros and more records beside it."""
    file = tmp_path / "my.db"
    file.write_text(
        'record(ai, "$(P)a") { field(VAL, "1.5") field(HIHI, "3") field(HHSV, "MAJOR") field(PINI, "YES") }'
    )
    with iocs.soft_ioc(file, macros={"P": "C:"}, records={"C:b": ("stringout", {"VAL": "word"})}, prefix="C:") as ioc:
        assert (ioc.get("a"), ioc.get("b"), ioc.get("a.HHSV")) == (1.5, "word", "MAJOR")
        ioc.put("a", 4)
        reading = ioc.read("a")

    assert (reading.value, reading.severity, reading.status) == (4, "MAJOR", "HIHI")
