"""How Sphinx makes the documentation: `make docs`."""

from __future__ import annotations

import re
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "reioc"
author = "the reioc developers"
version = release = version_of("reioc")

extensions = ["myst_parser"]
root_doc = "index"
exclude_patterns = ["examples"]
nitpicky = True
suppress_warnings = ["misc.highlighting_failure"]  # sessions of IPython with what they print are no Python

myst_heading_anchors = 3

html_theme = "furo"
html_title = f"reioc {release}"
html_show_sphinx = False


def setup(app: Sphinx) -> None:
    """Pages are plain Markdown, which reads well anywhere: what only Sphinx needs is added here."""
    app.connect("source-read", _add_contents)
    app.connect("source-read", _name_sources)


def _add_contents(app: Sphinx, page: str, source: list[str]) -> None:
    """The index' tables are the table of contents as well: one list of pages, not two."""
    if page != root_doc:
        return
    for section in source[0].split("\n## ")[1:]:
        heading, _, rest = section.partition("\n")
        pages = dict.fromkeys(re.findall(r"\]\(([\w/-]+)\.md\)", rest))
        source[0] += "\n".join(["", "```{toctree}", ":hidden:", f":caption: {heading}", "", *pages, "```", ""])


def _name_sources(app: Sphinx, page: str, source: list[str]) -> None:
    """Links to what is beside the documentation, such as the README, are kept as names: they lead nowhere here."""
    above = r"\.\./" * page.count("/")
    source[0] = re.sub(rf"\[([^]]+)\]\(({above}\.\./|{above}examples/)[\w./-]*\)", r"\1", source[0])
