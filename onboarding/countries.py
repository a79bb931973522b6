"""The countries whose banks can be connected, and the vendor's word for a language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

COUNTRIES: dict[str, str | Promise] = {
    "pl": _("Poland"),
    "cz": _("Czechia"),
    "es": _("Spain"),
    "pt": _("Portugal"),
    "ro": _("Romania"),
    "lt": _("Lithuania"),
    "lv": _("Latvia"),
    "ee": _("Estonia"),
    "it": _("Italy"),
    "ph": _("Philippines"),
}
"""Countries with banks in the vendor's recorded catalog, by its codes."""

_VENDOR_LOCALES = {"cs": "cz", "et": "ee"}


def vendor_locale(language: str) -> str:
    """Return the vendor's locale code of a language: it follows the country's code (``cz``, not ``cs``)."""
    short = language.split("-", 1)[0].lower()
    return _VENDOR_LOCALES.get(short, short)
