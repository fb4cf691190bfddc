"""EPICS access security: who may write what. Pure: no socket, no loop, no caproto.

config   `[access]` of beamline.toml              groups   the ASG of each of our PVs
acf      files, read (acf_tokens, acf_model, macros)
rules    rights, computed as EPICS Base does      refusal  told to who may not
hosts    where a client is                        calc     expressions (calc_compiler, calc_arithmetic)
"""

from .acf import AcfError as AcfError
from .acf import parse_acf as parse_acf
from .acf_model import Rights as Rights
from .config import AccessConfig as AccessConfig
from .config import load_rules as load_rules
from .groups import asg_of as asg_of
from .refusal import explain as explain
from .rules import AccessRules as AccessRules
from .rules import Client as Client
from .rules import Decision as Decision
