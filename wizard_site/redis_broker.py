"""kombu's Redis transport, but for one case in which it takes the whole worker down.

When Redis goes away while a worker holds messages that are not acknowledged yet, kombu 5.7.0 closes the channel a
second time after its connection has been taken apart, wants to put those messages back, asks the connection that is
gone for its address, and the worker ends with ``AttributeError: 'NoneType' object has no attribute 'hostname'`` (seen
with Redis killed under work). There is nowhere to put them back to; Redis, if it kept its memory, has them as
unacknowledged, and the sweep finds their rows.
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis


class QoS(redis.QoS):
    """What a channel holds unacknowledged; put back only while there is a connection to put it back over."""

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """Put the messages back, unless the connection is gone."""
        transport = self.channel.connection
        if transport is not None and transport.client is not None:
            super().restore_unacked_once(stderr)


class Channel(redis.Channel):
    """The channel of ``Transport``."""

    QoS = QoS


class Transport(redis.Transport):
    """The transport behind ``redis://`` and ``rediss://``."""

    Channel = Channel


def register() -> None:
    """Let kombu take this transport for its own."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = "wizard_site.redis_broker:Transport"
