"""Devices by name: what is configured, loading, connecting."""
