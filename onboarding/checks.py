"""Set-ups in which every value is right and the whole is not; ids are listed in README.md."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import validate_host
from django.utils import timezone

OLD_STATEMENT_FORM_ENDS = date(2027, 4, 1)
TOLD_OF_THE_END_FROM = date(2027, 3, 1)
THREADS_FOR_SHORT_STEPS = 4
"""The sweep, the retirement, the catalogs, and one for everybody's short steps."""


@register(Tags.security)
def site_answers_under_its_own_name(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Tell when the site would refuse the very address that people are sent to."""
    if validate_host(settings.SITE_HOST, settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            f"ALLOWED_HOSTS does not hold {settings.SITE_HOST}, the host of SITE_URL.",
            hint="Leave ALLOWED_HOSTS out, or add the host.",
            id="onboarding.E001",
        )
    ]


@register(Tags.security, deploy=True)
def production_has_real_parts(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Tell when a site on https works with the parts that are meant for one person's machine."""
    makeshift = []
    if settings.CELERY_BROKER_URL.startswith("folder://"):
        makeshift.append("CELERY_BROKER_URL is a folder")
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        makeshift.append("DATABASE_URL is SQLite")
    if settings.DEBUG or not settings.SECURE or not makeshift:
        return []
    return [
        Error(
            f"SITE_URL is https, but {' and '.join(makeshift)}.",
            hint="Use postgres:// and redis:// in production.",
            id="onboarding.E002",
        )
    ]


@register(Tags.security, deploy=True)
def https_is_told_by_the_proxy(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Tell when every page would be redirected to https for ever, because nobody says that it is."""
    if not settings.SECURE or settings.SECURE_PROXY_SSL_HEADER:
        return []
    return [
        Warning(
            "SITE_URL is https and TRUST_PROXY is off: behind a proxy that ends TLS every page redirects to itself.",
            hint="Set TRUST_PROXY=true when the proxy sets X-Forwarded-Proto (and only then).",
            id="onboarding.W001",
        )
    ]


@register(Tags.compatibility)
def the_widget_knows_its_client(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Tell when the embedded sign-in form would be asked for without saying whose client it is for."""
    if settings.KONTOMATIK_SIGNIN != "widget" or settings.KONTOMATIK_CLIENT_ID:
        return []
    return [
        Error(
            "KONTOMATIK_SIGNIN is widget, but KONTOMATIK_CLIENT_ID is not set.",
            hint="Set the client id of your account, or KONTOMATIK_SIGNIN=redirection.",
            id="onboarding.E003",
        )
    ]


@register(Tags.compatibility)
def statements_are_sent_in_a_form_that_stays(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Tell in time that the statement form in use is about to be removed by the service."""
    return old_statement_form(timezone.now().date())


def old_statement_form(today: date) -> list[CheckMessage]:
    """Tell that the XML form ends, from a month before the vendor removes it ("PDF statements" of the contract)."""
    if not settings.STATEMENTS or settings.KONTOMATIK_STATEMENT_FORM != "xml" or today < TOLD_OF_THE_END_FROM:
        return []
    return [
        Warning(
            f"KONTOMATIK_STATEMENT_FORM is xml, which the service removes on {OLD_STATEMENT_FORM_ENDS.isoformat()}.",
            hint="Set KONTOMATIK_STATEMENT_FORM to json or json_trusted, as your account has it.",
            id="onboarding.W002",
        )
    ]


@register(Tags.compatibility)
def short_steps_find_a_thread(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Tell when long steps may hold so many of a worker's threads that the sweep waits for them."""
    long = settings.WORKER_SUMMARIES + settings.WORKER_READINGS + settings.WORKER_ERASURES
    if long + THREADS_FOR_SHORT_STEPS <= settings.CELERY_WORKER_CONCURRENCY:
        return []
    return [
        Warning(
            f"WORKER_THREADS is {settings.CELERY_WORKER_CONCURRENCY}, of which {long} may be in long steps at once.",
            hint=f"Leave {THREADS_FOR_SHORT_STEPS} or more for the sweep and short steps: raise WORKER_THREADS, or "
            "lower WORKER_SUMMARIES, WORKER_READINGS or WORKER_ERASURES.",
            id="onboarding.W006",
        )
    ]
