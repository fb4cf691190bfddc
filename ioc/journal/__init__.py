"""The journal: every document, the queue and the history, in a file that outlives everything.

record ──▶ packing, outline ──▶ queue ──▶ writer (a thread) ──▶ ledger ──▶ transaction ──▶ file
store  ──▶ tables ────────────────▲                    └──▶ waiting (kept), futures, observers
JournalReader ◀── summaries, packing ◀── file (any process)
"""

from .errors import JournalError as JournalError
from .journal import Journal as Journal
from .reading import JournalReader as JournalReader
from .recovery import RecoveredRun as RecoveredRun
from .summaries import RunSummary as RunSummary
from .tables import Statement as Statement
from .tables import add_history as add_history
from .tables import drop_item as drop_item
from .tables import drop_items as drop_items
from .tables import move_item as move_item
from .tables import put_item as put_item
from .tables import put_value as put_value
