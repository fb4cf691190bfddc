"""A guard on the bench: a real engine, devices whose connections the test makes and breaks, a clock that it turns."""

import threading
import time

from reioc.devices.guard.guard import Guard
from reioc.devices.registry.care import Care
from reioc.devices.registry.links import Links
from reioc.devices.registry.registry import Registry
from reioc.engine import RunEngine, StateChange
from reioc.engine.excuses import AGAIN

from ...engine.fakes import Detector, Motor

PATIENCE = 20.0
MOTOR_PV, DET_PV, OTHER_PV = "X:m1.RBV", "X:det1", "X:m2.RBV"
PVS = {"m1": MOTOR_PV, "det": DET_PV, "m2": OTHER_PV}


class FakeLinks(Links):
    """Connections that the test decides."""

    def connect(self, name, pv, is_connected=True):
        self._pvs.setdefault(name, {}).setdefault(pv, False)
        self._ever.setdefault(name, set())
        self._note(name, pv, is_connected)


class FakeServers:
    """Servers that answer when the test says so."""

    def __init__(self):
        self.asked = []

    def ask(self, pv, timeout, tell):
        if any(known == pv for known, _ in self.asked):
            return False
        self.asked.append((pv, tell))
        return True

    def answer(self, answers=True):
        asked, self.asked = self.asked, []
        for _, tell in asked:
            tell(answers)
        return [pv for pv, _ in asked]


class Bench:
    """m1, det and m2, all connected; `det` sees where m1 is."""

    def __init__(self, **care):
        self.now = 0.0
        self.RE = RunEngine()
        self.RE.env.cleanup_timeout = 0.2  # for motors that do not stop
        self.m1, self.m2 = Motor("m1"), Motor("m2")
        self.det = Detector("det", self.m1)
        self.links = FakeLinks()
        self.servers = FakeServers()
        looked_after = Care(**{"settle": 1.0, **care})
        registry = Registry([self.m1, self.det, self.m2], dict.fromkeys(PVS, looked_after))
        self.guard = Guard(self.RE, registry, self.links, answering=self.servers, clock=lambda: self.now)
        for name, pv in PVS.items():
            self.links.connect(name, pv)
        self.changes, self._news = [], threading.Condition()
        self.documents = []
        self.RE.observers.append(self._note)
        self.RE.subscribe(lambda name, doc: self.documents.append((name, doc)))

    def _note(self, news):
        with self._news:
            if isinstance(news, StateChange):
                self.changes.append(news)
            self._news.notify_all()

    @property
    def states(self):
        return [str(change.new) for change in self.changes]

    def reach(self, state, times=1):
        """Wait until the engine has been in a state, so many times."""
        with self._news:
            assert self._news.wait_for(lambda: self.states.count(state) >= times, PATIENCE), f"{state}: {self.states}"
        # The engine's own hold, that what has failed is done again, goes a moment after the state has come.
        deadline, pause = time.monotonic() + PATIENCE, threading.Event()
        while state == "suspended" and any(hold.owner == AGAIN for hold in self.RE.holds):
            assert time.monotonic() < deadline, self.RE.holds
            pause.wait(0.001)

    def lose(self, name="det"):
        """Its connection goes, and the guard looks."""
        self.links.connect(name, PVS[name], is_connected=False)
        self.guard.look()

    def find(self, name="det"):
        """Its connection is there again, and the guard looks."""
        self.links.connect(name, PVS[name])
        self.guard.look()

    def pass_time(self, seconds):
        """Some time passes, and the guard looks, before and after."""
        self.guard.look()
        self.now += seconds
        self.guard.look()

    def recover(self):
        """All is connected, every server answers, and the device has settled."""
        for name in PVS:
            self.find(name)
        self.servers.answer()
        self.pass_time(1.0)

    @property
    def reasons(self):
        """Why plans are held, each once: what has failed holds as well until the plan is suspended."""
        return list(dict.fromkeys(hold.reason for hold in self.RE.holds))

    @property
    def events(self):
        """The data of all events, with their numbers."""
        return [(doc["seq_num"], doc["data"]) for name, doc in self.documents if name == "event"]

    def close(self):
        self.RE.failure_hooks[:] = [self.guard.excuse]  # a test may have put its own around it
        self.guard.close()
        assert self.RE.holds == ()
        self.RE.close()
