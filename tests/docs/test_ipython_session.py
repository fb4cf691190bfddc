"""IPython sessions of the documentation, typed into IPython."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .ipython_session import Session, cells, masked
from .markdown import PAGES, blocks, name_of


@pytest.fixture
def ipython(tmp_path: Path) -> Iterator[Session]:
    """A fresh IPython."""
    session = Session(tmp_path)
    yield session
    session.kill()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "ipython")], ids=name_of)
def test_ipython_prints_what_is_shown(page: Path, ipython: Session) -> None:
    """A session, typed in its order into one IPython, prints what the page shows."""
    wrong = []
    for block in blocks(page, "ipython"):
        for cell in cells(block.text):
            printed = masked(ipython.enter(cell))
            shown = masked("".join(cell.parts))
            if printed != shown:
                wrong.append(
                    "\n".join(["", "In: " + "\n    ".join(cell.lines), "--- shown", shown, "--- printed", printed])
                )
    ipython.close()

    assert not wrong, "\n".join([name_of(page), *wrong])


def test_a_different_output_of_ipython_is_found(ipython: Session) -> None:
    """The comparison overlooks uids and times, and nothing else."""
    (cell,) = cells("In [1]: 40 + 2\nOut[1]: 41\n")
    printed = ipython.enter(cell)

    assert masked(printed) == "Out[1]: 42"
    assert masked(printed) != masked(cell.shown)
