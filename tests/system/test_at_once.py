"""Commands of many clients at the same moment."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from .engine_client import EngineService, P
from .own_plans import serving_plans
from .raw_ca import RawClient
from .raw_dbr import to_bytes
from .raw_messages import ERROR, EVENT_ADD, NORMAL, WRITE, WRITE_NOTIFY, Channel, message, request_of_put
from .support import free_port

STRING, ENUM, CHAR, LONG = 0, 3, 4, 5
PUT_FAILED = 160
"""ECA_PUTFAIL: refused, or failed."""
CLIENTS, ROUNDS = 8, 20
ENDINGS = {"Stop": "stop", "Abort": "abort", "Halt": "halt"}
"""The later outranks the earlier."""


class Operator:
    """A connection of its own, and the commands by their names."""

    def __init__(self, client: RawClient) -> None:
        self.client = client
        self._channels: dict[str, Channel] = {}

    def channel(self, name: str) -> Channel:
        if name not in self._channels:
            self._channels[name] = self.client.channel(P + name)
        return self._channels[name]

    def get(self, name: str) -> str:
        """The value as a text."""
        return self.client.get(self.channel(name), STRING).dbr.text

    def number(self, name: str) -> float:
        return float(self.client.get(self.channel(name), LONG).dbr.values[0])

    def put(self, name: str, value: int | str = 1) -> int:
        """The status with which it is answered."""
        if isinstance(value, str):
            return self.client.put(self.channel(name), to_bytes(STRING, [value]), STRING).status
        return self.client.put(self.channel(name), to_bytes(ENUM, [value]), ENUM).status

    def send(self, name: str) -> None:
        """A put that nobody waits for."""
        channel = self.channel(name)
        number = self.client.new_id()
        self.client.send(request_of_put(channel, number, to_bytes(ENUM, [1]), ENUM, command=WRITE))

    def has_unanswered_for(self) -> list[int]:
        """The commands of answers that came, and that nobody has asked for."""
        assert self.client.is_alive()
        return [each.command for each in self.client.inbox if each.command in (WRITE_NOTIFY, ERROR)]


class Watch:
    """A monitor of a PV."""

    def __init__(self, operator: Operator, name: str, data_type: int) -> None:
        self._client = operator.client
        self._number = self._client.subscribe(operator.channel(name), data_type)

    def until(self, value: str) -> None:
        """Until an update has this text."""
        self._client.wait_for(
            lambda each: (each.command, each.parameter2) == (EVENT_ADD, self._number) and each.dbr.text == value, value
        )

    def numbers(self) -> list[float]:
        """All updates that have come."""
        assert self._client.is_alive()
        return [float(each.dbr.values[0]) for each in self._client.updates(self._number)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, EngineService]]:
    """An engine without devices, and its port; one for this module."""
    port = free_port()
    with serving_plans(tmp_path_factory.mktemp("at_once"), port=port) as running:
        yield port, running


@pytest.fixture
def operators(service: tuple[int, EngineService]) -> Iterator[list[Operator]]:
    """As many as there will be commands at a time, each at a place of its own; the plan `tidy` is chosen."""
    with ExitStack() as stack:
        made = [Operator(stack.enter_context(RawClient(service[0], user=f"u{number}"))) for number in range(CLIENTS)]
        assert made[0].put("Plan:Params", "{}") == made[0].put("Plan:Name", "tidy") == NORMAL
        yield made


def at_once(operators: list[Operator], commands: list[str]) -> list[int]:
    """Each puts its command in the same moment, and waits; the statuses."""
    barrier, statuses = threading.Barrier(len(commands)), [0] * len(commands)

    def put(number: int) -> None:
        operators[number].channel(commands[number])
        barrier.wait(10)
        statuses[number] = operators[number].put(commands[number])

    threads = [threading.Thread(target=put, args=[number]) for number in range(len(commands))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def a_round(rng: random.Random) -> list[str]:
    """Commands, in any order; at least one of them ends the plan."""
    endings = rng.sample(list(ENDINGS), rng.randint(1, 3))
    others = rng.choices(["Resume", "Pause", *endings], k=CLIENTS - len(endings))
    return rng.sample([*endings, *others], CLIENTS)


def test_the_highest_wins_however_many_come_at_once(operators: list[Operator]) -> None:
    """Stop beats resume and pause, abort beats stop, halt beats all, whichever comes first.

    The engine is idle, every put has one answer, and every command is acknowledged. (A second halt may find it idle.)
    """
    rng = random.Random(20)
    one = operators[0]
    with RawClient(one.client.socket.getpeername()[1]) as watching:
        starter = Operator(watching)
        states, sequence = Watch(starter, "State", STRING), Watch(starter, "StateSeq", LONG)
        run, acknowledged = Watch(starter, "Run:Open", STRING), Watch(starter, "Cmd:Seq", LONG)
        states.until("idle")
        rounds = [(a_round(rng), rng.random() < 0.5) for _ in range(ROUNDS)]
        for commands, paused in rounds:
            starter.send("Plan:Run")
            run.until("Yes")
            if paused:
                assert one.put("Pause") == NORMAL

            statuses = at_once(operators, commands)

            highest = max((command for command in commands if command in ENDINGS), key=list(ENDINGS).index)
            said = dict(zip(range(CLIENTS), zip(commands, statuses, strict=True), strict=True))
            assert (one.get("State"), one.get("Run:ExitStatus")) == ("idle", ENDINGS[highest]), said
            assert NORMAL in {statuses[at] for at, command in enumerate(commands) if command == highest}, said
            assert {status & 0xFFFF for status in statuses} <= {NORMAL, PUT_FAILED}, said
            assert [operator.has_unanswered_for() for operator in operators] == [[]] * CLIENTS
            states.until("idle")
        found, numbers = sequence.numbers(), acknowledged.numbers()

    extra = sum(1 + paused for _, paused in rounds)
    # What became of a command is told under its number, however many have come since.
    assert sorted({*numbers}) == [numbers[0] + index for index in range(ROUNDS * CLIENTS + extra + 1)]
    assert found == [found[0] + index for index in range(len(found))]
    assert found[-1] == one.number("StateSeq")


def test_commands_on_one_connection_are_taken_in_their_order(operators: list[Operator]) -> None:
    """Sent without waiting for answers: what was paused goes on, and is stopped."""
    one = operators[0]
    one.send("Plan:Run")
    Watch(one, "Run:Open", STRING).until("Yes")
    assert one.put("Pause") == NORMAL

    numbers = {name: one.client.new_id() for name in ("Resume", "Stop")}
    requests = [
        request_of_put(one.channel(name), number, to_bytes(ENUM, [1]), ENUM, command=WRITE_NOTIFY)
        for name, number in numbers.items()
    ]
    one.client.send(*requests, message(23))
    answers = {name: one.client.answer(WRITE_NOTIFY, parameter2=number).status for name, number in numbers.items()}

    assert answers["Stop"] == NORMAL
    assert (one.get("State"), one.get("Run:ExitStatus")) == ("idle", "stop")
