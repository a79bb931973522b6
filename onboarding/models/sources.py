"""The sources of an onboarding, and what only a bank sign-in has in its own row (files are in `files`)."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from onboarding import clock

from .work import Failure, Work, WorkQuerySet


class SourceKind(models.TextChoices):
    BANK = "bank", _("bank sign-in")
    STATEMENT = "statement", _("PDF statement")
    UPLOAD = "upload", _("own data")


class SourceState(models.TextChoices):
    SIGNING_IN = "signing_in", _("signing in")
    CHECKING = "checking", _("being checked")
    ASKING = "asking", _("waiting for the person")
    QUEUED = "queued", _("waiting for its turn")
    IMPORTING = "importing", _("importing")
    IMPORTED = "imported", _("imported")
    ABANDONED = "abandoned", _("not finished")
    FAILED = "failed", _("failed")


OPEN_STATES = (
    SourceState.SIGNING_IN,
    SourceState.CHECKING,
    SourceState.ASKING,
    SourceState.QUEUED,
    SourceState.IMPORTING,
)
REMOVABLE_STATES = (SourceState.SIGNING_IN, SourceState.CHECKING, SourceState.ASKING)
"""Open states in which nothing was asked of the vendor yet, or nothing that counts."""
ENDED_BADLY = (SourceState.ABANDONED, SourceState.FAILED)


REPEATABLE = frozenset(
    {
        Failure.TIMED_OUT,
        Failure.GARBLED_REPLY,
        Failure.REFUSED_BY_SERVICE,
        Failure.SERVICE_FAULT,
        Failure.BANK_UNAVAILABLE,
    }
)
"""Failures of an import that our side can look at once more, as long as its command is known."""


class SourceQuerySet(WorkQuerySet["Source"]):
    def with_details(self) -> Self:
        """Load with each source what only its kind has."""
        return self.select_related("bank", "file", "onboarding")

    def listed(self) -> Self:
        """What the person sees: not removed, not replaced by a later try."""
        return self.filter(removed_at=None, replaced_by=None)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def imported(self) -> Self:
        return self.filter(state=SourceState.IMPORTED)

    def ended_badly(self) -> Self:
        return self.filter(state__in=ENDED_BADLY)

    def in_line(self) -> Self:
        """Those waiting for a slot, first come first."""
        return self.filter(state=SourceState.QUEUED).order_by("queued_at", "pk")

    def overdue(self, now: datetime) -> Self:
        return self.open().filter(give_up_at__lte=now)


class Source(Work):
    """One bank sign-in, statement or upload. A source that failed is never revived: a new one replaces it.

    A bank goes from ``signing_in`` to the line, a file from ``checking`` (and ``asking``, while the person has to give
    a password, say what a column holds, or confirm); from the line on all go the same way. ``intent`` comes with the
    form that asked for it, so that a double click makes one source. ``slot`` is the number of the command in flight it
    occupies (1 to the limit); unique, so the limit holds whatever the workers do.
    """

    Kind: ClassVar = SourceKind
    State: ClassVar = SourceState

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    onboarding = models.ForeignKey("Onboarding", on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=12, choices=SourceKind.choices, default=SourceKind.BANK)
    state = models.CharField(max_length=12, choices=SourceState.choices, default=SourceState.SIGNING_IN)
    intent = models.UUIDField(default=uuid4, editable=False)
    # Nearly no source is ever replaced. An index that holds the others too, as that of a one-to-one does, is taken by
    # SQLite for one that finds a person's list at once: every poll read all sources of everybody.
    replaced_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaces", db_index=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    state_since = models.DateTimeField()
    queued_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    file_fingerprint = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="keyed digest of a file's content",
    )
    slot = models.PositiveSmallIntegerField(null=True, blank=True, unique=True)
    quota_refusals = models.PositiveIntegerField(default=0)
    account_count = models.PositiveIntegerField(null=True, blank=True)
    repeats_earlier = models.BooleanField(
        default=False, help_text="every account of it came with an earlier source too"
    )
    in_snapshot = models.ForeignKey(
        "Snapshot", on_delete=models.SET_NULL, null=True, blank=True, related_name="sources"
    )
    missing_from_summary = models.BooleanField(default=False)

    objects: ClassVar[SourceQuerySet] = SourceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["onboarding", "intent"], name="one_source_per_intent"),
            models.UniqueConstraint(
                fields=["onboarding", "file_fingerprint"],
                condition=~Q(file_fingerprint="") & ~Q(state__in=ENDED_BADLY),
                name="one_source_per_file",
            ),
            models.UniqueConstraint(
                fields=["replaced_by"], condition=Q(replaced_by__isnull=False), name="one_source_replaced_by_another"
            ),
            models.CheckConstraint(condition=Q(kind__in=SourceKind.values), name="source_kind_known"),
            models.CheckConstraint(condition=Q(state__in=SourceState.values), name="source_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=ENDED_BADLY, failure__gt="") | (~Q(state__in=ENDED_BADLY) & Q(failure="")),
                name="source_failure_when_ended_badly",
            ),
            models.CheckConstraint(
                condition=Q(slot=None) | Q(state=SourceState.IMPORTING), name="source_slot_only_importing"
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | ~Q(replaced_by=F("pk")), name="source_not_replaced_by_itself"
            ),
        ]
        indexes = [
            # The sweep asks every second; only rows with something to do are in it. Those in the line are due all the
            # time and move by a slot alone: in here they would be read by every sweep.
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False) & ~Q(state="queued"), name="source_due_now"
            ),
            # The line is walked in this order at every sweep, and its people counted at progress polls.
            models.Index(fields=["queued_at", "id", "onboarding"], condition=Q(state="queued"), name="source_in_line"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def ended_in_failure(self) -> bool:
        return self.state in ENDED_BADLY

    @property
    def is_repeatable(self) -> bool:
        """Whether our side can try again without a new sign-in: the vendor's command is known."""
        known = self.kind == SourceKind.BANK and bool(self.bank.command_id)
        return known and self.state == SourceState.FAILED and self.failure in REPEATABLE

    @property
    def display_name(self) -> str:
        """What the person knows it by: the bank's name, or the file's; empty while unknown."""
        return self.bank.display_name if self.kind == SourceKind.BANK else self.file.display_name

    @property
    def bank_name(self) -> str:
        """The bank it brings data of; empty while unknown."""
        return self.bank.display_name if self.kind == SourceKind.BANK else self.file.bank_name

    @property
    def target(self) -> str:
        """The vendor's name of the bank; empty while unknown."""
        return self.bank.target if self.kind == SourceKind.BANK else self.file.target


class SignInWay(models.TextChoices):
    REDIRECTION = "redirection", _("at the service's own pages")
    WIDGET = "widget", _("in a form on our page")


class BankSignIn(models.Model):
    """What only a bank sign-in has: the redirection, the session it led to, and its import command.

    ``signature`` is sealed (encrypted) while it is needed and wiped as soon as the import was asked for.
    ``start_asked_at`` is written before the start goes out, so that a lost answer can be told from none.
    ``return_state`` is the digest of the number in the return address of this sign-in; empty when it has none.
    """

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="bank", primary_key=True)
    Way: ClassVar = SignInWay

    way = models.CharField(max_length=12, choices=SignInWay.choices, default="redirection", db_default="redirection")
    redirection_id = models.CharField(max_length=200, null=True, blank=True, unique=True)
    link = models.TextField(blank=True, default="")
    return_state = models.CharField(max_length=64, blank=True, default="", db_default="")
    returned_at = models.DateTimeField(null=True, blank=True)
    seen_unfinished = models.BooleanField(
        default=False, help_text="the browser came back before the vendor called the sign-in finished"
    )
    finished_seen_at = models.DateTimeField(null=True, blank=True)
    return_browser = models.CharField(max_length=64, blank=True, default="")
    return_code = models.CharField(max_length=6, blank=True, default="")
    return_code_until = models.DateTimeField(null=True, blank=True)
    return_code_tries = models.PositiveSmallIntegerField(default=0)
    session_id = models.CharField(max_length=200, blank=True, default="")
    signature = models.TextField(blank=True, default="")
    target = models.CharField(max_length=200, blank=True, default="")
    official_name = models.CharField(max_length=200, blank=True, default="")
    institution = models.CharField(max_length=200, blank=True, default="")
    start_asked_at = models.DateTimeField(null=True, blank=True)
    command_id = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return f"bank sign-in of source {self.pk}"

    @property
    def display_name(self) -> str:
        return self.official_name or self.target


class ImportedAccount(models.Model):
    """A keyed digest of an account that an import named: enough to see it again, not to read it."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="imported_accounts")
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "fingerprint"], name="one_fingerprint_per_source"),
        ]

    def __str__(self) -> str:
        return f"account of source {self.source_id}"
