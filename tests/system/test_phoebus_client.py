"""What Phoebus' displays send and ask for, which no client in Python or C does; EPICS Base's own server is the oracle.

An action button writes texts, whatever its PV is. Arrays are asked for with all their elements. A text for an array of
characters comes as numbers: Java's units of UTF-16. Values are monitored with time stamps, and limits, units and labels
are got, and monitored, beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from reioc.devices import Registry
from reioc.engine import RunEngine
from reioc.ioc import EngineIOC
from reioc.ioc.metadata import RunMetadata, metadata_keys
from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.pvs.declaration import Declaration, Kind
from reioc.suspenders import ManualSource, SuspendFloor

from .c_ioc import CIoc
from .raw_ca import RawClient
from .raw_dbr import CHAR, CTRL, LONG, STRING, STS, TIME, to_bytes
from .raw_messages import DBE_ALARM, DBE_PROPERTY, DBE_VALUE, EVENT_ADD, NORMAL
from .support import free_port

P = "T:RE:"
DATABASE = """
record(bo, "C:Switch") { field(ZNAM, "No") field(ONAM, "Yes") }
record(mbbo, "C:Choice") { field(ZRST, "stop") field(ONST, "skip") }
record(ao, "C:Number") { field(PREC, "3") }
record(waveform, "C:Text") { field(FTVL, "CHAR") field(NELM, "2000") }
record(waveform, "C:Curve") { field(FTVL, "DOUBLE") field(NELM, "1000") }
"""


class Outcome(NamedTuple):
    """What became of a put: its status, how it was acknowledged, and the PV's value as a text."""

    status: int
    name: str
    result: str
    message: str
    value: str


class Served(NamedTuple):
    """An engine that is served, and what is said of its PVs, without those that are only second names."""

    client: RawClient
    pvs: dict[str, Declaration]

    def get(self, name: str) -> str:
        """A value as text."""
        channel = self.client.channel(P + name)
        return self.client.get(channel, CHAR if channel.data_type == CHAR else STRING, 0).dbr.text

    def put(self, name: str, data: bytes, data_type: int = STRING, length: int = 1) -> Outcome:
        """A put of these bytes."""
        status = self.client.put(self.client.channel(P + name), data, data_type, length).status
        return Outcome(status, *map(self.get, ("Cmd:Name", "Cmd:Result", "Cmd:Message", name)))

    def writable(self, element: str) -> dict[str, Declaration]:
        """Settings and commands of this type."""
        return {
            name: said for name, said in self.pvs.items() if said.element == element and said.kind is not Kind.DISPLAY
        }


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """An engine without devices, idle, in a thread of this process; with a suspender, and a key of metadata."""
    RE = RunEngine({"sample": "none"}, call_returns_result=True)
    RE.install_suspender(SuspendFloor(ManualSource("CURRENT"), 100, name="beam"))
    catalogue = Catalogue.load(["reioc.engine.plans"], Registry(()))
    metadata = RunMetadata(RE, metadata_keys({"sample": "none"}))
    port = free_port()
    try:
        with (
            EngineIOC(RE, P, catalogue=catalogue, metadata=metadata).start(port=port) as ioc,
            RawClient(port) as client,
        ):
            assert ioc.pvs is not None
            pvs = {name.removeprefix(P): pv.declared for name, pv in ioc.pvs.pvdb.items() if name == pv.pvname}
            yield Served(client, pvs)
    finally:
        RE.close()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawClient]:
    """A client of EPICS Base's softIoc."""
    ioc = CIoc(tmp_path_factory.mktemp("base"), DATABASE)
    with ioc.running(), RawClient(ioc.port) as client:
        yield client


def _as_java_sends(text: str) -> tuple[bytes, int, int]:
    """A text for an array of characters: data, type, count."""
    raw = text.encode("utf-16-be")
    units = [*(int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)), 0]
    return to_bytes(LONG, units), LONG, len(units)


# A: texts for everything


def test_every_switch_takes_labels_and_indices(served: Served) -> None:
    """What a button writes, "Pause" or "1", is the same put: taken, refused, and acknowledged in the same way."""
    switches = served.writable("ENUM")
    for name, said in switches.items():
        before = served.get(name)
        for index, label in enumerate(said.labels):
            by_label = served.put(name, label.encode())
            served.put(name, before.encode())
            by_index = served.put(name, str(index).encode())

            assert by_index == by_label, name
            if said.kind is Kind.SETTING and by_label.status == NORMAL:
                assert (by_label.name, by_label.result, by_label.value) == (name, "done", label)
            served.put(name, before.encode())

    assert len(switches) > 20


def test_what_is_no_state_is_refused_for_every_switch(served: Served) -> None:
    """A number that is too large, and a word, are failed puts that name what the PV takes."""
    for name, said in served.writable("ENUM").items():
        for text in (str(len(said.labels)), "Nonsense"):
            told = served.put(name, text.encode())

            assert (told.status != NORMAL, told.name, told.result) == (True, name, "refused")
            assert text in told.message
            assert ", ".join(said.labels) in told.message


@pytest.mark.parametrize(
    ("ours", "theirs", "texts"),
    [
        ("Queue:Loop", "C:Switch", ("Yes", "No", "1", "0", "2", "1.0", "yes", "Nonsense")),
        ("Queue:OnFailure", "C:Choice", ("skip", "stop", "1", "0", "2", "16", "Nonsense")),
        ("Susp:beam:Delay", "C:Number", ("7.0", "7", "1.0E1", "0.125", "7.5E-1", "seven", "0")),
    ],
)
def test_texts_are_taken_as_base_takes_them(
    served: Served, base: RawClient, ours: str, theirs: str, texts: tuple[str, ...]
) -> None:
    """The same texts are taken, and refused, as EPICS Base's records do, and mean the same."""
    channel = base.channel(theirs)
    for text in texts:
        status = base.put(channel, text.encode(), STRING).status
        told = served.put(ours, text.encode())

        assert (told.status == NORMAL) is (status == NORMAL), text
        assert _plain(told.value) == _plain(base.get(channel, STRING, 1).dbr.text), text


def _plain(text: str) -> str | float:
    """A number without the zeros of its precision."""
    try:
        return float(text)
    except ValueError:
        return text


# B: all elements


def test_every_pv_is_read_as_displays_read(served: Served) -> None:
    """Limits and labels by one element, the value with its time, both monitored with all elements: so many come."""
    channels = [served.client.channel(P + name) for name in served.pvs]
    for channel in channels:
        about = served.client.get(channel, CTRL + channel.data_type, 1)
        value = served.client.get(channel, TIME + channel.data_type)
        monitors = [
            served.client.subscribe(channel, TIME + channel.data_type, channel.count, DBE_VALUE | DBE_ALARM),
            served.client.subscribe(channel, CTRL + channel.data_type, channel.count, DBE_PROPERTY),
        ]
        updates = [served.client.answer(EVENT_ADD, parameter2=number) for number in monitors]
        answers = (about, value, *updates)

        assert [each.status for each in answers] == [NORMAL] * 4, channel.name
        assert [each.count for each in answers] == [1, *[channel.count] * 3], channel.name
        assert [len(each.dbr.values) for each in answers] == [1, *[channel.count] * 3], channel.name
        served.client.clear(channel)
        # What counts seconds may have changed meanwhile.
        again = [each for each in served.client.updates(monitors[0]) if each.dbr.values == updates[0].dbr.values]
        assert again == served.client.updates(monitors[1]) == []

    assert len([channel for channel in channels if channel.count > 1]) > 60


@pytest.mark.parametrize(("ours", "theirs", "most"), [("Message", "C:Text", 2000), ("Data:X", "C:Curve", 1000)])
def test_as_many_elements_come_as_from_base(served: Served, base: RawClient, ours: str, theirs: str, most: int) -> None:
    """Whoever asks for one, for fewer or for all gets as many; natively, with a time, and in updates."""
    for client, name in ((base, theirs), (served.client, P + ours)):
        channel = client.channel(name)
        for data_type in (channel.data_type, TIME + channel.data_type, TIME + STRING):
            for wanted in (1, 7, most):
                number = client.subscribe(channel, data_type, wanted)
                got, update = client.get(channel, data_type, wanted), client.answer(EVENT_ADD, parameter2=number)

                assert (channel.count, got.count, update.count) == (most, wanted, wanted), name


def test_whoever_asks_for_what_is_there_gets_that(served: Served) -> None:
    """A count of 0, as with Phoebus' preference variable_length_array, is a text without the zeros behind it."""
    for name, said in served.pvs.items():
        if said.element == "CHAR":
            channel = served.client.channel(P + name)
            present = served.client.get(channel, TIME + CHAR, 0)
            whole = served.client.get(channel, TIME + CHAR)

            assert (present.status, present.dbr.text) == (NORMAL, whole.dbr.text), name
            assert present.count == max(len(whole.dbr.text.encode()), 1), name


# C: one alarm per PV


def test_a_refused_put_alarms_nothing_else(served: Served) -> None:
    """One that is refused, one that does not fit and one to a display leave the alarm of every PV as it was."""
    channels = [served.client.channel(P + name) for name in served.pvs]

    def severities() -> dict[str, int]:
        return {each.name: served.client.get(each, STS + STRING, 1).dbr.severity for each in channels}

    before = severities()
    for name, text in (("Resume", "Resume"), ("Queue:OnFailure", "Nonsense"), ("Plan:Name", "no such plan")):
        assert served.put(name, text.encode()).status != NORMAL
    assert served.put("State", b"running").status != NORMAL

    assert severities() == before


# E: texts as numbers


@pytest.mark.parametrize("text", ["", "five", "5 µm, Å and é", "→ ∞ 🔬"])
def test_texts_are_taken_from_numbers(served: Served, text: str) -> None:
    """For every long text: what Java sends is taken, refused and acknowledged as the same text of `caput -S` is."""
    texts = served.writable("CHAR")
    for name in texts:
        before = served.get(name)
        raw = text.encode() + b"\0"
        as_caput = served.put(name, raw, CHAR, len(raw))
        served.put(name, before.encode() + b"\0", CHAR, len(before.encode()) + 1)
        as_java = served.put(name, *_as_java_sends(text))

        assert as_java == as_caput, name
        served.put(name, before.encode() + b"\0", CHAR, len(before.encode()) + 1)

    assert {"Reason", "Plan:Params", "MD:sample", "Queue:Add"} <= {*texts}


def test_a_text_from_numbers_is_read_as_it_was_written(served: Served, base: RawClient) -> None:
    """Reason reads what was typed; plain letters are, byte by byte, what EPICS Base has of them."""
    served.put("Reason", *_as_java_sends("5 µm → é 🔬"))
    assert served.get("Reason") == "5 µm → é 🔬"

    theirs, ours = base.channel("C:Text"), served.client.channel(P + "Reason")
    base.put(theirs, *_as_java_sends("five"))
    served.put("Reason", *_as_java_sends("five"))
    assert served.client.get(ours, CHAR).dbr == base.get(theirs, CHAR).dbr


def test_numbers_that_are_no_text_are_refused(served: Served) -> None:
    """Negative ones, and those beyond UTF-16: the text stays as it was."""
    before = served.get("Reason")
    for numbers in ([-1, 0], [70_000, 0], [0xD83D, 0]):
        told = served.put("Reason", to_bytes(LONG, numbers), LONG, len(numbers))

        assert (told.status != NORMAL, told.result, told.value) == (True, "refused", before)
