"""Access security files. What EPICS Base takes of them: tests/system/test_access_oracle.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.ioc.access.acf import AcfError, parse_acf
from reioc.ioc.access.acf_model import AccessFile, Asg, Rights, Rule
from reioc.ioc.config.errors import ConfigError

GOOD = """\
# Who may do what
UAG(ops) { alice, "b@b" }       UAG(staff) {carol,alice}
HAG(floor) { ws1, 10.1.2.3, "10.1.3.0/24" }
ASG(DEFAULT) { RULE(1, READ) }
ASG(COMMANDS) {
    INPA("T:Beam")
    INPU(T:State.VAL)
    RULE(0, WRITE, TRAPWRITE) { UAG(ops, staff) HAG(floor) CALC("A=1 || U=2") }  # "
    RULE(1, NONE, NOTRAPWRITE)
}
"""


def mistakes(text: str, **macros: str) -> list[str]:
    with pytest.raises(AcfError) as caught:
        parse_acf(text, "rules.acf", macros)
    return list(caught.value.mistakes)


def test_a_file_is_read_with_all_it_says():
    """Groups, inputs and rules come out as they are written."""
    file = parse_acf(GOOD)

    assert file.uags == {"ops": ("alice", "b@b"), "staff": ("carol", "alice")}
    assert file.hags == {"floor": ("ws1", "10.1.2.3", "10.1.3.0/24")}
    assert file.asgs["DEFAULT"] == Asg({}, (Rule(1, Rights.READ),))
    commands = file.asgs["COMMANDS"]
    assert commands.inputs == {"A": "T:Beam", "U": "T:State.VAL"}
    assert commands.rules[1] == Rule(1, Rights.NONE)
    rule = commands.rules[0]
    assert (rule.level, rule.rights, rule.trap_write) == (0, Rights.WRITE, True)
    assert (rule.uags, rule.hags) == (("ops", "staff"), ("floor",))
    assert rule.calc is not None
    assert rule.calc.text == "A=1 || U=2"


def test_there_is_always_a_default_group():
    """A file without ASG(DEFAULT) has an empty one: nobody may do anything there."""
    assert parse_acf("ASG(X) {RULE(1, READ)}").asgs["DEFAULT"] == Asg()


def test_groups_of_a_rule_add_up():
    """UAG(a) UAG(b) is UAG(a, b)."""
    file = parse_acf("UAG(a) {x} UAG(b) {y} ASG(D) {RULE(1, READ) {UAG(a) UAG(b)}}")

    assert file.asgs["D"].rules[0].uags == ("a", "b")


def test_a_user_who_is_named_twice_is_one_user():
    """Base warns; it does no harm."""
    assert parse_acf("UAG(a) {x, y, x}").uags == {"a": ("x", "y")}


def test_what_is_in_quotes_stays_as_it_is():
    """Signs of the language, comments and backslashes mean nothing in quotes."""
    assert parse_acf(r'UAG(a) {"#x, (y) {", "a\"b"}').uags == {"a": ("#x, (y) {", r"a\"b")}


def test_lines_may_end_as_on_windows():
    """Carriage returns are white space."""
    assert parse_acf(GOOD.replace("\n", "\r\n")) == parse_acf(GOOD)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "rules.acf:1: there are no rules; write at least ASG(DEFAULT) { RULE(1, READ) }"),
        ("FOO(a)", "rules.acf:1: UAG, HAG or ASG should be here, not 'FOO'"),
        ("HAGS(a)", "rules.acf:1: UAG, HAG or ASG should be here, not 'HAGS' (did you mean 'HAG'"),
        ("UAG(a) {}", "rules.acf:1: a name should be here, not '}'"),
        ("UAG(a)\n{x\n", "rules.acf:3: '}' should be here, not the end of the file"),
        ("UAG(17)", "rules.acf:1: a name or a text in quotes should be here, not '17': as a name, write it in quotes"),
        ('UAG(a) {"x}', "rules.acf:1: a text in quotes is not closed on its line"),
        ("UAG(a) {x@y}", "rules.acf:1: '@' is only allowed in quotes"),
        ('UAG(a) {""}', "rules.acf:1: '' is no user"),
        ("UAG(a)\nUAG(a)", "rules.acf:2: UAG(a) is defined twice"),
        ("HAG(a) HAG(a)", "rules.acf:1: HAG(a) is defined twice"),
        ("ASG(a)\n\nASG(a)", "rules.acf:3: ASG(a) is defined twice"),
        ("ASG(DEFAULT) {RULE(1,READ)}\nASG(DEFAULT)", "rules.acf:2: ASG(DEFAULT) is defined twice"),
        ("HAG(a) {10.1.2}", "rules.acf:1: '10.1.2' is no IPv4 address or network"),
        (
            'HAG(a) {"10.1.2.3/24"}',
            "rules.acf:1: '10.1.2.3/24' is no IPv4 address or network (10.1.2.3/24 has host bits",
        ),
        ('HAG(a) {"10.1.2.0/33"}', "rules.acf:1: '10.1.2.0/33' is no IPv4 address or network"),
        ('HAG(a) {"lab/24"}', "rules.acf:1: 'lab/24' is no IPv4 address or network"),
        ('HAG(a) {"ws 1"}', "rules.acf:1: 'ws 1' is no host: write a name, an address like 10.1.2.3"),
        ("ASG(a) {}", "rules.acf:1: RULE or INPA to INPU should be here, not '}'"),
        ("ASG(a) {INPV(x)}", "rules.acf:1: RULE or INPA to INPU should be here, not 'INPV' (did you mean 'INPA'"),
        ('ASG(a) {INPA("x y")}', "rules.acf:1: INPA: 'x y' is no PV name"),
        ("ASG(a) {INPA(x) INPA(y)}", "rules.acf:1: INPA is given twice in one ASG"),
        ("ASG(a) {RULE(x, READ)}", "rules.acf:1: a level, 0 or 1 should be here, not 'x'"),
        ("ASG(a) {RULE(2, READ)}", "rules.acf:1: the level of a RULE is 0 or 1, not 2"),
        (f"ASG(a) {{RULE({'9' * 5000}, READ)}}", "rules.acf:1: the level of a RULE is 0 or 1, not 999"),
        (
            "ASG(a) {RULE(1, write)}",
            "rules.acf:1: the access of a RULE is NONE, READ, WRITE, not 'write' (did you mean",
        ),
        ("ASG(a) {RULE(1, READ, LOG)}", "rules.acf:1: the option of a RULE is TRAPWRITE, NOTRAPWRITE, not 'LOG'"),
        ("ASG(a) {RULE(1, READ) {}}", "rules.acf:1: UAG, HAG or CALC should be here, not '}'"),
        (
            "UAG(ops) {x} ASG(a) {RULE(1, READ) {\nUAG(opps)}}",
            "rules.acf:2: there is no UAG(opps); defined before: ops (did you mean 'ops'?)",
        ),
        ("ASG(a) {RULE(1, READ) {HAG(x)}}", "rules.acf:1: there is no HAG(x); defined before: none"),
        (
            "ASG(a) {RULE(1, READ) {UAG(x)}}\nHAG(x) UAG(x) {y}",
            "rules.acf:1: UAG(x) is defined only on line 2; it must come before it is used",
        ),
        (
            'ASG(a) {INPA(x) RULE(1, READ) {CALC("A=")}}',
            "rules.acf:1: CALC('A='): incomplete: a number, an input or a function is missing at the end (character 3)",
        ),
        ('ASG(a) {INPA(x) RULE(1, READ) {\nCALC("B=1")}}', "rules.acf:2: CALC('B=1') uses B, but its ASG has no INPB"),
        ('ASG(a) {RULE(1, READ) {CALC("1")}}', "rules.acf:1: CALC('1') has no input, so it is never evaluated"),
        ('ASG(a) {INPA(x) RULE(1, READ) {CALC("A") CALC("A")}}', "rules.acf:1: a RULE has one CALC"),
        ("UAG(a) {$(X)}", "rules.acf:1: the macro $(X) is not defined and has no default; defined: none"),
        ("UAG(a) {$(X}", "rules.acf:1: '$(X}' is not closed"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_right(text, mistake):
    """Each mistake names the file, the line, what is wrong, and what is allowed."""
    assert [each[: len(mistake)] for each in mistakes(text)] == [mistake]


def test_all_mistakes_are_found_in_one_go():
    """Reading goes on behind a mistake of meaning, up to the first of grammar."""
    found = mistakes("UAG(a)\nUAG(a)\nHAG(h) {1.2.3}\nASG(x) {RULE(3, READ) {UAG(b)}}\nASG(y {\nUAG(a)")

    assert [each.split(": ")[0] for each in found] == [f"rules.acf:{line}" for line in (2, 3, 4, 4, 5)]


def test_a_mistake_is_a_mistake_of_the_configuration():
    """Who reports what is wrong in beamline.toml reports these as well."""
    with pytest.raises(ConfigError):
        parse_acf("nonsense")


def test_macros_are_expanded_before_reading():
    """A macro may stand for anything within a line: names, parts of them, lists."""
    text = 'UAG(a) {$(USERS)} ASG(D) {INPA("$(P)Beam$(N=1)") RULE($(L=0), READ) {UAG(${G}) CALC("A=$(V)")}}'

    file = parse_acf(text, macros={"USERS": "x, y", "P": "T:", "G": "a", "V": "2"})

    assert file.uags == {"a": ("x", "y")}
    assert file.asgs["D"].inputs == {"A": "T:Beam1"}
    assert file.asgs["D"].rules[0].level == 0


def test_macros_in_comments_are_left_alone():
    """What is commented out needs no value; a # in quotes comments nothing out."""
    assert parse_acf('UAG(a) {"#$(X)"} # $(Y) "', macros={"X": "x"}).uags == {"a": ("#x",)}


def test_macros_that_cannot_be_written_are_refused():
    """A name that no `$(…)` could have, and a value that would move all lines, are told before reading."""
    assert mistakes("UAG(a)", **{"a b": "x"}) == [
        "rules.acf: 'a b' is no macro: its name is letters, digits and _ . : -"
    ]
    assert mistakes("UAG(a)", X="x\ny") == ["rules.acf: the macro X has a value of several lines; it must be one"]


WORDS = [
    *"(){},#\n",
    "UAG",
    "HAG",
    "ASG",
    "RULE",
    "CALC",
    "INPA",
    "READ",
    "0",
    "1",
    "a",
    '"',
    '"A=1"',
    "$(M)",
    "$(N",
    " ",
]


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.text(max_size=30))
def test_any_text_is_a_mistake_or_a_file(text):
    """No text makes reading fail in another way than it says, and every mistake has a line of the text."""
    try:
        assert isinstance(parse_acf(text, "f", {"M": "a"}), AccessFile)
    except AcfError as error:
        lines = [int(each.split(":")[1]) for each in error.mistakes]
        if not (lines and all(1 <= line <= text.count("\n") + 1 for line in lines)):
            raise


NAMES = st.text("abcXYZ019_-:", min_size=1, max_size=6).filter(lambda name: not name.isdigit())


@given(
    st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=4, unique=True), max_size=4),
    st.lists(st.tuples(st.sampled_from([0, 1]), st.sampled_from(Rights), st.booleans()), min_size=1, max_size=4),
)
def test_what_is_written_is_what_is_read(uags, rules):
    """Files that are made of a description give that description."""
    text = "".join(f"UAG({name}) {{ {', '.join(users)} }}\n" for name, users in uags.items())
    uses = f"{{ UAG({', '.join(uags)}) }}" if uags else ""
    text += "ASG(D) {"
    for level, rights, trap in rules:
        text += f"RULE({level}, {rights.name}{', TRAPWRITE' if trap else ''}) {uses}\n"

    file = parse_acf(text + "}")

    assert file.uags == {name: tuple(users) for name, users in uags.items()}
    assert file.asgs["D"].rules == tuple(Rule(level, rights, trap, tuple(uags)) for level, rights, trap in rules)
