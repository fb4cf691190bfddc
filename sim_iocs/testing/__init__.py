"""Simulated hardware for tests: the pytest plugin."""
