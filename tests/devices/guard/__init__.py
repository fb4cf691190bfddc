"""Tests of `devices/guard`."""
