"""The shared facts of work: what is due, who holds it, how often it was tried, why it ended."""

import secrets
from datetime import datetime, timedelta
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from onboarding import clock

CLAIM_LEASE = timedelta(seconds=75)
"""How long a claim holds: longer than the longest legal step between two renewals (a call's deadline is 60 s)."""

LOST_CLAIMS_ALLOWED = 3
"""After so many workers lost in the middle of one step, the row itself is taken for the cause."""

NUDGE_EVERY = timedelta(seconds=10)
"""How long the sweep waits before it sends another message for a row that nobody has claimed yet."""


class Failure(models.TextChoices):
    """Why work ended badly. The kind is stored; its words are chosen when it is shown."""

    CANCELLED = "cancelled", _("cancelled by the person")
    SIGNIN_EXPIRED = "signin_expired", _("the sign-in took too long")
    NOT_RETURNED = "not_returned", _("the browser never came back")
    RETURN_UNPROVEN = "return_unproven", _("came back in another browser without the code")
    CREDENTIALS = "credentials", _("the bank refused the login or password")
    ACCESS_BLOCKED = "access_blocked", _("the bank has blocked the access")
    ACTION_AT_BANK = "action_at_bank", _("the bank asks the person to do something there first")
    LOGIN_UNSUPPORTED = "login_unsupported", _("this way of signing in is not supported")
    OTHER_LOGIN = "other_login", _("signed in with another login than before")
    CONSENT_OVER = "consent_over", _("the bank's consent is over or used up")
    SESSION_OVER = "session_over", _("the sign-in ended before the import began")
    BANK_UNAVAILABLE = "bank_unavailable", _("the bank or the service was not available")
    SERVICE_BUSY = "service_busy", _("the service had no free place in time")
    SERVICE_FAULT = "service_fault", _("a fault of the service")
    GARBLED_REPLY = "garbled_reply", _("the service answered something unreadable")
    REFUSED_BY_SERVICE = "refused_by_service", _("the service refused our request or key")
    OWNER_MISMATCH = "owner_mismatch", _("the service answered for another owner")
    TIMED_OUT = "timed_out", _("no answer in time")
    UNREADABLE_AMOUNTS = "unreadable_amounts", _("a part of the aggregated data can't be read")
    NO_DATA = "no_data", _("the service holds no data")
    FILE_EMPTY = "file_empty", _("the file is empty")
    FILE_TOO_LARGE = "file_too_large", _("the file is too large")
    FILE_NOT_PDF = "file_not_pdf", _("the file is not a PDF")
    FILE_DAMAGED = "file_damaged", _("the file is incomplete or damaged")
    FILE_TOO_LONG = "file_too_long", _("the file has too many pages or rows")
    FILE_PROTECTED = "file_protected", _("the file's password was not given")
    FILE_FORMAT_UNKNOWN = "file_format_unknown", _("the file is in no format that can be read")
    FILE_WRONG = "file_wrong", _("a place of the file can't be read")
    FILE_WITHOUT_ROWS = "file_without_rows", _("the file holds no payment")
    FILE_TOO_SLOW = "file_too_slow", _("reading the file took too long")
    FILE_EXPIRED = "file_expired", _("the file was deleted before it was finished")
    STATEMENT_TAMPERED = "statement_tampered", _("the statement did not pass the checks")
    STATEMENT_UNREADABLE = "statement_unreadable", _("the service could not read the statement")
    STATEMENT_UNSUPPORTED = "statement_unsupported", _("the service does not know this kind of statement")
    UPLOAD_REFUSED = "upload_refused", _("the service refused the own data")


Row = TypeVar("Row", bound="Work")


class WorkQuerySet(models.QuerySet[Row]):
    """Verbs of claiming: short conditional updates of which exactly one caller wins."""

    def unclaimed(self, now: datetime) -> Self:
        return self.filter(Q(claimed_until=None) | Q(claimed_until__lte=now))

    def due(self, now: datetime) -> Self:
        return self.unclaimed(now).filter(due_at__lte=now)

    def next_due(self, now: datetime) -> list[int]:
        """Return the row that is due and free and has waited longest, or nothing."""
        return list(self.due(now).order_by("due_at", "pk").values_list("pk", flat=True)[:1])

    def claim(self, pk: int, *, now: datetime, lease: timedelta = CLAIM_LEASE) -> str | None:
        """Take the row if it is due and free; return the claim's token, or None when another one has it."""
        token = secrets.token_hex(8)
        # A claim that is still written there was never given back: its worker was lost in the middle.
        lost = Case(When(claim="", then=F("lost_claims")), default=F("lost_claims") + 1)
        taken = (
            self.due(now).filter(pk=pk).update(claim=token, claimed_until=now + lease, nudged_at=None, lost_claims=lost)
        )
        return token if taken == 1 else None

    def held(self, pk: int, token: str) -> Self:
        """The row, only while this claim is still the one that holds it."""
        return self.filter(pk=pk, claim=token)

    def unnudged(self, now: datetime) -> Self:
        return self.filter(Q(nudged_at=None) | Q(nudged_at__lte=now - NUDGE_EVERY))


class Work(models.Model):
    """What every row of work carries. ``due_at`` empty means that nothing is to be done."""

    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    unreadable_replies = models.PositiveSmallIntegerField(default=0)
    give_up_at = models.DateTimeField(null=True, blank=True)
    claim = models.CharField(max_length=16, blank=True, default="")
    lost_claims = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    nudged_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=24, choices=Failure.choices, blank=True, default="")
    failure_code = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True


class AggregationState(models.TextChoices):
    FETCHING = "fetching", _("being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class Aggregation(Work):
    """One request for a summary: fetch the aggregate, store it as a snapshot, show it by one flip."""

    State: ClassVar = AggregationState

    onboarding = models.ForeignKey("Onboarding", on_delete=models.CASCADE, related_name="aggregations")
    state = models.CharField(max_length=12, choices=AggregationState.choices, default=AggregationState.FETCHING)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    rows_stored = models.PositiveIntegerField(default=0)

    objects: ClassVar[WorkQuerySet["Aggregation"]] = WorkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["onboarding"], condition=Q(state="fetching"), name="one_open_aggregation"),
            models.CheckConstraint(condition=Q(state__in=AggregationState.values), name="aggregation_state_known"),
            models.CheckConstraint(
                condition=Q(state="failed") | Q(failure=""), name="aggregation_failure_only_when_failed"
            ),
        ]
        indexes = [
            # The sweep asks every second; only the few open rows are in it.
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="aggregation_due"),
        ]

    def __str__(self) -> str:
        return f"aggregation {self.pk} ({self.state})"


class ErasureState(models.TextChoices):
    ASKED = "asked", _("asked")
    PROVED = "proved", _("proved")
    UNPROVED = "unproved", _("could not be proved")


class Erasure(Work):
    """The vendor's half of an erasure: ask for deletion, then read to prove that nothing is left."""

    State: ClassVar = ErasureState

    onboarding = models.OneToOneField("Onboarding", on_delete=models.CASCADE, related_name="erasure")
    state = models.CharField(max_length=12, choices=ErasureState.choices, default=ErasureState.ASKED)
    asked_at = models.DateTimeField(default=clock.now, editable=False)
    vendor_asked_at = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="the earliest proof: until then an import may bring something back"
    )
    proved_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[WorkQuerySet["Erasure"]] = WorkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ErasureState.values), name="erasure_state_known"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="erasure_due"),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk} ({self.state})"


class Tick(models.Model):
    """When something last happened that ought to happen again and again, so that it is seen when it stops."""

    SWEEP: ClassVar = "sweep"
    VENDOR_ANSWERED: ClassVar = "vendor_answered"
    VENDOR_FAILED: ClassVar = "vendor_failed"

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
