"""Tests of `sim_iocs/physics`."""
