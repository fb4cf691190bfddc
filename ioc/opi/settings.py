"""What Phoebus has to be told so that the screens work."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

__all__ = ["as_settings"]

_PORT = 5064
_HEAD = """\
# Settings of Phoebus for the screens beside this file, given to it by `-settings`.
#
# They do not count where Phoebus is started with `-Djca.use_env=true`: it then takes the EPICS_CA_* variables
# of its environment instead.
"""
_LENGTHS = """
# A text is sent as long as it is. Without this, Phoebus may wait for all that there could be, and shows the text
# as disconnected.
org.phoebus.pv.ca/variable_length_array=true
"""
_ANYWHERE = """
# Where the engine is. Unless broadcasts reach it, name its host, and its port where that is not 5064:
# org.phoebus.pv.ca/addr_list=192.168.1.10:5064
"""


def as_settings(interfaces: Sequence[str] = (), port: int = _PORT) -> str:
    """The text of a settings.ini for an engine that is served at IPv4 addresses; without any, nobody knows where."""
    return f"{_HEAD}{_LENGTHS}{_places(interfaces, port)}"


def _places(interfaces: Sequence[str], port: int) -> str:
    addresses = [ipaddress.IPv4Address(each) for each in interfaces]
    if not addresses or any(each.is_unspecified for each in addresses):
        return _ANYWHERE if port == _PORT else f"{_ANYWHERE}org.phoebus.pv.ca/server_port={port}\n"
    listed = " ".join(f"{each}:{port}" for each in addresses)
    lines = f"org.phoebus.pv.ca/addr_list={listed}\n"
    if all(each.is_loopback for each in addresses):
        return (
            "\n# The engine is served on this host alone: Phoebus finds nothing else with these lines, and the engine"
            f"\n# from no other host.\n{lines}org.phoebus.pv.ca/auto_addr_list=false\n"
        )
    return f"\n# Where the engine is; others are looked for by broadcast.\n{lines}"
