"""Tests of `sim_iocs/motor`."""
