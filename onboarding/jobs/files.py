"""What lies sealed of a file, and forgetting it: as soon as it is not needed any more, and in any case in time."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from onboarding import clock, vault
from onboarding.models import ColumnChoice, PreviewAccount, Source, SourceFile, TableCell

WITHOUT_PASSWORD = dict.fromkeys(("password",), "")
FORGOTTEN = {"stored_as": None, "stored_until": None, "payload": None, "question": "", **WITHOUT_PASSWORD}
LEFTOVER_AFTER = timedelta(minutes=10)
"""How old a sealed file is at least that no row names, however short files are kept."""


def password_place(source_pk: int) -> str:
    """Name where a sealed password stands, so that it opens nowhere else."""
    return f"onboarding_sourcefile.password.{source_pk}"


def forget(source_pk: int) -> None:
    """Delete what lies sealed of a file once this transaction is committed, and wipe what was read out of it.

    Whoever calls it has changed the source's row in the same transaction, so no worker writes another name meanwhile.
    """
    rows = SourceFile.objects.filter(pk=source_pk)
    if not rows.exists():
        return
    delete_after_commit(sealed_names(rows))
    rows.update(**FORGOTTEN)
    forget_contents(source_pk)


def forget_alone(source_pk: int) -> None:
    """Forget a file whose source goes on, or has ended, without it."""
    with transaction.atomic():
        if list(Source.objects.filter(pk=source_pk).select_for_update(of=("self",)).values_list("pk")):
            forget(source_pk)


def forget_contents(source_pk: int) -> None:
    """Delete what the person was shown of a file."""
    for rows in (
        TableCell.objects.filter(file_id=source_pk),
        ColumnChoice.objects.filter(file_id=source_pk),
        PreviewAccount.objects.filter(file_id=source_pk),
    ):
        rows.delete()


def forget_sources(sources: Iterable[int]) -> None:
    """Delete sources with all that hangs on them, and what lies sealed of them once this is committed."""
    pks = list(sources)
    with transaction.atomic():
        # Locked before the names are read: a worker that stores another one holds the row until it has.
        list(Source.objects.filter(pk__in=pks).select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        delete_after_commit(sealed_names(SourceFile.objects.filter(pk__in=pks)))
        Source.objects.filter(pk__in=pks).delete()


def sealed_names(rows: "Iterable[SourceFile]") -> list[str]:
    """Return the names in the vault that these rows hold."""
    return [name for row in rows for name in (row.stored_as, row.payload) if name]


def delete_after_commit(names: Iterable[str]) -> None:
    """Delete sealed files once this transaction is committed; if that is lost, ``delete_leftovers`` finds them."""
    for name in names:
        transaction.on_commit(lambda name=name: vault.delete(name), robust=True)  # type: ignore[misc]


def delete_leftovers() -> None:
    """Delete what lies in the vault and is named by no row: a worker or a page did not get to its end.

    The first files of a form have no row while its last ones still arrive over a slow line, so they get a file's time.
    """
    reading = timedelta(seconds=2 * settings.UPLOAD_READ_SECONDS)
    oldest = (clock.now() - max(LEFTOVER_AFTER, settings.FILE_RETENTION, reading)).timestamp()
    old = [name for name, changed_at in vault.names() if changed_at < oldest]
    for start in range(0, len(old), 500):
        some = old[start : start + 500]
        named = sealed_names(SourceFile.objects.filter(Q(stored_as__in=some) | Q(payload__in=some)))
        for name in set(some) - set(named):
            vault.delete(name)
