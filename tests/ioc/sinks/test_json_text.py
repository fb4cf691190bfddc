"""Documents as JSON text."""

from __future__ import annotations

import json

import numpy as np
import pytest

from reioc.ioc.sinks import json_text


@pytest.mark.parametrize("kind", [np.uint8, float, complex, "U3"])
def test_a_large_array_has_the_same_form(monkeypatch, kind) -> None:
    """It is written in parts, so that nobody waits for it."""
    image = np.arange(24).reshape(2, 3, 4).astype(kind)
    documents = ["event", {"flat": image.ravel(), "image": image, "none": image[:0]}]
    whole = json_text.json_text(documents)
    parts = []

    def dumps(what, **options):
        parts.append(what)
        return written(what, **options)

    written = json.dumps
    monkeypatch.setattr(json_text, "_AT_ONCE", 5)
    monkeypatch.setattr(json_text.json, "dumps", dumps)
    assert json_text.json_text(documents) == whole
    assert len(parts) == 1 + 5 + 6
