"""The motor record: its fields, and how it moves."""
