"""Seeing an account again without keeping its number: fingerprints of what each import named."""

from collections.abc import Iterable
from typing import Protocol

from onboarding import sealing
from onboarding.models import ImportedAccount as ImportedAccountRow
from onboarding.models import Source


class Numbered(Protocol):
    """Anything that names an account by its number and currency."""

    @property
    def iban(self) -> str | None: ...

    @property
    def currency(self) -> str | None: ...


def fingerprints(accounts: Iterable[Numbered]) -> frozenset[str]:
    """Return the fingerprints of those accounts that have a number."""
    return frozenset(
        sealing.fingerprint(account.iban, currency=account.currency or "") for account in accounts if account.iban
    )


def remember(source: Source, accounts: frozenset[str]) -> None:
    """Keep the fingerprints of a source's accounts."""
    ImportedAccountRow.objects.bulk_create(
        [ImportedAccountRow(source=source, fingerprint=one) for one in sorted(accounts)], ignore_conflicts=True
    )


def came_before(source: Source, accounts: frozenset[str]) -> bool:
    """Tell whether every account came with another imported source of the same person already."""
    if not accounts:
        return False
    earlier = ImportedAccountRow.objects.filter(
        source__in=Source.objects.filter(onboarding_id=source.onboarding_id).imported().exclude(pk=source.pk)
    )
    return accounts <= set(earlier.values_list("fingerprint", flat=True))


def remembered(source: Source) -> frozenset[str]:
    """Return the fingerprints kept of a source's accounts."""
    return frozenset(source.imported_accounts.values_list("fingerprint", flat=True))
