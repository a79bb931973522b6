#!/usr/bin/env python
"""Run a management command of the wizard."""

import os
import sys

from django.core.management import execute_from_command_line

from wizard_site import local

if __name__ == "__main__":
    local.use_when_unconfigured()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wizard_site.settings")
    execute_from_command_line(sys.argv)
