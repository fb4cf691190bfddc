"""A strict checker of display files: what Phoebus would ignore in silence is an error here.

xml_lines  screen        a file, its widgets            dictionary   what Phoebus knows
form  values             as Phoebus would write it      views        how screens open and embed each other
actions  rules           what widgets do                expressions  conditions of rules
uses  pvs  conditions    PVs, against those that are    served       by a real engine
layout  text_size        where widgets are, and texts   visibility   what can be seen at once
guards                   nothing that would be refused can be pressed
effects                  nothing that does nothing, or the same as another
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from .actions import check_actions
from .effects import check_effects
from .form import check_form, check_names, check_properties
from .guards import check_guards
from .layout import check_layout, check_texts
from .problems import Problem
from .pvs import check_pvs
from .rules import check_rules
from .screen import Screen
from .served import GIVEN, PREFIX, served
from .uses import check_macros
from .views import views
from .xml_lines import NotXml

__all__ = ["Problem", "check", "check_files", "read"]

_BY_ITSELF = (check_form, check_names, check_properties, check_actions, check_rules, check_effects)


def check_files(paths: Iterable[Path]) -> list[Problem]:
    """What is wrong with these files, which are all the screens there are."""
    screens, problems = read({path: path.read_text(encoding="utf-8") for path in paths})
    return sorted({*problems, *check(screens)})


def read(sources: Mapping[Path, str]) -> tuple[dict[str, Screen], list[Problem]]:
    """Screens by the name of their file, and what could not be parsed."""
    screens: dict[str, Screen] = {}
    problems: list[Problem] = []
    for path, source in sources.items():
        try:
            screens[path.name] = Screen.of(path, source)
        except NotXml as error:
            problems.append(Problem(path.name, error.line, "", str(error)))
    return screens, problems


def check(screens: Mapping[str, Screen], only: Iterable[str] | None = None) -> list[Problem]:
    """What is wrong with these screens; `only` looks at some of them, beside the others."""
    wanted = {*screens} if only is None else {*only}
    found = [problem for name in sorted(wanted) for problem in _check_one(screens[name], screens)]
    seen, problems = views(screens, GIVEN)
    found += [problem for problem in problems if problem.file in wanted]
    for view in seen:
        if view.screen.name in wanted:
            found += check_macros(view)
            found += check_pvs(view, served())
            found += check_guards(view, PREFIX, _labels)
            found += check_texts(view.screen, view.macros)
    return sorted({*found})


def _check_one(screen: Screen, screens: Mapping[str, Screen]) -> Iterator[Problem]:
    for each in _BY_ITSELF:
        yield from each(screen)
    yield from check_layout(screen, screens, _labels)


def _labels(pv: str) -> Sequence[str]:
    declared = served().get(pv)
    return declared.labels if declared is not None else ()
