"""The tests' settings and one bare view to compare with."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "bench.progress_poll_urls"
