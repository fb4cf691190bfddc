"""What bluesky's engine repeats when a paused plan is resumed, where ours does not; what it loses."""

MARKS = {"checkpoint", "rewindable", "stage", "unstage", "subscribe", "unsubscribe", "monitor", "unmonitor"}
"""What bluesky's engine repeats nothing before."""
AT = {
    "not_rewindable": ({9, 10}, "`read` is cut short, and lost where nothing is rewound: the event lacks a device"),
    "files": ({10, 11}, "the resource that was told with a dropped reading is lost, or a datum too many is told"),
    "frames": ({*range(5, 9), *range(12, 15)}, "a detector that is triggered again gives two frames for one event"),
    "unrepeatable": ({12, 13, 14}, "a `read` that is cut short is lost where it may not be repeated"),
    "prepared": (
        {10},
        "the first `collect` is cut short before it emits; ours finishes, and comes again with its flight",
    ),
}
"""Where bluesky's engine goes wrong, by plan: the numbers of the messages, and what it does."""


def difference(name, messages, at):
    """What bluesky's engine does otherwise when this plan is paused before message `at`, and resumed; or None."""
    numbers, what = AT.get(name, ((), None))
    if at in numbers:
        return what
    if messages[at - 1].command == "monitor":
        return "`monitor` is cut short and not repeated: nothing is monitored"
    marks = [number for number, msg in enumerate(messages[:at], 1) if msg.command in MARKS]
    repeated = messages[max(marks, default=0) : at]
    return next((what for what, differs in REPETITIONS.items() if differs(messages[:at], repeated)), None)


def _flies_again(messages, repeated):
    """Ours does so only with flyers that the plan has moved, which are stopped."""
    moved = [msg.obj for msg in messages if msg.command == "prepare"]
    return any(msg.command in ("kickoff", "complete", "collect") and msg.obj not in moved for msg in repeated)


def _has(*commands):
    return lambda _, repeated: any(msg.command in commands for msg in repeated)


def _closes_with_others(messages, repeated):
    once = [msg.obj for msg in messages if hasattr(msg.obj, "replay_allowed")]
    return len(repeated) > 1 and not once and _has("close_run")(messages, repeated)


def _declares_twice(messages, repeated):
    return _has("declare_stream")(messages, repeated[:-1])


def _configures_twice(messages, repeated):
    return _has("configure")(messages, repeated) and any(msg.command == "save" for msg in messages)


def _moves_what_is_monitored(messages, repeated):
    monitored = [msg.obj for msg in messages if msg.command == "monitor"]
    return any(msg.command == "set" and msg.obj in monitored for msg in repeated)


REPETITIONS = {
    "what comes before a `close_run` is repeated without the run, or in the next one": _closes_with_others,
    "a flyer is kicked off, completed or collected a second time": _flies_again,
    "`declare_stream` is repeated: a second descriptor": _declares_twice,
    "`declare_stream` is no checkpoint: what comes before it is taken again": lambda messages, repeated: (
        repeated[-1:] and repeated[-1].command == "declare_stream" and _has("save")(messages, repeated)
    ),
    "`configure` is repeated: a second descriptor": _configures_twice,
    "the events of a monitor get their numbers a second time": _moves_what_is_monitored,
}
"""What bluesky's engine repeats and ours does not, and how to tell from what has been executed and what is repeated."""
