"""The append-only record of who signed in to staff's pages, who was refused, and what they did to accounts."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding import clock

from .append_only import AppendOnly


class StaffEventName(models.TextChoices):
    SIGNED_IN = "signed_in", _("signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("sign-in failed")
    SIGN_IN_SLOWED = "sign_in_slowed", _("sign-in refused, too many tries")
    SIGNED_OUT = "signed_out", _("signed out")
    TIMED_OUT = "timed_out", _("signed out after its time")
    DENIED = "denied", _("page refused")
    PROOF_FAILED = "proof_failed", _("wrong password before an erasure")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    SESSIONS_ENDED = "sessions_ended", _("sessions of an account ended")
    DEVICE_RENEWED = "device_renewed", _("second factor renewed")


class StaffEvent(AppendOnly):
    """One thing that happened at staff's door. Holds no password, no name that was typed and no address."""

    Name: ClassVar = StaffEventName

    name = models.CharField(max_length=24, choices=StaffEventName.choices)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    origin = models.CharField(
        max_length=16, blank=True, default="", help_text="keyed digest of the address: tells the same from another one"
    )
    detail = models.CharField(max_length=100, blank=True, default="")
    at = models.DateTimeField(default=clock.now, editable=False, db_index=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"
