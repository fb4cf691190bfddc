"""Our calc expressions and those of EPICS Base: the same text and inputs to both."""

import math
import random
import re

import pytest

from reioc.ioc.access import AcfError, parse_acf
from reioc.ioc.access.calc_compiler import compile_calc

from .c_ioc import CIoc
from .oracle import ascheck

INPUTS = {"A": 12, "B": 10, "C": -3.5, "D": 0, "E": 1, "F": 0.1}

# Two spaces or more, or a new line, are between them.
EXPRESSIONS = """
A+B*C-D/E    (A+B)*C    A/D    -A/D    D/D    A%B    -A%5    5.9%2    A%D    3000000000%7    7%-4    2^3^2
-2^2    2**-1    D^-1    C^F    0-8**3    !A=D    ~5    NOT 5    --A    2*-3    1/-0.0    !!5    -!D    A=12
A==B    A#B    A!=B    1<2<3    3>2>1    A>=B    C<=D    5&3=3    1|2^3    6 OR 1    6 XOR 3    A AND B    AORB
1&&D||E    E||E&&D    1&1|6    NAN||D    NAN?1:2    !NAN    NAN|D    NAN=NAN    E?2:3+1    D?1:D?2:3
E?D?2:3:4    1<<33    E<<31    -8>>1    -8>>>1    5>>>33    -1>>>28    3>>1+1    0xFFFFFFFF    0x1f    010
1.e2    .5    1e-3    D XOR 3    0XOR 1    2147483648|D    3000000000|D    8589934597|D    -3000000000|D
NINT(2.5)    NINT(-2.5)    NINT(3e9)    1/NINT(-0.4)    1/CEIL(-0.5)    ABS C+1    ABS(C)^2    SQR(4)    SQRT(C)
EXP(1000)    EXP(F)    LN(A)    LOGE(D)    LOG(C)    LOG(100)    MIN(A,B,C)    MAX(A,NAN,B)    MAX(NAN,A)
MIN(A,NAN)    MAX A    MAX(C,MIN(A,B))    CEIL(C)    FLOOR(C)    FLOOR(INF)    FMOD(C,2)    FMOD(A,D)    SIN(F)
COS(F)    TAN(F)    ASIN(F)    ACOS(A)    ATAN(F)    ATAN2(C,F)    SINH(1000)    -SINH(F)    COSH(F)    TANH(C)
ISNAN(A,NAN)    ISNAN NAN    ISINF(-1/D)    ISINF(A)    FINITE(A,INF)    FINITE(A,B)    PI    D2R*180    R2D
INFINITY    a+b
"""

REFUSED = """
A+    +A    A B    (A    A)    A?B    A:B    A,B    (A,B)    ABS(A,B)    ATAN2(A)    FMOD A    MAX()    INT(A)
A:=1    A;    1e400    0x    0x100000000    A=>B    A+*B    SIN    ?A:B    A?B:    1..2    1e-400    A!B    'A'
A$B
"""

BINARY = """
+  -  *  /  %  ^  **  =  ==  #  !=  <  <=  >  >=  &&  ||  &  |  <<  >>  >>>  AND  OR  XOR
"""


def words(table: str) -> list[str]:
    return re.split(r"  +|\n", table.strip())


def random_expressions(number: int) -> list[str]:
    """Expressions without parentheses to speak of: what they mean is up to priorities alone. The same in each run."""
    choose = random.Random(7)
    binary = [f" {word} " if word.isalpha() else word for word in words(BINARY)]
    prefixes = ["", "", "", "-", "!", "~", " NOT ", "ABS ", "NINT "]

    def operand() -> str:
        return choose.choice(prefixes) + choose.choice([*"ABCDE", "2", "7.5", f"({choose.choice('ABC')}-3)"])

    def expression() -> str:
        return operand() + "".join(choose.choice(binary) + operand() for _ in range(choose.randrange(1, 6)))

    def conditional() -> str:
        return expression() if choose.random() < 0.7 else f"{operand()}?{operand()}:{expression()}"

    return [conditional() for _ in range(number)]


def test_expressions_have_the_values_that_they_have_in_base(tmp_path):
    """Every expression that Base's calc record takes, chosen ones and random ones, is worth the same to both."""
    expressions = words(EXPRESSIONS) + random_expressions(300)
    inputs = " ".join(f'field(INP{letter},"{number}")' for letter, number in INPUTS.items())
    ioc = CIoc(
        tmp_path,
        "".join(
            f'record(calc,"c{number}") {{ field(CALC,"{each}") {inputs} field(PINI,"YES") }}\n'
            for number, each in enumerate(expressions)
        ),
    )
    with ioc.running():
        done = ioc.tools.caget("-t", "-g", "17", *(f"c{number}" for number in range(len(expressions))))
    base = [float(value) for value in done.stdout.split()]

    ours = [compile_calc(each).evaluate(list(INPUTS.values())) for each in expressions]

    wrong = [
        (text, theirs, own)
        for text, theirs, own in zip(expressions, base, ours, strict=True)
        if not (math.isnan(own) and math.isnan(theirs)) and not math.isclose(own, theirs, rel_tol=1e-12)
    ]
    assert not wrong


@pytest.mark.parametrize("text", words(REFUSED))
def test_expressions_that_base_refuses_are_refused(text):
    """What is no expression for Base is none for us."""
    rules = f'ASG(DEFAULT) {{ INPA(a) INPB(b) RULE(1, READ) {{ CALC("{text}") }} }}'

    assert ascheck(rules).returncode != 0
    with pytest.raises(AcfError, match="CALC"):
        parse_acf(rules)
