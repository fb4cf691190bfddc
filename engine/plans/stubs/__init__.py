"""The smallest plans, as bluesky.plan_stubs has them: one for each command, and what scans are put together from."""

from ...messages import Msg as Msg
from ...messages import MsgGenerator as MsgGenerator
from ..devices import all_safe_rewind, get_hinted_fields, merge_cycler, separate_devices
from ..generators import ensure_generator, short_uid
from . import flying, messages, motion, reading, repeating, session, staging
from .flying import *
from .messages import *
from .motion import *
from .reading import *
from .repeating import *
from .session import *
from .staging import *

__all__ = ["all_safe_rewind", "ensure_generator", "get_hinted_fields", "merge_cycler", "separate_devices", "short_uid"]
__all__ += flying.__all__
__all__ += messages.__all__
__all__ += motion.__all__
__all__ += reading.__all__
__all__ += repeating.__all__
__all__ += session.__all__
__all__ += staging.__all__
