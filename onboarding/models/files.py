"""What only a file has: where it lies sealed, what was found in it, what the person was asked and answered."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .sources import Source

PASSWORD_TRIES = 5
"""How many passwords may be tried on one file."""


class FileFormat(models.TextChoices):
    PDF = "pdf", _("PDF statement")
    MT940 = "mt940", "MT940"
    CAMT053 = "camt053", "CAMT.053"
    OFX = "ofx", "OFX"
    CSV = "csv", "CSV"
    PUSHED = "pushed", _("sent by the host")


class Question(models.TextChoices):
    """What the person is asked while the source is ``asking``."""

    PASSWORD = "password", _("the password of the file")
    COLUMNS = "columns", _("what the columns hold")
    PREVIEW = "preview", _("whether the preview is right")


class SourceFile(models.Model):
    """A file of a source. ``stored_as`` and ``payload`` name sealed files and are empty once those are deleted.

    ``payload`` is what will be sent of own data, ready and whole, so that nothing is ever half-uploaded.
    ``line``, ``column``, ``element``, ``problem`` and ``expected`` say what was wrong and where, never with a text of
    the file. ``sent_at`` is written before the content goes out, so that a lost answer can be told from none.
    """

    Format: ClassVar = FileFormat
    Question: ClassVar = Question

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="file", primary_key=True)
    name = models.CharField(max_length=200, blank=True, default="")
    format = models.CharField(max_length=8, choices=FileFormat.choices, blank=True, default="")
    size = models.PositiveBigIntegerField(default=0)
    pages = models.PositiveIntegerField(null=True, blank=True)
    stored_as = models.CharField(max_length=32, null=True, blank=True, unique=True)
    stored_until = models.DateTimeField(null=True, blank=True, db_index=True)
    payload = models.CharField(max_length=32, null=True, blank=True, unique=True)
    payload_size = models.PositiveBigIntegerField(default=0)
    question = models.CharField(max_length=12, choices=Question.choices, blank=True, default="")
    password = models.TextField(blank=True, default="", help_text="sealed, wiped with the file")
    password_tries = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    target = models.CharField(max_length=200, blank=True, default="")
    bank_name = models.CharField(max_length=200, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    answer_id = models.CharField(max_length=200, blank=True, default="", help_text="the service's id of what it took")
    pushed_by = models.CharField(max_length=40, blank=True, default="", help_text="the host whose key brought it")
    row_count = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=24, blank=True, default="")
    expected = models.CharField(max_length=24, blank=True, default="")
    line = models.PositiveIntegerField(null=True, blank=True)
    column = models.PositiveIntegerField(null=True, blank=True)
    element = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(question__in=[*Question.values, ""]), name="file_question_known"),
        ]

    def __str__(self) -> str:
        return f"file of source {self.pk}"

    @property
    def display_name(self) -> str:
        return self.name or self.bank_name


class FailedCheck(models.Model):
    """One check of the service that a statement did not pass; staff see which."""

    file = models.ForeignKey(SourceFile, on_delete=models.CASCADE, related_name="failed_checks")
    name = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "name"], name="one_failed_check_per_name")]

    def __str__(self) -> str:
        return self.name


class ColumnChoice(models.Model):
    """How a CSV file is read: first as it was guessed, then as the person said. Columns count from 0."""

    file = models.OneToOneField(SourceFile, on_delete=models.CASCADE, related_name="columns", primary_key=True)
    said_by_person = models.BooleanField(default=False)
    encoding = models.CharField(max_length=16)
    delimiter = models.CharField(max_length=1)
    header_row = models.PositiveIntegerField(null=True, blank=True)
    date_format = models.CharField(max_length=12)
    decimal = models.CharField(max_length=1)
    booked_on = models.PositiveSmallIntegerField(null=True, blank=True)
    transaction_on = models.PositiveSmallIntegerField(null=True, blank=True)
    amount = models.PositiveSmallIntegerField(null=True, blank=True)
    debit = models.PositiveSmallIntegerField(null=True, blank=True)
    credit = models.PositiveSmallIntegerField(null=True, blank=True)
    balance = models.PositiveSmallIntegerField(null=True, blank=True)
    title = models.PositiveSmallIntegerField(null=True, blank=True)
    party = models.PositiveSmallIntegerField(null=True, blank=True)
    party_iban = models.PositiveSmallIntegerField(null=True, blank=True)
    currency_column = models.PositiveSmallIntegerField(null=True, blank=True)
    number = models.CharField(max_length=64, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    account_name = models.CharField(max_length=100, blank=True, default="")

    def __str__(self) -> str:
        return f"columns of file {self.pk}"


class BalanceCheck(models.TextChoices):
    OK = "ok", _("the balances agree with the rows")
    WRONG = "wrong", _("the balances do not agree with the rows")
    UNKNOWN = "unknown", _("the file states no balances")


class PreviewAccount(models.Model):
    """One account that a file holds, as it is shown before the person confirms."""

    file = models.ForeignKey(SourceFile, on_delete=models.CASCADE, related_name="preview_accounts")
    position = models.PositiveIntegerField()
    number = models.CharField(max_length=64, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    bank = models.CharField(max_length=200, blank=True, default="")
    currency = models.CharField(max_length=3)
    row_count = models.PositiveIntegerField(default=0)
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    opening_cents = models.BigIntegerField(null=True, blank=True)
    closing_cents = models.BigIntegerField(null=True, blank=True)
    balance_check = models.CharField(max_length=8, choices=BalanceCheck.choices, default=BalanceCheck.UNKNOWN)
    difference_cents = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["file", "position"], name="one_preview_account_per_position")]

    def __str__(self) -> str:
        return f"preview account {self.pk}"


class PreviewRow(models.Model):
    """One of the first rows of an account, as it is shown before the person confirms."""

    account = models.ForeignKey(PreviewAccount, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    day = models.DateField(null=True, blank=True)
    amount_cents = models.BigIntegerField()
    text = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["account", "position"], name="one_preview_row_per_position")]

    def __str__(self) -> str:
        return f"preview row {self.pk}"


class TableCell(models.Model):
    """One cell of the first rows of a CSV file, shown where the person says what the columns hold.

    ``row`` 0 is the header (its cells are empty where the table has none).
    """

    file = models.ForeignKey(SourceFile, on_delete=models.CASCADE, related_name="cells")
    row = models.PositiveSmallIntegerField()
    column = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["row", "column"]
        constraints = [models.UniqueConstraint(fields=["file", "row", "column"], name="one_table_cell_per_place")]

    def __str__(self) -> str:
        return f"cell {self.row}.{self.column} of file {self.file_id}"
