"""Tests of `devices/registry`."""
