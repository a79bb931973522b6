"""The Celery application: ``celery -A wizard_site worker`` and ``celery -A wizard_site beat``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wizard_site.settings")

app = Celery("wizard_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["onboarding"])
