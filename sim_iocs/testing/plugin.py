"""The pytest plugin: simulated hardware as fixtures."""
