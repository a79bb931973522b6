"""Asks a site whose people come over https, in a process of its own, and prints what its replies carry as JSON.

The names of cookies follow from the settings when they are read, so no test can switch them in the suite's process.
"""

import base64
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOST = "connect.example.com"
PASSWORD = "a-long-planted-password-5521"


def environment(folder: Path, **changed: str) -> dict[str, str]:
    """Return the environment of a site on https with fresh secrets; ``changed`` takes the place of its own."""
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "wizard_site.settings",
        "SITE_URL": f"https://{HOST}",
        "TRUST_PROXY": "true",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEY": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "KONTOMATIK_API_KEY": secrets.token_urlsafe(20),
        "HOST_API_KEYS": f"lender:{secrets.token_urlsafe(32)}",
        "DATABASE_URL": f"sqlite:///{folder}/wizard.sqlite3",
        "BROKER_FOLDER": str(folder / "broker"),
        "STATIC_FOLDER": str(folder / "static"),
        "UPLOAD_FOLDER": str(folder / "uploads"),
        **changed,
    }


def ask(folder: Path) -> list[dict[str, Any]]:
    """Ask such a site from outside; return the name, status, headers and cookies of each reply."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.attacks.over_https"],
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: list[dict[str, Any]] = json.loads(run.stdout.splitlines()[-1])
    return found


def main() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    sys.stdout.write("\n" + json.dumps(list(_replies())) + "\n")


def _replies() -> Any:
    from django.contrib.auth.models import User
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.test import Client
    from django_otp.oath import TOTP
    from django_otp.plugins.otp_totp.models import TOTPDevice

    user = User.objects.create_superuser("root", password=PASSWORD)
    device = TOTPDevice.objects.create(user=user)
    code = f"{TOTP(device.bin_key).token():06d}"
    person, root = (Client(headers={"host": HOST}, raise_request_exception=False) for _ in range(2))
    sent = {"country": "pl", "consent": "on", "intent": "7e57ab1e-1111-4111-8111-00000c0ffee1"}
    fields = {"username": "root", "password": PASSWORD, "code": code, "next": "/admin/"}
    missing = "/api/onboardings/7e57ab1e-1111-4111-8111-00000c0ffee1/data/7e57ab1e-1111-4111-8111-00000c0ffee1"
    asked = [
        ("http", person.get("/start/")),
        ("home", person.get("/", secure=True)),
        ("form", person.get("/start/", secure=True)),
        ("start", person.post("/start/", sent, secure=True)),
        ("finish", person.get("/o/7e57ab1e-1111-4111-8111-00000c0ffee1/finish/", secure=True)),
        ("unknown return", person.get("/return/?redirectionId=x", secure=True)),
        ("language", person.post("/i18n/setlang/", {"language": "pl", "next": "/"}, secure=True)),
        ("wrong host", person.get("/", secure=True, headers={"host": "evil.example"})),
        ("not found", person.get("/nothing/", secure=True)),
        ("wrong method", person.delete("/start/", secure=True)),
        ("no token", Client(enforce_csrf_checks=True, headers={"host": HOST}).post("/start/", secure=True)),
        ("static", person.get(staticfiles_storage.url("wizard.css"), secure=True)),
        ("accent", person.get("/brand.css", secure=True)),
        ("health", person.get("/healthz", secure=True)),
        ("host without a key", person.get(missing, secure=True)),
        ("staff form", root.get("/admin/login/", secure=True)),
        ("staff sign-in", root.post("/admin/login/", fields, secure=True)),
        ("staff page", root.get("/admin/", secure=True)),
        ("staff texts", root.get("/admin/jsi18n/", secure=True)),
        ("staff out", root.post("/admin/logout/", secure=True)),
    ]
    for name, reply in asked:
        # A cookie that is taken back carries no flags but those that its name asks for.
        cookies = {key: _flags(cookie) for key, cookie in reply.cookies.items() if cookie.value}
        headers = {key.lower(): value for key, value in reply.headers.items()}
        yield {"name": name, "status": reply.status_code, "headers": headers, "cookies": cookies}


def _flags(cookie: Any) -> dict[str, Any]:
    return {key: cookie[key] for key in ("secure", "httponly", "samesite", "path", "domain")}


if __name__ == "__main__":
    main()
