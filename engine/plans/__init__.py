"""Plans: what bluesky calls stubs, preprocessors and plans, under the same names.

`from reioc.engine import plans as bp`, `from reioc.engine.plans import stubs as bps, preprocessors as bpp` is what
bluesky's three modules are; here all of them can be had from one place as well.
"""

from . import preprocessors as preprocessors
from . import stubs as stubs
from .annotations import Repeats as Repeats
from .annotations import Units as Units
from .catalogue import CATALOGUE as CATALOGUE
from .devices import all_safe_rewind as all_safe_rewind
from .devices import get_hinted_fields as get_hinted_fields
from .devices import merge_cycler as merge_cycler
from .devices import root_ancestor as root_ancestor
from .devices import separate_devices as separate_devices
from .grid_scans import grid_scan as grid_scan
from .grid_scans import rel_grid_scan as rel_grid_scan
from .patterns import chunk_outer_product_args as chunk_outer_product_args
from .patterns import inner_list_product as inner_list_product
from .patterns import inner_product as inner_product
from .patterns import outer_product as outer_product
from .preprocessors import *
from .scans import count as count
from .scans import list_scan as list_scan
from .scans import rel_list_scan as rel_list_scan
from .scans import rel_scan as rel_scan
from .scans import scan as scan
from .scans import scan_nd as scan_nd
from .steps import PerShot as PerShot
from .steps import PerStep as PerStep
from .stubs import *
