"""The vendor's catalogs: fetched anew now and then; whatever goes wrong, the last good copy stays."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from onboarding import bank_list, clock
from onboarding.kontomatik.errors import Garbled, KontomatikError
from onboarding.kontomatik.records import CatalogTarget
from onboarding.models import CatalogBank, CatalogCopy, CatalogKind

from . import vendor, verdicts

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""How long a catalog that is being fetched is left to whoever fetches it: longer than a call's deadline."""


def refresh() -> None:
    """Fetch those catalogs whose time has come; a worker that comes at the same time fetches others or none."""
    for kind, country in _wanted():
        copy, _new = CatalogCopy.objects.get_or_create(kind=kind, country=country, defaults={"due_at": clock.now()})
        leased_until = _claim(copy)
        if leased_until is not None:
            _fetch(copy, leased_until)


def _wanted() -> Iterator[tuple[CatalogKind, str]]:
    if settings.BANK_LIST:
        yield from ((CatalogKind.BANKS, country) for country in settings.KONTOMATIK_COUNTRIES)
    if settings.STATEMENTS:
        yield from ((CatalogKind.STATEMENTS, country) for country in settings.STATEMENT_COUNTRIES)


def _claim(copy: CatalogCopy) -> datetime | None:
    """Take a catalog that is due; its new ``due_at`` is the end of the lease and the token at once."""
    now = clock.now()
    leased_until = now + LEASE
    taken = CatalogCopy.objects.filter(pk=copy.pk, due_at__lte=now).update(due_at=leased_until)
    return leased_until if taken == 1 else None


def _fetch(copy: CatalogCopy, leased_until: datetime) -> None:
    client = vendor.client()
    ask = client.catalog if copy.kind == CatalogKind.BANKS else client.statement_catalog
    try:
        banks = _usable(copy, ask(country=copy.country))
    except KontomatikError as error:
        log.warning("catalog of %s %s: %s", copy.kind, copy.country, error)
        wait = verdicts.backoff(copy.failures, first=60.0, most=3600.0)
        held = CatalogCopy.objects.filter(pk=copy.pk, due_at=leased_until)
        held.update(due_at=clock.now() + wait, failures=copy.failures + 1)
        return
    _replace(copy, leased_until, banks)


def _usable(copy: CatalogCopy, targets: list[CatalogTarget]) -> list[CatalogBank]:
    """Return the rows of a catalog; raise ``Garbled`` when it holds none, since a country never loses all its banks."""
    rows: dict[str, CatalogBank] = {}
    for target in targets:
        row = _row(copy, target)
        if row is not None:
            rows.setdefault(row.name, row)
    if not rows:
        raise Garbled("EmptyCatalog")
    return list(rows.values())


def _row(copy: CatalogCopy, target: CatalogTarget) -> CatalogBank | None:
    """Return an entry as it can be kept, or None: a name or an identity that was cut would be another one."""
    institution = target.institution or ""
    elsewhere = target.country is not None and target.country.lower() != copy.country
    if elsewhere or not target.name or not (vendor.is_storable(target.name) and vendor.is_storable(institution)):
        return None
    official_name = vendor.name(target.official_name) or vendor.name(target.name)
    login_name = vendor.name(target.login_name)
    kinds = [word for word in target.account_types if word.isalpha() and len(word) <= 40][:20]
    return CatalogBank(
        kind=copy.kind,
        country=copy.country,
        name=target.name,
        institution=institution,
        official_name=official_name,
        login_name=login_name,
        account_types="\n".join(word.lower() for word in kinds),
        beta=target.beta,
        search_text=bank_list.fold(f"{official_name} {login_name}")[:500],
    )


def _replace(copy: CatalogCopy, leased_until: datetime, banks: list[CatalogBank]) -> None:
    """Put the new copy in the place of the old one, at once for whoever reads."""
    now = clock.now()
    with transaction.atomic():
        held = CatalogCopy.objects.filter(pk=copy.pk, due_at=leased_until)
        if held.update(fetched_at=now, due_at=now + settings.CATALOG_EVERY, failures=0) != 1:
            # Too slow: another worker has it by now.
            return
        CatalogBank.objects.filter(kind=copy.kind, country=copy.country).delete()
        CatalogBank.objects.bulk_create(banks, batch_size=500)
