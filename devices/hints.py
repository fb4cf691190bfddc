"""Near matches for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean"]


def did_you_mean(word: str, among: Iterable[str]) -> str:
    """Return " (did you mean 'this' or 'that'?)" with the nearest names, case aside; without any, nothing."""
    by_lower = {name.lower(): name for name in among}
    matches = [repr(by_lower[match]) for match in get_close_matches(word.lower(), by_lower, n=3, cutoff=0.5)]
    return f" (did you mean {' or '.join(matches)}?)" if matches else ""
