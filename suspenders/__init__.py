"""Suspenders: conditions (pure) and the watchers that drive them.

source (PV, signal) ──Sample──▶ judge (condition, settle time, policy) ──Hold│Release│Abort──▶ engine
"""

from .base import HoldKeeper as HoldKeeper
from .base import SuspenderBase as SuspenderBase
from .conditions import BoolHigh as BoolHigh
from .conditions import BoolLow as BoolLow
from .conditions import Condition as Condition
from .conditions import Floor as Floor
from .factory import make_suspender as make_suspender
from .pv_source import PVSource as PVSource
from .sample import Sample as Sample
from .sample import Severity as Severity
from .sources import ManualSource as ManualSource
from .sources import SignalSource as SignalSource
from .sources import Source as Source
from .spec import OnBadPV as OnBadPV
from .spec import SuspenderKind as SuspenderKind
from .spec import SuspenderSpec as SuspenderSpec
from .status import SuspenderStatus as SuspenderStatus
from .suspenders import PVSuspendBoolHigh as PVSuspendBoolHigh
from .suspenders import PVSuspendBoolLow as PVSuspendBoolLow
from .suspenders import PVSuspendFloor as PVSuspendFloor
from .suspenders import SuspendBoolHigh as SuspendBoolHigh
from .suspenders import SuspendBoolLow as SuspendBoolLow
from .suspenders import SuspendFloor as SuspendFloor
