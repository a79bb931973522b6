"""The broker that is a folder: a message appears whole or not at all."""

import threading
from pathlib import Path

import pytest
from kombu import Connection
from kombu.transport import filesystem

MESSAGES = 300


@pytest.fixture
def folder(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "messages").mkdir()
    (tmp_path / "control").mkdir()
    return {
        "polling_interval": 0.001,
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
    }


def own_queue(folder: dict[str, object]) -> str:
    """Name a queue after its folder: the library remembers what was bound for the whole process."""
    return Path(str(folder["control_folder"])).parent.name


def send_all(url: str, folder: dict[str, object]) -> None:
    with Connection(url, transport_options=folder) as connection, connection.SimpleQueue(own_queue(folder)) as queue:
        for number in range(MESSAGES):
            queue.put({"number": number})


def receive_all(url: str, folder: dict[str, object]) -> list[int]:
    with (
        Connection(url, transport_options=folder) as connection,
        connection.SimpleQueue(own_queue(folder), no_ack=True) as queue,
    ):
        return [queue.get(timeout=10).payload["number"] for _ in range(MESSAGES)]


def test_whoever_looks_while_messages_are_written_gets_every_one_whole(folder: dict[str, object]) -> None:
    with Connection("folder://", transport_options=folder) as connection:
        # Bound before anything is sent, as a worker's queue is.
        connection.SimpleQueue(own_queue(folder)).close()
    sender = threading.Thread(target=send_all, args=("folder://", folder))
    sender.start()
    received = receive_all("folder://", folder)
    sender.join()
    assert sorted(received) == list(range(MESSAGES))


def test_the_library_s_own_transport_shows_a_message_before_it_is_written(
    folder: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: at the moment of the library's lock its file is there and empty."""
    sizes = []

    def lock(file: object, flags: int) -> None:
        sizes.extend(path.stat().st_size for path in Path(str(folder["data_folder_in"])).glob("*.msg"))

    monkeypatch.setattr(filesystem, "lock", lock)
    monkeypatch.setattr(filesystem, "unlock", lambda file: None)
    with (
        Connection("filesystem://", transport_options=folder) as connection,
        connection.SimpleQueue(own_queue(folder)) as queue,
    ):
        queue.put({"number": 1})
    assert 0 in sizes
