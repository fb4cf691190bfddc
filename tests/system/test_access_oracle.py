"""Our access rules and those of EPICS Base: the same expressions, files and clients to both."""

import time
from pathlib import Path

import pytest

from reioc.ioc.access import AcfError, Client, Rights, parse_acf
from reioc.ioc.access.rules import AccessRules

from .c_ioc import CIoc
from .oracle import ascheck
from .raw_ca import RawClient
from .support import TIMEOUT, Service, base_env, base_tool, free_port


def taken(text: str, **macros: str) -> bool:
    try:
        parse_acf(text, macros=macros)
    except AcfError:
        return False
    return True


FILES = """
ASG(DEFAULT) { RULE(1, WRITE) }
UAG(a) {x, y} HAG(h) {ws1, 10.1.2.3, "10.1.2.0"} ASG(D) {RULE(1, READ) {UAG(a) HAG(h)}}
UAG(a) UAG(b) {x} ASG(D) {RULE(0, NONE) RULE(1, WRITE, TRAPWRITE) {UAG(a, b) UAG(b)}}
UAG("a b") {"x@y", "DOM\\x"} ASG("UAG") {RULE(01, "READ", NOTRAPWRITE) {UAG("a b")}}
ASG(D) {RULE(1, READ) {CALC("A=1")} INPA("x.VAL")}
ASG(D) {INPA(x) INPL(x:y<z>[1];-+) RULE(1, READ) {CALC("A&&L")}}
ASG(DEFAULT) ASG(DEFAULT) {RULE(0, READ)}
ASG(DEFAULT) {RULE(1, READ)} ASG(DEFAULT)
ASG(D) ASG(D)
UAG(a) {x} UAG(a) {y}
HAG(a) {x} HAG(a) {y}
UAG(a) {x, x}
UAG(a) {}
UAG() {x}
UAG(a) {x,}
UAG(a) {x y}
UAG(a) {x
UAG(a {x}
UAG a {x}
UAG(UAG) {x}
UAG(1) {x}
UAG(a) {17}
UAG(a@b) {x}
UAG(a) {"x}
UAG(a) {$(X)}
HAG(h) {10.1.2.0/24}
HAG(h) {"10.1.2.0/24"}
ASG(D) {}
ASG(D) {RULE(1, READ) {}}
ASG(D) {RULE(1)}
ASG(D) {RULE(READ)}
ASG(D) {RULE(x, READ)}
ASG(D) {RULE(-1, READ)}
ASG(D) {RULE(1, read)}
ASG(D) {RULE(1, READ, trapwrite)}
ASG(D) {RULE(1, READ, TRAPWRITE, x)}
ASG(D) {RULE(1, READ) {UAG(a)}} UAG(a) {x}
ASG(D) {RULE(1, READ) {HAG(a)}}
ASG(D) {RULE(1, READ) {METHOD("ca")}}
ASG(D) {RULE(1, READ) {CALC(1)}}
ASG(D) {INPA(x) RULE(1, READ) {CALC("")}}
ASG(D) {INPa(x)}
ASG(D) {INPZ(x)}
ASG(D) {INPA()}
FOO(a) {x}
uag(a) {x}
# nothing
UAG(a) {x} # a comment with "quotes and { braces
UAG(a) {x} )
UAG(a) {"#x", y} # z}
"""  # fmt: skip


@pytest.mark.parametrize("text", FILES.strip().splitlines())
def test_files_that_base_takes_are_taken_and_no_others(text):
    """A file is as good to us as to Base's own checker."""
    assert taken(text) is (ascheck(text).returncode == 0)


@pytest.mark.parametrize(
    "text",
    [
        "UAG(a) {$(A)} ASG($(B)) {RULE(1, ${C}) {UAG(a)}}",
        "UAG(a) {$(X=x)} ASG(D) {RULE($(L=1), $(C))}",
        "UAG(a) {$($(N))}",
        "UAG(a) {$(X=$(A))}",
        "UAG(a) {$(X)}",
        "UAG(a) {$(A}",
        'UAG(a) {"$(A)"} ASG($(A))',
    ],
)
def test_macros_are_taken_as_base_takes_them(text):
    """Macros with values, with defaults, within each other; those without either are refused."""
    macros = {"A": "x, y", "B": "D", "C": "READ", "N": "B"}
    told = ", ".join(f'{name}="{value}"' for name, value in macros.items())

    assert taken(text, **macros) is (ascheck(text, "-S", told).returncode == 0)


RULES = """
UAG(ops) { alice, "b@b" }
UAG(staff) { alice, carol }
UAG(nobody)
HAG(floor) { ws1, WS2, 10.1.2.3 }
HAG(office) { ws9 }
ASG(DEFAULT) { RULE(1, READ) RULE(0, WRITE) { UAG(ops) } }
ASG(NOTHING)
ASG(EMPTY) { RULE(1, WRITE) { UAG(nobody) } RULE(0, READ) }
ASG(BOTH) {
    RULE(1, NONE)
    RULE(1, READ) { HAG(floor, office) }
    RULE(1, WRITE, TRAPWRITE) { UAG(ops, staff) HAG(floor) }
}
ASG(BEAM) {
    INPA("t:one") INPB(t:zero.VAL) INPC(t:invalid) INPD(t:missing) INPE(t:nearly) INPF(t:beside)
    RULE(0, READ) { CALC("A=1 && B=0") }
    RULE(0, WRITE) { UAG(ops) CALC("E") }
    RULE(1, READ) { CALC("F") }
    RULE(1, WRITE) { UAG(staff) CALC("A || C") }
    RULE(1, WRITE) { HAG(office) CALC("D = 0 || A") }
    RULE(1, READ) { UAG(ops) HAG(floor) CALC("A + B") }
}
"""
INPUT_VALUES = {
    "t:one": 1.0,
    "t:zero.VAL": 0.0,
    "t:invalid": None,
    "t:missing": None,
    "t:nearly": 0.995,
    "t:beside": 1.02,
}
GROUPS = ("DEFAULT", "NOTHING", "EMPTY", "BOTH", "BEAM", "UNHEARD_OF")
FIELDS = {0: ".VAL", 1: ".DESC"}
DATABASE = """
record(ao, "t:one") { field(VAL, "1") field(PINI, "YES") }
record(ao, "t:zero") { field(VAL, "0") field(PINI, "YES") }
record(ao, "t:nearly") { field(VAL, "0.995") field(PINI, "YES") }
record(ao, "t:beside") { field(VAL, "1.02") field(PINI, "YES") }
record(ao, "t:invalid") { field(VAL, "1") field(PINI, "YES") field(HIHI, "0") field(HHSV, "INVALID") }
""" + "\n".join(f'record(ao, "t:{name}") {{ field(ASG, "{name}") }}' for name in GROUPS)

Seen = dict[tuple[Client, str, int], Rights]


@pytest.fixture
def _local_clients_only(monkeypatch):
    """Base's inputs are Channel Access clients: the one that is not there is not asked for on the network."""
    monkeypatch.setenv("EPICS_CA_ADDR_LIST", "127.0.0.1")
    monkeypatch.setenv("EPICS_CA_AUTO_ADDR_LIST", "NO")


def rights_in_base(port: int, clients: list[Client]) -> Seen:
    """What Base's server grants to each client for each record and field level."""
    seen: Seen = {}
    for who in clients:
        with RawClient(port, greet=False) as client:
            client.greet(who.user, who.host)
            for group in GROUPS:
                for level, field in FIELDS.items():
                    bits = client.channel(f"t:{group}{field}").rights
                    seen[who, group, level] = Rights.WRITE if bits & 2 else Rights(bits)
    return seen


def rights_of_ours(rules: AccessRules, clients: list[Client]) -> Seen:
    """What our rules grant in the same cases, with the inputs' values as they are in the database."""
    return {
        (who, group, level): rules.rights(group, level, who, values_for(rules, group))
        for who in clients
        for group in GROUPS
        for level in FIELDS
    }


def values_for(rules: AccessRules, group: str) -> dict[str, float | None]:
    return {letter: INPUT_VALUES[pv] for letter, pv in rules.asg(group).inputs.items()}


def differences(port: int, ours: Seen, clients: list[Client]) -> Seen:
    """What Base grants otherwise than we do, once its inputs have come, which takes it a moment."""
    deadline = time.monotonic() + TIMEOUT
    while other := {case: right for case, right in rights_in_base(port, clients).items() if right != ours[case]}:
        if time.monotonic() > deadline:
            break
    return other


@pytest.mark.usefixtures("_local_clients_only")
def test_rights_are_those_that_base_grants(tmp_path):
    """For every user, claimed host, group, field level and state of the inputs, the same right as in Base."""
    hosts = ("ws1", "WS1", "ws2", "ws9", "10.1.2.3", "elsewhere")
    clients = [Client(user, host, "127.0.0.1") for user in ("alice", "b@b", "carol", "Alice", "x") for host in hosts]
    rules = AccessRules(parse_acf(RULES), check_client_ip=False, resolve=lambda _: [])
    ours = rights_of_ours(rules, clients)
    ioc = CIoc(tmp_path, DATABASE, RULES)

    with ioc.running():
        assert differences(ioc.port, ours, clients) == {}
    assert set(ours.values()) == set(Rights)


BY_ADDRESS = """
HAG(here) { localhost }
HAG(there) { 10.1.2.3 }
HAG(numeric) { 127.0.0.1 }
ASG(DEFAULT) { RULE(1, WRITE) { HAG(here) } }
ASG(NOTHING) { RULE(1, WRITE) { HAG(there) } RULE(1, READ) }
ASG(BOTH) { RULE(0, WRITE) { HAG(there, numeric) } }
"""


def test_with_check_client_ip_the_address_counts_as_in_base(tmp_path):
    """What host a client says it is makes no difference; names in the file stand for their addresses."""
    (tmp_path / "test.db").write_text(DATABASE)
    (tmp_path / "test.acf").write_text(BY_ADDRESS)
    clients = [Client("alice", host, "127.0.0.1") for host in ("10.1.2.3", "localhost", "ws1")]
    rules = AccessRules(parse_acf(BY_ADDRESS), check_client_ip=True, resolve={"localhost": ["127.0.0.1"]}.__getitem__)
    ours = rights_of_ours(rules, clients)
    port = free_port()

    with by_address(tmp_path, port):
        assert rights_in_base(port, clients) == ours
    assert set(ours.values()) == set(Rights)


def by_address(folder: Path, port: int) -> Service:
    """A softIoc that looks at addresses: that is a variable, to be set before the file is read."""
    script = folder / "st.cmd"
    script.write_text(
        f"var asCheckClientIP 1\nasSetFilename {folder}/test.acf\ndbLoadRecords {folder}/test.db\niocInit\n"
    )
    here = {"EPICS_CAS_SERVER_PORT": str(port), "EPICS_CAS_INTF_ADDR_LIST": "127.0.0.1"}
    return Service([base_tool("softIoc"), "-S", script], "initialization complete", {**base_env(), **here})
