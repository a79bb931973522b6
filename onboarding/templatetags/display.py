"""How the pages write things: icons, days, months, instants and elapsed times."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from django import template
from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

# Babel's plain "en" writes dates the American way and its "pt" is Brazilian; the people here are in Europe.
_LOCALE_FOR = {"en": "en_GB", "pt": "pt_PT"}

# Addresses that only take a form, and the page that the form stands on.
_PAGE_OF_FORM = {"file_password": ("file", ""), "file_columns": ("file", "?question=columns")}
# What a bank sent here, or a code, can't be asked for a second time.
_ONLY_ONCE = frozenset({"return", "prove"})


@register.simple_tag
def language_names() -> list[tuple[str, str]]:
    """Return the languages as code and name, each in its own words whatever the page speaks."""
    return list(settings.LANGUAGES)


@register.simple_tag
def address_again(request: HttpRequest | None) -> str:
    """Return the address that shows this page once more by GET, or nothing where none does.

    A page that answers a form stands at the form's own address; where that takes no GET, its page's is named.
    """
    if not request:
        return ""
    if request.method == "GET":
        return request.get_full_path()
    match = request.resolver_match
    if request.method != "POST" or match is None or match.url_name in _ONLY_ONCE:
        return ""
    if match.url_name in _PAGE_OF_FORM:
        name, query = _PAGE_OF_FORM[match.url_name]
        return reverse(name, kwargs=match.kwargs) + query
    return request.get_full_path()


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """Show an icon of the sprite, ``size`` pixels square; it says nothing to a screen reader."""
    return format_html(
        '<svg class="icon" width="{}" height="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        size,
        size,
        static("icons/sprite.svg"),
        name,
    )


@register.filter
def elapsed(duration: timedelta) -> str:
    """Write a duration as minutes and seconds (``0:42``), with hours from the first one on (``1:02:03``)."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def whole_seconds(duration: timedelta) -> int:
    """Return a duration's whole seconds, for the script that lets it tick."""
    return int(duration.total_seconds())


@register.filter
def whole(number: int) -> str:
    """Write a whole number with the separators of the person's language."""
    return format_decimal(number, locale=_locale())


@register.simple_tag
def instant(at: datetime) -> SafeString:
    """Write an instant in the site's time zone; the page's script turns it to the person's own where that differs."""
    local = timezone.localtime(at)
    words = f"{format_date(local, 'long', locale=_locale())}, {local:%H:%M}"
    return format_html('<time datetime="{}" data-instant>{}</time>', local.isoformat(timespec="seconds"), words)


@register.filter
def day(on: date) -> str:
    """Write a booking date; it is a day of the bank's calendar and is never moved between time zones."""
    return format_date(on, "medium", locale=_locale())


@register.filter
def month_name(first_day: date) -> str:
    """Write a month, named by its first day, in words (``November 2026``)."""
    return format_skeleton("yMMMM", first_day, locale=_locale())


@register.filter
def month_mark(first_day: date) -> str:
    """Write a month so shortly that it fits under a bar of a chart (``Nov``)."""
    return format_skeleton("MMM", first_day, locale=_locale()).rstrip(".")[:4]


def _locale() -> Locale:
    return _read_locale(get_language() or "en")


@lru_cache(maxsize=64)
def _read_locale(code: str) -> Locale:
    try:
        return Locale.parse(_LOCALE_FOR.get(code, code).replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")
