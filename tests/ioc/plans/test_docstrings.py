"""What docstrings say of parameters."""

import pytest

from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.plans.docstrings import parameter_docs

from ..beamline_devices import make_registry

NUMPY = """Align.

Parameters
----------
motor : Movable
    the motor to be
    aligned
x_num, y_num : int, optional
    number of points

    More is slower.
*args :
    what else
bare

Other Parameters
----------------
fast : bool
    do it quickly

Returns
-------
position : float
    where it is
"""
GOOGLE = """Align.

Args:
    motor: the motor to be
        aligned
    num (int, optional): number of points
    *args: what else

Returns:
    position: where it is
"""
FIELDS = """Align.

:param motor: the motor to be
    aligned
:param int num: number of points
:returns: where it is
"""


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        (
            NUMPY,
            {
                "motor": "the motor to be aligned",
                "x_num": "number of points",
                "y_num": "number of points",
                "args": "what else",
                "fast": "do it quickly",
            },
        ),
        (GOOGLE, {"motor": "the motor to be aligned", "num": "number of points", "args": "what else"}),
        (FIELDS, {"motor": "the motor to be aligned", "num": "number of points"}),
        ("", {}),
        ("Parameters\n", {}),
        ("Parameters\n----------\n", {}),
        ("Align; Args: none.\n\nArgs:\n", {}),
    ],
)
def test_each_parameter_has_its_text(doc, expected):
    """In the three ways that are written."""
    assert parameter_docs(doc) == expected


def test_annotation_says_it_before_the_docstring():
    """A text in Annotated is meant for people; the docstring is for where there is none."""
    from typing import Annotated

    def align(motor: Annotated[str, "by its annotation"], num: int = 3):
        """Align.

        :param motor: by the docstring
        :param num: number of points
        """
        yield motor, num

    entry = Catalogue([align], make_registry())["align"]
    assert [parameter.doc for parameter in entry.parameters] == ["by its annotation", "number of points"]
    assert entry.schema["properties"]["num"]["description"] == "number of points"
