"""What is added is tried: nothing moves, and what would go beyond limits is refused."""

from __future__ import annotations

import asyncio
import json

import pytest
from ophyd.sim import SynAxis

from reioc.devices import Registry
from reioc.engine.plans import mv, mvr
from reioc.ioc.bridge import Failure
from reioc.ioc.plans.catalogue import Catalogue
from reioc.ioc.pvs.puts import Refusal

from .support import one_point, with_beamline


class Slit(SynAxis):
    """An axis with limits, that can be changed as those of a motor."""

    limits = (-10.0, 10.0)

    def check_value(self, value):
        """Its limits decide."""


def with_slit(RE, test):
    async def run(beamline):
        slit = Slit(name="slit")
        beamline.queue.catalogue = Catalogue((one_point, mv, mvr), Registry([slit]))
        await test(beamline, slit)

    with_beamline(RE, run)


def test_a_move_beyond_limits_is_refused(RE):
    """By its parameter's name; the queue stays as it was, and the device where it was."""

    async def test(beamline, slit):
        with pytest.raises(Refusal, match=r"args\[1\]: slit to 11 is beyond its limits -10 to 10"):
            await beamline.queue.add_plan("mv", {"args": ["slit", 11]})
        await beamline.queue.add_plan("mv", {"args": ["slit", 10]})
        assert (beamline.waiting, slit.position) == (["mv"], 0)

    with_slit(RE, test)


def test_where_a_device_will_be_is_not_known(RE):
    """A relative move that would be too far from here may be right by then."""

    async def test(beamline, slit):
        slit.set(9)
        await beamline.queue.add_plan("mv", {"args": ["slit", 0]})
        await beamline.queue.add_plan("mvr", {"args": ["slit", 5]})
        assert await beamline.runner.start() == "the queue is empty"
        assert slit.position == 5

    with_slit(RE, test)


def test_limits_that_have_changed_meanwhile_count(RE):
    """The plan is not started, and its item stays; with wider ones again it is."""

    async def test(beamline, slit):
        await beamline.queue.add_plan("mv", {"args": ["slit", 9]})
        slit.limits = (-5.0, 5.0)
        with pytest.raises(Failure, match=r"was not started: args\[1\]: slit to 9 is beyond"):
            await beamline.runner.start()
        assert (beamline.waiting, slit.position) == (["mv"], 0)
        slit.limits = (-10.0, 10.0)
        await beamline.runner.start()
        assert slit.position == 9

    with_slit(RE, test)


def test_items_come_in_the_order_in_which_they_were_added(RE):
    """Though one takes longer to be tried than the next."""

    async def test(beamline):
        longer = beamline.queue.add_plan("one_point", {"number": 500})
        shorter = beamline.queue.add_plan("nothing")
        await asyncio.gather(shorter, longer)
        assert beamline.waiting == ["one_point", "nothing"]

    with_beamline(RE, test)


def test_a_start_that_follows_means_what_was_added_before_it(RE):
    """A client need not wait for one put to send the next."""

    async def test(beamline):
        beamline.serve()
        add = asyncio.ensure_future(beamline.put("Queue:Add", json.dumps({"plan": "one_point"})))
        await asyncio.sleep(0)
        assert await beamline.put("Queue:Start", 1)
        assert (await add, beamline.past) == (True, [("one_point", "success")])

    with_beamline(RE, test)


def test_what_is_found_out_by_trying_is_refused_by_pv(RE):
    """It is no failure of a command that was begun: nothing is done."""

    async def test(beamline, slit):
        beamline.serve()
        assert not await beamline.put("Queue:Add", json.dumps({"plan": "mv", "params": {"args": ["slit", -11]}}))
        assert (beamline.read("Cmd:Result"), beamline.waiting) == ("refused", [])
        assert "slit to -11 is beyond its limits" in beamline.read("Cmd:Message")

    with_slit(RE, test)
