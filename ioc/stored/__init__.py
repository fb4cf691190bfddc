"""Runs that are over, from the journal: listed, shown, exported, drawn."""
