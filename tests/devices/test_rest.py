"""The end of ophyd's devices."""

import subprocess
import sys

import pytest

SLOW = """
import logging, sys, threading
logging.basicConfig(format="%(message)s")
import ophyd
from reioc.devices import let_ophyd_rest

begun, go_on, done = threading.Event(), threading.Event(), []

def slow():
    begun.set()
    go_on.wait(20)
    done.append(1)

dispatcher = ophyd.cl.get_dispatcher()
GIVE
begun.wait(20)
"""


def output(script: str) -> str:
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "give", ["dispatcher.schedule_utility_task(slow)", 'dispatcher.get_thread_context("monitor").run(slow)']
)
def test_what_ophyds_threads_were_given_is_done(give):
    """It comes back when they have done it, not before."""
    script = SLOW.replace("GIVE", give) + "threading.Timer(0.05, go_on.set).start()\nlet_ophyd_rest()\nprint(done)\n"

    assert output(script) == "[1]\n"


def test_a_thread_that_hangs_is_told_of_and_left():
    """After its time it comes back all the same."""
    script = SLOW.replace("GIVE", "dispatcher.schedule_utility_task(slow)") + "let_ophyd_rest(0.1)\ngo_on.set()\n"

    assert output(script) == "ophyd's threads are still busy after 0.1 s\n"


def test_without_ophyd_there_is_nothing_to_wait_for():
    """It does not load ophyd, nor Channel Access."""
    script = "import sys\nfrom reioc.devices import let_ophyd_rest\nlet_ophyd_rest()\nprint('ophyd' in sys.modules)\n"

    assert output(script) == "False\n"
