"""What a scenario plays on: Lux processes, the sink, a folder, a database of its own."""

from __future__ import annotations

import base64
import contextlib
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from .api import Api, fetch, wait_until

PASSWORD = "a password of the faults"
# Each may ask 600 times a minute.
KEYS = 6


@dataclass
class Options:
    """What all scenarios share."""

    binary: Path
    sink: Path
    postgres: str | None
    seed: int
    quick: bool
    live: bool
    # `fault-proxy` and `lux-bench`, for the scenarios that need them.
    proxy: Path | None = None
    bench: Path | None = None
    # Asked for by name; None is the scenario's own number.
    people: int | None = None
    times: int | None = None
    # The numbers of the promise, however long they take.
    full: bool = False

    def size(self, quick: int, usual: int, full: int) -> int:
        """One of three sizes."""
        return full if self.full else quick if self.quick else usual

    def crowd(self, quick: int, usual: int, full: int) -> int:
        """Contacts."""
        return self.people or self.size(quick, usual, full)

    def rounds(self, quick: int, usual: int, full: int) -> int:
        """Kills, stops, rounds."""
        return self.times or self.size(quick, usual, full)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def programs(name: str) -> str:
    """A program of PostgreSQL, where Debian puts it or on the search path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else shutil.which(name) or name


def sql(url: str, statement: str) -> str:
    """A statement through psql, unaligned, without heads."""
    command = [programs("psql"), "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]
    done = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stdout.strip()


def _tied(command: list[str]) -> list[str]:
    """Ends with this process, even if this process is killed."""
    return ["setpriv", "--pdeathsig", "KILL", *command] if shutil.which("setpriv") else command


class Pace:
    """Writes down how many mails there are at the sink, so that rates of any span can be told afterwards."""

    def __init__(self, sink: Sink, step: float = 0.05):
        self.sink, self.step = sink, step
        self.marks: list[tuple[float, int]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(self.step):
            self.marks.append((time.monotonic(), self.sink.count()))

    def close(self) -> None:
        """Stops watching."""
        self._stop.set()
        self._thread.join()

    def rate(self, begin: float, end: float) -> float:
        """Mails a second between two moments of the monotonic clock."""
        inside = [(at, count) for at, count in self.marks if begin <= at <= end]
        if len(inside) < 2 or inside[-1][0] == inside[0][0]:
            return 0.0
        return (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0])


class Memory:
    """Watches a process: the highest resident size, in kB."""

    def __init__(self, pid: int):
        self.pid = pid
        with contextlib.suppress(OSError):
            # From here on the kernel's own high-water mark counts, which misses nothing between two looks.
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        self.before = status(pid, "VmRSS") or 0
        self.highest = self.before
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self.highest = max(self.highest, status(self.pid, "VmHWM") or 0)

    def close(self) -> float:
        """Growth in MB."""
        self.highest = max(self.highest, status(self.pid, "VmHWM") or 0)
        self._stop.set()
        self._thread.join()
        return (self.highest - self.before) / 1024


def status(pid: int, field: str) -> int | None:
    """A line of /proc/PID/status in kB; None when the process is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return None


class Lux:
    """One Lux process that can be killed and started again over the same data."""

    def __init__(self, stage: Stage, role: str = "all", env: dict[str, str] | None = None):
        self.stage = stage
        self.role = role
        self.env = stage.env | (env or {})
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None
        self.ready_after = 0.0
        self.starts = 0

    def start(self) -> Lux:
        """Starts and waits until /readyz says so."""
        self.starts += 1
        log = open(self.stage.room / f"lux-{self.role}-{self.port}.log", "ab")
        begun = time.monotonic()
        command = [str(self.stage.options.binary), "serve", "--role", self.role]
        self.process = subprocess.Popen(
            _tied(command), env=self.env | {"LUX_ADDR": f"127.0.0.1:{self.port}"},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )
        log.close()
        wait_until(f"lux {self.role} is ready", self._ready, 60, 0.01)
        self.ready_after = time.monotonic() - begun
        return self

    def _ready(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"lux ended at once; {self.stage.log_tail()}")
        return fetch(f"{self.url}/readyz", timeout=5)[0] == 200

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self.process is not None, "it does not run"
        return self.process.pid

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None, "it does not run"
        self.process.kill()
        self.process.wait()
        self.process = None

    def signal(self, what: signal.Signals) -> None:
        """SIGSTOP, SIGCONT and the like."""
        os.kill(self.pid, what)

    def is_running(self) -> bool:
        """It has not ended by itself."""
        return self.process is not None and self.process.poll() is None

    def terminate(self, limit: float = 30) -> tuple[float, int]:
        """SIGTERM; seconds until it ended, and its exit code. Killed after the limit."""
        assert self.process is not None, "it does not run"
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        return time.monotonic() - begun, code


@dataclass(frozen=True)
class Mail:
    """A line of the sink's log: what was really taken."""

    to: str
    message_id: str
    sha256: str
    at: int
    attempt: str


class Sink:
    """The SMTP sink, in a process of its own that survives Lux."""

    def __init__(self, stage: Stage, faults: list[str] | None = None, more: list[str] | None = None, save: bool = False):
        number = stage.sinks = stage.sinks + 1
        self.log = stage.room / f"sink-{number}.log"
        self.folder = stage.room / f"sink-{number}"
        self.log.touch()
        command = [str(stage.options.sink), "--port", "0", "--log", str(self.log), *(more or [])]
        if save:
            command += ["--save", str(self.folder)]
        for fault in faults or []:
            command += ["--fault", fault]
        self.process = subprocess.Popen(_tied(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.port = _listening(self.process, "the sink")
        # Times in the log count from here, in milliseconds since 1970.
        self.started = int(self._words()[1])
        self._counted, self._offset = 0, 0

    def _words(self) -> list[str]:
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()

    def told(self) -> int:
        """Waits for the next `tell` and answers which message it was."""
        words = self._words()
        if words[:1] != ["told"]:
            raise RuntimeError(f"the sink said {words}")
        return int(words[1])

    def forget_told(self) -> None:
        """Drops what was told and not yet asked for."""
        assert self.process.stdout is not None
        while select.select([self.process.stdout], [], [], 0.05)[0]:
            self._words()

    def count(self) -> int:
        """Mails taken so far."""
        with self.log.open("rb") as log:
            log.seek(self._offset)
            new = log.read()
        self._counted += new.count(b"\n")
        self._offset += len(new)
        return self._counted

    def mails(self) -> list[Mail]:
        """All mails taken so far."""
        rows = [line.split("\t") for line in self.log.read_text().splitlines()]
        return [Mail(to.lower(), id, sha, int(at), attempt) for to, id, sha, at, attempt in rows]

    def reaches(self, count: int, limit: float) -> None:
        """Waits for that many."""
        wait_until(f"{count} mails at the sink", lambda: self.count() >= count, limit, 0.005)

    def close(self) -> None:
        """Stops it."""
        _end(self.process)


class Proxy:
    """The fault proxy, in a process of its own."""

    def __init__(self, options: Options, to: str, **harm: float):
        if options.proxy is None or not options.proxy.is_file():
            raise RuntimeError("fault-proxy is not built; `cargo xtask faults` does it")
        words = [f"--{name.replace('_', '-')}={value}" for name, value in harm.items()]
        command = [str(options.proxy), "--to", to, "--seed", str(options.seed), *words]
        self.process = subprocess.Popen(_tied(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = _listening(self.process, "the proxy")
        self.deeds: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.deeds.append(line.split()[0])

    def order(self, mode: str) -> None:
        """`forward`, `stall` or `cut`, for all connections from now on."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{mode}\n")
        self.process.stdin.flush()

    def did(self, deed: str) -> int:
        """How often it did that."""
        return self.deeds.count(deed)

    def close(self) -> None:
        """Stops it."""
        self.process.terminate()
        self._reader.join(5)
        if self.process.stdin:
            self.process.stdin.close()
        _end(self.process)


def _listening(process: subprocess.Popen, what: str) -> int:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("listening "):
        raise RuntimeError(f"{what} did not start: {line}")
    return int(line.rsplit(":", 1)[1])


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    process.wait()
    if process.stdout:
        process.stdout.close()


class Stage:
    """A folder, a database and processes that vanish at the end."""

    def __init__(self, options: Options, name: str, engine: str = "sqlite", base_url: str | None = None, postgres: str | None = None):
        self.options = options
        self.name = name
        self.engine = engine
        self.random = random.Random(f"{options.seed}:{name}:{engine}")
        self.postgres = postgres or options.postgres
        self.room = Path(tempfile.mkdtemp(prefix=f"lux-faults-{name}-"))
        self.sinks = 0
        self.processes: list[Lux] = []
        self.sink_list: list[Sink] = []
        self.proxies: list[Proxy] = []
        self.database: str | None = None
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("LUX_", "SMTP_"))}
        self.env |= {
            "LUX_DATA_DIR": str(self.room / "data"),
            "LUX_LOG": "info",
            "LUX_MASTER_KEY": base64.b64encode(self.random.randbytes(32)).decode(),
        }
        if base_url:
            self.env["LUX_BASE_URL"] = base_url
        if engine == "postgres":
            self._create_database()
        self.keys: list[str] = []

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for lux in self.processes:
            if lux.process is not None:
                lux.kill()
        for other in [*self.sink_list, *self.proxies]:
            other.close()
        if self.database:
            with contextlib.suppress(subprocess.CalledProcessError):
                sql(self.postgres or "", f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        if kind is None or not os.environ.get("FAULTS_KEEP"):
            shutil.rmtree(self.room, ignore_errors=True)

    def _create_database(self) -> None:
        assert self.postgres, "PostgreSQL was not given"
        self.database = f"lux_faults_{os.getpid()}_{self.name}_{self.random.randrange(10**6)}"
        sql(self.postgres, f'CREATE DATABASE "{self.database}"')
        parts = urllib.parse.urlsplit(self.postgres)
        self.env["LUX_DATABASE_URL"] = urllib.parse.urlunsplit(parts._replace(path=f"/{self.database}"))

    def sql(self, statement: str) -> str:
        """A statement in this stage's PostgreSQL database, as its owner; what it answers, one row a line."""
        return sql(self.env["LUX_DATABASE_URL"], statement)

    def through(self, proxy: Proxy) -> dict[str, str]:
        """The environment of a process that reaches the database through a proxy."""
        parts = urllib.parse.urlsplit(self.env["LUX_DATABASE_URL"])
        who = parts.netloc.rpartition("@")[0]
        return {"LUX_DATABASE_URL": urllib.parse.urlunsplit(parts._replace(netloc=f"{who}@127.0.0.1:{proxy.port}"))}

    def database_address(self) -> str:
        """HOST:PORT of the database."""
        parts = urllib.parse.urlsplit(self.env["LUX_DATABASE_URL"])
        return f"{parts.hostname}:{parts.port or 5432}"

    def command(self, *words: str, text: str = "") -> str:
        """One command of the binary that must succeed; its output."""
        done = subprocess.run(
            [str(self.options.binary), *words], env=self.env, input=text, text=True, capture_output=True, timeout=120
        )
        if done.returncode:
            raise RuntimeError(f"lux {' '.join(words[:2])} failed: {done.stderr[-800:]}")
        return done.stdout.strip()

    def lux(self, role: str = "all", env: dict[str, str] | None = None) -> Lux:
        """A process; the first one sees a fresh company with keys for the API."""
        if not self.keys:
            self.command(
                "admin", "create", "--email", "owner@lovstraede.example", "--name", "Owner", "--company", "Løvstræde Sko",
                text=PASSWORD,
            )
            self.keys = [self.command("api-key", "create", "--name", f"faults {n}").splitlines()[0] for n in range(KEYS)]
        lux = Lux(self, role, self._home(len(self.processes)) | (env or {}))
        self.processes.append(lux)
        return lux.start()

    def _home(self, number: int) -> dict[str, str]:
        """Each node has a disk of its own; only uploads are shared, as between real machines."""
        if not number:
            return {}
        home, shared = self.room / f"data-{number}", self.room / "data" / "imports"
        home.mkdir()
        shared.mkdir(parents=True, exist_ok=True)
        (home / "imports").symlink_to(shared)
        return {"LUX_DATA_DIR": str(home)}

    def api(self, lux: Lux) -> Api:
        """Calls to that process."""
        return Api(lux.url, self.keys)

    def sink(self, faults: list[str] | None = None, more: list[str] | None = None, save: bool = False) -> Sink:
        """A sink that ends with the stage."""
        sink = Sink(self, faults, more, save)
        self.sink_list.append(sink)
        return sink

    def proxy(self, to: str, **harm: float) -> Proxy:
        """A fault proxy that ends with the stage."""
        proxy = Proxy(self.options, to, **harm)
        self.proxies.append(proxy)
        return proxy

    def log_tail(self) -> str:
        """The last words of all processes."""
        logs = sorted(self.room.glob("lux-*.log"))
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in logs)

    def alarms(self) -> list[str]:
        """Lines of the logs that no run may have: panics."""
        lines = (line for log in self.room.glob("lux-*.log") for line in log.read_text(errors="replace").splitlines())
        return [line for line in lines if "panicked" in line]
