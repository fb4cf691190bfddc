"""Faults on purpose, as clients see them.

Layout: `kinds` is what can go wrong, `names` what it goes wrong with; `injector` begins and ends faults, and computes
`effects` on PVs and on `motors`. `context` and `circuit` are the Channel Access server that makes clients see them,
with `lies` (wrong values) and `late` (what has to wait). `scenario` is a story of faults as TOML, `library` finds it,
`playing` tells it; `group` are the `Fault:` PVs. `proxy` stands between client and server: a bad network, made of
`network`, `messages`, `relay`.
"""

from .injector import ActiveFault as ActiveFault
from .injector import FaultInjector as FaultInjector
from .kinds import Fault as Fault
from .kinds import FaultError as FaultError
from .kinds import Kind as Kind
