"""Keys of the metadata: types, PV names, rules."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reioc.ioc.config.errors import explain
from reioc.ioc.metadata import MetadataRule, metadata_keys, metadata_mistakes, pv_keys, why_no_pv

CONFIGURED = {"sample": "Fe", "cycle": 3, "energy": 7.112, "inert": True, "team": ["ann", "bob"]}


def rule(name: str, **said) -> MetadataRule:
    return MetadataRule.model_validate({"name": name, **said})


def key(name: str, *rules: MetadataRule):
    return next(each for each in metadata_keys(CONFIGURED, rules) if each.name == name)


# Types


def test_texts_numbers_and_truths_are_keys():
    """Arrays and tables cannot be set by PV."""
    assert [each.name for each in metadata_keys(CONFIGURED)] == ["sample", "cycle", "energy", "inert"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("sample", " Cu 3 ", " Cu 3 "),
        ("sample", "5", "5"),
        ("sample", "", ""),
        ("cycle", "12", 12),
        ("cycle", " -1 ", -1),
        ("cycle", "7.0", 7),
        ("cycle", "1e3", 1000),
        ("energy", "8", 8.0),
        ("energy", "-.5e1", -5.0),
        ("inert", "No", False),
        ("inert", "1", True),
        ("inert", "TRUE", True),
    ],
)
def test_a_text_becomes_a_value_of_the_configured_type(name, text, value):
    """A number stays a number."""
    found = key(name).read(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("cycle", "abc", "must be a number, not 'abc'"),
        ("cycle", "2.5", "must be a whole number, not 2.5"),
        ("cycle", "9" * 30, "must be a whole number of up to 19 digits"),
        ("energy", "", "must be a number, not ''"),
        ("energy", "nan", "must be a number, not 'nan'"),
        ("energy", "1e999", "must be a number, not '1e999'"),
        ("energy", "1_000", "must be a number, not '1_000'"),
        ("inert", "perhaps", "must be true or false (or yes, no, 1, 0), not 'perhaps'"),
    ],
)
def test_a_text_of_another_type_is_refused(name, text, why):
    """It says what must be written."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011  the text is compared
        key(name).read(text)
    assert str(refused.value).startswith(why)


# PV names


@pytest.mark.parametrize("name", ["sample", "sample-id", "PI:name", "x<1>", "a" * 37])
def test_a_name_of_letters_and_few_others_is_a_pv(name):
    """Up to the 60 characters of a PV name."""
    assert why_no_pv(name, "BEAMLINE:RUN:ENGINE:MD:") == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("my sample", "letters, digits"),
        ("größe", "letters, digits"),
        ("a" * 40, "3 characters more than"),
        ("ScanID", "number of the last run"),
    ],
)
def test_a_name_that_cannot_be_a_pv_has_none(name, why):
    """And it says why."""
    assert why in why_no_pv(name, "BEAMLINE:RUN:ENGINE:MD:")
    assert pv_keys(metadata_keys({name: "x"}), "BEAMLINE:RUN:ENGINE:") == ()


# Rules


@pytest.mark.parametrize(
    ("name", "said", "text", "why"),
    [
        ("sample", {"choices": ["Fe", "Cu"]}, "Fee", "must be one of Fe, Cu, not Fee (did you mean 'Fe'?)"),
        ("cycle", {"choices": [1, 2]}, "3", "must be one of 1, 2, not 3"),
        ("sample", {"pattern": "[A-Z][a-z]?"}, "Fee", "must fit the pattern [A-Z][a-z]?, which 'Fee' does not"),
        ("cycle", {"min": 1}, "0", "must be at least 1, not 0"),
        ("energy", {"max": 10.5}, "11", "must be at most 10.5, not 11.0"),
    ],
)
def test_what_breaks_a_rule_is_refused(name, said, text, why):
    """In words."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011  the text is compared
        key(name, rule(name, **said)).read(text)
    assert str(refused.value) == why


@pytest.mark.parametrize(
    ("name", "said", "text"),
    [
        ("sample", {"choices": ["Fe", "Cu"]}, "Cu"),
        ("sample", {"choices": ["Fe", "Cu"], "required": True}, ""),
        ("sample", {"pattern": "[A-Z][a-z]?"}, "O"),
        ("cycle", {"min": 1, "max": 1}, "1"),
        ("energy", {"choices": [1, 2.5]}, "1"),
    ],
)
def test_what_keeps_a_rule_is_taken(name, said, text):
    """Also an empty text: it says nothing."""
    key(name, rule(name, **said)).read(text)


def test_the_description_is_that_of_the_rule():
    """Or tells the key."""
    assert key("sample", rule("sample", doc="What is in the beam")).description == "What is in the beam"
    assert "sample" in key("sample").description


class Config(BaseModel):
    """As BeamlineConfig has the rules."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    rules: tuple[MetadataRule, ...] = Field(default=(), alias="metadata_rule", strict=False)


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"patern": "x"}, "metadata_rule[0].patern: unknown key; allowed: choices, doc, max, min, name, pattern, "),
        ({"pattern": "("}, "metadata_rule[0].pattern: '(' is no regular expression: "),
        ({"choices": []}, "metadata_rule[0].choices: should not be empty"),
        ({"choices": ["a", [1]]}, "metadata_rule[0].choices[1]: should be a text, a number, true or false; got [1]"),
        ({"required": "yes"}, "metadata_rule[0].required: should be true or false"),
        ({"min": 3, "max": 2}, "metadata_rule[0]: min = 3 is more than max = 2"),
        ({"doc": "x" * 41}, "metadata_rule[0].doc: String should have at most 40 characters"),
        ({"max": float("nan")}, "metadata_rule[0].max: should be a finite number"),
    ],
)
def test_a_mistake_in_a_rule_is_explained_in_the_words_of_the_file(table, what):
    """With its key, and what is allowed."""
    with pytest.raises(ValidationError) as refused:
        Config.model_validate({"metadata_rule": [{"name": "sample", **table}]})
    (mistake,) = explain(refused.value, Config)
    assert str(mistake).startswith(what)


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"name": "smaple"}, "metadata_rule[0].name: no key 'smaple' in [metadata]; it has: sample, cycle"),
        ({"name": "team"}, "metadata_rule[0].name: a rule is for a text, a number, true or false; metadata.team is ["),
        ({"name": "cycle", "pattern": "x"}, "metadata_rule[0].pattern: is for a text; metadata.cycle is a whole num"),
        ({"name": "inert", "min": 1}, "metadata_rule[0].min: is for a number; metadata.inert is true or false"),
        ({"name": "sample", "max": 1}, "metadata_rule[0].max: is for a number; metadata.sample is a text"),
        ({"name": "cycle", "choices": [3, 4.5]}, "metadata_rule[0].choices[1]: should be a whole number as metadata."),
        ({"name": "sample", "choices": ["Cu"]}, "metadata.sample: must be one of Cu, not Fe"),
        ({"name": "cycle", "max": 2}, "metadata.cycle: must be at most 2, not 3"),
    ],
)
def test_a_rule_that_does_not_go_with_its_key_is_a_mistake(table, what):
    """As is a configured value that breaks its own rule."""
    (mistake,) = metadata_mistakes(CONFIGURED, [table])
    assert str(mistake).startswith(what)


@pytest.mark.parametrize(
    ("metadata", "rules"),
    [
        (
            CONFIGURED,
            [{"name": "sample", "choices": ["Fe"], "required": True}, {"name": "energy", "choices": [7.112, 8]}],
        ),
        ({"sample": ""}, [{"name": "sample", "choices": ["Fe"], "required": True}]),
        (CONFIGURED, [{"name": "sample", "patern": "x"}, 5]),
        ("text", [{"name": "sample"}]),
        (CONFIGURED, "text"),
        (None, None),
    ],
)
def test_what_is_right_or_wrong_elsewhere_is_no_mistake_here(metadata, rules):
    """A table that is no rule is told of by the model."""
    assert metadata_mistakes(metadata, rules) == []
