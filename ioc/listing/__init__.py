"""What is served, as other programs want to have it.

listed    every PV with its declaration          alarms     for Phoebus' alarm server
tables    for people, and as JSON                command    `reioc pvs`
archiver  for the EPICS Archiver Appliance
"""

from ..groups.places import Served as Served
from .command import FORMATS as FORMATS
from .command import checked_prefix as checked_prefix
from .command import pvs as pvs
from .command import served_by as served_by
from .listed import Listed as Listed
from .listed import listed as listed
