"""The queue over Channel Access: a real server, and a client process that uses pyepics."""

from __future__ import annotations

import asyncio
import sys

from reioc.ioc.channel_access import Server

from ...system.support import client_env, free_port
from .support import PREFIX, with_beamline

SCRIPT = f"""
from reioc.ioc.queue.client import QueueClient, QueueError

with QueueClient({PREFIX!r}) as queue:
    uid = queue.add("one_point", {{"number": 2}}, {{"user": "Zoë"}})
    other = queue.add("broken")
    waiting = queue.look()["items"]
    print([item["uid"] for item in waiting] == [uid, other], ascii(waiting[0]["metadata"]["user"]))
    print(queue.move_up(other) == f"{{other}} is number 1 of 2")
    for ask in (
        lambda: queue.add("no_plan"),
        lambda: queue.remove("nobody"),
        lambda: queue.start(timeout=20),
        lambda: queue.stop(),
    ):
        try:
            print("done:", ask())
        except QueueError as error:
            print(error)
    print(queue.remove(other))
    print(queue.set("Loop", "Yes"), queue.settings()["Loop"])
    print(queue.set("Loop", "No"))
    print(queue.start(timeout=20))
    print([(entry["plan"], entry["exit_status"]) for entry in queue.history()])
"""


def test_a_client_is_told_what_became_of_each_command(RE):
    """What is refused, and what fails, are errors with the engine's sentence: pyepics itself tells nothing."""

    async def test(beamline):
        beamline.serve()
        await beamline.queue_group.publish()
        shown = asyncio.Event()
        beamline.history.observers.append(shown.set)

        async def show():
            while True:
                await shown.wait()
                shown.clear()
                await beamline.history_group.publish()

        port, ready = free_port(), asyncio.Event()
        serving = asyncio.create_task(Server(beamline.pvdb).serve(["127.0.0.1"], port, ready.set))
        showing = asyncio.create_task(show())
        await ready.wait()
        lines = (await output(SCRIPT, port)).splitlines()
        for task in (serving, showing):
            task.cancel()
        await asyncio.gather(serving, showing, return_exceptions=True)

        assert lines[:2] == [r"True 'Zo\xeb'", "True"]
        assert lines[2].startswith("refused: no plan 'no_plan'")
        assert lines[3].startswith("refused: no item 'nobody' is in the queue; there is: ")
        assert lines[4].startswith("failed: broken() has failed: the filter wheel is stuck")
        assert lines[5] == "refused: the queue does not run"
        assert lines[6].endswith("is removed: broken()")
        assert lines[7] == "what is done goes to the end again Yes"
        assert lines[9] == "the queue is empty"
        assert lines[10] == "[('one_point', 'success'), ('broken', 'fail')]"
        assert beamline.started[-1]["user"] == "Zoë"

    with_beamline(RE, test)


async def output(script: str, port: int) -> str:
    """What a client process prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        env=client_env(f"127.0.0.1:{port}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return printed.decode()
