"""What every RunStart says of the sample, the user, the proposal …: configured keys, their rules, what is kept."""

from .keys import MetadataKey as MetadataKey
from .keys import metadata_keys as metadata_keys
from .keys import pv_keys as pv_keys
from .keys import why_no_pv as why_no_pv
from .rules import MetadataRule as MetadataRule
from .rules import metadata_mistakes as metadata_mistakes
from .run_metadata import RunMetadata as RunMetadata
