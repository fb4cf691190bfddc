"""The plans that are offered: by name, with parameters in JSON."""
