"""Settings of the sandbox site alone: no database, no cookies, no accounts."""

import secrets
from pathlib import Path

from sandbox.environment import ENVIRONMENT

ROOM = Path(__file__).resolve().parent

# Nothing is signed for longer than this one run, so a fresh key is enough and none has to be configured.
SECRET_KEY = secrets.token_urlsafe(48)
DEBUG = False
ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]", *ENVIRONMENT.allowed_hosts]

INSTALLED_APPS = ["django.contrib.staticfiles"]
# There is no CSRF middleware because there is no cookie: the unguessable redirection id in the address is the
# only thing that a form relies on, as at the real sign-in pages.
MIDDLEWARE = [
    "sandbox.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "sandbox.urls"
WSGI_APPLICATION = "sandbox.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOM / "templates"],
        "OPTIONS": {"context_processors": []},
    }
]

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOM / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
DATABASES: dict[str, dict[str, str]] = {}
# A statement of 20 MB comes as a form field of 27 MB, and own data of half a million rows as a body of about the same.
DATA_UPLOAD_MAX_MEMORY_SIZE = 32_000_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # A refusal is a normal answer of this site, also a 503 on purpose; only what broke is worth a line.
    "filters": {"broken": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: bool(record.exc_info)}},
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # pypdf repeats bytes of broken documents in its warnings.
    "loggers": {"django.request": {"level": "ERROR", "filters": ["broken"]}, "pypdf": {"level": "CRITICAL"}},
}
