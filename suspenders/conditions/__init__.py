"""When what is watched is bad: pure predicates with hysteresis.

condition    what a condition is, and how its limits are shown and changed
thresholds   floor, ceil               bands     outside, inside a band
states       bool high, low; changed   health    alarm severity, age
predicates   two functions, as bluesky's suspenders have them
"""

from .bands import InsideBand as InsideBand
from .bands import OutsideBand as OutsideBand
from .condition import Condition as Condition
from .condition import Reading as Reading
from .condition import in_short as in_short
from .condition import limits_of as limits_of
from .condition import with_limits as with_limits
from .health import AtSeverity as AtSeverity
from .health import OlderThan as OlderThan
from .predicates import Predicates as Predicates
from .states import BoolHigh as BoolHigh
from .states import BoolLow as BoolLow
from .states import Changed as Changed
from .thresholds import Ceil as Ceil
from .thresholds import Floor as Floor

OURS = frozenset({AtSeverity, BoolHigh, BoolLow, Ceil, Changed, Floor, InsideBand, OlderThan, OutsideBand})
"""Those that take next to no time, and call nobody else's code."""
