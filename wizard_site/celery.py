"""The Celery application: ``celery -A wizard_site worker`` and ``celery -A wizard_site beat``."""

import os

from celery import Celery
from celery.signals import task_prerun
from django.db import close_old_connections

from . import folder_broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wizard_site.settings")

folder_broker.register()

app = Celery("wizard_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["onboarding"])

# Celery keeps connections over tasks (CELERY_DB_REUSE_MAX), so somebody has to look at their age and health, as
# Django does before every request.
task_prerun.connect(close_old_connections)
