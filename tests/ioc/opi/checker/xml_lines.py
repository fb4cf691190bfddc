"""XML with line numbers, and how Phoebus writes it.

Rules of this file:
1. A node has either text or children: where there are children, the white space between them is no text.
2. What `written` returns for a file that Phoebus has saved is that file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

__all__ = ["Node", "NotXml", "parsed", "written"]

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_WITHOUT_TEXT = ("color", "font", "point")
"""Of these Phoebus writes attributes only; their end is on a line of its own."""
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_ATTRIBUTES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#xa;", "\t": "&#x9;"})


class NotXml(ValueError):
    """A file cannot be parsed at all; `line` is where."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


@dataclass(eq=False)
class Node:
    """An element."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list[Node] = field(default_factory=list)
    text: str = ""
    _first: dict[str, Node] | None = None
    """Once it has been asked for, when all children are there."""

    def child(self, tag: str) -> Node | None:
        """The first child of this tag."""
        if self._first is None:
            self._first = {each.tag: each for each in reversed(self.children)}
        return self._first.get(tag)

    def all(self, tag: str) -> list[Node]:
        """The children of this tag."""
        return [each for each in self.children if each.tag == tag]

    def walk(self) -> Iterator[Node]:
        """This one and all below it."""
        yield self
        for each in self.children:
            yield from each.walk()


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        node = Node(tag, attributes, self.parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _characters(self, text: str) -> None:
        self._open[-1].text += text

    def _end(self, tag: str) -> None:
        node = self._open.pop()
        if node.children or node.tag in _WITHOUT_TEXT:
            if node.text.strip():
                raise NotXml(f"text beside elements: {node.text.strip()[:40]!r}", node.line)
            node.text = ""


def parsed(text: str) -> Node:
    """The root element. Raises NotXml."""
    builder = _Builder()
    try:
        builder.parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise NotXml(f"no XML: {expat.ErrorString(error.code)}", error.lineno) from error
    if builder.root is None:
        raise NotXml("no element", 1)
    return builder.root


def written(root: Node) -> str:
    """The file that Phoebus would write."""
    return HEAD + "\n".join(_lines(root, 0)) + "\n"


def _lines(node: Node, level: int) -> Iterator[str]:
    indent = "  " * level
    attributes = "".join(f' {name}="{value.translate(_IN_ATTRIBUTES)}"' for name, value in node.attributes.items())
    head = f"{indent}<{node.tag}{attributes}>"
    if node.children or node.tag in _WITHOUT_TEXT:
        yield head
        for child in node.children:
            yield from _lines(child, level + 1)
        yield f"{indent}</{node.tag}>"
    else:
        yield f"{head}{node.text.translate(_IN_TEXT)}</{node.tag}>"
