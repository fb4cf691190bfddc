"""EPICS Base's checker of access security files."""

import subprocess

from .support import TIMEOUT, base_env, base_tool


def ascheck(text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """What EPICS Base's own checker says of a file."""
    return subprocess.run(
        [base_tool("ascheck"), *options],
        input=text,
        env=base_env(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
