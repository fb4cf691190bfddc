"""Suspenders: conditions (pure) and the watchers that drive them.

source (PV, signal) ──Sample──▶ judge (conditions, settle time, policies) ──Hold│Release│End│Warn──▶ engine

conditions   when a reading is bad          watched, together, judge   when the engine must be held: pure
sources      signals; pv_source: PVs        base, operated             a suspender; suspenders, combined: the kinds
spec         what a configuration says      factory                    from there to suspenders
"""

from .base import HoldKeeper as HoldKeeper
from .base import SuspenderBase as SuspenderBase
from .changes import Change as Change
from .combined import SuspendAllOf as SuspendAllOf
from .combined import SuspendAnyOf as SuspendAnyOf
from .conditions import AtSeverity as AtSeverity
from .conditions import BoolHigh as BoolHigh
from .conditions import BoolLow as BoolLow
from .conditions import Ceil as Ceil
from .conditions import Changed as Changed
from .conditions import Condition as Condition
from .conditions import Floor as Floor
from .conditions import InsideBand as InsideBand
from .conditions import OlderThan as OlderThan
from .conditions import OutsideBand as OutsideBand
from .conditions import Reading as Reading
from .factory import make_suspender as make_suspender
from .pv_source import PVSource as PVSource
from .pv_suspenders import PVSuspendAtSeverity as PVSuspendAtSeverity
from .pv_suspenders import PVSuspendBoolHigh as PVSuspendBoolHigh
from .pv_suspenders import PVSuspendBoolLow as PVSuspendBoolLow
from .pv_suspenders import PVSuspendCeil as PVSuspendCeil
from .pv_suspenders import PVSuspendFloor as PVSuspendFloor
from .pv_suspenders import PVSuspendWhenChanged as PVSuspendWhenChanged
from .pv_suspenders import PVSuspendWhenInsideBand as PVSuspendWhenInsideBand
from .pv_suspenders import PVSuspendWhenOutsideBand as PVSuspendWhenOutsideBand
from .pv_suspenders import PVSuspendWhenStale as PVSuspendWhenStale
from .sample import Sample as Sample
from .sample import Severity as Severity
from .sources import ManualSource as ManualSource
from .sources import SignalSource as SignalSource
from .sources import Source as Source
from .spec import SuspenderSpec as SuspenderSpec
from .status import SuspenderStatus as SuspenderStatus
from .suspenders import SuspendAtSeverity as SuspendAtSeverity
from .suspenders import SuspendBoolHigh as SuspendBoolHigh
from .suspenders import SuspendBoolLow as SuspendBoolLow
from .suspenders import SuspendCeil as SuspendCeil
from .suspenders import SuspendFloor as SuspendFloor
from .suspenders import SuspendInBand as SuspendInBand
from .suspenders import SuspendOutBand as SuspendOutBand
from .suspenders import SuspendWhenChanged as SuspendWhenChanged
from .suspenders import SuspendWhenInsideBand as SuspendWhenInsideBand
from .suspenders import SuspendWhenOutsideBand as SuspendWhenOutsideBand
from .suspenders import SuspendWhenStale as SuspendWhenStale
from .watched import misfit_of as misfit_of
from .words import Action as Action
from .words import OnBadPV as OnBadPV
from .words import SuspenderKind as SuspenderKind
