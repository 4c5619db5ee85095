"""Getting the peers: from npm with a lock file, from PyPI with pinned versions, from Debian unpacked and not installed."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .ground import Missing

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lux" / "bench"


def _run(command: list[str], what: str, **more) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, **more)
    except (OSError, subprocess.TimeoutExpired) as trouble:
        raise Missing(f"{what}: {trouble}") from None
    if done.returncode:
        raise Missing(f"{what}: {(done.stderr or done.stdout).strip().splitlines()[-1:] or done.returncode}")
    return done.stdout


@functools.cache
def node(script: str) -> list[str]:
    """The start of a command that runs one of our Node scripts."""
    program = shutil.which("node")
    if not program or not shutil.which("npm"):
        raise Missing("Node.js is not installed")
    stamp, lock = HERE / "node_modules" / ".from", (HERE / "package-lock.json").read_bytes()
    if not stamp.is_file() or stamp.read_bytes() != lock:
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "npm ci", cwd=HERE)
        stamp.write_bytes(lock)
    return [program, str(HERE / "peers" / script)]


@functools.cache
def python() -> str:
    """A Python with the peers of `requirements.txt`."""
    wanted, room = (HERE / "requirements.txt").read_bytes(), CACHE / "venv"
    stamp, program = room / "from", str(room / "bin" / "python")
    if not stamp.is_file() or stamp.read_bytes() != wanted:
        shutil.rmtree(room, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(room)], "a virtual environment (Debian: python3-venv)")
        _run([program, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(HERE / "requirements.txt")], "pip install")
        stamp.write_bytes(wanted)
    return program


@functools.cache
def smtp_source() -> tuple[list[str], dict[str, str]]:
    """Postfix's load generator and the environment it needs. Postfix itself is not installed: its package is unpacked."""
    if found := shutil.which("smtp-source"):
        return [found], {}
    room = CACHE / "postfix"
    program, libraries = room / "usr/sbin/smtp-source", room / "usr/lib/postfix"
    if not program.is_file():
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise Missing("smtp-source is part of Postfix, and this machine has no apt-get to fetch it with")
        room.mkdir(parents=True, exist_ok=True)
        _run(["apt-get", "download", "postfix"], "apt-get download postfix", cwd=room)
        packages = sorted(room.glob("postfix_*.deb"))
        if not packages:
            raise Missing("apt-get download postfix left no package")
        _run(["dpkg", "-x", str(packages[-1]), str(room)], "unpacking postfix")
    return [str(program)], {"LD_LIBRARY_PATH": str(libraries)}
