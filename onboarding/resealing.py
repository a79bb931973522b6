"""Renewing the key of what is encrypted at rest: everything sealed is sealed anew with the first key.

Safe beside running processes, which read with every key: a row is changed only while it still holds what was read, and
a file is exchanged in one step under its name.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db.models import Q

from onboarding import sealing, vault
from onboarding.jobs.files import password_place
from onboarding.jobs.signin import signature_place
from onboarding.models import BankSignIn, ImportedAccount, Source, SourceFile
from onboarding.sealing import SealBroken


@dataclass
class Resealed:
    """What was found: how much was sealed anew, how much had the first key already, and what could not be opened."""

    anew: int = 0
    already: int = 0
    unknown_keys: Counter[str] = field(default_factory=Counter)
    """How many things are sealed with a key that is not there, by its id."""
    broken: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether everything can be opened."""
        return not self.unknown_keys and not self.broken


def reseal_all() -> Resealed:
    """Seal everything anew that is not sealed with the first key; raise ``BlockingIOError`` while another run goes on.

    What can't be opened is counted and left as it is.
    """
    found = Resealed()
    with vault.alone():
        for row, change in _sealed_texts():
            _count(found, sealing.key_of(row), change)
        for name in _names():
            try:
                _count(found, vault.key_of(name), lambda name=name: _reseal_file(name))  # type: ignore[misc]
            except vault.Gone:
                # Deleted since its row was read: nothing of it is left to be sealed.
                continue
            except SealBroken:
                found.broken += 1
    return found


def sealed_with() -> Counter[str]:
    """Return how much is sealed with each key, by its id."""
    found = Counter(sealing.key_of(sealed) for sealed, _ in _sealed_texts())
    for name in _names():
        try:
            found[vault.key_of(name)] += 1
        except vault.Gone:
            continue
        except SealBroken:
            found[""] += 1
    return found


def digests() -> int:
    """Return how many digests of accounts and files there are: made with the last key, they can't be made anew."""
    return ImportedAccount.objects.count() + Source.objects.exclude(file_fingerprint="").count()


def _count(found: Resealed, key_id: str, change: Callable[[], bool]) -> None:
    if key_id == sealing.writing_key():
        found.already += 1
        return
    try:
        found.anew += change()
    except SealBroken:
        if sealing.holds(key_id):
            found.broken += 1
        else:
            found.unknown_keys[key_id] += 1


def _sealed_texts() -> Iterator[tuple[str, Callable[[], bool]]]:
    """Give every sealed text of the rows, each with what seals it anew."""
    for pk, signature in BankSignIn.objects.exclude(signature="").values_list("pk", "signature").iterator():
        yield signature, _changing(BankSignIn, pk, "signature", signature, signature_place(pk))
    for pk, password in SourceFile.objects.exclude(password="").values_list("pk", "password").iterator():
        yield password, _changing(SourceFile, pk, "password", password, password_place(pk))


def _changing(
    model: type[BankSignIn] | type[SourceFile], pk: int, column: str, sealed: str, place: str
) -> Callable[[], bool]:
    def change() -> bool:
        renewed = sealing.seal(sealing.unseal(sealed, place=place), place=place)
        # Wiped or written anew meanwhile, it must stay so.
        return bool(model._default_manager.filter(pk=pk, **{column: sealed}).update(**{column: renewed}))

    return change


def _names() -> Iterator[str]:
    rows = SourceFile.objects.filter(Q(stored_as__isnull=False) | Q(payload__isnull=False))
    for stored_as, payload in rows.values_list("stored_as", "payload").iterator():
        yield from filter(None, (stored_as, payload))


def _reseal_file(name: str) -> bool:
    vault.reseal(name)
    if not SourceFile.objects.filter(Q(stored_as=name) | Q(payload=name)).exists():
        # Forgotten while it was sealed anew: it must not come back by that.
        vault.delete(name)
    return True
