"""Playing a scenario.

Rules of this file: in simulated time and by the scenario's own clock, so that each time it is played is like the last;
whatever it began has ended when it is over, also when it is cut short.
"""

import asyncio
from typing import Any

from .injector import ActiveFault, FaultInjector
from .kinds import FaultError
from .scenario import Scenario, Step

__all__ = ["check_scenario", "play"]


def check_scenario(injector: FaultInjector, scenario: Scenario) -> None:
    """Raises FaultError, with the step, for a PV that is not there, or a value that it cannot have."""
    for number, step in enumerate(scenario.steps, 1):
        try:
            if step.put is None:
                injector.check(scenario.fault(step))
            else:
                injector.put_target(step.put)
        except FaultError as error:
            raise FaultError(f"scenario '{scenario.name}', step {number} at {step.at:g} s: {error}") from error


async def play(injector: FaultInjector, scenario: Scenario) -> None:
    """Play a scenario that has been checked, and come back when it is over."""
    began = injector.clock.now()
    begun: list[ActiveFault] = []
    puts: set[asyncio.Task[None]] = set()
    injector.note(f"begins: scenario {scenario.name}")
    try:
        for step in scenario.steps:
            await _until(injector, began + step.at)
            if step.put is None:
                begun.append(injector.inject(scenario.fault(step)))
            else:
                puts.add(asyncio.create_task(_put(injector, step)))
        await _until(injector, began + scenario.length)
        if puts:
            await asyncio.wait(puts)
    finally:
        for fault in begun:
            injector.end(fault)
        for put in puts:
            put.cancel()
        injector.note(f"ends: scenario {scenario.name}")


async def _until(injector: FaultInjector, moment: float) -> None:
    await injector.clock.sleep(moment - injector.clock.now())


async def _put(injector: FaultInjector, step: Step) -> None:
    pv: Any = injector.put_target(step.put or "")
    injector.note(f"puts {step.value} to {step.put}")
    try:
        await pv.write(step.value)
    except Exception as error:
        # A put that the simulation refuses is part of the story; that nobody hears of it would not be.
        injector.note(f"the put of {step.value} to {step.put} was refused: {error}")
