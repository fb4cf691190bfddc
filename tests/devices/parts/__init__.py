"""Tests of `devices/parts`."""
