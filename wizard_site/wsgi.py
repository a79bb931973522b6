"""The WSGI door: ``gunicorn wizard_site.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wizard_site.settings")

application = get_wsgi_application()

# Needs the apps to be loaded.
from onboarding.checks import refuse_wrong_set_up  # noqa: E402

refuse_wrong_set_up()
