"""PostgreSQL ends a step with a deadlock or a serialisation error: two seconds are lost, and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic, sleep

import pytest
import responses
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone
from psycopg import errors as postgresql

from onboarding.jobs import sources
from onboarding.models import BankSignIn, Onboarding, Source, SourceState
from tests import rows, vendor_says
from tests.races.threads import Crowd

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

BANK = vendor_says.target_xml(vendor_says.account_xml())


def until_somebody_waits_for_a_lock() -> None:
    give_up_at = monotonic() + 10
    with connection.cursor() as cursor:
        while monotonic() < give_up_at:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
            sleep(0.01)
    raise AssertionError("nobody waits")


def in_another_order(source: Source) -> None:
    """Lock the bank's row first and then the source's, waiting longer than the other one for a deadlock."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '20s'")
        list(BankSignIn.objects.filter(pk=source.pk).select_for_update())
        until_somebody_waits_for_a_lock()
        list(Source.objects.filter(pk=source.pk).select_for_update())


def changes_its_row(source: Source) -> None:
    """Change the bank's row under the feet of a transaction that has read it already."""
    with transaction.atomic():
        BankSignIn.objects.filter(pk=source.pk).update(return_code_tries=F("return_code_tries") + 1)
        until_somebody_waits_for_a_lock()


def strictly() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_isolation = 'repeatable read'")


def as_usual() -> None:
    """Leave the isolation as it is."""


CASES = {
    "deadlock": (in_another_order, as_usual, postgresql.DeadlockDetected),
    "serialisation": (changes_its_row, strictly, postgresql.SerializationFailure),
}


@pytest.mark.parametrize(("other", "isolation", "error"), CASES.values(), ids=CASES)
def test_a_step_that_the_database_refused_is_taken_again_two_seconds_later(
    vendor: responses.RequestsMock,
    onboarding: Onboarding,
    other: Callable[[Source], None],
    isolation: Callable[[], None],
    error: type[Exception],
) -> None:
    source = rows.source(onboarding, SourceState.IMPORTING, bank__return_code_tries=0)
    crowd = Crowd()

    def answer(_request: object) -> tuple[int, dict[str, str], str]:
        """Take effect, and let the other one begin before the answer is written down."""
        crowd.begin(lambda: other(source))
        give_up_at = monotonic() + 10
        while not is_locked(source) and monotonic() < give_up_at:
            sleep(0.01)
        command = f'<command id="{vendor_says.COMMAND}" state="setup"/>'
        return 202, {}, f'<reply ownerExternalId="{onboarding.owner_external_id}">{command}</reply>'

    vendor.add_callback("POST", vendor_says.START_PATH, callback=answer)
    isolation()
    try:
        with pytest.raises(OperationalError) as refused:
            sources.advance(source.pk)
    finally:
        connection.close()
    assert isinstance(refused.value.__cause__, error)
    assert crowd.end() == [None]
    held = rows.again(source)
    assert (held.state, held.bank.command_id, bool(held.bank.signature)) == (SourceState.IMPORTING, "", True)
    assert not held.claim
    assert held.due_at is not None
    assert held.due_at - timezone.now() <= timedelta(seconds=2)

    vendor.reset()
    rows.due_now(source)
    already = vendor_says.refusal("DefaultImportAlreadyExecuted")
    vendor_says.start(vendor, body=already, status=400)
    sources.advance(source.pk)
    assert not rows.again(source).bank.signature
    vendor_says.aggregate_of(vendor, onboarding, BANK)
    rows.due_now(source)
    sources.advance(source.pk)
    after = rows.again(source)
    assert (after.state, after.lost_claims) == (SourceState.IMPORTED, 0)


def is_locked(source: Source) -> bool:
    """Tell whether somebody holds the bank's row."""
    with transaction.atomic():
        free = BankSignIn.objects.filter(pk=source.pk).select_for_update(skip_locked=True)
        return not list(free.values_list("pk"))
