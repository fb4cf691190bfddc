"""Plans without devices, for an engine whose clients are hostile."""

from reioc.engine import Msg


class Ramp:
    """Something to read that needs nobody: each reading is one more than the last."""

    name = "ramp"
    parent = None
    hints = {"fields": ["ramp"]}  # noqa: RUF012  devices' hints are plain attributes

    def __init__(self) -> None:
        self._value = 0

    def describe(self) -> dict[str, dict[str, object]]:
        return {"ramp": {"source": "count", "dtype": "number", "shape": []}}

    def read(self) -> dict[str, dict[str, float]]:
        self._value += 1
        return {"ramp": {"value": self._value, "timestamp": 1.0}}

    def read_configuration(self) -> dict[str, dict[str, object]]:
        return {}

    def describe_configuration(self) -> dict[str, dict[str, object]]:
        return {}


def nothing():
    """Over at once: the state changes twice."""
    yield Msg("null")


def ramp():
    """Points, as fast as they come, until somebody ends it."""
    detector = Ramp()
    yield Msg("open_run")
    while True:
        yield Msg("checkpoint")
        yield Msg("create", None, name="primary")
        yield Msg("read", detector)
        yield Msg("save")
        yield Msg("sleep", None, 0.01)


CATALOGUE = (nothing, ramp)
