"""A queueserver that is told to run a scan, or what waits in its queue: run by benchmarks/queueserver.py.

It runs in queueserver's own environment, which has nothing of ours.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from bluesky_queueserver import ZMQCommSendThreads

PATIENCE = 60.0
LOOK = 0.005
"""Seconds between two looks at the status."""
WITHIN = 0.03


class Operator:
    """Somebody who runs a scan, and looks at the status."""

    def __init__(self, address: str) -> None:
        self._server = ZMQCommSendThreads(zmq_server_address=address)
        self._dice = random.Random(1)
        self._ask("environment_open")
        self._until(lambda status: status["worker_environment_exists"] and status["manager_state"] == "idle")

    def cycles(self, pauses: int, points: int) -> dict[str, list[float]]:
        """Seconds from each request until the status says so; under the names of our PVs for the same."""
        shown: dict[str, list[float]] = {"Plan:Run": [], "Pause": [], "Resume": [], "Abort": []}
        plan = {"item_type": "plan", "name": "scan", "args": [["det"], "motor", -1, 1], "kwargs": {"num": points}}
        shown["Plan:Run"].append(self._timed("queue_item_execute", _runs, item=plan, user="b", user_group="primary"))
        for _ in range(pauses):
            self._let_it_run()
            shown["Pause"].append(self._timed("re_pause", _paused, option="immediate"))
            shown["Resume"].append(self._timed("re_resume", _runs))
        self._let_it_run()
        self._timed("re_pause", _paused, option="immediate")  # without that it takes no abort
        shown["Abort"].append(self._timed("re_abort", lambda status: status["manager_state"] == "idle"))
        return shown

    def queued(self, number: int) -> float:
        """Runs of one point per second: so many are in the queue, it is started, and the manager is idle again."""
        count = {"item_type": "plan", "name": "count", "args": [["det"]], "kwargs": {"num": 1}}
        self._ask("queue_item_add_batch", items=[count] * number, user="b", user_group="primary")
        return number / self._timed("queue_start", _has_run_all)

    def _let_it_run(self) -> None:
        time.sleep(self._dice.uniform(0.3, 1) * WITHIN)

    def _timed(self, method: str, reached: Callable[[dict[str, Any]], bool], **params: Any) -> float:
        begun = time.perf_counter()
        self._ask(method, **params)
        return self._until(reached) - begun

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        answer = self._server.send_message(method=method, params=params)
        if answer.get("success") is False:
            raise RuntimeError(f"{method}: {answer['msg']}")
        return answer

    def _until(self, reached: Callable[[dict[str, Any]], bool]) -> float:
        deadline = time.perf_counter() + PATIENCE
        while not reached(status := self._ask("status")):
            if time.perf_counter() > deadline:
                raise RuntimeError(f"waited {PATIENCE:g} s; the status is {status}")
            time.sleep(LOOK)
        return time.perf_counter()


def _runs(status: dict[str, Any]) -> bool:
    return status["re_state"] == "running"


def _paused(status: dict[str, Any]) -> bool:
    return status["manager_state"] == "paused"


def _has_run_all(status: dict[str, Any]) -> bool:
    return status["manager_state"] == "idle" and status["items_in_queue"] == 0


def main() -> None:
    """Each line of JSON is a method's name and its arguments; its answer is a line of JSON."""
    operator = Operator(sys.argv[1])
    for request in sys.stdin:
        method, arguments = json.loads(request)
        print(json.dumps(getattr(operator, method)(**arguments)), flush=True)


if __name__ == "__main__":
    main()
