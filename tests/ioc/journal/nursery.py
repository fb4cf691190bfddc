"""A process that has children record until they are killed: a fork takes milliseconds where a start takes a second.

For each path that it reads it forks a child, says its pid, and says "gone" when it has ended. A child says "kept" with
the run and the number of each event that is durable.
"""

import asyncio
import os
import sys
import types
from itertools import count

package = types.ModuleType("reioc.ioc")  # the journal without the IOC around it, which takes seconds to import
package.__path__ = [sys.argv[1]]
sys.modules["reioc.ioc"] = package

from reioc.ioc.journal import Journal, put_item  # noqa: E402


async def record_for_ever(path: str) -> None:
    journal = Journal(path)
    for number in count():
        run = f"{os.getpid()}-{number}"
        journal.record("start", {"uid": run, "time": 1.0, "scan_id": number})
        journal.record("descriptor", {"uid": f"{run}/d", "run_start": run, "name": "primary"})
        for seq_num in range(1, 8):
            journal.record("event", {"descriptor": f"{run}/d", "seq_num": seq_num, "data": {"x": "x" * 500 * seq_num}})
            if seq_num % 3 == 0:
                await journal.kept()
                print("kept", run, seq_num, flush=True)
        journal.store(put_item(run, number, {}), put_item(f"{run}-twin", number, {}))
        journal.record("stop", {"run_start": run, "time": 2.0, "exit_status": "success"})


for line in sys.stdin:
    pid = os.fork()
    if not pid:
        asyncio.run(record_for_ever(line.strip()))
    print("pid", pid, flush=True)
    os.waitpid(pid, 0)
    print("gone", flush=True)
