"""The smallest plans, as bluesky.plan_stubs has them: one for each command, and what scans are put together from."""

from . import messages, motion, reading
from .messages import *
from .motion import *
from .reading import *

__all__: list[str] = []
__all__ += messages.__all__
__all__ += motion.__all__
__all__ += reading.__all__
