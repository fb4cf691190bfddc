"""An IOC whose detector counts exposures, and whose monitor of the counts comes late: not before they are read.

Run with the prefix and the port.
"""

import asyncio
import os
import sys

from caproto.asyncio.server import start_server
from caproto.server import PVGroup, pvproperty


class Detector(PVGroup):
    acquire = pvproperty(value=0, name=":Acquire")
    preset = pvproperty(value=1.0, name=":Preset")
    counts = pvproperty(value=0, name=":Counts")
    exposures = 0

    @acquire.putter
    async def acquire(self, instance, value):
        self.exposures += value

    @counts.getter
    async def counts(self, instance):
        return self.exposures


async def announce(async_lib):
    print("ready", flush=True)


if __name__ == "__main__":
    os.environ.update(EPICS_CAS_AUTO_BEACON_ADDR_LIST="NO", EPICS_CAS_BEACON_ADDR_LIST="127.0.0.1")
    os.environ["EPICS_CA_SERVER_PORT"] = sys.argv[2]
    asyncio.run(start_server(Detector(sys.argv[1]).pvdb, interfaces=["127.0.0.1"], startup_hook=announce))
