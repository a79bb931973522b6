"""The last good copy of the vendor's catalogs: banks to sign in at, and banks whose statements can be read."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class CatalogKind(models.TextChoices):
    BANKS = "banks", _("banks to sign in at")
    STATEMENTS = "statements", _("banks whose statements can be read")


class CatalogQuerySet(models.QuerySet["CatalogBank"]):
    def banks(self, country: str) -> Self:
        return self.filter(kind=CatalogKind.BANKS, country=country)

    def statements(self, country: str) -> Self:
        return self.filter(kind=CatalogKind.STATEMENTS, country=country)


class CatalogBank(models.Model):
    """One entry of a catalog. ``institution`` is what a bank is known by; ``name`` is the vendor's word of today.

    ``search_text`` is the official and the login name folded (lower case, no accents); ``account_types`` are the
    vendor's words, one a line.
    """

    Kind: ClassVar = CatalogKind

    kind = models.CharField(max_length=12, choices=CatalogKind.choices)
    country = models.CharField(max_length=2)
    name = models.CharField(max_length=200)
    institution = models.CharField(max_length=200, blank=True, default="")
    official_name = models.CharField(max_length=200)
    login_name = models.CharField(max_length=200, blank=True, default="")
    account_types = models.TextField(blank=True, default="")
    beta = models.BooleanField(default=False)
    search_text = models.CharField(max_length=500, blank=True, default="")

    objects: ClassVar[CatalogQuerySet] = CatalogQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["official_name", "login_name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "country", "name"], name="one_catalog_entry_per_name"),
        ]

    def __str__(self) -> str:
        return f"{self.official_name} ({self.name})"


class CatalogCopy(models.Model):
    """When a country's catalog was last fetched well, and when it is to be fetched next."""

    kind = models.CharField(max_length=12, choices=CatalogKind.choices)
    country = models.CharField(max_length=2)
    fetched_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0, help_text="tries in a row that failed")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "country"], name="one_catalog_copy_per_country")]

    def __str__(self) -> str:
        return f"{self.kind} {self.country}"
