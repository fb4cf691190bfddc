"""Latencies, and how they are printed."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["QUANTILES", "head", "line", "quantile", "versus"]

QUANTILES = (("p50", 0.5), ("p99", 0.99))


def quantile(values: Sequence[float], of: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(of * len(values)))]


def head(what: str, ours: str, theirs: str) -> str:
    """The first line of a table."""
    return f"{what:34}{ours:>14}{theirs:>14}{'ratio':>9}"


def line(what: str, ours: float, theirs: float, form: str = ".3f") -> str:
    """A line of a table: ours, theirs, and how many times theirs ours is."""
    return f"{what:34}{ours:14,{form}}{theirs:14,{form}}{ours / theirs:8.3g}x"


def versus(what: str, ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Lines of a table: the seconds that answers of ours and of theirs took, in ms."""
    return "\n".join(
        line(f"{what}, {label}", *(1000 * quantile(values, of) for values in (ours, theirs))) for label, of in QUANTILES
    )
