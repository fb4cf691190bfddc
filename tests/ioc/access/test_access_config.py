"""`[access]` of beamline.toml, and the rules it leads to."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from reioc.ioc.access import AccessConfig, AccessRules, AcfError, Client, Rights, load_rules

FILE = """
HAG(floor) { $(FLOOR) }
ASG(DEFAULT) { RULE(1, READ) }
ASG(COMMANDS) { INPA("$(P)Beam") RULE(1, WRITE) { HAG(floor) CALC("A=1") } }
"""
ADDRESSES = {"ws1": ["10.1.2.3"]}


def loaded(folder: Path, **access: object) -> AccessRules:
    config = AccessConfig.model_validate(access)
    return load_rules(config, folder=folder, prefix="T:RE:", resolve=ADDRESSES.__getitem__)


def mistakes(folder: Path, **access: object) -> tuple[str, ...]:
    with pytest.raises(AcfError) as caught:
        loaded(folder, **access)
    return caught.value.mistakes


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "rules.acf").write_text(FILE)
    return tmp_path


@pytest.mark.parametrize(
    ("address", "rights"), [("127.0.0.1", Rights.WRITE), ("127.1.2.3", Rights.WRITE), ("10.1.2.3", Rights.READ)]
)
@pytest.mark.parametrize("check_client_ip", [True, False])
def test_by_default_this_host_writes_and_all_read(tmp_path, address, rights, check_client_ip):
    """Without a file, for every group; a host name that a client makes up does not help."""
    rules = loaded(tmp_path, check_client_ip=check_client_ip)

    for asg in ("COMMANDS", "SUSPENDERS", "SETTINGS", "DEFAULT"):
        assert rules.rights(asg, 0, Client("anybody", "localhost", address), {}) is rights
        assert rules.rights(asg, 1, Client("anybody", "127.0.0.1", address), {}) is rights


def test_a_file_is_read_with_its_macros(folder):
    """The file lies beside beamline.toml; P is the prefix without being given."""
    rules = loaded(folder, file="rules.acf", macros={"FLOOR": "ws1"})

    assert rules.inputs["COMMANDS"] == {"A": "T:RE:Beam"}
    assert rules.rights("COMMANDS", 0, Client("x", "y", "10.1.2.3"), {"A": 1.0}) is Rights.WRITE


def test_a_file_may_be_anywhere(folder):
    """A path that starts at the root is taken as it is."""
    rules = loaded(folder / "elsewhere", file=str(folder / "rules.acf"), macros={"FLOOR": "ws1", "P": "OTHER:"})

    assert rules.inputs["COMMANDS"] == {"A": "OTHER:Beam"}


def test_without_check_client_ip_the_claimed_host_counts(folder):
    """The switch reaches the rules."""
    rules = loaded(folder, file="rules.acf", macros={"FLOOR": "ws1"}, check_client_ip=False)

    assert rules.rights("COMMANDS", 0, Client("x", "WS1", "10.9.9.9"), {"A": 1.0}) is Rights.WRITE


def test_a_file_that_is_not_there_is_told(folder):
    """With its whole path, as it was looked for."""
    assert mistakes(folder, file="rule.acf") == (f"{folder / 'rule.acf'}: cannot be read: No such file or directory",)


def test_a_file_that_is_no_text_is_told(folder):
    """Not with a traceback."""
    (folder / "rules.acf").write_bytes(b"\xff")

    assert "is not UTF-8 text" in mistakes(folder, file="rules.acf")[0]


def test_mistakes_in_the_file_are_told_with_its_name(folder):
    """As those in beamline.toml are: file, line, what."""
    assert mistakes(folder, file="rules.acf")[0].startswith("rules.acf:2: the macro $(FLOOR) is not defined")


def test_a_group_that_the_file_does_not_have_is_told(folder):
    """EPICS Base would take it for DEFAULT; somebody wrote it by mistake."""
    found = mistakes(
        folder, file="rules.acf", macros={"FLOOR": "ws1"}, groups={"Plan:Run": "COMANDS", "MD:*": "DEFAULT"}
    )

    (mistake,) = found
    assert mistake.startswith('access.groups."Plan:Run": rules.acf has no ASG(COMANDS); it has: DEFAULT, COMMANDS')
    assert mistake.endswith("(did you mean 'COMMANDS'?)")


@pytest.mark.parametrize(
    ("access", "key", "what"),
    [
        ({"file": ""}, ("file",), "is empty"),
        ({"file": 3}, ("file",), "valid string"),
        ({"files": "x"}, ("files",), "not permitted"),
        ({"macros": {"A B": "x"}}, ("macros",), "is no macro"),
        ({"macros": {"A": "x\ny"}}, ("macros",), "several lines"),
        ({"macros": {"A": 1}}, ("macros", "A"), "valid string"),
        ({"check_client_ip": "yes"}, ("check_client_ip",), "valid boolean"),
        ({"groups": {"": "X"}}, ("groups", "", "[key]"), "is no pattern of PV names"),
        ({"groups": {"Plan Run": "X"}}, ("groups", "Plan Run", "[key]"), "is no pattern of PV names"),
        ({"groups": {"Plan:Run": ""}}, ("groups", "Plan:Run"), "is no access security group"),
    ],
)
def test_a_mistake_in_the_table_is_told_with_its_key(access, key, what):
    """The table is checked as the others of beamline.toml are."""
    with pytest.raises(ValidationError) as caught:
        AccessConfig.model_validate(access)

    (error,) = caught.value.errors()
    assert error["loc"] == key
    assert what in error["msg"]
