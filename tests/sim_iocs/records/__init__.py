"""Tests of `sim_iocs/records`."""
