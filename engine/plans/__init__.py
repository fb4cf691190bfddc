"""Plans: what bluesky calls stubs, preprocessors and plans, under the same names.

`from reioc.engine import plans as bp`, `from reioc.engine.plans import stubs as bps, preprocessors as bpp` is what
bluesky's three modules are; here all of them can be had from one place as well.
"""

from . import patterns as patterns
from . import preprocessors as preprocessors
from . import stubs as stubs
from .adaptive import adaptive_scan as adaptive_scan
from .adaptive import rel_adaptive_scan as rel_adaptive_scan
from .adaptive import relative_adaptive_scan as relative_adaptive_scan
from .annotations import Repeats as Repeats
from .annotations import Units as Units
from .catalogue import CATALOGUE as CATALOGUE
from .devices import all_safe_rewind as all_safe_rewind
from .devices import get_hinted_fields as get_hinted_fields
from .devices import merge_cycler as merge_cycler
from .devices import root_ancestor as root_ancestor
from .devices import separate_devices as separate_devices
from .flying import fly as fly
from .flying import ramp_plan as ramp_plan
from .grid_scans import grid_scan as grid_scan
from .grid_scans import list_grid_scan as list_grid_scan
from .grid_scans import outer_product_scan as outer_product_scan
from .grid_scans import rel_grid_scan as rel_grid_scan
from .grid_scans import rel_list_grid_scan as rel_list_grid_scan
from .grid_scans import relative_outer_product_scan as relative_outer_product_scan
from .hints import derive_default_hints as derive_default_hints
from .inner_product_scans import inner_product_scan as inner_product_scan
from .inner_product_scans import relative_inner_product_scan as relative_inner_product_scan
from .inner_product_scans import x2x_scan as x2x_scan
from .log_scans import log_scan as log_scan
from .log_scans import rel_log_scan as rel_log_scan
from .log_scans import relative_log_scan as relative_log_scan
from .patterns import chunk_outer_product_args as chunk_outer_product_args
from .patterns import inner_list_product as inner_list_product
from .patterns import inner_product as inner_product
from .patterns import outer_product as outer_product
from .preprocessors import *
from .scans import count as count
from .scans import list_scan as list_scan
from .scans import rel_list_scan as rel_list_scan
from .scans import rel_scan as rel_scan
from .scans import relative_list_scan as relative_list_scan
from .scans import relative_scan as relative_scan
from .scans import scan as scan
from .spirals import rel_spiral as rel_spiral
from .spirals import rel_spiral_fermat as rel_spiral_fermat
from .spirals import rel_spiral_square as rel_spiral_square
from .spirals import relative_spiral as relative_spiral
from .spirals import relative_spiral_fermat as relative_spiral_fermat
from .spirals import spiral as spiral
from .spirals import spiral_fermat as spiral_fermat
from .spirals import spiral_square as spiral_square
from .steps import PerShot as PerShot
from .steps import PerStep as PerStep
from .steps import PerStep1D as PerStep1D
from .steps import PerStepND as PerStepND
from .stubs import *
from .trajectories import scan_nd as scan_nd
from .tuning import tune_centroid as tune_centroid
from .tuning import tweak as tweak
