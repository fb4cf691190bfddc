"""What Channel Access clients and servers of the tests get in their environment.

Rules of this file:
- libca reads its environment once per process, when it looks for the first PV: so the addresses of all IOCs that the
  tests will ever start are in it from the beginning. Those that serve nothing yet are held free (`ports`).
- Loopback only: no search leaves this host, and no IOC of the facility can answer.
"""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from .ports import HOST, PortPool
from .repeater import Repeater


class TooLate(Exception):
    """libca has read its environment before ours was set; says what is to be changed."""


class CaEnvironment:
    """Ports for the IOCs of a test process, a repeater, and the environment that goes with them; a context manager."""

    def __init__(self, ports: int) -> None:
        self._stack = ExitStack()
        self.pool = PortPool(ports)
        self._stack.callback(self.pool.close)
        self._repeater = self._stack.enter_context(Repeater())

    @property
    def address_list(self) -> str:
        """The addresses of all IOCs that are, and will be: `EPICS_CA_ADDR_LIST`."""
        return " ".join(f"{HOST}:{port}" for port in self.pool.ports)

    @property
    def variables(self) -> dict[str, str]:
        """The EPICS variables, by name."""
        port = str(self._repeater.port)
        return {
            "EPICS_CA_ADDR_LIST": self.address_list,
            "EPICS_CA_AUTO_ADDR_LIST": "NO",
            "EPICS_CA_NAME_SERVERS": "",
            "EPICS_CA_REPEATER_PORT": port,
            "EPICS_CAS_BEACON_PORT": port,
            "EPICS_CAS_BEACON_ADDR_LIST": HOST,
            "EPICS_CAS_AUTO_BEACON_ADDR_LIST": "NO",
            "EPICS_CAS_INTF_ADDR_LIST": HOST,
        }

    def given_to_this_process(self) -> Self:
        """Set the variables here, until `close`. Raises TooLate."""
        if searching := _who_searches():
            raise TooLate(
                f"a Channel Access client of this process ({searching}) looks for PVs already, and would never find "
                "the IOCs of the tests: it has read EPICS_CA_ADDR_LIST once and for all. Make devices and PVs in tests "
                "or fixtures that ask for `ca_environment` or for an IOC, not where a module is imported"
            )
        before = dict(os.environ)
        os.environ.update(self.variables)
        self._stack.callback(_set_back, before, self.variables)
        return self

    def environment(self, **more: str) -> dict[str, str]:
        """The whole environment for a process: this one's, with the variables and `more`."""
        return {**os.environ, **self.variables, **more}

    def close(self) -> None:
        """Set the environment back, and let go of the ports."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _set_back(before: Mapping[str, str], names: Mapping[str, str]) -> None:
    for name in names:
        if name in before:
            os.environ[name] = before[name]
        else:
            os.environ.pop(name, None)


def _who_searches() -> str:
    """The thread by which libca looks for PVs, if there is one; it begins with the first."""
    for name in Path("/proc/self/task").glob("*/comm"):
        try:
            thread = name.read_text().strip()
        except (FileNotFoundError, ProcessLookupError):  # it has just ended
            continue
        if thread.startswith("CAC-UDP"):
            return thread
    return ""
