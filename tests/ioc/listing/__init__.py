"""Tests of `reioc pvs`."""
