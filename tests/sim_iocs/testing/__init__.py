"""Tests of `sim_iocs/testing`."""
