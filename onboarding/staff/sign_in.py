"""The form with which staff sign in, and how tries are slowed down without locking anybody out."""

import secrets
import unicodedata
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django_otp import match_token

from onboarding import limits, networks
from onboarding.limits import Route

KNOWN_COOKIE = "__Host-staff-browser" if settings.SECURE else "staff-browser"
KNOWN_FOR = timedelta(days=180)
SALT = "onboarding.staff.known-browser"


class SignInForm(AdminAuthenticationForm):
    """Name, password and, where it is asked for, the code of the second factor: refused together, with one sentence."""

    code = forms.CharField(
        label=_("Code of your authenticator"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _(
            "Name, password or code are not right for a staff account. Each code counts once: wait for the next one."
        ),
    }

    def confirm_login_allowed(self, user: Any) -> None:
        """Let in whoever is staff and, where a second factor is asked for, has it."""
        super().confirm_login_allowed(user)
        if not settings.STAFF_SECOND_FACTOR:
            return
        device = match_token(user, "".join(self.data.get("code", "").split()))
        if device is None:
            raise ValidationError(
                self.error_messages["invalid_login"],
                code="invalid_login",
                params={"username": self.username_field.verbose_name},
            )
        user.otp_device = device


def has_second_factor(user: AbstractBaseUser | AnonymousUser) -> bool:
    """Tell whether an account has shown its second factor, where one is asked for."""
    return not settings.STAFF_SECOND_FACTOR or getattr(user, "otp_device", None) is not None


def wait_before(request: HttpRequest) -> timedelta | None:
    """Count a try; return how long to wait when there were too many.

    A stranger who knows a colleague's name can use up the tries under that name, from anywhere. So a browser in which
    the account was signed in before has tries of its own, which nobody else can use up (OWASP, "Slow Down Online
    Guessing Attacks with Device Cookies"). And no lock is for good: tries come back with time.
    """
    name = _plain(request.POST.get("username", ""))
    known = request.get_signed_cookie(KNOWN_COOKIE, default="", salt=SALT, max_age=KNOWN_FOR)
    browser, _sign, whose = (known or "").partition(":")
    if browser and whose == _digest(name):
        return limits.take(Route.STAFF_KNOWN, one=f"{browser}:{whose}")
    return limits.take(Route.STAFF, one=name, address=networks.of(request))


def wait_before_proof(user: AbstractBaseUser) -> timedelta | None:
    """Count a try of the password by somebody who is signed in."""
    return limits.take(Route.STAFF_KNOWN, one=f"signed in:{user.pk}")


def know_browser(request: HttpRequest, response: HttpResponse) -> None:
    """Let this browser be known as one in which the account that has just signed in was signed in."""
    name = _plain(request.user.get_username())
    response.set_signed_cookie(
        KNOWN_COOKIE,
        f"{secrets.token_urlsafe(16)}:{_digest(name)}",
        salt=SALT,
        max_age=KNOWN_FOR,
        secure=settings.SECURE,
        httponly=True,
        samesite="Strict",
    )


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()[:200]


def _digest(name: str) -> str:
    return limits.digest_of("staff name", name)
