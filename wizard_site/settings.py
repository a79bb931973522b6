"""All settings, read once from the environment by strict readers; README.md lists every one of them."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from onboarding import logs

from . import env, production

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = [key.strip() for key in env.secret("SECRET_KEY_FALLBACKS", default="").split(",") if key.strip()]
SITE_URL = env.origin("SITE_URL")
SECURE = SITE_URL.startswith("https://")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", (SITE_HOST,))
TRUST_PROXY = env.boolean("TRUST_PROXY", default=False)
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 1, least=1, most=10)
# Every limit times this: for a load test or a demonstration from one address, and for whoever has more people behind
# one address than the limits think of. What each limit is stands in onboarding/limits.py.
RATE_LIMIT_FACTOR = env.integer("RATE_LIMIT_FACTOR", 1, least=1, most=10_000)
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SECURE else []

# --- the vendor

KONTOMATIK_BASE_URL = env.address("KONTOMATIK_BASE_URL", "https://test.api.kontomatik.com")
KONTOMATIK_API_KEY = env.secret("KONTOMATIK_API_KEY")
# Where the vendor may send people; its own host and the names below it are added.
KONTOMATIK_LINK_HOSTS = env.host_patterns("KONTOMATIK_LINK_HOSTS", ("*.kontomatik.com",))
KONTOMATIK_SIGNIN = env.text("KONTOMATIK_SIGNIN", "redirection", choices=("redirection", "widget"))
KONTOMATIK_CLIENT_ID = env.text("KONTOMATIK_CLIENT_ID")
KONTOMATIK_WIDGET_URL = env.address("KONTOMATIK_WIDGET_URL", "https://signin.kontomatik.com/assets/signin-widget.js")
KONTOMATIK_STATEMENT_FORM = env.text("KONTOMATIK_STATEMENT_FORM", "xml", choices=("xml", "json", "json_trusted"))
KONTOMATIK_MAX_COMMANDS = env.integer("KONTOMATIK_MAX_COMMANDS", 8, least=1, most=100)
KONTOMATIK_HISTORY_DAYS = env.integer("KONTOMATIK_HISTORY_DAYS", 365, least=1, most=3650)
KONTOMATIK_COUNTRIES = env.country_codes("KONTOMATIK_COUNTRIES", ("pl", "cz", "es", "pt", "ro", "lt", "lv", "ee"))
AGGREGATE_MAX_BYTES = env.integer("AGGREGATE_MAX_MB", 768, least=1, most=4096) * 1024 * 1024
IMPORT_DEADLINE = timedelta(minutes=env.integer("IMPORT_DEADLINE_MINUTES", 15, least=1, most=240))
QUEUE_DEADLINE = timedelta(minutes=env.integer("QUEUE_DEADLINE_MINUTES", 60, least=1, most=1440))
RETURN_STATE = env.boolean("RETURN_STATE", default=True)
SIGNIN_DEADLINE = timedelta(minutes=env.integer("SIGNIN_DEADLINE_MINUTES", 60, least=1, most=1440))

# --- other sources than a bank's sign-in

STATEMENTS = env.boolean("STATEMENTS", default=True)
STATEMENT_COUNTRIES = env.country_codes("STATEMENT_COUNTRIES", ("pl",))
STATEMENT_MAX_BYTES = env.integer("STATEMENT_MAX_MB", 10, least=1, most=100) * 1024 * 1024
STATEMENT_MAX_PAGES = env.integer("STATEMENT_MAX_PAGES", 200, least=1, most=5000)
UPLOADS = env.boolean("UPLOADS", default=True)
UPLOAD_MAX_BYTES = env.integer("UPLOAD_MAX_MB", 64, least=1, most=512) * 1024 * 1024
UPLOAD_MAX_ROWS = env.integer("UPLOAD_MAX_ROWS", 500_000, least=1, most=5_000_000)
UPLOAD_READ_SECONDS = env.integer("UPLOAD_READ_SECONDS", 240, least=5, most=3600)
FILES_AT_ONCE = 10
FILE_RETENTION = timedelta(minutes=env.integer("FILE_RETENTION_MINUTES", 60, least=5, most=1440))
UPLOAD_FOLDER_MAX_BYTES = env.integer("UPLOAD_FOLDER_MAX_MB", 4096, least=16, most=1024 * 1024) * 1024 * 1024
UPLOAD_FOLDER = env.text("UPLOAD_FOLDER", str(BASE_DIR / "var" / "uploads"))
# Of a demonstration: where people find files to try it with.
SAMPLES_URL = env.address("SAMPLES_URL") if env.text("SAMPLES_URL") else ""
BANK_LIST = env.boolean("BANK_LIST", default=False)
POPULAR_BANKS = env.words("POPULAR_BANKS", ())
CATALOG_EVERY = timedelta(hours=env.integer("CATALOG_HOURS", 24, least=1, most=24 * 14))
API_MAX_BYTES = env.integer("API_MAX_MB", 16, least=1, most=256) * 1024 * 1024
HOST_API_KEYS = env.named_secrets("HOST_API_KEYS")

# --- the product

ONBOARDING_OPEN = env.boolean("ONBOARDING_OPEN", default=True)
RETENTION = timedelta(hours=env.integer("RETENTION_HOURS", 24, least=1, most=24 * 365))
AUDIT = timedelta(days=env.integer("AUDIT_DAYS", 90, least=1, most=3650))
FIELD_ENCRYPTION_KEYS = env.encryption_keys("FIELD_ENCRYPTION_KEY")
BRAND = {
    "name": env.text("BRAND_NAME", "Bank connection"),
    "logo_url": env.own_path("BRAND_LOGO_URL"),
    "accent": env.colour("BRAND_ACCENT", "#1f5fbf"),
    "support": env.text("BRAND_SUPPORT"),
    "privacy_url": env.link("BRAND_PRIVACY_URL"),
}

# --- staff

STAFF_SECOND_FACTOR = env.boolean("STAFF_SECOND_FACTOR", default=SECURE)
STAFF_IDLE = timedelta(minutes=env.integer("STAFF_IDLE_MINUTES", 15, least=1, most=240))
STAFF_SESSION = timedelta(hours=env.integer("STAFF_SESSION_HOURS", 8, least=1, most=24))
OTP_TOTP_ISSUER = BRAND["name"]

# --- what is told of the site while it runs

LOG_FORMAT = env.text("LOG_FORMAT", logs.default_form(SITE_URL), choices=logs.FORMS)
METRICS_TOKEN = env.bearer("METRICS_TOKEN")
METRICS_FOLDER = env.text("METRICS_FOLDER", str(BASE_DIR / "var" / "metrics"))
SENTRY_DSN = env.report_address("SENTRY_DSN")

# --- Django

INSTALLED_APPS = [
    "onboarding.staff.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "onboarding",
]

MIDDLEWARE = [
    "onboarding.observing.middleware.TracingMiddleware",
    # The policies first: what answers early (a redirect to https, a static file, a wrong host) carries them too.
    "onboarding.middleware.PoliciesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "wizard_site.urls"
WSGI_APPLICATION = "wizard_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "onboarding.branding.brand",
            ],
        },
    },
]


def database(url: str) -> dict[str, Any]:
    """Read a database address.

    Both engines keep connections open; SQLite waits for its one writer, PostgreSQL keeps plans.
    """
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {error}") from error
    if found["ENGINE"] == "django.db.backends.sqlite3":
        found["OPTIONS"] = {
            "timeout": 20,
            # A deferred transaction that turns to writing fails at once when another one writes.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    elif found["ENGINE"] == "django.db.backends.postgresql":
        # What a connection asks again and again is planned once: half of a poll's time at the server was its planning.
        # Whoever has a pooler that loses prepared statements says so in the address.
        options = found.setdefault("OPTIONS", {})
        if options.setdefault("server_side_binding", True):
            options.setdefault("prepare_threshold", 5)
    else:
        raise ImproperlyConfigured("DATABASE_URL must name SQLite or PostgreSQL.")
    return found


_database_url = env.secret("DATABASE_URL", default=f"sqlite:///{BASE_DIR}/var/wizard.sqlite3")
DATABASES = {"default": database(_database_url)}
_one_writer = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Django's own store of sessions in the database, but for what it answers when the database is away.
SESSION_ENGINE = "onboarding.sessions"
SESSION_COOKIE_AGE = int(max(RETENTION, timedelta(days=1)).total_seconds())
SESSION_COOKIE_HTTPONLY = True
# Lax, not Strict: the way back from a bank is a cross-site navigation and has to bring the cookie.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_FAILURE_VIEW = "onboarding.views.faults.csrf_failure"
MESSAGE_STORAGE = "onboarding.notices.HostCookieStorage"

# Whoever sends files to a page that asks for none fills no disk with them.
FILE_UPLOAD_HANDLERS = ["onboarding.uploading.NoFiles"]

SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
# In their own words: a person looks for their language's name, not for its translation.
LANGUAGES = [
    ("en", "English"),
    ("pl", "Polski"),
    ("cs", "Čeština"),
    ("es", "Español"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("et", "Eesti"),
]
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE else "language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
LOCALE_PATHS = [BASE_DIR / "onboarding" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.time_zone("TIME_ZONE", "Europe/Warsaw")

STATIC_URL = "static/"
# For our own pages alone; by itself WhiteNoise lets every site's scripts read them.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATIC_ROOT = Path(env.text("STATIC_FOLDER", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"own": {"()": "onboarding.logs.formatter", "form": LOG_FORMAT}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "own"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Without handlers of their own, which would write what ours masks.
        "django": {"level": "INFO"},
        "django.server": {"level": "INFO", "propagate": True},
        # At DEBUG it logs addresses with the ids in them.
        "urllib3": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Lines for every message, and the sweep's come every second; what was done stands in our own.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}

# --- what would be wrong where people's banks are

if SECURE:
    production.refuse_debug(DEBUG)
    production.refuse_every_host(ALLOWED_HOSTS)
    production.refuse_weak_secret("SECRET_KEY", SECRET_KEY, least=production.LEAST_OF_SECRET_KEY)
    production.refuse_weak_secret(
        "KONTOMATIK_API_KEY", KONTOMATIK_API_KEY, least=production.LEAST_OF_VENDOR_KEY, letters=5
    )
    production.refuse_guessable_keys("FIELD_ENCRYPTION_KEY", FIELD_ENCRYPTION_KEYS)
    production.refuse_shared_secrets("HOST_API_KEYS", HOST_API_KEYS)
    for _key in SECRET_KEY_FALLBACKS:
        production.refuse_weak_secret("SECRET_KEY_FALLBACKS", _key, least=production.LEAST_OF_SECRET_KEY)
    if METRICS_TOKEN:
        production.refuse_weak_secret("METRICS_TOKEN", METRICS_TOKEN, least=32)
    production.refuse_weak_database(_database_url)

# --- Celery: messages are nudges with an id; what is to be done stands in the rows

CELERY_BROKER_URL = env.broker("CELERY_BROKER_URL", default="folder://")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Celery's own hundred tries end worker and beat when the broker is away for long.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# The sweep recovers lost work; redelivering a message that kills its worker would go on for ever.
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = env.integer("WORKER_THREADS", 16, least=1, most=64)
# Of these threads at most so many are in long steps of one kind; the others stay for the sweep and short steps.
# Python's threads take turns at every row that goes to SQLite: of two that store, each would keep the one writer's
# lock while it waits for its turn, and whoever wants to write a single row waits for seconds.
WORKER_SUMMARIES = env.integer("WORKER_SUMMARIES", 1 if _one_writer else 3, least=1, most=32)
WORKER_READINGS = env.integer("WORKER_READINGS", 2, least=1, most=32)
WORKER_ERASURES = env.integer("WORKER_ERASURES", 2, least=1, most=32)
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
# Else every task opens a connection; how long one lives is CONN_MAX_AGE's to say (see celery.py).
CELERY_DB_REUSE_MAX = 10_000
CELERY_TIMEZONE = "UTC"
SWEEP_SECONDS = env.integer("SWEEP_SECONDS", 1, least=1, most=60)
# What waited while no worker was there is worth nothing. But beat's clock writes the end and a worker's clock reads it:
# near, one that is ahead would throw every sweep away.
_stale = {"expires": 3 * 60 * 60}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "onboarding.tasks.sweep", "schedule": SWEEP_SECONDS, "options": _stale},
    "retire": {"task": "onboarding.tasks.retire", "schedule": 60, "options": _stale},
    # Seldom has anything to fetch; often enough that a new installation has its lists soon.
    "catalogs": {"task": "onboarding.tasks.refresh_catalogs", "schedule": 15, "options": _stale},
}
if CELERY_BROKER_URL.startswith("folder://"):
    # Remote control answers through more queues; one worker on one machine needs none.
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
    _broker_folder = Path(env.text("BROKER_FOLDER", str(BASE_DIR / "var" / "broker")))
    for _name in ("messages", "control"):
        (_broker_folder / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(_broker_folder / "messages"),
        "data_folder_out": str(_broker_folder / "messages"),
        "control_folder": str(_broker_folder / "control"),
        "polling_interval": 0.05,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    }
