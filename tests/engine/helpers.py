"""What several tests do with an engine."""

import asyncio
import re

import pytest

from reioc.engine import (
    Msg,
    RunEngineInterrupted,
    State,
)

from .fakes import Motor

RUN = [Msg("open_run"), Msg("close_run")]
PAUSED_IN_A_RUN = [Msg("open_run"), Msg("checkpoint"), Msg("pause"), Msg("close_run")]


def pause(RE, plan=PAUSED_IN_A_RUN):
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    assert RE.state is State.PAUSED


def run(RE, plan):
    """The result of a plan, however it ends; the engine is idle and usable afterwards."""
    result = RE.submit(plan).result(timeout=20)
    assert RE.state is State.IDLE
    assert len(RE(RUN)) == 1
    return result


def in_a_run(*messages):
    yield Msg("open_run")
    for msg in messages:  # noqa: UP028 - a list takes no replies
        yield msg
    yield Msg("close_run")


class Broken(Motor):
    """Raises in one method; as a coroutine if `later`."""

    def __init__(self, method, *, later=False, error=None):
        super().__init__("broken")
        self.error = error or OSError("no answer from the controller")
        self.armed = True

        def fail(*args, **kwargs):
            if self.armed:
                raise self.error
            return getattr(Motor, method)(self, *args, **kwargs)

        async def fail_later(*args, **kwargs):
            await asyncio.sleep(0)
            return fail(*args, **kwargs)

        setattr(self, method, fail_later if later else fail)


def released_on(RE, state, *owners):
    """When the engine gets into this state, all these owners let go."""

    def react(change):
        if getattr(change, "new", None) == state:
            for owner in owners:
                RE.release(owner)

    RE.observers.append(react)


def hold_at(RE, command, *holds, times=1):
    """When a message with this command comes, the first `times` times, hold."""
    left = [times]

    def react(msg):
        if msg.command == command and left[0]:
            left[0] -= 1
            for owner, keywords in holds:
                RE.hold(owner, f"{owner} is bad", **keywords)

    RE.msg_hook = react


def paused_and_resumed(RE, plan):
    with pytest.raises(RunEngineInterrupted):
        RE(plan)
    return RE.resume()


def commands_of(RE):
    """The public commands that are executed from now on, with their first argument."""
    executed, hook = [], RE.msg_hook

    def note(msg):
        if not msg.command.startswith("_"):
            executed.append((msg.command, *msg.args))
        if hook is not None:
            hook(msg)

    RE.msg_hook = note
    return executed


def id_of(value):
    """A parameter in the name of a test: its repr, without what differs from one process to the next."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
