"""The site's settings under test: the same file, read from an environment of the tests' own."""

import os
import tempfile
from pathlib import Path

OWN_ENVIRONMENT = {
    "SECRET_KEY": "a-secret-key-only-for-tests-0123456789-abcdefghijklmnop",
    "SITE_URL": "http://127.0.0.1:8000",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
    "KONTOMATIK_BASE_URL": "https://vendor.example",
    "KONTOMATIK_API_KEY": "planted-api-key-0451",
    "FIELD_ENCRYPTION_KEY": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    # The suite is one address that does everything at once; the limits have tests of their own.
    "RATE_LIMIT_FACTOR": "1000",
    # Most tests are about one return address for all; those of the lured victim try both.
    "RETURN_STATE": "false",
    "BROKER_FOLDER": tempfile.mkdtemp(prefix="broker-"),
    "UPLOAD_FOLDER": tempfile.mkdtemp(prefix="uploads-"),
}
OPTIONAL = {"DATABASE_URL": "sqlite://:memory:", "CELERY_BROKER_URL": "folder://"}
for name in list(os.environ):
    if (
        name.startswith(
            (
                "KONTOMATIK_",
                "BRAND_",
                "DEBUG",
                "STATEMENT",
                "UPLOADS",
                "BANK_LIST",
                "HOST_API",
                "SAMPLES",
                "STAFF_",
                "RETURN",
            )
        )
        and name != "KONTOMATIK_RECORDED"
    ):
        del os.environ[name]
os.environ.update(OWN_ENVIRONMENT)
for name, value in OPTIONAL.items():
    os.environ.setdefault(name, value)
if (number := os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) != "0":
    # Real workers of two test processes would take each other's messages.
    _server, _, _number = os.environ["CELERY_BROKER_URL"].rpartition("/")
    if _server.startswith("redis://"):
        os.environ["CELERY_BROKER_URL"] = f"{_server}/{int(_number) + int(number)}"

from wizard_site.settings import *  # noqa: E402, F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A fresh clone has not collected anything yet.
STATIC_ROOT = Path(tempfile.mkdtemp(prefix="static-"))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
