"""The process of a Tiled server of our own."""

from __future__ import annotations

import os
import subprocess
import sys

from reioc.ioc.sinks import tiled_server

from .support import DEADLINE


def test_a_server_whose_service_is_killed_as_it_starts_ends(tmp_path):
    """Nobody is there to be told where it listens; Tiled's own threads would keep it alive."""
    (tmp_path / "tiled").mkdir()
    (tmp_path / "tiled" / "__init__.py").touch()
    (tmp_path / "tiled" / "server.py").write_text(
        "import sys, threading\n"
        "class SimpleTiledServer:\n"
        "    port = 1\n"
        "    def __init__(self, *args, **kwargs):\n"
        "        sys.stdin.read()  # the service dies meanwhile\n"
        "        self.ended = threading.Event()\n"
        "        threading.Thread(target=self.ended.wait).start()\n"
        "    def close(self):\n"
        "        self.ended.set()\n"
    )
    argv = [sys.executable, "-P", tiled_server.__file__, str(tmp_path / "data"), "0"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, **pipes, env={**os.environ, "PYTHONPATH": str(tmp_path)}) as process:
        process.stdout.close()
        process.stdin.write(b"key\n")
        process.stdin.close()
        try:
            assert process.wait(DEADLINE) == 0, process.stderr.read()
        finally:
            process.kill()
