"""Plans whose documents have some content, for services that are killed."""

from reioc.engine import Msg


class Camera:
    """Something to read that needs nobody: a number that counts, a text, a small array."""

    name = "camera"
    parent = None
    hints = {"fields": ["camera"]}  # noqa: RUF012  devices' hints are plain attributes

    def __init__(self, size: int) -> None:
        self._number, self._text = 0, "x" * size

    def describe(self) -> dict[str, dict[str, object]]:
        return {
            "camera": {"source": "count", "dtype": "number", "shape": []},
            "camera_notes": {"source": "notes", "dtype": "string", "shape": []},
            "camera_profile": {"source": "profile", "dtype": "array", "shape": [16]},
        }

    def read(self) -> dict[str, dict[str, object]]:
        self._number += 1
        return {
            "camera": {"value": self._number, "timestamp": 1.0},
            "camera_notes": {"value": self._text, "timestamp": 1.0},
            "camera_profile": {"value": [self._number / 7] * 16, "timestamp": 1.0},
        }

    def read_configuration(self) -> dict[str, dict[str, object]]:
        return {}

    def describe_configuration(self) -> dict[str, dict[str, object]]:
        return {}


def _point(camera: Camera, stream: str = "primary"):
    yield Msg("create", None, name=stream)
    yield Msg("read", camera)
    yield Msg("save")


def film(label: str = "", runs: int = 2, points: int = 6, pause: float = 0.01, size: int = 200, rest: float = 0.0):
    """Runs one after the other, each with a point before it; a point takes so many seconds and characters.

    At the end of a run nothing happens for `rest` seconds.
    """
    for number in range(runs):
        camera = Camera(size)
        yield Msg("open_run", None, plan_name="film", label=label, part=number, num_points=points)
        yield from _point(camera, "baseline")
        for _ in range(points):
            yield Msg("checkpoint")
            yield Msg("sleep", None, pause)  # held here, it has nothing to measure again
            yield from _point(camera)
        yield Msg("checkpoint")
        yield Msg("sleep", None, rest)
        yield Msg("close_run")


CATALOGUE = (film,)
