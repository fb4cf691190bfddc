"""Fixtures for the guard's tests."""

import pytest

from .bench import Bench


@pytest.fixture
def bench():
    """Makes benches; they are cleared away afterwards."""
    made = []

    def make(**care):
        made.append(Bench(**care))
        return made[-1]

    yield make
    for each in made:
        each.close()
