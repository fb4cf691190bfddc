"""Tests of `sim_iocs/area_detector`."""
