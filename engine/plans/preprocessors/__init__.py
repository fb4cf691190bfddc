"""What changes or surrounds a plan, as bluesky.preprocessors has it."""

from ..generators import ensure_generator, make_decorator, pchain, single_gen
from . import contingency, mutators, relative, rewinding, wrappers
from .contingency import *
from .mutators import *
from .relative import *
from .rewinding import *
from .wrappers import *

__all__ = ["ensure_generator", "make_decorator", "pchain", "single_gen"]
__all__ += contingency.__all__
__all__ += mutators.__all__
__all__ += relative.__all__
__all__ += rewinding.__all__
__all__ += wrappers.__all__
