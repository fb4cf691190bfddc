"""Every data type and count there is, and some that are not, for every kind of PV."""

import pytest

from ..engine_client import P
from ..raw_ca import RawClient
from ..raw_dbr import CHAR, DOUBLE, ENUM, LAST, LONG, PUT_ACKT, STRING, size_of, to_bytes
from ..raw_messages import (
    ERROR,
    EVENT_ADD,
    NORMAL,
    READ_NOTIFY,
    WRITE_NOTIFY,
    Channel,
    Message,
    request_of_events,
    request_of_get,
    request_of_put,
)
from .witness import Ioc

NUMBERS = ("State", "Heartbeat", "StateTime", "Data:X", "Susp:Enable")
TEXTS = ("Cmd:Name", "Plan:Names", "Message", "Plan:Params", "Plan:Name")
ARRAYS = {"Data:X": 1000, "Plan:Names": 200, "Message": 2000, "Audit:Log": 16000, "Plan:Params": 8000}
SETTINGS = {"Susp:Enable": ENUM, "Plan:Name": STRING, "Reason": CHAR}
BEYOND = (LAST + 1, 42, 100, 0x7FFF, 0xFFFF)
ALL = range(LAST + 1)


def is_refused(answer: Message) -> bool:
    """An ERROR, or an answer whose status is no success."""
    return answer.command == ERROR or answer.status != NORMAL


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_got_as_every_type(ioc: Ioc, name: str) -> None:
    """With as many bytes as that type has."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        answers = {data_type: client.get(channel, data_type) for data_type in range(PUT_ACKT)}

        assert [data_type for data_type, answer in answers.items() if is_refused(answer)] == []
        assert [
            data_type
            for data_type, answer in answers.items()
            if len(answer.payload) != _padded(size_of(data_type, channel.count))
        ] == []


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_monitored_as_every_type(ioc: Ioc, name: str) -> None:
    """The first update comes, with as many bytes as that type has."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        client.send(*(request_of_events(channel, 1000 + each, each, channel.count) for each in range(PUT_ACKT)))
        answers = {each: client.answer(EVENT_ADD, parameter2=1000 + each) for each in range(PUT_ACKT)}

        assert [each for each, answer in answers.items() if is_refused(answer)] == []
        assert [
            each for each, answer in answers.items() if len(answer.payload) != _padded(size_of(each, channel.count))
        ] == []


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_got_as_every_type_or_refused(ioc: Ioc, name: str) -> None:
    """A text that is no number cannot be a DOUBLE: that is told. As STRING and natively it is always given."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        answers = {data_type: client.get(channel, data_type, 0) for data_type in ALL}

        assert not is_refused(answers[STRING])
        assert not is_refused(answers[channel.data_type])
        assert client.is_alive()


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_monitored_as_every_type_or_refused(ioc: Ioc, name: str) -> None:
    """An update or an error for each; the connection lives, and so do other subscriptions."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        for data_type in ALL:
            client.send(request_of_events(channel, 1000 + data_type, data_type))
            _reply_to_subscription(client, 1000 + data_type)

        assert client.is_alive()


@pytest.mark.parametrize("name", NUMBERS + TEXTS)
def test_types_that_are_not_are_refused(ioc: Ioc, name: str) -> None:
    """Gets, puts and subscriptions; the connection lives."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        for data_type in BEYOND:
            assert is_refused(client.get(channel, data_type))
            assert is_refused(client.put(channel, bytes(8), data_type))
            client.send(request_of_events(channel, data_type, data_type))
            assert is_refused(_reply_to_subscription(client, data_type))

        assert client.is_alive()


@pytest.mark.parametrize("name", ARRAYS)
def test_as_many_elements_come_as_were_asked_for(ioc: Ioc, name: str) -> None:
    """Zeros follow where the PV has fewer (else Phoebus shows the PV as disconnected); 0 is what there is."""
    most = ARRAYS[name]
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        counts = [client.get(channel, None, count).count for count in (1, most - 1, most)]
        client.send(*(request_of_events(channel, 1000 + count, None, count) for count in (1, most)))
        monitored = [client.answer(EVENT_ADD, parameter2=1000 + count).count for count in (1, most)]
        present = client.get(channel, None, 0)

        assert (channel.count, counts, monitored) == (most, [1, most - 1, most], [1, most])
        assert (present.status, present.count <= most) == (NORMAL, True)


def test_an_empty_text_is_told_with_a_payload(ioc: Ioc) -> None:
    """An update without one is what confirms a cancelled subscription: C clients would never see it."""
    with ioc.attacked(), ioc.client() as client:
        reason = client.channel(P + "Reason")
        number = client.subscribe(reason, CHAR, 0)
        first = client.answer(EVENT_ADD, parameter2=number)
        client.put(reason, b"why\0", CHAR, 4)
        second = client.answer(EVENT_ADD, parameter2=number)
        client.put(reason, b"\0", CHAR)
        third = client.answer(EVENT_ADD, parameter2=number)

        assert [each.dbr.text for each in (first, second, third)] == ["", "why", ""]
        assert all(len(each.payload) == 8 for each in (first, second, third))


@pytest.mark.parametrize("beyond", [1, 10**6, 2**32 - 1])
@pytest.mark.parametrize("name", ["State", "Cmd:Name", "Data:X", "Audit:Log"])
def test_more_elements_than_a_pv_can_have_are_refused(ioc: Ioc, name: str, beyond: int) -> None:
    """For gets and for subscriptions, instead of fewer elements, of silence, and of 32 GB."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        count = min(channel.count + beyond, 2**32 - 1)
        client.send(request_of_get(channel, 7, DOUBLE, count))
        got = client.answer(READ_NOTIFY, ERROR)
        client.send(request_of_events(channel, 8, DOUBLE, count))
        monitored = _reply_to_subscription(client, 8)

        assert (is_refused(got), is_refused(monitored), client.is_alive()) == (True, True, True)


@pytest.mark.parametrize("name", [*SETTINGS, "State"])
def test_puts_of_every_type_and_count_are_answered(ioc: Ioc, name: str) -> None:
    """Taken or refused; afterwards the PV has a value that can be read, and no alarm."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        before = client.get(channel, 7 + STRING, 1).dbr
        for data_type in ALL:
            for count in (0, 1, 2, 3000):
                data = bytes(size_of(data_type, count))
                client.send(request_of_put(channel, 7, data, data_type, count, command=WRITE_NOTIFY))
                client.answer(WRITE_NOTIFY, ERROR)
        assert client.get(channel, 7 + STRING, 1).status == NORMAL
        _restore(client, channel, before.values[0])  # some values are declared to be an alarm

        assert client.get(channel, 7 + STRING, 1).dbr.severity == before.severity
        assert client.is_alive()


@pytest.mark.parametrize(("name", "data_type"), [("Susp:Enable", ENUM), ("Susp:Enable", LONG), ("Susp:Enable", DOUBLE)])
def test_a_switch_takes_numbers_of_every_type(ioc: Ioc, name: str, data_type: int) -> None:
    """As EPICS Base does."""
    with ioc.attacked(), ioc.client() as client:
        channel = client.channel(P + name)
        results = []
        for number in (0, 1):
            status = client.put(channel, to_bytes(data_type, [number]), data_type).status
            results.append((status, client.get(channel).dbr.values))

        assert results == [(NORMAL, (0,)), (NORMAL, (1,))]


def _padded(size: int) -> int:
    return size + -size % 8


def _reply_to_subscription(client: RawClient, number: int) -> Message:
    def is_reply(each: Message) -> bool:
        said = each.about if each.command == ERROR else each
        return (said.command, said.parameter2) == (EVENT_ADD, number)

    return client.wait_for(is_reply, f"the first update of {number}, or an error")


def _restore(client: RawClient, channel: Channel, value: float | bytes) -> None:
    if channel.rights == 3 and channel.data_type != CHAR:
        assert isinstance(value, bytes)
        client.put(channel, value, STRING)
