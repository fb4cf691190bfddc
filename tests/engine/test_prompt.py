"""A real Python prompt, at a terminal: Ctrl-C, and what plans ask."""

import os
import select
import signal
import subprocess
import sys
import time

import pytest

SESSION = """
import sys, time
from reioc.engine import RunEngine, Msg, State
from reioc.engine.face import keyboard
keyboard.BOUNCE = 0  # a test strikes twice as quickly as it likes
RE = RunEngine()
def plan(n):
    for _ in range(n):
        yield Msg("checkpoint")
        yield Msg("sleep", None, 0.05)

"""


class Prompt:
    """A Python at a terminal."""

    def __init__(self):
        self.master, slave = os.openpty()
        env = {**os.environ, "TERM": "dumb", "PYTHON_BASIC_REPL": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-i", "-q"], stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=env
        )
        os.close(slave)
        self.shown = ""

    def type(self, text):
        os.write(self.master, text.encode())

    def until(self, text):
        deadline = time.monotonic() + 30
        while text not in self.shown:
            assert select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0], self.shown
            self.shown += os.read(self.master, 4096).decode()
        before, _, self.shown = self.shown.partition(text)
        return before

    def strike(self):
        self.process.send_signal(signal.SIGINT)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture
def python():
    session = Prompt()
    session.until(">>> ")
    for line in SESSION.strip("\n").splitlines():
        session.type(line + "\n")
    session.type("\nprint('rea' + 'dy')\n")
    session.until("ready")
    yield session
    session.close()


def test_at_a_real_prompt(python):
    """Once: it pauses at a checkpoint, with advice in the terminal; twice: now. Then Ctrl-C is the prompt's again."""
    python.type("RE.msg_hook = lambda msg: print('go' + 'ing') if msg.command == 'sleep' else None\n")
    python.type("RE(plan(10**6))\n")
    python.until("going")
    python.strike()
    python.until("Ctrl-C: the plan will pause at its next checkpoint. Once more within 10 s")
    python.until("RunEngineInterrupted")
    python.type("print('it is', RE.state)\n")
    python.until("it is paused")

    python.type("RE.stop()\n")
    python.type("RE([Msg('checkpoint'), Msg('sleep', None, 3600)])\n")
    python.until("going")
    python.strike()
    python.until("Once more within 10 s")
    python.strike()
    python.until("the plan pauses now")
    python.until("RunEngineInterrupted")

    python.type("RE.abort()\n")
    python.until(">>> ")
    python.type("print('wai' + 'ting'); time.sleep(3600)\n")
    python.until("waiting")
    python.strike()
    python.until("KeyboardInterrupt")


def test_input_at_a_real_prompt(python):
    """The line that is typed is the plan's; after an interruption the next line is the prompt's again."""
    python.type("RE([Msg('checkpoint'), Msg('input', prompt='your ' + 'name? ')])\n")
    python.until("your name? ")
    python.strike()
    python.until("Once more within 10 s")
    python.strike()
    python.until("RunEngineInterrupted")
    python.type("print('mine:', 6 * 7)\n")
    python.until("mine: 42")

    python.type("RE.msg_hook = None; answers = []\n")
    python.type("def ask():\n    answers.append((yield Msg('input', prompt='your ' + 'name? ')))\n\n")
    python.type("RE.halt()\nRE(ask())\n")
    python.until("your name? ")
    python.type("Ann Other\n")
    python.type("print('hello', answers)\n")
    python.until("hello ['Ann Other']")
