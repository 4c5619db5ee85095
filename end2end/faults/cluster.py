"""A PostgreSQL of a scenario's own, that may be killed and started again. Durable, as in production."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from .stage import free_port, programs, sql


class Cluster:
    """Data folder and server; both vanish at the end."""

    def __init__(self, connections: int = 200, settings: dict[str, str] | None = None):
        self.room = Path(tempfile.mkdtemp(prefix="lux-cluster-"))
        self.port = free_port()
        self.settings = {
            "listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.room), "max_connections": str(connections),
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB", "max_wal_size": "2GB",
            "log_min_messages": "fatal",
        } | (settings or {})
        self.process: subprocess.Popen | None = None
        if os.geteuid() == 0:
            self.room.chmod(0o755)
            shutil.chown(self.room, "postgres")
        initdb = [programs("initdb"), "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(self._as_postgres([*initdb, "-D", str(self.room / "data")]), check=True, capture_output=True, cwd="/")
        self.start()
        # As in production: owns its databases, and row-level security holds it.
        sql(self.admin, "CREATE ROLE lux LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS")
        sql(self.admin, "CREATE DATABASE lux OWNER lux")

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.crash()
        shutil.rmtree(self.room, ignore_errors=True)

    @property
    def admin(self) -> str:
        """Address of the superuser."""
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def url(self) -> str:
        """Address of the owner, who may create databases."""
        return f"postgres://lux@127.0.0.1:{self.port}/lux"

    @staticmethod
    def _as_postgres(command: list[str]) -> list[str]:
        # PostgreSQL refuses to run as root.
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command] if os.geteuid() == 0 else command

    def start(self, limit: float = 60) -> float:
        """Starts it; seconds until it answers, recovery included."""
        begun = time.monotonic()
        words = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        command = [programs("postgres"), "-D", str(self.room / "data"), "-p", str(self.port), *words]
        with open(self.room / "log", "ab") as log:
            self.process = subprocess.Popen(self._as_postgres(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        while True:
            try:
                sql(self.admin, "SELECT 1")
                return time.monotonic() - begun
            except subprocess.CalledProcessError:
                if time.monotonic() - begun > limit or self.process.poll() is not None:
                    raise RuntimeError(f"PostgreSQL does not start: {(self.room / 'log').read_text()[-800:]}") from None
                time.sleep(0.05)

    def crash(self) -> None:
        """`stop -m immediate`: no checkpoint, no good-bye."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
