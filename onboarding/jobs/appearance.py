"""Whether a source whose request went unanswered has appeared in the aggregate."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from onboarding.kontomatik.origins import Origin, origin_of
from onboarding.kontomatik.records import Account, Owner, Target, Transaction
from onboarding.models import ImportedAccount, Source, SourceKind, SourceState
from onboarding.models.sources import SourceQuerySet

from . import recognition, vendor


@dataclass(frozen=True, slots=True)
class Appeared:
    """A bank that is in the aggregate and belongs to no other source."""

    target: str
    official_name: str
    accounts: frozenset[str]
    account_count: int


@dataclass(frozen=True, slots=True)
class _Listed:
    """One ``target`` element, with the origin of the ``owner`` around it."""

    origin: str
    target: Target
    accounts: list[Account] = field(default_factory=list)

    @property
    def is_of_bank(self) -> bool:
        return origin_of(self.origin) is Origin.BANK

    @property
    def name(self) -> str:
        return self.target.name or ""

    @property
    def fingerprints(self) -> frozenset[str]:
        return recognition.fingerprints(self.accounts)

    def appeared(self) -> Appeared:
        return Appeared(self.name, self.target.official_name or "", self.fingerprints, len(self.accounts))


def look_for(source: Source, *, is_last_look: bool, renew: Callable[[int], None]) -> Appeared | None:
    """Read the aggregate of the source's owner and return what it holds of this source, if it is there.

    Data that came from a bank's sign-in counts for those alone, and data of another origin for files alone; where no
    origin is named it counts for both. ``renew`` is called now and then with the rows so far.
    """
    listed = _listed_targets(source, renew)
    others = Source.objects.filter(onboarding_id=source.onboarding_id).imported().exclude(pk=source.pk)
    if source.kind == SourceKind.BANK:
        if not is_last_look:
            others |= _being_imported(source)
        return _bank(source, [one for one in listed if one.is_of_bank], others)
    of_files = [one for one in listed if not one.origin or not one.is_of_bank]
    others = others.exclude(kind=SourceKind.BANK)
    if source.kind == SourceKind.STATEMENT:
        return _statement(source, of_files, others)
    return _own_data(source, of_files, others)


def _being_imported(source: Source) -> SourceQuerySet:
    running = Source.objects.filter(onboarding_id=source.onboarding_id, state=SourceState.IMPORTING)
    return running.exclude(pk=source.pk).exclude(bank__command_id="")


def _bank(source: Source, listed: list[_Listed], others: SourceQuerySet) -> Appeared | None:
    """Return a bank's sign-in.

    Several sources may name the same bank, each import giving one more ``target`` element: it counts as this source's
    when there are more elements of its name than ``others`` speak for.
    """
    spoken_for = Counter(others.filter(kind=SourceKind.BANK).values_list("bank__target", flat=True))
    wanted = source.bank.target
    for one in listed:
        if spoken_for[one.name] > 0:
            spoken_for[one.name] -= 1
        elif not wanted or one.name == wanted:
            return one.appeared()
    return None


def _statement(source: Source, listed: list[_Listed], others: SourceQuerySet) -> Appeared | None:
    """Return a statement of the wanted bank: one whose accounts, or whose name, no other file brought."""
    accounts = _fingerprints_of(others)
    without_accounts = others.filter(kind=SourceKind.STATEMENT, imported_accounts=None)
    spoken_for = Counter(without_accounts.values_list("file__target", flat=True))
    wanted = source.file.target
    for one in listed:
        numbers = one.fingerprints
        if numbers and all(accounts[number] > 0 for number in numbers):
            accounts.subtract(numbers)
        elif spoken_for[one.name] > 0:
            spoken_for[one.name] -= 1
        elif not wanted or one.name == wanted:
            return one.appeared()
    return None


def _own_data(source: Source, listed: list[_Listed], others: SourceQuerySet) -> Appeared | None:
    """Return own data when all of its accounts are listed once more than other files brought them."""
    wanted = frozenset(source.imported_accounts.values_list("fingerprint", flat=True))
    found = Counter(number for one in listed for number in one.fingerprints)
    found.subtract(_fingerprints_of(others))
    if not wanted or any(found[number] <= 0 for number in wanted):
        return None
    return Appeared("", "", wanted, source.account_count or len(wanted))


def _fingerprints_of(sources: SourceQuerySet) -> "Counter[str]":
    found: Iterable[str] = ImportedAccount.objects.filter(source__in=sources).values_list("fingerprint", flat=True)
    return Counter(found)


def _listed_targets(source: Source, renew: Callable[[int], None]) -> list[_Listed]:
    owner = source.onboarding.owner_external_id
    listed: list[_Listed] = []
    rows = 0
    origin: str | None = ""
    with vendor.client().aggregate(owner_external_id=owner, on_progress=renew) as stream:
        for record in vendor.records(stream):
            match record:
                case Transaction():
                    rows += 1
                    if rows % 1000 == 0:
                        renew(rows)
                case Owner():
                    origin = (record.origin or "") if record.external_id in (None, owner) else None
                case Target() if origin is not None:
                    listed.append(_Listed(origin, record))
                case Account() if listed and origin is not None:
                    listed[-1].accounts.append(record)
                case _:
                    pass
    return listed
