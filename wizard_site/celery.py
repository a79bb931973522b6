"""The Celery application: ``celery -A wizard_site worker`` and ``celery -A wizard_site beat``."""

import logging.config
import os
from typing import Any

import django
from celery import Celery
from celery.signals import beat_init, setup_logging, task_postrun, task_prerun, worker_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections

from onboarding.observing import tracing

from . import folder_broker, redis_broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wizard_site.settings")

folder_broker.register()
redis_broker.register()

app = Celery("wizard_site", amqp="wizard_site.broker_connection:Messages")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["onboarding"])


def refuse_wrong_set_up(**_: Any) -> None:
    """Stop a worker or beat whose set-up is wrong as a whole, as the web process does.

    By ``SystemExit``: Celery logs every other exception of a signal's receiver and goes on.
    """
    django.setup()
    from onboarding import checks

    try:
        checks.refuse_wrong_set_up()
    except ImproperlyConfigured as error:
        raise SystemExit(f"ImproperlyConfigured: {error}") from error


worker_init.connect(refuse_wrong_set_up)
beat_init.connect(refuse_wrong_set_up)

# Celery keeps connections over tasks (CELERY_DB_REUSE_MAX), so somebody has to look at their age and health, as
# Django does before every request.
task_prerun.connect(close_old_connections)


def log_as_the_site_does(**_: Any) -> None:
    """Write Celery's own lines in the site's form: without this it would add a form of its own."""
    logging.config.dictConfig(settings.LOGGING)


def begin_lines_of(task: Any, **_: Any) -> None:
    """Let the lines of a task carry the id of the request that led to its message, or one of their own."""
    tracing.begin_message(task.request.get(tracing.REQUEST_ID))


def end_lines_of(**_: Any) -> None:
    """Forget the id of a task that has ended, its last line included."""
    tracing.end_message()


setup_logging.connect(log_as_the_site_does)
task_prerun.connect(begin_lines_of)
task_postrun.connect(end_lines_of)
