"""`EngineIOC(RE, prefix=…).start()` in somebody's script: pause, resume and abort from either side."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from ..docs.ipython_session import Cell, Session
from .engine_client import FAILED
from .support import TIMEOUT, BaseTools, Service, free_port

P = "BL:RE:"
SCRIPT = Path(__file__).with_name("embedded_script.py")


class Person:
    """Somebody at the script; and others, who are at a screen."""

    def __init__(self, script: Service, lines: TextIO, tools: BaseTools) -> None:
        self.script, self.tools = script, tools
        self._lines, self._answers = lines, 0

    def say(self, word: str) -> None:
        """Have the script do something, which may take its time."""
        print(word, file=self._lines, flush=True)

    def leave(self) -> None:
        """There is nothing more to do for the script."""
        self._lines.close()

    def sees(self) -> str:
        """What comes of the next thing that it was told."""
        self._answers += 1
        return self.script.wait_for(rf"(?:^.+ -> (.*)\n(?s:.*?)){{{self._answers}}}").group(1)

    def put(self, name: str) -> bool:
        """A command of somebody at a screen; whether it came true."""
        done = self.tools.caput("-c", "-w", f"{TIMEOUT:g}", P + name, "1")
        return done.returncode == 0 and FAILED not in done.stderr

    def get(self, name: str) -> str:
        """The value as `caget -t` prints it."""
        return self.tools.value(P + name)

    def wait(self, name: str, value: str) -> None:
        """Until a PV has this value."""
        with self.tools.camonitor("-t", "n", P + name) as monitor:
            monitor.wait_for(rf"^{P}{name}\s+{value}\b")


@contextmanager
def a_script(folder: Path) -> Iterator[Person]:
    """A script that serves its engine; it must end well at the end of its input, serving or not."""
    port, pipe = free_port(), folder / "words"
    os.mkfifo(pipe)
    with Service([sys.executable, SCRIPT, str(port), pipe], "^ready") as script:
        with pipe.open("w") as lines:
            yield Person(script, lines, BaseTools(f"127.0.0.1:{port}"))
        assert script.wait() == 0
        assert not re.search("Traceback|Error|Warning", script.output)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """At one script for this module, whose engine each test leaves idle."""
    with a_script(tmp_path_factory.mktemp("embedding")) as person:
        yield person


def test_a_pause_from_a_screen_gives_the_person_the_prompt(person: Person) -> None:
    """RE(plan) ends with RunEngineInterrupted; resumed from the screen it runs behind, and is aborted from there."""
    person.say("run")
    person.wait("Run:Open", "Yes")
    assert person.get("State") == "running"

    assert person.put("Pause")
    assert (person.sees(), person.get("State")) == ("interrupted; paused", "paused")

    assert person.put("Resume")
    assert person.get("State") == "running"

    assert person.put("Abort")
    assert (person.get("State"), person.get("Run:ExitStatus")) == ("idle", "abort")


def test_a_person_resumes_and_aborts_what_a_screen_has_paused(person: Person) -> None:
    """The screen follows; the put of a pause that is pending is not disturbed by that."""
    person.say("run")
    person.wait("Run:Open", "Yes")
    assert person.put("Pause")
    assert person.sees() == "interrupted; paused"

    person.say("resume")
    person.wait("State", "running")
    assert person.put("Pause")
    assert person.sees() == "interrupted; paused"

    person.say("abort")
    assert person.sees().startswith("over: abort")
    person.wait("State", "idle")
    assert (person.get("Run:ExitStatus"), "said the person" in long_text(person, "Run:Reason")) == ("abort", True)


def test_a_screen_stops_what_a_person_runs(person: Person) -> None:
    """The call ends as bluesky's does, and the run counts as good."""
    person.say("run")
    person.wait("Run:Open", "Yes")

    assert person.put("Stop")

    assert person.sees() == "interrupted; idle"
    assert person.get("Run:ExitStatus") == "stop"


def test_the_pvs_follow_what_a_person_runs(person: Person) -> None:
    """A scan of theirs is on the screens, with its data; a second one as well."""
    before = int(person.get("Run:ScanID"))
    for number in (before + 1, before + 2):
        person.say("scan")
        assert person.sees() == "over: success; idle"
        person.wait("State", "idle")
        assert [person.get(f"Run:{name}") for name in ("Plan", "ScanID", "Point", "ExitStatus")] == [
            *("scan", str(number), "5", "success")
        ]
    assert person.tools.caget("-t", "-#", "5", P + "Data:X").stdout.split()[1:] == ["-1", "-0.5", "0", "0.5", "1"]


def test_the_engine_goes_on_when_it_is_served_no_more(person: Person) -> None:
    """It is the person's, not the IOC's; served again, at the same port, its PVs are there again."""
    before = int(person.get("StateSeq"))
    for word, answer in (("stop serving", "stopped"), ("scan", "over: success"), ("serve again", "started")):
        person.say(word)
        assert person.sees() == f"{answer}; idle"

    assert int(person.get("StateSeq")) == before + 2


def test_who_serves_no_more_goes_in_order(person: Person) -> None:
    """Clients see offline, then they are disconnected, and no thread is left."""
    with person.tools.camonitor("-t", "n", P + "State", ready="idle") as monitor:
        person.say("stop serving")
        monitor.wait_for(r"State\s+offline\s+STATE\s+INVALID(?s:.*)State.*\*\*\* [Dd]isconnected")
    assert person.sees() == "stopped; idle"
    person.say("threads")
    assert person.sees() == "[]; idle"


def test_a_script_that_ends_ends(tmp_path: Path) -> None:
    """With the IOC still serving, and a client connected, which sees it go."""
    with a_script(tmp_path) as person:
        person.say("scan")
        assert person.sees() == "over: success; idle"
        with person.tools.camonitor("-t", "n", P + "State", ready="idle") as monitor:
            person.leave()
            assert person.script.wait() == 0
            monitor.wait_for(r"offline(?s:.*)[Dd]isconnected")


def long_text(person: Person, name: str) -> str:
    return person.tools.caget("-t", "-S", P + name).stdout


def test_in_ipython(tmp_path: Path) -> None:
    """As a person types it: paused by a screen there is the prompt again, and the person aborts."""
    port = free_port()
    tools = BaseTools(f"127.0.0.1:{port}")
    session = Session(tmp_path)
    try:
        for line in (
            "from reioc.engine import RunEngine, RunEngineInterrupted",
            "from reioc.engine.plans import count",
            "from reioc.ioc import EngineIOC",
            "RE = RunEngine()",
            f"ioc = EngineIOC(RE, prefix='{P}').start(port={port})",
        ):
            assert session.enter(Cell([line])).strip() == ""
        pausing = threading.Thread(target=_pause_when_it_runs, args=[tools])
        pausing.start()
        shown = session.enter(Cell(["RE(count([], num=None, delay=0.01))"]))
        pausing.join()
        assert "RunEngineInterrupted" in shown
        assert tools.value(P + "State") == "paused"
        session.enter(Cell(["uids = RE.abort('enough')"]))
        assert (tools.value(P + "State"), tools.value(P + "Run:ExitStatus")) == ("idle", "abort")
        session.close()
    finally:
        session.kill()


def _pause_when_it_runs(tools: BaseTools) -> None:
    with tools.camonitor("-t", "n", P + "Run:Open") as monitor:
        monitor.wait_for(r"Open\s+Yes")
    tools.caput("-c", "-w", f"{TIMEOUT:g}", P + "Pause", "1")
