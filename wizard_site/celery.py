"""The Celery application: ``celery -A wizard_site worker`` and ``celery -A wizard_site beat``."""

import os

from celery import Celery

from . import folder_broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wizard_site.settings")

folder_broker.register()

app = Celery("wizard_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["onboarding"])
