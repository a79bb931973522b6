"""All that a running product keeps: logs, messages, files, and the database column by column."""

import base64
import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

OURS = ("site.log", "worker.log", "beat.log", "prepare.log")
"""The sandbox's own log is the vendor's."""


def logs(folder: Path) -> dict[str, str]:
    """Return what our processes wrote."""
    return {name: (folder / name).read_text(errors="replace") for name in OURS if (folder / name).exists()}


def stored_files(folder: Path) -> bytes:
    """Return every byte of the folder of files."""
    return b"".join(path.read_bytes() for path in (folder / "uploads").rglob("*") if path.is_file())


def columns(database: str) -> Iterator[tuple[str, str]]:
    """Yield every value of every table as ``table.column`` and text; sessions opened."""
    yield from _postgres(database) if database.startswith("postgres") else _sqlite(urlsplit(database).path)


def _sqlite(path: str) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name that the database gave
            names = [one[0] for one in cursor.description]
            for row in cursor:
                yield from _texts(table, names, row)


def _postgres(database: str) -> Iterator[tuple[str, str]]:
    with psycopg.connect(database) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            cursor = connection.execute(f'SELECT * FROM "{table}"')  # type: ignore[arg-type]  # noqa: S608
            names = [one.name for one in cursor.description or ()]
            for row in cursor:
                yield from _texts(table, names, row)


def _texts(table: str, names: list[str], row: tuple[object, ...]) -> Iterator[tuple[str, str]]:
    for name, value in zip(names, row, strict=True):
        if value not in (None, ""):
            text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            yield f"{table}.{name}", _opened(text) if (table, name) == ("django_session", "session_data") else text


def _opened(session: str) -> str:
    packed = session.rsplit(":", 2)[0]
    raw = base64.urlsafe_b64decode(packed.lstrip(".") + "=" * (-len(packed.lstrip(".")) % 4))
    return (zlib.decompress(raw) if packed.startswith(".") else raw).decode()


class Messages:
    """Everything that goes through the broker while one listens."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.over = threading.Event()

    def text(self) -> str:
        """Return all messages, what is in base64 within them opened too."""
        whole = "\n".join(self.seen)
        bodies = (
            base64.b64decode(found).decode(errors="replace")
            for found in re.findall(r'"([A-Za-z0-9+/]{40,}={0,2})"', whole)
        )
        return whole + "\n".join(bodies)


@contextmanager
def listening(broker: str, folder: Path) -> Iterator[Messages]:
    """Listen to the broker: the folder's files as they come and go, or every command that Redis is given."""
    heard = Messages()
    listener = threading.Thread(
        target=_hear_redis if broker.startswith("redis") else _hear_folder, args=(heard, broker, folder)
    )
    listener.start()
    try:
        yield heard
    finally:
        heard.over.set()
        listener.join(10)


def _hear_folder(heard: Messages, _broker: str, folder: Path) -> None:
    while not heard.over.is_set():
        for path in (folder / "broker").rglob("*"):
            try:
                heard.seen.add(path.read_text(errors="replace"))
            except (FileNotFoundError, IsADirectoryError):
                continue
        time.sleep(0.005)


def _hear_redis(heard: Messages, broker: str, _folder: Path) -> None:
    with closing(redis.Redis.from_url(broker, socket_timeout=1)) as connection, connection.monitor() as monitor:
        while not heard.over.is_set():
            try:
                heard.seen.add(str(monitor.next_command()["command"]))
            except redis.TimeoutError:
                continue
