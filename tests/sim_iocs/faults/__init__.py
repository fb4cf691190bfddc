"""Tests of `sim_iocs/faults`."""
