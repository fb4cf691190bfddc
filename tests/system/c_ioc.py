"""EPICS Base's softIoc as a source of PVs."""

import sys
from pathlib import Path

from .support import BaseTools, Service, base_env, base_tool, client_env, free_port


class CIoc:
    """A softIoc with a database, and perhaps access rules, on a port of its own; it can be killed and started again."""

    def __init__(self, folder: Path, database: str, access: str = "") -> None:
        database_file, access_file = folder / "test.db", folder / "test.acf"
        database_file.write_text(database)
        access_file.write_text(access or "ASG(DEFAULT) { RULE(1, WRITE) }")
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.tools = BaseTools(self.address)
        self._argv = [base_tool("softIoc"), "-S", "-a", access_file, "-d", database_file]

    def running(self) -> Service:
        """The process, for a `with`."""
        here = {"EPICS_CAS_SERVER_PORT": str(self.port), "EPICS_CAS_INTF_ADDR_LIST": "127.0.0.1"}
        return Service(self._argv, "initialization complete", {**base_env(), **here})

    def client(self, script: str) -> Service:
        """A Python process that looks at it, for a `with`; it is there when it has written "ready"."""
        return Service([sys.executable, "-c", script], "^ready", client_env(self.address))

    def put(self, pv: str, value: object) -> None:
        """A put that succeeds."""
        done = self.tools.caput("-c", pv, str(value))
        assert done.returncode == 0, done.stderr
