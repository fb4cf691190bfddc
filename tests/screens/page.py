"""The page that draws screens, built once.

Node.js and npm make it from `web/`, in a folder that is not of the repository; made again when something in `web/` is
another, and its packages only when the list of them is.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

__all__ = ["ROOT", "CannotBeBuilt", "built_page"]

ROOT = Path(__file__).parents[2]
"""Of the repository."""
WEB = Path(__file__).parent / "web"
BUILD = ROOT / "build" / "screens" / "web"
PACKAGES = ("package.json", "package-lock.json")
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
BUNDLE = ("node", "build.mjs")
TIMEOUT = 120
"""Seconds for each of these; the first takes 5, the second 1."""
UNREACHED = re.compile(r"ENOTFOUND|ECONN|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|E40[37]|E50\d")
"""What npm says when it does not reach its registry."""


class CannotBeBuilt(Exception):
    """Node.js or npm is not here, or npm's registry is not reached; says which. Tests are skipped for it."""


def built_page() -> Path:
    """The folder that holds `index.html` and `page.js`. Raises CannotBeBuilt."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _build()
    return BUILD


def _build() -> None:
    sources = sorted(each for each in WEB.iterdir() if each.is_file())
    packages = _stamp([WEB / name for name in PACKAGES])
    everything = _stamp(sources)
    if _read(BUILD / "built") == everything:
        return
    for source in sources:
        shutil.copy2(source, BUILD)
    if _read(BUILD / "installed") != packages:
        _run(INSTALL)
        (BUILD / "installed").write_text(packages)
    _run(BUNDLE)
    (BUILD / "built").write_text(everything)


def _stamp(files: list[Path]) -> str:
    return hashlib.sha256(b"\0".join(each.name.encode() + b"\0" + each.read_bytes() for each in files)).hexdigest()


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _run(command: tuple[str, ...]) -> None:
    if shutil.which(command[0]) is None:
        raise CannotBeBuilt(f"{command[0]} is not installed")
    try:
        done = subprocess.run(
            command, cwd=BUILD, env=os.environ, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise CannotBeBuilt(f"{' '.join(command)} took more than {TIMEOUT} s") from None
    if done.returncode == 0:
        return
    said = f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}"
    if command == INSTALL and (unreached := UNREACHED.search(said)):
        raise CannotBeBuilt(f"npm does not reach its registry ({unreached[0]})")
    raise RuntimeError(said)
