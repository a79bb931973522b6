"""Everything that is counted and everything that rows say, as the text that Prometheus reads."""

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

from onboarding.observing import meters
from onboarding.observing.depths import Depths

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def text() -> bytes:
    """Return the figures of all processes of this machine, and of the rows."""
    registry = CollectorRegistry()
    registry.register(Depths())
    if meters.SHARED:
        MultiProcessCollector(registry, path=settings.METRICS_FOLDER)
    else:
        for meter in meters.OWN:
            registry.register(meter)
    return generate_latest(registry)
