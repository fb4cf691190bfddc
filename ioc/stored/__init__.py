"""Runs that are in a journal: listed, shown, exported, plotted, followed.

command ──▶ opening, choosing ──▶ listing │ showing │ exporting ──▶ hdf5 … │ plotting │ tailing
                                             contents ◀── the documents of one run
"""

from .command import add_arguments as add_arguments
from .command import runs as runs
