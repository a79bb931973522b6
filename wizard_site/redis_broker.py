"""kombu's Redis transport, but for what takes the whole worker down when Redis goes away under work.

kombu 5.7.0 lets a channel whose connection has been taken apart ask that connection for its address: when messages are
to be put back, and when a task that outlived the connection acknowledges its message. The answer is an
``AttributeError`` ('NoneType' object has no attribute 'hostname', or 'client'), which nobody expects, and the worker
ends (both seen with Redis killed under work). Here it is the connection error that it stands for, which Celery logs and
goes on after. Redis, if it kept its memory, has the messages as unacknowledged; the sweep finds their rows in any case.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as NoConnection


class QoS(redis.QoS):
    """What a channel holds unacknowledged; put back only while there is a connection to put it back over."""

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """Put the messages back, unless the connection is gone."""
        if is_connected(self.channel):
            super().restore_unacked_once(stderr)


class Channel(redis.Channel):
    """The channel of ``Transport``."""

    QoS = QoS

    def _connparams(self, asynchronous: bool = False) -> Any:
        if not is_connected(self):
            raise NoConnection("the connection of this channel is gone")
        return super()._connparams(asynchronous=asynchronous)


def is_connected(channel: Any) -> bool:
    """Tell whether a channel has a connection to ask for its address."""
    return channel.connection is not None and channel.connection.client is not None


class Transport(redis.Transport):
    """The transport behind ``redis://`` and ``rediss://``."""

    Channel = Channel


def register() -> None:
    """Let kombu take this transport for its own."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = "wizard_site.redis_broker:Transport"
