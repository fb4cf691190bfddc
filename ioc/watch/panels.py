"""A view as lines of text with styles.

Rules of this file:
1. Pure. A panel is given its width, and drops what matters least where that is narrow.
2. Never colour alone: a state has a word, and a sign in front of it.
3. What is not live is dim, and the banner says since when.
"""

from __future__ import annotations

from collections.abc import Sequence

from .asking import Asked
from .curve import curve
from .spans import Line, Span, clipped, cut, dimmed, length, line, row
from .view import SuspenderRow, View

__all__ = ["banner", "bottom", "keys", "plot", "queue", "run", "suspenders"]

_LOOKS = {
    "idle": ("□", "black on #e1e1e1"),
    "running": ("▶", "white on #00783c"),
    "pausing": ("‖", "white on #0050aa"),
    "paused": ("‖", "white on #0050aa"),
    "suspended": ("⋈", "black on #ffbe00"),
    "stopping": ("■", "white on #c85a00"),
    "aborting": ("■", "white on #c85a00"),
    "halting": ("■", "white on #c85a00"),
    "panicked": ("▲!", "white on #be0000"),
    "offline": ("×", "white on #a000a0"),
}
_GONE = ("×", "white on #a000a0")
_SUSPENDER_LOOKS = {
    "good": ("·", "green"),
    "tripped": ("▲", "bold black on #ffbe00"),
    "settling": ("◔", "black on #ffbe00"),
    "warning": ("!", "bold yellow"),
    "bypassed": ("○", "bold yellow"),
    "disabled": ("○", "dim"),
    "disconnected": ("×", "bold magenta"),
    "unknown": ("?", "bold magenta"),
}
_RESULT_LOOKS = {"refused": "bold red", "failed": "bold red", "done": "green"}
_NARROW = 60
_LONGEST_BAR = 40
_SHORTEST_BAR = 8


def banner(view: View, width: int) -> list[Line]:
    """State, large, and what the engine does: three lines, all of them in the state's colour."""
    sign, style = _LOOKS.get(view.state, _GONE) if view.link.is_live else _GONE
    # "S U S P E N D E D" is read from further away.
    word = " ".join(view.state.upper() if view.link.is_live else "LOST" if view.state else "…")
    pending = "  a pause is pending" if view.pause_pending and view.link.is_live else ""
    state_time = f"for {_duration(view.state_time)}" if view.link.is_live else ""
    says = view.message if view.link.is_live else view.link.trouble
    lines = [
        row(line(f" {view.prefix}"), line(f"{view.clock} "), width),
        row(line((f" {sign}  {word}", "bold"), pending), line(f"{state_time} "), width),
        line(f" {cut(says, width - 2)}"),
    ]
    return [_filled(each, style, width) for each in lines]


def _filled(a_line: Line, style: str, width: int) -> Line:
    spans = [Span(span.text, f"{span.style} {style}".strip()) for span in a_line]
    return (*spans, Span(" " * max(width - length(a_line), 0), style))


def _duration(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


def run(view: View, width: int) -> list[Line]:
    """Why it is held, what runs or has run, how far it is."""
    now = view.run
    lines = [line((cut(reason, width), "bold yellow")) for reason in view.reasons]
    if not view.link.is_live and view.state:
        lines.append(line(cut(f"last known state: {view.state}; nothing below is of now", width)))
    if now.plan:
        what = f"{'run' if now.is_open else 'last run'} {now.scan_id}  {now.plan}"
        params = cut(now.params, width - len(what) - 2)
        lines += [line((clipped(what, width), "bold"), f"  {params}" if params else ""), _progress(view, width)]
    if now.end:
        lines.append(line("ended: ", (cut(now.end, width - 7), "bold red" if now.end.startswith("fail") else "")))
    return _live(view, lines)


def _progress(view: View, width: int) -> Line:
    now = view.run
    of = f" of {now.points}" if now.points else ""
    share = "" if now.fraction is None or not now.is_open else f" {now.fraction:4.0%}  "
    text = f"{share}{now.point}{of} points  {now.times}"
    size = min(_LONGEST_BAR, width - len(text))
    if now.fraction is None or not share or size < _SHORTEST_BAR:
        return line(clipped(text.lstrip(), width))
    full = round(now.fraction * size)
    return line(("█" * full, "green"), ("░" * (size - full), "dim"), text)


def suspenders(view: View, width: int, height: int = 100) -> list[Line]:
    """One line each, those that hold first; what there is no room for is counted."""
    if not view.suspenders:
        return _live(view, [line(("no suspenders", "dim"))])
    ordered = sorted(view.suspenders, key=lambda each: each.state in ("good", "disabled"))
    names = max(len(each.name) for each in ordered)
    lines = [line(("all suspenders are switched off", "bold yellow"))] if view.suspenders_off else []
    return _live(view, _as_many(lines + [_suspender(each, names, width) for each in ordered], height))


def _suspender(each: SuspenderRow, names: int, width: int) -> Line:
    sign, style = _SUSPENDER_LOOKS[each.state]
    left = f"{each.name:<{names}}  "
    state = f" {sign} {each.state:<12} "
    rest = [each.value.rjust(10), each.note, f"trips when {each.limits}" if each.limits else ""]
    if width < _NARROW:
        rest = [each.value, each.note]
    text = "  ".join(part for part in rest if part)
    return line(left, (state, style), "  ", clipped(text, width - len(left) - len(state) - 2))


def queue(view: View, width: int, height: int = 100) -> list[Line]:
    """State of the queue, and the first of what waits."""
    head = f"queue {view.queue_state}, {view.queue_size} waiting"
    message = cut(view.queue_message, width - len(head) - 2)
    lines = [line((cut(head, width), "bold"), f"  {message}" if message else "")]
    for number, each in enumerate(view.queue, 1):
        by = f"by {each.by}" if each.by and width >= _NARROW else ""
        text = "  ".join(part for part in (f"{number:>3} {each.plan}", each.summary, by) if part)
        lines.append(line(clipped(text, width)))
    return _live(view, _as_many(lines, height, 1 + max(view.queue_size, len(view.queue))))


def plot(view: View, which: int, width: int, height: int) -> list[Line]:
    """One of the curves, with its name and its place among them; nothing while there is none, or no room."""
    if not view.curves or height < 5:
        return []
    number = which % len(view.curves)
    chosen = view.curves[number]
    others = f"  ({number + 1} of {len(view.curves)}: y for the next)" if len(view.curves) > 1 else ""
    drawn = curve(chosen.x, chosen.y, width, height - 1)
    if not drawn:
        return []
    latest = f"{chosen.y_name} {float(chosen.y[-1]):.5g} at {chosen.x_name} {float(chosen.x[-1]):.5g}"
    title = line((clipped(latest, width), "bold"), clipped(others, width - len(latest)))
    return _live(view, [title, *(line(axis, (dots, "bold cyan")) for axis, dots in drawn)])


def bottom(view: View, asked: Asked | None, hint: str, width: int) -> list[Line]:
    """What is wrong; then a hint, or what has become of what was asked for here, or else by anybody."""
    lines: list[Line] = []
    if view.error:
        lines.append(line(("error ", "bold red"), cut(view.error, width - 6)))
    if view.link.is_live and view.link.trouble:
        lines.append(line((cut(view.link.trouble, width), "bold magenta")))
    lines = _live(view, lines)
    if hint:
        return [*lines, line((cut(hint, width), "bold yellow"))]
    if asked is not None:
        message = asked.message if asked.message != asked.result else ""
        result = "…" if asked.result == "asked" else f"{asked.result}:" if message else asked.result
        style = _RESULT_LOOKS.get(asked.result, "")
        room = width - len(asked.command) - len(result) - 2
        return [*lines, line((asked.command, "bold"), " ", (result, style), " ", cut(message, room))]
    last = f"last command: {view.last_command}" if view.last_command else ""
    return [*lines, line((cut(last, width), "dim"))]


def keys(commands: Sequence[tuple[str, str, bool]], last: tuple[str, str], width: int) -> Line:
    """Keys and what they do; those that would be refused are dim and in brackets. Where there is no room for all of
    them the last commands are left out; the key at the end stays."""
    shown = [_key(*each) for each in commands]
    end = _key(*last, True)
    while shown and sum(map(length, shown)) + length(end) - 1 > width:  # its last blank need not be there
        shown.pop()
    return tuple(span for each in (*shown, end) for span in each)


def _key(key: str, word: str, is_open: bool) -> Line:
    """As wide in brackets as without: no key moves when another one can be pressed."""
    return (Span(f" {key} ", "bold"), Span(f"{word} ")) if is_open else (Span(f" {key}({word})", "dim"),)


def _as_many(lines: list[Line], height: int, total: int = 0) -> list[Line]:
    """As many as there is room for, and how many there are besides; of `total`, where not all of them are known."""
    total = max(total, len(lines))
    if total <= height and total == len(lines):
        return lines
    shown = lines[: max(height - 1, 0)]
    return [*shown, line((f"and {total - len(shown)} more", "dim"))]


def _live(view: View, lines: list[Line]) -> list[Line]:
    return lines if view.link.is_live else dimmed(lines)
