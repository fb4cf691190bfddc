"""The journal: every document, the queue and the history, in a file that outlives everything."""
