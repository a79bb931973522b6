"""One person's onboarding: the row that everything else of the person hangs on."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding import clock


def new_owner_external_id() -> str:
    """Make an owner id for the vendor: opaque, since it shows up in URLs and logs, and never used again."""
    return str(uuid4())


class OnboardingQuerySet(models.QuerySet["Onboarding"]):
    def of_browser(self, browser: str) -> Self:
        """Those that were begun in this browser; ``browser`` is the digest kept of its session's secret."""
        return self.filter(browser=browser).exclude(browser="")

    def live(self) -> Self:
        return self.filter(erased_at=None)

    def expired(self, now: datetime) -> Self:
        return self.live().filter(expires_at__lte=now)


class Onboarding(models.Model):
    """One person with one ``owner_external_id`` for all of their sources."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    owner_external_id = models.CharField(max_length=36, default=new_owner_external_id, unique=True, editable=False)
    intent_digest = models.CharField(max_length=64, default=new_owner_external_id, unique=True, editable=False)
    browser = models.CharField(max_length=64, blank=True, default="", db_index=True, editable=False)
    country = models.CharField(_("country"), max_length=2)
    locale = models.CharField(_("locale"), max_length=8)
    return_url = models.URLField(_("host return address"), max_length=500, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    consented_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    hides_duplicates = models.BooleanField(
        default=False, db_default=False, help_text="possible duplicates are left out of the totals"
    )
    snapshot = models.OneToOneField(
        "Snapshot", on_delete=models.SET_NULL, null=True, blank=True, related_name="shown_by"
    )
    aggregation = models.OneToOneField(
        "Aggregation", on_delete=models.SET_NULL, null=True, blank=True, related_name="newest_of"
    )

    objects: ClassVar[OnboardingQuerySet] = OnboardingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at"]
        permissions = [
            ("erase_onboarding", "Can erase a person's onboarding"),
            ("retry_onboarding", "Can try a person's failed work again"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)
