"""What goes where inside a running service: drawn by hand, since no table tells it."""

from __future__ import annotations

from .svg import Arrow, Box, Drawing

__all__ = ["documents", "loops", "suspenders"]

_BLUE, _ORANGE, _YELLOW, _GREEN = "#e8f0fb", "#fdebe0", "#fff6dd", "#eaf6ee"


def loops() -> Drawing:
    """The IOC's loop, the engine's loop, and the bridge between them."""
    clients = Box(20, 60, 150, 60, ("Channel Access", "clients"), is_plain=True)
    ioc_loop = Box(230, 20, 210, 130, ("the IOC's loop",), fill=_BLUE, is_frame=True)
    ioc = Box(245, 60, 180, 60, ("groups of PVs", "desk · publisher"), is_plain=True)
    engine_loop = Box(550, 20, 230, 130, ("the engine's loop, a thread",), fill=_ORANGE, is_frame=True)
    core = Box(565, 60, 200, 60, ("face · engine", "commands · runs"), is_plain=True)
    devices = Box(840, 60, 150, 60, ("devices:", "ophyd, ophyd-async"), fill=_GREEN, is_plain=True)
    watched = Box(245, 200, 180, 40, ("PVs that are watched",), is_plain=True)
    suspenders = Box(565, 200, 200, 40, ("suspenders",), fill=_YELLOW, is_plain=True)
    arrows = [
        Arrow(clients, ioc, both=True),
        Arrow(ioc, core, "bridge", both=True),
        Arrow(core, devices, both=True),
        Arrow(watched, suspenders, "monitors"),
        Arrow(suspenders, core, "hold, release"),
    ]
    boxes = [ioc_loop, engine_loop, clients, ioc, core, devices, watched, suspenders]
    return Drawing(1010, 260, "Two loops and one bridge", [*boxes, *arrows])


def documents() -> Drawing:
    """From the engine through the journal to whoever reads."""
    core = Box(20, 100, 150, 50, ("the engine's loop",), fill=_ORANGE, is_plain=True)
    memory = Box(270, 40, 150, 50, ("in memory, packed",), is_plain=True)
    writer = Box(520, 40, 160, 50, ("thread:", "the journal's writer"), is_plain=True)
    file = Box(780, 40, 160, 50, ("journal.sqlite",), fill=_BLUE)
    subscribers = Box(250, 180, 190, 50, ("subscribers · bridge", "PVs"), is_plain=True)
    items = Box(20, 20, 150, 50, ("queue, history",), is_plain=True)
    sinks = Box(780, 140, 160, 50, ("a thread per sink",), is_plain=True)
    outside = Box(780, 230, 160, 50, ("files, Tiled,", "Kafka, 0MQ"), fill=_GREEN, is_plain=True)
    readers = Box(540, 140, 140, 50, ("reioc runs",), is_plain=True)
    arrows = [
        Arrow(core, memory, "1 record"),
        Arrow(core, subscribers, "2 dispatch"),
        Arrow(items, memory, "store"),
        Arrow(memory, writer),
        Arrow(writer, file),
        Arrow(writer, core, "it is kept", bend=-60, is_dashed=True),
        Arrow(file, sinks),
        Arrow(sinks, outside),
        Arrow(file, readers),
    ]
    boxes = [core, memory, writer, file, subscribers, items, sinks, outside, readers]
    return Drawing(960, 300, "A document's path", [*boxes, *arrows])


def suspenders() -> Drawing:
    """Who tells a suspender of what, and whom it tells."""
    libca = Box(20, 20, 170, 50, ("libca's threads",), is_plain=True)
    pvs = Box(300, 20, 170, 50, ("thread:", "suspenders' PVs"), is_plain=True)
    signals = Box(300, 90, 170, 50, ("callbacks of signals",), is_plain=True)
    timers = Box(300, 160, 170, 50, ("thread:", "suspenders' timers"), is_plain=True)
    people = Box(300, 230, 170, 50, ("whoever changes", "a setting"), is_plain=True)
    suspender = Box(590, 100, 170, 90, ("suspender", "a lock, a judge,", "a queue"), fill=_YELLOW)
    engine = Box(900, 60, 140, 50, ("the engine",), fill=_ORANGE, is_plain=True)
    roster = Box(900, 180, 140, 50, ("the IOC's roster",), fill=_BLUE, is_plain=True)
    arrows = [
        Arrow(libca, pvs, "an event's bytes"),
        Arrow(pvs, suspender, "sample"),
        Arrow(signals, suspender, "sample"),
        Arrow(timers, suspender, "look again"),
        Arrow(people, suspender),
        Arrow(suspender, engine, "hold, release, end"),
        Arrow(suspender, roster, "status, change"),
    ]
    boxes = [libca, pvs, signals, timers, people, suspender, engine, roster]
    return Drawing(1060, 300, "A suspender's threads", [*boxes, *arrows])
