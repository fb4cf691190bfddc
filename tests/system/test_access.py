"""Three users, and an access security file that says who may do what, and when."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from .engine_client import EngineService, P, beamline_toml
from .own_plans import serving_plans
from .raw_ca import PATIENCE, RawClient
from .raw_dbr import to_bytes
from .raw_messages import ACCESS_RIGHTS, ERROR, NORMAL, WRITE, Channel, request_of_put
from .support import BaseTools, free_port

STRING, ENUM, CHAR, DOUBLE = 0, 3, 4, 6
READ, READ_WRITE = 1, 3
NO_WRITE_ACCESS = 376
"""ECA_NOWTACCESS."""

RULES = """
UAG(operators) { alice }
UAG(staff) { bob }
HAG(here) { localhost }
HAG(there) { "10.1.2.3" }

ASG(DEFAULT) {
    INPA("$(P)Busy")
    RULE(1, READ)
    RULE(1, WRITE, TRAPWRITE) { UAG(operators) HAG(here) }
    RULE(1, WRITE) { UAG(staff) CALC("A=0") }
}
ASG(REMOTE) {
    RULE(1, WRITE) { HAG(there) }
}
"""
ACCESS = """
[access]
file = "beamline.acf"
groups = { "Reason" = "REMOTE" }
"""
SUSPENDER = """
[[suspender]]
name = "beam"
kind = "floor"
pv = "NO:SUCH:CURRENT"
low = 100
on_bad_pv = "ignore"
"""


class User:
    """Somebody with a connection: they say who they are, and from which host."""

    def __init__(self, client: RawClient) -> None:
        self.client = client
        self._channels: dict[str, Channel] = {}

    def channel(self, name: str) -> Channel:
        if name not in self._channels:
            self._channels[name] = self.client.channel(P + name)
        return self._channels[name]

    def rights(self, name: str) -> int:
        """Those that were told at connection."""
        return self.channel(name).rights

    def told(self, name: str) -> int:
        """The rights to a PV that are told next."""
        return self.client.answer(ACCESS_RIGHTS, parameter1=self.channel(name).cid).parameter2

    def was_told_nothing(self) -> bool:
        """Whether no rights have changed that nobody has looked at."""
        assert self.client.is_alive()
        return not [each for each in self.client.inbox if each.command == ACCESS_RIGHTS]

    def put(self, name: str, value: float | str = 1) -> int:
        """The status of the answer."""
        kind = STRING if isinstance(value, str) else DOUBLE
        return self.client.put(self.channel(name), to_bytes(kind, [value]), kind).status

    def text(self, name: str) -> str:
        channel = self.channel(name)
        return self.client.get(channel, channel.data_type if channel.data_type == CHAR else STRING).dbr.text

    def wait(self, name: str, part: str) -> str:
        """Until a text has this in it; the line of it."""
        deadline = time.monotonic() + PATIENCE
        while part not in (text := self.text(name)):
            assert time.monotonic() < deadline, f"{name} has no {part!r}: {text}"
        return next(line for line in text.splitlines() if part in line)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, EngineService]]:
    """An engine with these rules, and its port; one for this module."""
    with _serving(tmp_path_factory.mktemp("access"), ACCESS) as found:
        yield found


@contextmanager
def _serving(folder: Path, access: str) -> Iterator[tuple[int, EngineService]]:
    (folder / "beamline.acf").write_text(RULES)
    port = free_port()
    with serving_plans(folder, tables=access + SUSPENDER, port=port) as running:
        yield port, running


@pytest.fixture
def users(service: tuple[int, EngineService]) -> Iterator[tuple[User, User, User]]:
    """Alice, an operator; bob, of the staff; carol, of whom no rule speaks."""
    with ExitStack() as stack:
        alice, bob, carol = (
            User(stack.enter_context(RawClient(service[0], user=name))) for name in ("alice", "bob", "carol")
        )
        yield alice, bob, carol
        if alice.text("State") != "idle":
            assert alice.put("Halt") == NORMAL


def start(user: User) -> None:
    """A plan without an end, in a run that is open."""
    assert user.put("Plan:Name", "tidy") == NORMAL
    channel = user.channel("Plan:Run")
    user.client.send(request_of_put(channel, user.client.new_id(), to_bytes(ENUM, [1]), ENUM, command=WRITE))
    user.wait("Run:Open", "Yes")


def test_who_may_do_what_is_told_at_connection(users: tuple[User, User, User]) -> None:
    """Idle: operators and staff may write, others read; nobody writes displays, or fields."""
    assert [user.rights("Pause") for user in users] == [READ_WRITE, READ_WRITE, READ]
    assert [user.rights("Susp:beam:Low") for user in users] == [READ_WRITE, READ_WRITE, READ]
    assert {user.rights(name) for user in users for name in ("State", "Cmd:Result", "Pause.DESC")} == {READ}
    assert [user.text("State") for user in users] == ["idle"] * 3


def test_who_is_connected_is_told_when_rights_change(users: tuple[User, User, User]) -> None:
    """Staff, when a plan begins and when it is over; the others hear nothing, as nothing changes for them."""
    alice, bob, _ = users
    for user in users:
        assert user.rights("Pause") == user.rights("Resume")

    start(alice)
    assert (bob.told("Pause"), bob.told("Resume")) == (READ, READ)

    assert alice.put("Stop") == NORMAL
    assert (bob.told("Pause"), bob.told("Resume")) == (READ_WRITE, READ_WRITE)
    assert [user.was_told_nothing() for user in users] == [True] * 3


def test_a_new_connection_has_the_rights_of_now(service: tuple[int, EngineService], users) -> None:
    """Somebody of the staff who comes while a plan runs reads."""
    start(users[0])

    with RawClient(service[0], user="bob") as client:
        assert User(client).rights("Pause") == READ


def test_a_put_without_a_right_is_denied(users: tuple[User, User, User]) -> None:
    """Whatever the client was told before, or does not mind; it changes nothing."""
    alice, bob, carol = users
    start(alice)
    before = alice.text("Cmd:Seq")

    assert (bob.put("Pause"), carol.put("Abort")) == (NO_WRITE_ACCESS, NO_WRITE_ACCESS)
    assert (carol.put("Susp:beam:Low", 5), float(carol.text("Susp:beam:Low"))) == (NO_WRITE_ACCESS, 100)

    assert (alice.text("State"), alice.text("Cmd:Seq")) == ("running", before)


def test_a_put_that_nobody_waits_for_is_denied_as_well(users: tuple[User, User, User]) -> None:
    """The client gets the error, and the PV that it is about."""
    carol = users[2]
    channel = carol.channel("Abort")
    carol.client.send(request_of_put(channel, carol.client.new_id(), to_bytes(ENUM, [1]), ENUM, command=WRITE))

    assert carol.client.answer(ERROR, parameter1=channel.cid).status == NO_WRITE_ACCESS


def test_who_was_denied_is_in_the_audit(users: tuple[User, User, User]) -> None:
    """User and host as they say, the address from which they came, and what would have allowed it."""
    alice, bob, _ = users
    start(alice)
    assert bob.put("Resume") == NO_WRITE_ACCESS  # nobody else puts that without a right

    line = alice.wait("Audit:Log", "T:RE:Resume: denied")

    assert " bob@testhost (127.0.0.1) T:RE:Resume: denied: may not write T:RE:Resume: ASG DEFAULT" in line
    assert "user in {bob} while T:RE:Busy=0 (T:RE:Busy is 1); you are bob@testhost (127.0.0.1)" in line


def test_who_has_done_what_is_in_the_audit(users: tuple[User, User, User]) -> None:
    """Commands and settings of suspenders, with the address; a display tells the last one of all."""
    alice, bob, _ = users
    assert bob.put("Susp:beam:Low", 50) == NORMAL
    assert alice.put("Susp:beam:Low", 100) == NORMAL
    assert alice.put("ErrorClear") == NORMAL

    assert " alice@testhost (127.0.0.1) Susp:beam low: 50 -> 100" in alice.wait("Audit:Log", "low: 50 -> 100")
    assert " bob@testhost (127.0.0.1) Susp:beam low: 100 -> 50" in alice.wait("Audit:Log", "low: 100 -> 50")
    assert " alice@testhost (127.0.0.1) ErrorClear: done" in alice.wait("Audit:Log", "ErrorClear")
    assert alice.text("Cmd:By") == "alice@testhost"


def test_caput_says_that_write_access_is_denied(service: tuple[int, EngineService]) -> None:
    """Whoever runs the tests is in no group; reading is for everybody."""
    tools = BaseTools(f"127.0.0.1:{service[0]}")
    done = tools.caput("-c", P + "Pause", "1")

    assert (done.returncode, "Write access denied" in done.stderr) == (1, True)
    assert "read, no write" in tools.cainfo(P + "Pause").stdout
    assert tools.value(P + "State") == "idle"


def test_a_host_is_where_the_connection_comes_from(service: tuple[int, EngineService]) -> None:
    """What the client says of its host opens nothing, and shuts nothing."""
    with RawClient(service[0], greet=False) as client:
        client.greet("alice", "10.1.2.3")
        alice = User(client)
        assert (alice.rights("Reason"), alice.rights("Pause")) == (READ, READ_WRITE)


def test_without_check_client_ip_a_host_is_what_the_client_says(tmp_path) -> None:
    """As in EPICS Base by default."""
    with _serving(tmp_path, ACCESS + "check_client_ip = false\n") as (port, _):
        for host, reason, pause in (("10.1.2.3", READ_WRITE, READ), ("localhost", READ, READ_WRITE)):
            with RawClient(port, greet=False) as client:
                client.greet("alice", host)
                alice = User(client)
                assert (alice.rights("Reason"), alice.rights("Pause")) == (reason, pause)


def test_without_rules_everybody_on_this_host_may(engine_service: EngineService) -> None:
    """The default, whatever they say who they are."""
    port = int(engine_service.client.tools.addr_list.split()[0].split(":")[1])
    with RawClient(port, user="mallory") as client:
        mallory = User(client)
        assert (mallory.rights("Pause"), mallory.rights("Susp:beam:Low")) == (READ_WRITE, READ_WRITE)


def test_a_mistake_in_the_rules_keeps_the_service_from_starting(tmp_path) -> None:
    """Status 1, and file, line and what is wrong; nobody serves with rules that were not meant."""
    (tmp_path / "beamline.acf").write_text(RULES.replace("UAG(staff) CALC", "UAG(stuff) CALC"))
    path = beamline_toml(tmp_path, tables=ACCESS)
    argv = [sys.executable, "-m", "reioc.ioc", "serve", path]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    line = RULES.splitlines().index('    RULE(1, WRITE) { UAG(staff) CALC("A=0") }') + 1
    assert f"reioc serve: beamline.acf:{line}: " in done.stderr
    assert "stuff" in done.stderr
