"""Physics, pure functions of time: no control system, no loop."""
