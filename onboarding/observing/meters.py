"""The figures that processes count: requests, calls of the vendor, what became of sources.

Labels hold names of ours alone (routes, kinds, states), never an address or a text of a person or a vendor: every label
that can take any value makes a line of its own for each.
"""

import logging

from django.conf import settings
from prometheus_client import Counter, Histogram

from onboarding.observing import slots

log = logging.getLogger(__name__)

SHARED = False
"""Whether the figures of all processes of this machine are in one folder, or only this process's in its memory."""
if settings.METRICS_TOKEN:
    try:
        slots.keep_figures_in(settings.METRICS_FOLDER)
        SHARED = True
    except (OSError, slots.NoSlot) as error:
        # The site is worth more than its figures; this process alone is missing in them.
        log.error("no figures are kept of this process: %s", type(error).__name__)

REQUESTS = Counter(
    "wizard_requests", "Requests answered, by route, method and status.", ["route", "method", "status"], registry=None
)
REQUEST_SECONDS = Histogram(
    "wizard_request_seconds",
    "Seconds until a request was answered, by route.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,
)
VENDOR_CALLS = Counter(
    "wizard_vendor_calls",
    "Calls of the vendor, by what was asked and what came of it.",
    ["call", "outcome"],
    registry=None,
)
VENDOR_SECONDS = Histogram(
    "wizard_vendor_call_seconds",
    "Seconds until the vendor had answered or had not, by what was asked.",
    ["call"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 300),
    registry=None,
)
EVENTS = Counter(
    "wizard_events",
    "What happened to onboardings and their sources, by the kind of failure if it was one.",
    ["event", "failure"],
    registry=None,
)
NUDGES_LOST = Counter(
    "wizard_nudges_lost", "Messages that the broker did not take; the sweep finds their rows.", registry=None
)
OWN = (REQUESTS, REQUEST_SECONDS, VENDOR_CALLS, VENDOR_SECONDS, EVENTS, NUDGES_LOST)
