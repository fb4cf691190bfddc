"""Runs: what becomes a document."""

from .bundler import RunBundler as RunBundler
from .monitors import FailedAlready as FailedAlready
