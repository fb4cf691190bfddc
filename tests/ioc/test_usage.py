"""What a process says that it uses."""

from __future__ import annotations

import math
import os

import pytest

from reioc.ioc.usage import ProcessUsage


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def proc(tmp_path):
    """A /proc/self with 1000 pages in memory and three open files."""
    (tmp_path / "statm").write_text("5000 1000 300 1 0 2000 0\n")
    (tmp_path / "fd").mkdir()
    for number in range(3):
        (tmp_path / "fd" / str(number)).touch()
    return tmp_path


def test_processor_time_is_that_since_the_look_before(proc):
    """Half a second of work in two seconds is 25 % of one processor, and later 0 % if nothing was done."""
    clock, cpu = Clock(), Clock()
    usage = ProcessUsage(clock, cpu, proc)
    clock.now += 2.0
    cpu.now += 0.5

    assert usage.look().cpu == pytest.approx(25.0)
    clock.now += 2.0
    assert usage.look().cpu == pytest.approx(0.0)


def test_two_looks_in_one_moment_divide_by_nothing(proc):
    """No time has passed: nothing was used."""
    assert ProcessUsage(Clock(), Clock(), proc).look().cpu == 0.0


def test_memory_and_files_are_counted(proc):
    """Pages in memory as MB, and what is open."""
    found = ProcessUsage(proc=proc).look()

    assert found.memory == pytest.approx(1000 * os.sysconf("SC_PAGE_SIZE") / 1e6)
    assert found.files == 3


def test_what_a_system_does_not_tell_is_not_made_up(tmp_path):
    """Without /proc memory is NaN, and files are -1."""
    found = ProcessUsage(proc=tmp_path / "none").look()

    assert math.isnan(found.memory)
    assert found.files == -1
