"""Links with which staff let a person start."""

import hashlib
import secrets
from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding import clock


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def usable(self, token: str, now: datetime) -> Self:
        return self.filter(token_digest=digest_of(token), used_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """One link for one start. Only the digest of its token is kept: the link is shown once, when it is made."""

    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    country = models.CharField(_("country"), max_length=2)
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("Your own reference, no names."))
    return_url = models.URLField(_("host return address"), max_length=500, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(null=True, blank=True, editable=False)
    onboarding = models.OneToOneField(
        "Onboarding",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="invitation",
    )

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    def renew_token(self) -> str:
        """Give the invitation a fresh token and return it; the caller shows it once and saves the row."""
        token = secrets.token_urlsafe(32)
        self.token_digest = digest_of(token)
        return token
