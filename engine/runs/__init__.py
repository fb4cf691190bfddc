"""Runs: what becomes a document."""

from .bundler import RunBundler as RunBundler
