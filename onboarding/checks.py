"""Set-ups in which every value is right and the whole is not; ids are listed in README.md."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host
from django.utils import timezone

OLD_STATEMENT_FORM_ENDS = date(2027, 4, 1)
TOLD_OF_THE_END_FROM = date(2027, 3, 1)
THREADS_FOR_SHORT_STEPS = 4
"""The sweep, the retirement, the catalogs, and one for everybody's short steps."""
MOST_FACTOR = 20


def refuse_wrong_set_up() -> None:
    """Raise ``ImproperlyConfigured`` when one of our own checks finds an error; web, worker and beat begin with it."""
    found = run_checks(tags=[Tags.security, Tags.compatibility], include_deployment_checks=True)
    errors = [one for one in found if one.level >= ERROR and str(one.id).startswith("onboarding.")]
    if errors:
        raise ImproperlyConfigured(" ".join(f"{one.id}: {one.msg} {one.hint}" for one in errors))


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
    if not settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
        makeshift.append("CELERY_BROKER_URL is one machine's")
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


@register(Tags.security, deploy=True)
def nothing_that_protects_is_switched_off(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Tell when a site on https goes without what guards its staff's pages and its people's."""
    if not settings.SECURE:
        return []
    found: list[CheckMessage] = []
    if not settings.STAFF_SECOND_FACTOR:
        found.append(
            Warning(
                "STAFF_SECOND_FACTOR is off: a password alone opens staff's pages.",
                hint="Leave it out, and give each account a device with manage.py staff_device.",
                id="onboarding.W003",
            )
        )
    if settings.RATE_LIMIT_FACTOR > MOST_FACTOR:
        found.append(
            Warning(
                f"RATE_LIMIT_FACTOR is {settings.RATE_LIMIT_FACTOR}: the limits hold nobody back.",
                hint="Leave it out, or keep it small; large ones are for load tests.",
                id="onboarding.W004",
            )
        )
    if settings.KONTOMATIK_BASE_URL.startswith("http://"):
        found.append(
            Warning(
                "SITE_URL is https, but KONTOMATIK_BASE_URL is plain http: bank data travels in the open.",
                hint="Use the vendor's https address; the sandbox is for trying out.",
                id="onboarding.W005",
            )
        )
    return found


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
