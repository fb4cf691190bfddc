"""Commands of one's own, and what there is to say of all of them."""

import asyncio

import pytest

from reioc.engine import Msg, RunEngineInterrupted


def test_commands(engines):
    """Each of bluesky's commands is there, but for the two that its suspensions are made of."""
    theirs, mine = engines

    assert set(theirs.commands) - set(mine.commands) == {"_start_suspender", "_resume_from_suspender"}


def test_registered_commands(engines):
    """A function, or a coroutine function, of a message becomes a command; its plan gets what it returns."""
    for engine in engines:
        replies = []

        async def double(msg):
            """Twice."""
            await asyncio.sleep(0)
            return 2 * msg.args[0]

        def plan(replies=replies):
            replies.append((yield Msg("double", None, 21)))

        engine.register_command("double", double)
        engine(plan())
        assert replies == [42]
        assert "double" in engine.commands
        engine.unregister_command("double")
        with pytest.raises(KeyError):
            engine(plan())
        with pytest.raises(KeyError):
            engine.unregister_command("double")


def test_a_registered_function_need_not_be_a_coroutine_function(RE):
    """What it returns is the reply; if that can be awaited, then what comes of it."""
    replies = []

    def later(msg):
        return asyncio.ensure_future(asyncio.sleep(0, "later"))

    def plan():
        replies.append((yield Msg("now")))
        replies.append((yield Msg("later")))

    RE.register_command("now", lambda _: "now")
    RE.register_command("later", later)
    RE(plan())

    assert replies == ["now", "later"]


def test_replaced_commands_stay_as_repeatable_as_they_were(RE):
    """`pause` of one's own is not repeated after a pause, or it would pause for ever; a new command can say so too."""
    done = []
    RE.register_command("pause", lambda _: RE.request_pause())
    RE.register_command("once", lambda _: done.append("once"), repeatable=False)
    RE.register_command("again", lambda _: done.append("again"))
    with pytest.raises(RunEngineInterrupted):
        RE([Msg("checkpoint"), Msg("once"), Msg("again"), Msg("pause")])
    RE.resume()

    assert done == ["once", "again", "again"]


def test_print_command_registry(engines, capsys):
    """It returns a text with a line per command; with `verbose` all of each one's documentation."""
    for engine in engines:

        async def shout(msg):
            """Say it loudly.

            In capitals.
            """

        engine.register_command("shout", shout)
        short, full = engine.print_command_registry(), engine.print_command_registry(verbose=True)

        lines = short.splitlines()
        assert lines[0] == full.splitlines()[0] == "List of available commands"
        assert [line.partition(" : ")[0] for line in lines[1:]] == engine.commands
        assert lines[-1] == "shout : Say it loudly."
        assert "In capitals." not in short
        assert "In capitals." in full
    assert capsys.readouterr().out == ""


def test_every_command_says_what_it_does(RE):
    """The registry has a line about each command, also about one that says nothing of itself."""
    lines = RE.print_command_registry().splitlines()[1:]
    assert all(line.partition(" : ")[2] for line in lines), lines

    RE.register_command("silent", lambda _: None)
    assert "silent : " in RE.print_command_registry().splitlines()
