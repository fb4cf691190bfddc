"""What is kept of what came."""

import pytest

from reioc.ioc.watch.readings import readable
from reioc.ioc.watch.source import _plain


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("aligning µm 光束", "aligning µm 光束"),
        ("\x1b[2Jgone\x07", "�[2Jgone�"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("\u202eback to front", "�back to front"),
    ],
)
def test_a_text_cannot_command_the_terminal(sent: str, shown: str):
    """Nor hide what comes after it: whoever may write a reason could."""
    assert readable(sent) == shown
    for about, value in (
        ({"type": "time_char", "nelm": 99}, [*sent.encode(), 0, 7]),
        ({"type": "time_string", "nelm": 1}, sent),
        ({"type": "ctrl_enum", "enum_strs": (sent,)}, 0),
    ):
        assert _plain(value, about) == shown
    assert _plain(("a", sent), {"type": "time_string", "nelm": 2}) == ("a", shown)
