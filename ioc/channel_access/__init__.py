"""Channel Access: who is connected, and what they are told; nothing in here knows of engines.

server      serves PVs            circuit   a client's connection     answers   what a client is answered
sockets     ports                 outbox    what is on its way to it   putting   puts of a client
search      who has this PV?      channels  what it is connected to    monitors  who is told of which PV
beacons     a server is there     lookup    which PV a name means      readings  what a PV says, as bytes
wire        messages as bytes
"""

from .channels import Client as Client
from .lookup import Found as Found
from .server import Server as Server
from .sockets import PortUnavailable as PortUnavailable
