"""A PostgreSQL and a Redis of the faults' own, to restart, cut off and kill."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import redis

UP_WITHIN_SECONDS = 60.0


class NotInstalled(Exception):
    """Say which program is needed and not on this machine."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = UP_WITHIN_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)


def program(name: str) -> str:
    """Return where a program is; PostgreSQL's own ones are in no PATH on Debian."""
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    if found is None:
        raise NotInstalled(f"{name} is not installed: make test-faults needs PostgreSQL and Redis.")
    return found


class Postgres:
    """One database server; its folder must be reachable for the user it runs as."""

    DATABASE = "wizard"

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "postgres"
        self.port = free_port()
        self.folder.mkdir()
        # PostgreSQL refuses to run as root.
        self._as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as_other:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-U", "wizard", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        self.execute(f"CREATE DATABASE {self.DATABASE}", database="postgres")

    @property
    def url(self) -> str:
        return f"postgres://wizard@127.0.0.1:{self.port}/{self.DATABASE}"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, how: str = "immediate") -> None:
        """End the server: ``immediate`` is a crash, whose log is replayed at the next start."""
        self._run("pg_ctl", "-m", how, "stop")

    def _run(self, name: str, *arguments: str) -> None:
        command = [*self._as_other, program(name), "-D", str(self.folder / "cluster"), *arguments]
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0, f"{name}: {done.stderr.decode()[-500:]}"

    def connect(self, database: str = DATABASE) -> "psycopg.Connection[Any]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="wizard", dbname=database, autocommit=True, connect_timeout=5
        )

    def execute(self, statement: str, *, database: str = DATABASE) -> None:
        with self.connect(database) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            found: list[tuple[Any, ...]] = connection.execute(query).fetchall()  # type: ignore[call-overload]
        return found

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def cut_connections(self) -> None:
        """End every connection but this one, in the middle of whatever it does."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


class Redis:
    """One broker that keeps nothing on disk unless told to: killed, it has lost what it held."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._child: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> "redis.Redis":
        return redis.Redis(port=self.port, socket_timeout=2)

    def start(self, *, keeps: bool = False) -> None:
        """Start it; ``keeps`` has it write what it holds to a file, and read what an earlier one wrote."""
        command = [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        options = [
            "--appendonly",
            "yes" if keeps else "no",
            "--maxmemory-policy",
            "noeviction",
            "--dir",
            str(self.folder),
        ]
        with (self.folder / "redis.log").open("ab") as log:
            self._child = subprocess.Popen([*command, *options], stdout=log, stderr=log)
        wait_until(self._answers, "Redis")

    def _answers(self) -> bool:
        with suppress(redis.RedisError):
            return bool(self.client.ping())
        return False

    def kill(self) -> None:
        if self._child:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()
            self._child = None
