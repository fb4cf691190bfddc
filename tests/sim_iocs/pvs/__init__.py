"""Tests of `sim_iocs/pvs`."""
