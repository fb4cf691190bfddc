"""The documents carry who has started and who has ended a run, where that was done by PV."""

import asyncio

from .harness import with_ioc


def documents(RE):
    found = {"start": [], "stop": []}
    RE.subscribe(lambda name, doc: found.setdefault(name, []).append(doc))
    return found


def test_who_has_started_a_run_and_who_has_ended_it(RE):
    """As the Cmd: PVs show them."""
    found = documents(RE)

    async def test(ioc):
        assert await ioc.put("Plan:Name", "count")
        assert await ioc.put("Plan:Params", '{"detectors": ["det"], "num": 1000000, "delay": 0.01}')
        run = asyncio.create_task(ioc.put("Plan:Run", 1))
        await ioc.until(lambda: ioc.read("Run:Open") == "Yes")
        assert await ioc.put("Abort", 1)
        await run
        assert [doc["operator"] for doc in (*found["start"], *found["stop"])] == ["user@host", "user@host"]

    with_ioc(RE, test)


def test_a_run_from_python_has_nobody(RE):
    """And a Stop from there neither."""
    found = documents(RE)

    async def test(ioc):
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(
            None, lambda: RE(ioc.ioc.plan.catalogue["count"].bind({"detectors": ["det"]}).make())
        )
        assert [doc.get("operator") for doc in (*found["start"], *found["stop"])] == [None, None]

    with_ioc(RE, test)
