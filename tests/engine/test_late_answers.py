"""Commands that were given up, and get their answer after all."""

import asyncio
from contextlib import suppress

import pytest

from reioc.engine import Msg, RunBundler

from .collecting_fakes import Frames, Nested, Rows, stream_resource
from .fakes import Motor
from .flying_fakes import Signal


def late(device, method):
    """Have a method of a device answer when `device.go_on` is set, and take no cancellation until then."""
    answer = getattr(device, method)
    device.go_on = asyncio.Event()

    async def eventually(*args):
        while not device.go_on.is_set():
            with suppress(asyncio.CancelledError):
                await device.go_on.wait()
        return answer(*args)

    setattr(device, method, eventually)
    return device


class Telling(Motor):
    """Tells of external data when it is read."""

    def collect_asset_docs(self):
        return [("stream_resource", stream_resource("file", "x"))]


CASES = {
    "monitor": lambda run: (run.monitor, late(Signal("s"), "describe"), {"name": "watched"}),
    "declare_stream": lambda run: (run.declare_stream, late(Motor("m"), "describe"), {"name": "main"}),
    "describe_collect": lambda run: (run.collect, late(Nested("f"), "describe_collect"), {}),
    "events": lambda run: (run.collect, late(Nested("f"), "collect"), {}),
    "assets": lambda run: (run.collect, late(Nested("f"), "collect_asset_docs"), {}),
    "read": lambda run: (lambda msg: run.read(msg, msg.obj.read()), late(Telling("m"), "collect_asset_docs"), {}),
}


@pytest.mark.parametrize("case", CASES)
def test_late_answer(case):
    """What comes after a command was given up becomes no document and no subscription: it is done anew, or is over."""
    emitted = []

    async def main():
        run = RunBundler({}, lambda name, _: emitted.append(name))
        run.open_run(Msg("open_run"))
        run.create(Msg("create", name="primary"))
        command, device, keywords = CASES[case](run)
        args = (None, device) if case == "declare_stream" else (device,)
        task = asyncio.ensure_future(command(Msg(case, *args, **keywords)))
        for _ in range(2):  # an engine cancels once, and once more when it leaves the command behind
            await asyncio.sleep(0)
            task.cancel()
        device.go_on.set()
        await asyncio.wait([task])
        assert task.cancelled()
        assert getattr(device, "subscribers", []) == []
        run.save(Msg("save"))

    asyncio.run(main())

    assert not {"event", "event_page"} & set(emitted)


@pytest.mark.parametrize("kind", [Rows, Frames])
def test_configured_too_late(kind):
    """The same where a device's configuration is read."""
    emitted = []

    async def main():
        run = RunBundler({}, lambda name, _: emitted.append(name))
        run.open_run(Msg("open_run"))
        device = kind()
        device.read_configuration = dict
        device.describe_configuration = dict
        await run.declare_stream(Msg("declare_stream", None, device, name="main", collect=True))
        late(device, "read_configuration")
        task = asyncio.ensure_future(run.configure(Msg("configure", device)))
        for _ in range(2):
            await asyncio.sleep(0)
            task.cancel()
        device.go_on.set()
        await asyncio.wait([task])

    asyncio.run(main())

    assert emitted == ["start", "descriptor"]
