"""Trajectories: which motor is where at which point. Pure functions.

Start documents name these functions and their arguments, so that an analysis can compute the trajectory again; motors
may then be anything hashable, such as names. A trajectory is a `Cycler`: motor → positions, each in its motor's unit.
"""

from .grids import GridAxis as GridAxis
from .grids import OuterProductArgsPattern as OuterProductArgsPattern
from .grids import chunk_outer_product_args as chunk_outer_product_args
from .grids import classify_outer_product_args_pattern as classify_outer_product_args_pattern
from .grids import has_snake_flags as has_snake_flags
from .grids import outer_list_product as outer_list_product
from .grids import outer_product as outer_product
from .grids import snaking as snaking
from .lines import inner_list_product as inner_list_product
from .lines import inner_product as inner_product
from .spirals import spiral as spiral
from .spirals import spiral_fermat as spiral_fermat
from .spirals import spiral_square_pattern as spiral_square_pattern
