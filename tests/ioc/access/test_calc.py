"""EPICS calc expressions. What they mean to EPICS Base itself: tests/system/test_access_oracle.py."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reioc.ioc.access.calc import INPUTS, Calc, CalcError
from reioc.ioc.access.calc_arithmetic import BINARY, CONSTANTS, FUNCTIONS, PREFIX
from reioc.ioc.access.calc_compiler import compile_calc


def value(text: str, *inputs: float) -> float:
    return compile_calc(text).evaluate(inputs)


def mistake(text: str) -> CalcError:
    with pytest.raises(CalcError) as caught:
        compile_calc(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1+2*3", 7),
        ("2^3^2", 64),  # from left to right, unlike in Python
        ("-2^2", 4),  # a sign is nearer than a power
        ("1|2&3", 3),
        ("1+2=3&&2", 1),
        ("3>>1+1", 0),
        ("0?1:2?3:4", 3),
        ("1?0?2:3:4", 3),
        ("1?2:3+1", 2),
        ("!0=1", 1),
        ("ABS-3+1", 4),
        ("ABS(-3)^2", 9),
        ("MAX(1,MIN(5,4,6),2)", 4),
    ],
)
def test_what_is_done_first_is_what_base_does_first(text, result):
    """Priorities and directions are EPICS calc's, not Python's."""
    assert value(text) == result


@pytest.mark.parametrize(("condition", "result"), [("0", 2), ("-0.0", 2), ("0.5", 1), ("-1", 1), ("NAN", 1)])
def test_only_zero_is_a_no(condition, result):
    """A condition is true for any number but 0, and for NaN."""
    assert value(f"{condition}?1:2") == result


def test_inputs_are_the_letters_in_order():
    """A is the first value, U the twenty-first."""
    assert value("A+B*U", *range(1, 22)) == 1 + 2 * 21


def test_inputs_that_are_not_given_are_zero():
    """As in EPICS Base, an input without a value is 0."""
    assert value("A+B", 5) == 5


def test_letters_and_names_may_be_small():
    """Case makes no difference."""
    assert value("max(a,b) and c", 4, 6, 2) == 2


def test_words_need_no_space_between_them():
    """Names end where calc knows a longest one: `AORB` is A OR B, `SINA` is SIN(A)."""
    assert value("AORB", 4, 1) == 5
    assert value("COSA", 0) == 1


def test_inputs_that_are_used_are_known():
    """An expression tells its inputs, each once and in order."""
    assert compile_calc("c=1 && A<2 || C").inputs == "AC"


def test_a_function_s_letters_are_no_inputs():
    """The A in ABS is not the input A, and PI has no I."""
    assert compile_calc("ABS(PI)+B").inputs == "B"


@pytest.mark.parametrize(
    ("text", "result"), [("1/0", math.inf), ("-1/0", -math.inf), ("LN(0)", -math.inf), ("EXP(1000)", math.inf)]
)
def test_what_overflows_is_infinite(text, result):
    """Nothing raises where C would not."""
    assert value(text) == result


@pytest.mark.parametrize("text", ["0/0", "5%0", "SQRT(-1)", "LOG(-1)", "(-8)^0.5", "MAX(1,NAN)", "MIN(NAN,1)"])
def test_what_is_undefined_is_nan(text):
    """Nothing raises, and NaN stays NaN."""
    assert math.isnan(value(text))


@pytest.mark.parametrize(
    ("result", "true"), [(0.99, False), (0.9901, True), (1, True), (1.0099, True), (1.01, False), (2, False)]
)
def test_true_is_one_give_or_take_a_hundredth(result, true):
    """2 is not true, nor is any other number far from 1."""
    assert compile_calc("A").is_true([result]) is true


def test_nan_is_not_true():
    """An expression without a result grants nothing."""
    assert not compile_calc("A/A").is_true([0])


def test_names_are_put_in_for_letters():
    """An expression can be shown with the names of its inputs; other letters stay as they are."""
    calc = compile_calc("a>ABS(B)")

    assert calc.with_names({"A": "T:Beam", "B": "T:Limit"}) == "T:Beam>ABS(T:Limit)"


@pytest.mark.parametrize(
    ("text", "position", "what"),
    [
        ("", 0, "incomplete"),
        ("  ", 2, "incomplete"),
        ("A+", 2, "incomplete"),
        ("A+*B", 2, "'*' stands where a number"),
        ("+1", 0, "'+' stands where"),
        ("A B", 2, "'B' stands where an operator is needed"),
        ("(A", 0, "a parenthesis is not closed"),
        ("1+MAX(A,B", 5, "a parenthesis is not closed"),
        ("A)", 1, "a parenthesis is closed that is not open"),
        ("A?B", 1, "a '?' has no ':'"),
        ("(A?B):C", 2, "a '?' has no ':'"),
        ("A:B", 1, "':' is out of place"),
        ("A,B", 1, "',' is out of place"),
        ("(A,B)", 2, "a comma is only allowed"),
        ("ABS(A,B)", 0, "ABS takes 1 argument in parentheses, not 2"),
        ("ATAN2(A)", 0, "ATAN2 takes 2 arguments in parentheses, not 1"),
        ("FMOD A", 0, "FMOD takes 2 arguments in parentheses"),
        ("MAX()", 4, "')' stands where"),
        ("A:=1", 1, "assignments are not allowed"),
        ("A;B", 1, "only one expression"),
        ("VAL", 0, "VAL, the result before"),
        ("1+RNDM", 2, "random numbers"),
        ("0x100000000", 0, "more than 32 bits"),
        ("1e400", 0, "too large"),
        ("1e-400", 0, "too small"),
        ("A=$(X)", 2, "'$' stands where"),
        ("AЖ", 0, "'AЖ' is unknown"),
        ("×", 0, "'×' stands where"),
    ],
)
def test_a_mistake_is_told_with_its_place(text, position, what):
    """Whatever calc does not know is refused, with what is wrong and where."""
    error = mistake(text)

    assert error.position == position
    assert what in error.what
    assert f"character {position + 1}" in str(error)


def test_a_misspelt_function_is_named_as_a_whole():
    """EPICS calc has no INT; it is not told that NT is no operator."""
    error = mistake("A+INT(B)")

    assert error.position == 2
    assert error.what.startswith("'INT' is unknown (did you mean 'NINT'")


@pytest.mark.parametrize("text", ["(" * 200 + "A" + ")" * 200, "A?" * 200 + "1" + ":0" * 200, "MAX(" * 200])
def test_an_expression_may_not_be_nested_without_end(text):
    """One that is nested too deeply is a mistake like others, not a RecursionError."""
    assert "nested deeper than 80" in str(mistake(text))


def test_a_long_expression_is_no_deep_one():
    """Ten thousand operators and signs are taken."""
    assert value("+".join(["1"] * 10_000)) == 10_000
    assert value("-" * 10_000 + "1") == 1


def test_nothing_but_ascii_is_a_letter_or_a_digit():
    """Unicode's other digits and letters, which Python takes for such, are mistakes."""
    for text in ("\u0661", "A+\u0663", "\u017fIN(1)", "\u212a"):  # Arabic digits, long s, the sign for kelvin
        mistake(text)


def test_only_calc_s_words_are_ever_known():
    """Python's names and syntax are mistakes."""
    for text in ("__import__('os')", "A.real", "[A]", "lambda: A", "A if B else C", "'A'"):
        mistake(text)


def compiled(text: str) -> Calc | None:
    """An expression, or None for a mistake that is in the text."""
    try:
        return compile_calc(text)
    except CalcError as error:
        if not 0 <= error.position <= len(text):
            raise
    return None


WORDS = [*BINARY, *PREFIX, *FUNCTIONS, *CONSTANTS, *INPUTS, *"?:,()", "0", "1", "2.5", "1e9", "0xFF", "NAN", "INF", " "]


@given(st.lists(st.sampled_from(WORDS), max_size=15), st.lists(st.floats(), max_size=21))
def test_any_words_are_a_mistake_or_have_a_result(words, inputs):
    """Whatever is made of calc's words is refused with a place in the text, or is a float for any inputs."""
    calc = compiled("".join(words))

    assert calc is None or isinstance(calc.evaluate(inputs), float)


@given(st.text(max_size=20))
def test_any_text_is_a_mistake_or_an_expression(text):
    """No text makes the compiler fail in another way than it says."""
    calc = compiled(text)

    assert calc is None or calc.text == text


@given(st.floats(), st.floats(), st.floats())
def test_parentheses_change_nothing_where_they_say_what_is_done_anyway(a, b, c):
    """Priorities hold for every value: a sum of products, compared, and joined."""
    plain = value("A+B*C>C-A&&B||A=C", a, b, c)

    assert plain == value("((((A+(B*C))>(C-A))&&B)||(A=C))", a, b, c)
