"""Collect the static files and bring the database up to date: ``python -m wizard_site.prepare``.

Two commands of ``manage.py`` in one process: half of the time of each is Django's own start.
"""

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", interactive=False, verbosity=0)
