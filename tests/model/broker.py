"""The broker's messages in a queue of this process: Celery sends them, the test decides which one comes when."""

from kombu import Connection

IN_MEMORY = "memory://"


class Broker:
    """What was sent and not taken yet; each message as the task's name and its arguments."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, tuple[int, ...]]] = []
        self._connection = Connection(IN_MEMORY)
        self._channel = self._connection.default_channel
        self._channel.queue_declare("celery")
        self.collect()
        self.lose()

    def collect(self) -> None:
        """Look for messages that have come in."""
        while (message := self._channel.basic_get("celery", no_ack=True)) is not None:
            arguments, _options, _chain = message.decode()
            self.messages.append((message.headers["task"], tuple(arguments)))

    def take(self, nth: int, *, keep: bool) -> tuple[str, tuple[int, ...]] | None:
        """Take any of the messages; ``keep`` leaves it there to be delivered once more."""
        if not self.messages:
            return None
        place = nth % len(self.messages)
        return self.messages[place] if keep else self.messages.pop(place)

    def lose(self) -> None:
        """Lose all that waits."""
        self.messages.clear()
