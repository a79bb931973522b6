"""Crash reports to Sentry, if a setting says where to: what broke and where in the code, nothing of whom it broke for.

A report is made anew from a closed list of what may leave the house. Texts of exceptions and variables of frames are
not on it: they hold whatever the code was working on.
"""

import logging
from collections.abc import Mapping
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport
from sentry_sdk.types import Breadcrumb, BreadcrumbHint, Event, Hint

from onboarding.logs import masked
from onboarding.observing import tracing

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "transaction", "environment", "server_name", "sdk")
KEPT_OF_A_FRAME = ("filename", "function", "module", "lineno", "in_app")
KEPT_OF_A_CRUMB = ("type", "category", "level", "timestamp")
OWN_LOGGERS = ("onboarding.",)
"""Their messages hold ids and kinds alone; anybody else's may hold anything."""
OWN_ERRORS = "onboarding.kontomatik.errors"
"""These carry the vendor's error word, cut to letters, and never a body."""


def begin(address: str, *, transport: type[Transport] | None = None) -> None:
    """Report crashes of this process to an address from now on; do nothing without one.

    Raises ``sentry_sdk.utils.BadDsn`` for an address that is none. ``transport`` takes the place of the network.
    """
    if not address:
        return
    sentry_sdk.init(
        dsn=address,
        transport=transport,
        environment="production",
        # No others: some add headers to what goes to the vendor, or look into its answers.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(transaction_style="function_name", middleware_spans=False, signals_spans=False),
            CeleryIntegration(propagate_traces=False),
            LoggingIntegration(level=logging.INFO, event_level=logging.ERROR),
            ExcepthookIntegration(),
            DedupeIntegration(),
            AtexitIntegration(callback=_say_nothing),
        ],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        auto_session_tracking=False,
        send_client_reports=False,
        max_breadcrumbs=20,
        before_send=only_what_may_leave,
        before_breadcrumb=only_a_plain_crumb,
    )


def only_what_may_leave(event: Event, _hint: Hint) -> Event | None:
    """Return a report with what is on the list, and the ids by which its log lines are found."""
    whole: Mapping[str, Any] = event
    kept: dict[str, Any] = {name: _plain(whole[name]) for name in KEPT if name in whole}
    if whole.get("exception"):
        kept["exception"] = {"values": [_exception(one) for one in whole["exception"].get("values") or ()]}
    if str(whole.get("logger", "")).startswith(OWN_LOGGERS) and whole.get("logentry"):
        kept["logentry"] = {"message": masked(str(whole["logentry"].get("message", "")))}
    if whole.get("breadcrumbs"):
        kept["breadcrumbs"] = {"values": list(whole["breadcrumbs"].get("values") or ())}
    kept["tags"] = dict(tracing.ids())
    made: Event = kept  # type: ignore[assignment]
    return made


def only_a_plain_crumb(crumb: Breadcrumb, _hint: BreadcrumbHint) -> Breadcrumb | None:
    """Return what led to a crash: when, whose, how grave; the words only where they are ours."""
    kept = {name: crumb[name] for name in KEPT_OF_A_CRUMB if name in crumb}
    if str(crumb.get("category", "")).startswith(OWN_LOGGERS):
        kept["message"] = masked(str(crumb.get("message", "")))
    return kept


def _exception(one: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: one[name] for name in ("type", "module") if one.get(name)}
    if one.get("module") == OWN_ERRORS:
        kept["value"] = masked(str(one.get("value", "")))
    frames = (one.get("stacktrace") or {}).get("frames") or ()
    kept["stacktrace"] = {
        "frames": [{name: frame[name] for name in KEPT_OF_A_FRAME if name in frame} for frame in frames]
    }
    return kept


def _plain(value: Any) -> Any:
    return masked(value) if isinstance(value, str) else value


def _say_nothing(_pending: int, _timeout: float) -> None:
    """Leave out the words that the library writes to the terminal when a process ends."""
