"""The states of the engine and what each may become, from its own table."""

from __future__ import annotations

from reioc.engine import TRANSITIONS, State

from .svg import Arrow, Box, Drawing

__all__ = ["draw"]

_PLACES = {
    State.IDLE: (30, 290),
    State.RUNNING: (270, 170),
    State.PAUSING: (480, 120),
    State.PAUSED: (480, 240),
    State.SUSPENDED: (690, 170),
    State.STOPPING: (270, 420),
    State.ABORTING: (480, 420),
    State.HALTING: (690, 420),
    State.PANICKED: (30, 30),
}
_COLOURS = {
    State.IDLE: "#e1e1e1",
    State.RUNNING: "#cfe8d8",
    State.PAUSING: "#d5e3f5",
    State.PAUSED: "#d5e3f5",
    State.SUSPENDED: "#ffefc0",
    State.PANICKED: "#f5d0d0",
}
_ENDING = (State.STOPPING, State.ABORTING, State.HALTING)
_BENDS = {
    (State.ABORTING, State.IDLE): -250,
    (State.HALTING, State.IDLE): -390,
    (State.STOPPING, State.IDLE): 12,
    (State.STOPPING, State.HALTING): -70,
    (State.IDLE, State.SUSPENDED): -390,
    (State.RUNNING, State.IDLE): -25,
    (State.IDLE, State.RUNNING): -25,
    (State.RUNNING, State.SUSPENDED): -12,
    (State.SUSPENDED, State.RUNNING): -12,
}


def draw() -> Drawing:
    """A frame holds the states from which every ending can be asked for; what all may become is a note."""
    boxes = {
        state: Box(*place, 120, 46, (str(state),), fill=_COLOURS.get(state, "#ffe0c8"))
        for state, place in _PLACES.items()
    }
    always = frozenset.intersection(*(targets for targets in TRANSITIONS.values() if targets))
    inside = [state for state in State if set(_ENDING) <= TRANSITIONS[state]]
    frame = Box(240, 80, 600, 236, ("a plan is on its way",), fill="#fafafa", is_frame=True)
    arrows = [
        Arrow(boxes[state], boxes[target], bend=_BENDS.get((state, target), 0))
        for state in State
        for target in State
        if target in TRANSITIONS[state] - always and not (state in inside and target in _ENDING)
    ]
    below = frame.y + frame.height
    endings = [Arrow(frame, boxes[state], lead_from=(boxes[state].middle[0], below)) for state in _ENDING]
    note = (f"{', '.join(sorted(map(str, always)))}: from every", "state, when the engine", "itself fails")
    missing = set(TRANSITIONS) - set(boxes)
    if missing:
        raise ValueError(f"no place in the drawing for {', '.join(sorted(map(str, missing)))}")
    return Drawing(
        860,
        600,
        "The states of the engine",
        [frame, *arrows, *endings, *boxes.values()],
        [(30, 96 + 18 * line, text) for line, text in enumerate(note)],
    )
