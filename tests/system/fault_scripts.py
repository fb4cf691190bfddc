"""What the tests of faults play, and the clients that look on."""

OWN = """
[scenario]
name = "own"
description = "The readback of m4 is wrong, and the ring is dumped and restored"

[[step]]
at = 0.0
fault = "value"
pv = "m4.RBV"
value = 5.0
duration = 10.0

[[step]]
at = 1.0
put = "Ring:Dump"
value = "Dump"

[[step]]
at = 8.0
put = "Ring:Restore"
value = "Restore"
"""

LIES = """
import epics, time
rbv = epics.PV("SIM:m1.RBV", form="ctrl", auto_monitor=True)
mode = epics.PV("SIM:Ring:Mode")
seen = []
rbv.add_callback(lambda value, severity, status, **_: seen.append((value, severity, status)))
assert rbv.wait_for_connection(10) and mode.wait_for_connection(10)

def until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, seen
        time.sleep(0.01)

def put(name, value):
    assert epics.caput("SIM:Fault:" + name, value, wait=True) == 1

def inject(kind, pv="m1.RBV", value=""):
    put("PV", pv); put("Duration", 0); put("Kind", kind); put("Value", value); put("Inject", 1)

until(lambda: seen)
inject("value", value="99")
until(lambda: seen[-1][0] == 99.0)
assert rbv.get(use_monitor=False) == 99.0 and rbv.get(as_string=True, use_monitor=False) == "99.0000"
assert epics.caget("SIM:m1.DRBV") == 0.0
inject("severity", value="MAJOR HIHI")
until(lambda: seen[-1] == (99.0, 2, 3))
inject("nan")
until(lambda: seen[-1][0] != seen[-1][0])
put("ClearAll", 1)
until(lambda: seen[-1] == (0.0, 0, 0))
assert rbv.get(use_monitor=False) == 0.0 and rbv.upper_ctrl_limit == 10.0

inject("value", "Ring:Mode", "no beam")
assert mode.get(as_string=True, use_monitor=False) == "no beam"
put("ClearAll", 1)
assert mode.get(as_string=True, use_monitor=False) == "top-up"
"""

HOLDING = """
import epics, time
m4, rbv = epics.PV("SIM:m4"), epics.PV("SIM:m4.RBV")
seen = []
rbv.add_callback(lambda value, **_: seen.append(value))
assert m4.wait_for_connection(10) and rbv.wait_for_connection(10)

def put(name, value):
    assert epics.caput("SIM:Fault:" + name, value, wait=True) == 1

def inject(kind, value="", pv="m4.RBV"):
    put("PV", pv); put("Duration", 0); put("Kind", kind); put("Value", value); put("Inject", 1)

def until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, seen
        time.sleep(0.01)

until(lambda: seen == [0.0])
inject("freeze")
assert m4.put(2.0, wait=True, timeout=10) == 1 and m4.get(use_monitor=False) == 2.0
found = rbv.get(use_monitor=False, timeout=0.2)
assert (found, seen) == (None, [0.0]), (found, seen)
put("ClearAll", 1)
until(lambda: seen[1:] == [2.0])
assert rbv.get(use_monitor=False) == 2.0

inject("freeze", pv="m4")
m4.put(2.2)
assert [epics.caget("SIM:m4.DMOV") for _ in range(5)] == [1] * 5
put("ClearAll", 1)
until(lambda: seen[-1] == 2.2)

inject("delay", "6")
began = time.monotonic()
assert m4.put(2.5, wait=True, timeout=10) == 1
assert seen[-1] == 2.2, "it is told 0.6 s late; the motion takes a fraction of that"
until(lambda: seen[-1] == 2.5)
assert seen[1:] == sorted(seen[1:]) and len(seen) > 2
assert 0.5 < time.monotonic() - began < 5
began = time.monotonic()
assert rbv.get(use_monitor=False, timeout=10) == 2.5
assert time.monotonic() - began > 0.5
put("ClearAll", 1)
assert epics.caput("SIM:m4", 0, wait=True) == 1
"""
