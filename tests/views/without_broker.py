"""Finish onboardings in a process of its own whose broker does not answer; say what came of it as JSON.

Run by test_broker_down with a database of its own, once Django is set up; the environment names the broker.
"""

import json
import sys
from time import monotonic

from django.core.management import call_command
from django.test import Client
from django.urls import reverse

import wizard_site.celery  # noqa: F401 - the site's Celery application, as under gunicorn
from onboarding.models import Aggregation, SourceState
from tests import rows


def post_finish(client: Client) -> dict[str, object]:
    """Finish in a fresh onboarding; return what came of it."""
    onboarding = rows.onboarding(client)
    rows.source(onboarding, SourceState.IMPORTED)
    began = monotonic()
    response = client.post(reverse("finish", args=[onboarding.uuid]))
    return {
        "status": response.status_code,
        "seconds": monotonic() - began,
        "due": Aggregation.objects.filter(onboarding=onboarding, due_at__isnull=False).count(),
    }


def main() -> None:
    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps([post_finish(Client()) for _ in range(2)]))
