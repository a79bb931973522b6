"""The installation on this machine that ``make run`` makes: its folder, its keys, its environment."""

import base64
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OF_PRODUCTION = (
    "SECRET_KEY",
    "SITE_URL",
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "KONTOMATIK_API_KEY",
    "FIELD_ENCRYPTION_KEY",
)


def folder() -> Path:
    """Return the folder of the local installation (``RUN_FOLDER``, else ``var/``); make it if need be."""
    found = Path(os.environ.get("RUN_FOLDER", ROOT / "var")).resolve()
    found.mkdir(parents=True, exist_ok=True)
    return found


def use_when_unconfigured() -> None:
    """Take the local installation's environment where nothing at all is configured.

    For ``manage.py`` alone: the processes of a production never do this, and one variable of a production that is set
    is enough to be asked for the others.
    """
    if any(os.environ.get(name) or os.environ.get(f"{name}_FILE") for name in OF_PRODUCTION):
        return
    place = folder()
    sys.stderr.write(f"Nothing is configured: this is the local installation in {place}.\n")
    os.environ.update(environment(place, site_port=8000, bank_port=8001))


def environment(folder: Path, site_port: int, bank_port: int) -> dict[str, str]:
    """Return the environment of all parts; what the caller has set stays, secrets are made once and kept."""
    # Two host names: the way back from the bank is cross-site here as it is in production.
    site, bank = f"http://127.0.0.1:{site_port}", f"http://localhost:{bank_port}"
    own = {
        "DJANGO_SETTINGS_MODULE": "wizard_site.settings",
        "SECRET_KEY": kept_secret(folder / "secret_key", secrets.token_urlsafe(50)),
        "FIELD_ENCRYPTION_KEY": kept_secret(folder / "field_key", _new_field_key()),
        "SITE_URL": site,
        "KONTOMATIK_BASE_URL": bank,
        "KONTOMATIK_API_KEY": "sandbox-key",
        "KONTOMATIK_CLIENT_ID": "sandbox-client",
        "KONTOMATIK_WIDGET_URL": f"{bank}/assets/signin-widget.js",
        "SAMPLES_URL": f"{bank}/samples",
        "SANDBOX_API_KEY": "sandbox-key",
        "SANDBOX_SIGNIN_BASE": bank,
        "DATABASE_URL": f"sqlite:///{folder}/wizard.sqlite3",
        "CELERY_BROKER_URL": "folder://",
        "BROKER_FOLDER": str(folder / "broker"),
        "UPLOAD_FOLDER": str(folder / "uploads"),
        "STATIC_FOLDER": str(folder / "static"),
        # Everybody on this machine is one address: a load test or the browser tests are not many people.
        "RATE_LIMIT_FACTOR": "100",
        "BRAND_NAME": "Demo Lender",
        "BRAND_SUPPORT": "support@example.com",
        "PYTHONUNBUFFERED": "1",
    }
    # Django warns in the sandbox too when these point at the wizard's settings.
    return {**own, **{name: value for name, value in os.environ.items() if value}, "SITE_URL": site}


def kept_secret(path: Path, fresh: str) -> str:
    """Return the secret kept in a file, or keep this fresh one (readable by its owner alone)."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(fresh)
    return path.read_text().strip()


def _new_field_key() -> str:
    return "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()
