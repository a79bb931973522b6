"""Where notices wait for the next page: a cookie, under https bound to this host like the others."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class HostCookieStorage(CookieStorage):
    """Django's storage under a name that no other host and no plain http reply can set."""

    cookie_name = "__Host-messages" if settings.SECURE else "messages"
