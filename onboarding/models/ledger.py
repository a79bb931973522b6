"""The ledger: what the aggregate said at one moment, and the figures counted while it was read.

Amounts are integers of 1/100 of the currency beside them (a database may sum decimals as floats).
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from onboarding import clock


class Snapshot(models.Model):
    """One reading of the aggregate. Written in batches, shown by ``Onboarding.snapshot`` alone.

    A snapshot that no onboarding points to is half-written or old; nobody reads it and the sweep deletes it.
    """

    onboarding = models.ForeignKey("Onboarding", on_delete=models.CASCADE, related_name="snapshots")
    aggregation = models.ForeignKey("Aggregation", on_delete=models.CASCADE, related_name="snapshots")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    generated_at = models.DateTimeField(null=True, blank=True, help_text="when the reply was fetched")
    transaction_count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"snapshot {self.pk}"


class AccountKind(models.TextChoices):
    ACCOUNT = "account", _("account")
    CARD = "card", _("card")
    DEPOSIT = "deposit", _("deposit")


class Account(models.Model):
    """An account, card or deposit as the aggregate names it. ``balance`` empty means that the bank said none."""

    Kind: ClassVar = AccountKind

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="accounts")
    kind = models.CharField(max_length=8, choices=AccountKind.choices, default=AccountKind.ACCOUNT)
    position = models.PositiveIntegerField()
    origin = models.CharField(max_length=40, blank=True, default="")
    bank = models.CharField(max_length=200, blank=True, default="")
    target = models.CharField(max_length=200, blank=True, default="")
    institution = models.CharField(max_length=200, blank=True, default="")
    name = models.CharField(max_length=500, blank=True, default="")
    iban = models.CharField(max_length=64, blank=True, default="")
    last_digits = models.CharField(max_length=4, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    balance_cents = models.BigIntegerField(null=True, blank=True)
    funds_available_cents = models.BigIntegerField(null=True, blank=True)
    credit_limit_cents = models.BigIntegerField(null=True, blank=True)
    active_since = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    partial = models.BooleanField(default=False, help_text="the bank cut the history short")
    times_seen = models.PositiveSmallIntegerField(
        default=1, help_text="in how many imports it came; its rows are counted once"
    )
    transaction_count = models.PositiveIntegerField(default=0)
    first_booked_on = models.DateField(null=True, blank=True)
    last_booked_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "position"], name="one_account_per_position"),
        ]

    def __str__(self) -> str:
        return f"account {self.pk}"


class AccountListing(models.Model):
    """One time that the aggregate listed an account: where it came from, and what it alone brought.

    ``origin`` is the vendor's word for the kind of source; ``transaction_count`` counts the rows that are stored of it.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="account_listings")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="listings")
    number = models.PositiveSmallIntegerField(help_text="1 for the first listing of the account")
    origin = models.CharField(max_length=40, blank=True, default="")
    bank = models.CharField(max_length=200, blank=True, default="")
    transaction_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="one_account_listing_per_number"),
        ]

    def __str__(self) -> str:
        return f"listing {self.pk}"


class TransactionQuerySet(models.QuerySet["Transaction"]):
    def newest_first(self) -> Self:
        return self.order_by("-day", "id")

    def possible_duplicates(self) -> Self:
        """Rows that may be a payment which another listing of the account has too."""
        return self.filter(twin__isnull=False)


class Transaction(models.Model):
    """One row of an account; equal rows are real payments and all of them are here.

    ``day`` is the booking date, or the transaction date where the bank gave no booking date. ``search_text`` is title
    and party folded (lower case, no accents), so that searching means the same in every database. ``labels`` is
    the sorted set of the vendor's labels, one a line. ``listing`` is the number of the account's listing it came with;
    ``twin`` the id of the row of an earlier listing that may be the same payment (no foreign key: both go at once).
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="transactions", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="transactions", db_index=False)
    day = models.DateField()
    booked_on = models.DateField(null=True, blank=True)
    transaction_on = models.DateField(null=True, blank=True)
    amount_cents = models.BigIntegerField()
    balance_cents = models.BigIntegerField(null=True, blank=True)
    title = models.TextField(blank=True, default="")
    party = models.TextField(blank=True, default="")
    party_iban = models.CharField(max_length=64, blank=True, default="")
    kind = models.TextField(blank=True, default="")
    status = models.CharField(max_length=64, blank=True, default="")
    labels = models.TextField(blank=True, default="")
    search_text = models.TextField(blank=True, default="")
    listing = models.PositiveSmallIntegerField(default=1, db_default=1)
    twin = models.PositiveBigIntegerField(null=True, blank=True)

    objects: ClassVar[TransactionQuerySet] = TransactionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            # The summary's pages: all accounts, newest first.
            models.Index(fields=["snapshot", "-day", "id"], name="transaction_by_day"),
            # The same, filtered by account.
            models.Index(fields=["account", "-day", "id"], name="transaction_of_account_by_day"),
            # What may be left out of the totals; empty for most people.
            models.Index(fields=["snapshot"], condition=Q(twin__isnull=False), name="transaction_with_twin"),
        ]

    def __str__(self) -> str:
        return f"transaction {self.pk}"


class Person(models.Model):
    """Somebody whom a bank names as an owner."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="people")
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=40, blank=True, default="")
    bank = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return f"person {self.pk}"


class CurrencyTotal(models.Model):
    """All accounts of one currency, counted while the aggregate was read.

    ``balance_cents`` sums the balances that the banks said; it is empty when they said none. ``out_cents`` is positive.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="currency_totals")
    currency = models.CharField(max_length=3)
    balance_cents = models.BigIntegerField(null=True, blank=True)
    in_cents = models.BigIntegerField()
    out_cents = models.BigIntegerField()

    class Meta:
        ordering = ["currency"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "currency"], name="one_total_per_currency"),
        ]

    def __str__(self) -> str:
        return f"total {self.pk}"


class MonthTotal(models.Model):
    """Money in and out in one month (``2026-11``) and currency."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="month_totals")
    month = models.CharField(max_length=7)
    currency = models.CharField(max_length=3)
    in_cents = models.BigIntegerField()
    out_cents = models.BigIntegerField()

    class Meta:
        ordering = ["month", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "month", "currency"], name="one_total_per_month"),
        ]

    def __str__(self) -> str:
        return f"month {self.pk}"


class LabelTotal(models.Model):
    """Money in and out under one of the vendor's labels; a row with two labels counts under both."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="label_totals")
    label = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    in_cents = models.BigIntegerField()
    out_cents = models.BigIntegerField()
    transaction_count = models.PositiveIntegerField()

    class Meta:
        ordering = ["label", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "label", "currency"], name="one_total_per_label"),
        ]

    def __str__(self) -> str:
        return f"label {self.pk}"
