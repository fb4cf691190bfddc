"""A dashboard for a terminal, over Channel Access alone."""
