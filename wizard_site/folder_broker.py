"""A broker that is a folder of files, for one machine without Redis: ``CELERY_BROKER_URL=folder://``.

kombu's own filesystem transport opens a message's file under its final name and writes it afterwards. A worker that
looks in between takes an empty file, and the whole worker ends with a ``JSONDecodeError`` (seen with kombu 5.7.0). Here
a message, and the table of queues, is written under another name and then renamed: one step for whoever looks.
"""

from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

SCHEME = "folder"


class Channel(filesystem.Channel):
    """The folder's channel, with messages that appear whole or not at all."""

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override] # it has two
        # The name begins with the time: the folder is read in the order of names.
        name = f"{round(monotonic() * 1000):015d}_{uuid4()}.{queue}.msg"
        file = Path(self.data_folder_out) / name
        _write_whole(file, dumps(message))

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        table = self.get_table(exchange)
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        if binding not in table:
            self.control_folder.mkdir(exist_ok=True)
            _write_whole(self._exchange_file(exchange), dumps([binding, *table]))


def _write_whole(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.{uuid4()}.unfinished")
    unfinished.write_text(text)
    unfinished.replace(path)


class Transport(filesystem.Transport):
    """The transport behind ``folder://``."""

    Channel = Channel


def register() -> None:
    """Let kombu know the scheme."""
    TRANSPORT_ALIASES[SCHEME] = "wizard_site.folder_broker:Transport"
