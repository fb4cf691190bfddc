"""Access security files, read and checked.

Rules of this file:
- The language is EPICS Base's: what Base's `ascheck` refuses is refused here. Files that Base takes, but that cannot
  mean what they say, are refused as well: a level that is neither 0 nor 1, a CALC that no PV has a part in (Base never
  evaluates it) or one of a letter without INP, a letter or a CALC given twice, an address that is none.
- Every mistake of meaning is found in one go; reading ends at the first mistake of grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from ...devices.hints import did_you_mean
from ..config.errors import ConfigError
from .acf_model import DEFAULT, AccessFile, Asg, Rights, Rule
from .acf_tokens import Kind, Token, tokens
from .calc import Calc, CalcError
from .calc_compiler import compile_calc
from .hosts import host_mistake
from .macros import MacroError, check_macros

__all__ = ["AcfError", "parse_acf"]

_T = TypeVar("_T")


class _SyntaxError(ValueError):
    """The text cannot be read on from `line`."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


class AcfError(ConfigError):
    """An access security file cannot be used. `mistakes` has one line of text for each, in the order of the file."""


def parse_acf(text: str, file: str = "access rules", macros: Mapping[str, str] | None = None) -> AccessFile:
    """Read the text of an access security file; `file` is what mistakes call it.

    Raises AcfError with every mistake: file, line, what is wrong and what is allowed.
    """
    try:
        check_macros(macros or {})
    except MacroError as error:
        raise AcfError([f"{file}: {error}"]) from error
    parser = _Parser(file, list(tokens(text, macros or {})))
    try:
        return parser.file()
    except _SyntaxError as error:
        raise AcfError([*parser.mistakes, f"{file}:{error.line}: {error}"]) from error


class _Parser:
    """Reads word by word. Each construct is read by the method of its name, from its keyword on."""

    def __init__(self, file: str, words: list[Token]) -> None:
        self.mistakes: list[str] = []
        self._file = file
        self._words = words
        self._at = 0
        self._uags: dict[str, tuple[str, ...]] = {}
        self._hags: dict[str, tuple[str, ...]] = {}
        self._asgs: dict[str, Asg] = {DEFAULT: Asg()}

    def file(self) -> AccessFile:
        """All of a file. Raises _SyntaxError at the first word that cannot be there, AcfError at the end."""
        if self._next.kind is Kind.END:
            self._wrong(self._next, "there are no rules; write at least ASG(DEFAULT) { RULE(1, READ) }")
        while self._next.kind is not Kind.END:
            self._definition()
        if self.mistakes:
            raise AcfError(self.mistakes)
        return AccessFile(self._uags, self._hags, self._asgs)

    def _definition(self) -> None:
        match self._take():
            case Token(Kind.KEYWORD, "UAG"):
                self._list(self._uags, "UAG", lambda user: None if user else "'' is no user")
            case Token(Kind.KEYWORD, "HAG"):
                self._list(self._hags, "HAG", host_mistake)
            case Token(Kind.KEYWORD, "ASG"):
                self._asg()
            case word:
                hint = did_you_mean(word.text, ("UAG", "HAG", "ASG"))
                raise _syntax(word, "UAG, HAG or ASG", hint)

    def _list(self, groups: dict[str, tuple[str, ...]], keyword: str, mistake: Callable[[str], str | None]) -> None:
        name = self._in_parentheses()
        if name.text in groups:
            self._wrong(name, f"{keyword}({name.text}) is defined twice")
        members = self._members(mistake) if self._is("{") else ()
        groups.setdefault(name.text, members)

    def _members(self, mistake: Callable[[str], str | None]) -> tuple[str, ...]:
        self._take_mark("{")
        members = self._names("}")
        for member in members:
            if (what := mistake(member.text)) is not None:
                self._wrong(member, what)
        return tuple(dict.fromkeys(member.text for member in members))

    def _asg(self) -> None:
        name = self._in_parentheses()
        # Base makes an empty DEFAULT itself, which one of the file takes the place of.
        if name.text in self._asgs and (name.text != DEFAULT or self._asgs[DEFAULT] != Asg()):
            self._wrong(name, f"ASG({name.text}) is defined twice")
        asg = Asg()
        if self._is("{"):
            asg = self._asg_body()
        self._asgs[name.text] = asg

    def _asg_body(self) -> Asg:
        inputs: dict[str, str] = {}
        rules: list[tuple[Rule, Token | None]] = []
        self._take_mark("{")
        while True:
            match self._take():
                case Token(Kind.KEYWORD, "RULE"):
                    rules.append(self._rule())
                case Token(Kind.KEYWORD, text) as word if text.startswith("INP"):
                    self._input(word, inputs)
                case word:
                    raise _syntax(word, "RULE or INPA to INPU", did_you_mean(word.text, ("RULE", "INPA")))
            if self._is("}"):
                break
        self._take_mark("}")
        for rule, calc in rules:
            self._check_inputs(rule, calc, inputs)
        return Asg(inputs, tuple(rule for rule, _ in rules))

    def _input(self, word: Token, inputs: dict[str, str]) -> None:
        pv, letter = self._in_parentheses(), word.text[-1]
        if not pv.text or any(character.isspace() for character in pv.text):
            self._wrong(pv, f"{word.text}: {pv} is no PV name: it must not be empty and has no spaces")
        if letter in inputs:
            self._wrong(word, f"{word.text} is given twice in one ASG")
        inputs[letter] = pv.text

    def _check_inputs(self, rule: Rule, calc: Token | None, inputs: Mapping[str, str]) -> None:
        if rule.calc is None or calc is None:
            return
        if not rule.calc.inputs:
            self._wrong(calc, f"CALC({calc}) has no input, so it is never evaluated and the rule never grants anything")
        for letter in rule.calc.inputs:
            if letter not in inputs:
                self._wrong(calc, f"CALC({calc}) uses {letter}, but its ASG has no INP{letter}")

    def _rule(self) -> tuple[Rule, Token | None]:
        """The rule and the word with its CALC."""
        self._take_mark("(")
        level = self._take_kind(Kind.INTEGER, "a level, 0 or 1")
        if level.text.lstrip("0") not in ("", "1"):
            self._wrong(level, f"the level of a RULE is 0 or 1, not {level.text}")
        self._take_mark(",")
        rights = self._word_of({right.name: right for right in Rights}, "the access of a RULE")
        trap = False
        if self._is(","):
            self._take()
            trap = self._word_of({"TRAPWRITE": True, "NOTRAPWRITE": False}, "the option of a RULE")
        self._take_mark(")")
        rule = Rule(0 if level.text.strip("0") == "" else 1, rights, trap)
        return self._conditions(rule) if self._is("{") else (rule, None)

    def _conditions(self, rule: Rule) -> tuple[Rule, Token | None]:
        calc = None
        self._take_mark("{")
        while True:
            match self._take():
                case Token(Kind.KEYWORD, "UAG"):
                    rule = replace(rule, uags=rule.uags + self._known("UAG", self._uags))
                case Token(Kind.KEYWORD, "HAG"):
                    rule = replace(rule, hags=rule.hags + self._known("HAG", self._hags))
                case Token(Kind.KEYWORD, "CALC") as word:
                    if calc is not None:
                        self._wrong(word, "a RULE has one CALC; write both conditions in one, with &&")
                    calc = self._in_parentheses()
                    rule = replace(rule, calc=self._calc(calc))
                case word:
                    raise _syntax(word, "UAG, HAG or CALC", did_you_mean(word.text, ("UAG", "HAG", "CALC")))
            if self._is("}"):
                break
        self._take_mark("}")
        return rule, calc

    def _known(self, keyword: str, groups: Mapping[str, object]) -> tuple[str, ...]:
        self._take_mark("(")
        names = self._names(")")
        for name in names:
            if name.text not in groups:
                self._wrong(name, self._unknown(keyword, name, groups))
        return tuple(name.text for name in names)

    def _unknown(self, keyword: str, name: Token, groups: Mapping[str, object]) -> str:
        if (later := _definition_of(keyword, name.text, self._words)) is not None:
            return f"{keyword}({name.text}) is defined only on line {later}; it must come before it is used"
        known = ", ".join(groups) or "none"
        return f"there is no {keyword}({name.text}); defined before: {known}{did_you_mean(name.text, groups)}"

    def _calc(self, text: Token) -> Calc | None:
        try:
            return compile_calc(text.text)
        except CalcError as error:
            self._wrong(text, f"CALC({text}): {error}")
            return None

    def _word_of(self, choices: Mapping[str, _T], what: str) -> _T:
        word = self._take_kind(Kind.STRING, " or ".join(choices))
        if word.text not in choices:
            self._wrong(word, f"{what} is {', '.join(choices)}, not {word}{did_you_mean(word.text, choices)}")
        return choices.get(word.text, next(iter(choices.values())))

    def _in_parentheses(self) -> Token:
        self._take_mark("(")
        name = self._take_kind(Kind.STRING, "a name or a text in quotes")
        self._take_mark(")")
        return name

    def _names(self, closing: str) -> list[Token]:
        """Names with commas between them, at least one, and the mark that ends them."""
        names = [self._take_kind(Kind.STRING, "a name")]
        while self._is(","):
            self._take()
            names.append(self._take_kind(Kind.STRING, "a name"))
        self._take_mark(closing)
        return names

    @property
    def _next(self) -> Token:
        return self._words[self._at]

    def _is(self, mark: str) -> bool:
        return self._next.kind is Kind.MARK and self._next.text == mark

    def _take(self) -> Token:
        word = self._next
        self._at = min(self._at + 1, len(self._words) - 1)
        return word

    def _take_mark(self, mark: str) -> None:
        if not self._is(mark):
            raise _syntax(self._next, f"'{mark}'")
        self._take()

    def _take_kind(self, kind: Kind, what: str) -> Token:
        if self._next.kind is not kind:
            needs_quotes = kind is Kind.STRING and self._next.kind in (Kind.KEYWORD, Kind.INTEGER)
            raise _syntax(
                self._next, what, f': as a name, write it in quotes, "{self._next.text}"' if needs_quotes else ""
            )
        return self._take()

    def _wrong(self, word: Token, what: str) -> None:
        self.mistakes.append(f"{self._file}:{word.line}: {what}")


def _syntax(word: Token, expected: str, hint: str = "") -> _SyntaxError:
    if word.kind is Kind.BAD:
        return _SyntaxError(word.line, word.text)
    return _SyntaxError(word.line, f"{expected} should be here, not {word}{hint}")


def _definition_of(keyword: str, name: str, words: list[Token]) -> int | None:
    """The line of a definition, wherever it is in the file. Within braces there are none."""
    depth = 0
    for word, after in zip(words, words[2:], strict=False):
        if word.kind is Kind.MARK:
            depth += {"{": 1, "}": -1}.get(word.text, 0)
        elif not depth and word.kind is Kind.KEYWORD and (word.text, after.text) == (keyword, name):
            return word.line
    return None
