"""What changes or surrounds a plan, as bluesky.preprocessors has it."""

from ...messages import Msg as Msg
from ..devices import get_hinted_fields, root_ancestor, separate_devices
from ..generators import ensure_generator, make_decorator, pchain, single_gen
from . import (
    baseline,
    contingency,
    count_time,
    during,
    lazy_staging,
    mutators,
    relative,
    rewinding,
    summary,
    supplemental,
    suspending,
    wrappers,
)
from .baseline import *
from .contingency import *
from .count_time import *
from .during import *
from .lazy_staging import *
from .mutators import *
from .relative import *
from .rewinding import *
from .summary import *
from .supplemental import *
from .suspending import *
from .wrappers import *

__all__ = ["ensure_generator", "get_hinted_fields", "make_decorator", "pchain", "root_ancestor", "separate_devices"]
__all__ += ["single_gen"]
__all__ += baseline.__all__
__all__ += contingency.__all__
__all__ += count_time.__all__
__all__ += during.__all__
__all__ += lazy_staging.__all__
__all__ += mutators.__all__
__all__ += relative.__all__
__all__ += rewinding.__all__
__all__ += summary.__all__
__all__ += supplemental.__all__
__all__ += suspending.__all__
__all__ += wrappers.__all__
