"""Take own data that a host pushes."""

from uuid import UUID, uuid5

from django.conf import settings
from django.db import IntegrityError, transaction

from onboarding import clock, tasks, vault
from onboarding.jobs import line, recognition
from onboarding.kontomatik.owner_payload import OwnerPayload
from onboarding.models import Actor, EventName, FileFormat, Onboarding, Source, SourceFile, SourceKind, SourceState
from onboarding.models.sources import ENDED_BADLY
from onboarding.pushed import Pushed, PushedAccount

from . import files
from .sources import NotPossible, require_live

PUSHED = UUID("6b1f1c1e-5d0e-4f0b-9b43-3f0c1f7a9d52")
"""The name space of what hosts push: a key and its number of a request always make the same intent."""


class KeyReused(Exception):
    """Say that a host sent other data with the number of an earlier request."""


class TakenElsewhere(NotPossible):
    """Say that the same data is in the list already, from somebody else."""


def push_document(*, onboarding: Onboarding, key_name: str, idempotency_key: str, pushed: Pushed) -> Source:
    """Seal a document that a host pushed as it will be sent, and take it as ``push`` does."""
    with vault.begin(most_bytes=settings.UPLOAD_MAX_BYTES) as deposit:
        with OwnerPayload(deposit, owner_external_id=onboarding.owner_external_id) as payload:
            for account in pushed.accounts:
                _write(payload, account, pushed.bank)
        kept = deposit.keep()
    return push(
        onboarding=onboarding,
        key_name=key_name,
        idempotency_key=idempotency_key,
        payload_name=kept.name,
        size=kept.size,
        fingerprint=kept.fingerprint,
        row_count=pushed.row_count,
        bank_name=pushed.bank or "",
        accounts=recognition.fingerprints(pushed.accounts),
        account_count=len(pushed.accounts),
    )


def _write(payload: OwnerPayload, account: PushedAccount, bank: str | None) -> None:
    payload.begin_account(name=account.name, iban=account.iban, currency=account.currency, bank=bank)
    for row in account.rows:
        payload.add(row)
    payload.end_account(balance=account.balance)


def push(
    *,
    onboarding: Onboarding,
    key_name: str,
    idempotency_key: str,
    payload_name: str,
    size: int,
    fingerprint: str,
    row_count: int,
    bank_name: str,
    accounts: frozenset[str],
    account_count: int,
) -> Source:
    """Take own data that a host pushed, ready to be sent; it joins the line at once.

    ``key_name`` is the host's, ``idempotency_key`` its number of the request: the same one twice is one source.
    ``payload_name``, ``size`` (bytes) and ``fingerprint`` are the payload's in the vault (it is deleted there when it
    is not taken); ``accounts`` are the fingerprints of its accounts (``recognition.fingerprints``). The same data under
    another number gives the source that has it already. Raises ``KeyReused`` when the number came with other data
    before, ``TakenElsewhere`` when another host pushed the same, and ``NotPossible`` when the person was erased or has
    too many files open.
    """
    intent = uuid5(PUSHED, f"{key_name}\n{idempotency_key}")
    file = SourceFile(
        format=FileFormat.PUSHED,
        size=size,
        payload=payload_name,
        payload_size=size,
        bank_name=files.shown_name(bank_name),
        pushed_by=key_name[:40],
        row_count=row_count,
    )
    found = onboarding.sources.filter(intent=intent).first()
    if found is None:
        try:
            return _push(onboarding, intent, fingerprint, file, accounts, account_count)
        except IntegrityError:
            found = onboarding.sources.filter(intent=intent).first()
        except NotPossible:
            vault.delete(payload_name)
            raise
    vault.delete(payload_name)
    if found is None:
        return _with_same_content(onboarding, fingerprint, key_name)
    if found.file_fingerprint != fingerprint:
        raise KeyReused
    return found


def _with_same_content(onboarding: Onboarding, fingerprint: str, key_name: str) -> Source:
    same = onboarding.sources.filter(file_fingerprint=fingerprint).exclude(state__in=ENDED_BADLY)
    found = same.filter(file__pushed_by=key_name).first()
    if found is None:
        # Another host's, of which this one is told nothing; or one that failed just now, and a later try is taken.
        raise TakenElsewhere
    return found


def _push(
    onboarding: Onboarding,
    intent: UUID,
    fingerprint: str,
    file: SourceFile,
    accounts: frozenset[str],
    account_count: int,
) -> Source:
    now = clock.now()
    file.stored_until = now + settings.FILE_RETENTION
    file.confirmed_at = now
    with transaction.atomic():
        source = Source.objects.create(
            onboarding=onboarding,
            kind=SourceKind.UPLOAD,
            intent=intent,
            file_fingerprint=fingerprint,
            account_count=account_count,
            state=SourceState.QUEUED,
            state_since=now,
            **line.joining(now, stored_until=file.stored_until),
        )
        file.source = source
        file.save()
        recognition.remember(source, accounts)
        files.note(EventName.FILE_RECEIVED, source, actor=Actor.SYSTEM, detail=FileFormat.PUSHED)
        require_live(onboarding.pk)
        files.require_room(onboarding)
        tasks.nudge_line_after_commit()
    return source
