from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection

from onboarding import ledger
from onboarding.kontomatik.errors import AggregateRefused
from onboarding.kontomatik.records import AccountKind, AggregateRecord, Person
from onboarding.models import Account, CurrencyTotal, LabelTotal, MonthTotal, Onboarding, Snapshot, Transaction
from onboarding.models import Person as PersonRow

from .aggregates import (
    FACTS,
    IBAN,
    OTHER_IBAN,
    account,
    aggregate,
    held,
    new_snapshot,
    row,
    rows,
    target,
)

pytestmark = pytest.mark.django_db


class ClaimLost(Exception):
    pass


def stored(*targets: list[AggregateRecord]) -> Snapshot:
    snapshot = new_snapshot()
    ledger.store_aggregate(aggregate(*targets), snapshot=snapshot, renew=held)
    return snapshot


def test_an_account_is_stored_with_everything_its_bank_said() -> None:
    snapshot = stored(
        target(
            account(
                row(), kind=AccountKind.CARD, last_digits="4242", credit_limit=Decimal("500.00"), due_on=row().booked_on
            )
        )
    )

    card = snapshot.accounts.get()
    assert (card.kind, card.position, card.origin, card.bank) == ("card", 1, "scraper", "KontoBank")
    assert (card.target, card.institution, card.name, card.iban) == ("KontoBankApi", "KontoBank", "Everyday", IBAN)
    assert (card.last_digits, card.currency, card.credit_limit_cents) == ("4242", "PLN", 50_000)
    assert (card.balance_cents, card.funds_available_cents, card.partial) == (10_000, 9_000, False)
    assert (card.active_since, card.due_on) == (FACTS.active_since, row().booked_on)
    assert (card.transaction_count, card.first_booked_on, card.last_booked_on) == (1, row().booked_on, row().booked_on)


def test_a_transaction_is_stored_with_everything_its_bank_said() -> None:
    snapshot = stored(target(account(row("-149.50", labels=("cash", "monthly"), title="Żółta ŁÓDŹ", party="Café"))))

    stored_row = snapshot.transactions.get()
    assert stored_row.account == snapshot.accounts.get()
    assert (stored_row.day, stored_row.booked_on) == (row().booked_on, row().booked_on)
    assert stored_row.transaction_on == row().transaction_on
    assert (stored_row.amount_cents, stored_row.balance_cents) == (-14_950, 10_000)
    assert (stored_row.title, stored_row.party, stored_row.party_iban) == ("Żółta ŁÓDŹ", "Café", OTHER_IBAN)
    assert (stored_row.kind, stored_row.status, stored_row.labels) == ("transfer", "DONE", "cash\nmonthly")
    assert stored_row.search_text == "zolta lodz cafe"


def test_what_the_bank_left_out_stays_empty() -> None:
    bare = row(balance=None, title=None, party=None, party_iban=None, kind=None, status=None, booked_on=None)
    snapshot = stored(target(account(bare, name=None, iban=None, balance=None, funds_available=None)))

    stored_row, bare_account = snapshot.transactions.get(), snapshot.accounts.get()
    assert (stored_row.balance_cents, stored_row.booked_on, stored_row.title, stored_row.party) == (None, None, "", "")
    assert stored_row.day == row().transaction_on
    assert (bare_account.balance_cents, bare_account.iban, bare_account.name) == (None, "", "")
    assert (bare_account.transaction_count, bare_account.first_booked_on) == (1, None)


def test_equal_payments_all_stay() -> None:
    snapshot = stored(target(account(row(), row(), row())))

    assert snapshot.transactions.count() == 3


def test_a_repeated_account_is_not_doubled_and_its_further_rows_are_kept() -> None:
    snapshot = stored(
        target(account(*rows(4), balance=Decimal("1.00"))), target(account(*rows(6)[2:], balance=Decimal("2.00")))
    )

    one = snapshot.accounts.get()
    assert (one.times_seen, one.transaction_count, one.balance_cents) == (2, 6, 200)
    assert sorted(snapshot.transactions.values_list("title", flat=True)) == [f"Payment {n}" for n in range(1, 7)]
    assert snapshot.currency_totals.get().balance_cents == 200
    assert snapshot.currency_totals.get().out_cents == sum(n * 100 + 50 for n in range(1, 7))


def test_rows_are_stored_in_the_order_of_the_reply() -> None:
    count = ledger.ROWS_A_COMMIT[connection.vendor] + 7
    snapshot = stored(target(account(*rows(count))))

    titles = list(snapshot.transactions.order_by("pk").values_list("title", flat=True))
    assert titles == [f"Payment {number}" for number in range(1, count + 1)]


def test_two_currencies_are_never_summed() -> None:
    snapshot = stored(
        target(account(row("5.00"), currency="PLN"), account(row("7.00"), currency="EUR", iban=OTHER_IBAN))
    )

    totals = {total.currency: total for total in snapshot.currency_totals.all()}
    assert {currency: total.in_cents for currency, total in totals.items()} == {"PLN": 500, "EUR": 700}
    assert {(month.currency, month.in_cents) for month in snapshot.month_totals.all()} == {("PLN", 500), ("EUR", 700)}


def test_a_person_named_by_each_account_and_sign_in_is_stored_once_a_bank() -> None:
    maria, jan = Person("Maria Sochacka", "OWNER"), Person("Jan", None)
    snapshot = stored(
        target(people=[maria, jan]), target(people=[maria]), target(people=[maria], official_name="Other Bank")
    )

    assert list(snapshot.people.order_by("pk").values_list("bank", "name", "kind")) == [
        ("KontoBank", "Maria Sochacka", "OWNER"),
        ("KontoBank", "Jan", ""),
        ("Other Bank", "Maria Sochacka", "OWNER"),
    ]


def test_a_text_longer_than_its_column_is_cut() -> None:
    snapshot = stored(
        target(
            account(row(party_iban="9" * 99, status="S" * 99, labels=("l" * 300,)), name="n" * 600, iban="1" * 99),
            official_name="b" * 300,
            people=[Person("p" * 400, "k" * 50)],
        )
    )

    one, stored_row, person = snapshot.accounts.get(), snapshot.transactions.get(), snapshot.people.get()
    assert (len(one.name), len(one.iban), len(one.bank)) == (500, 64, 200)
    assert (len(stored_row.party_iban), len(stored_row.status)) == (64, 64)
    assert (len(person.name), len(person.kind), len(person.bank)) == (300, 40, 200)
    assert len(snapshot.label_totals.get().label) == 200


def test_what_was_stored_is_told_with_every_listing_and_target_in_order() -> None:
    told = ledger.store_aggregate(
        aggregate(
            target(account(row()), account(iban=None)),
            target(account(row())),
            target(name="OtherApi", institution=None),
        ),
        snapshot=new_snapshot(),
        renew=held,
    )

    assert told.transaction_count == 1
    assert told.accounts == (
        ("KontoBankApi", "KontoBank", IBAN, "PLN"),
        ("KontoBankApi", "KontoBank", None, "PLN"),
        ("KontoBankApi", "KontoBank", IBAN, "PLN"),
    )
    assert told.targets == (
        ("KontoBankApi", "KontoBank"),
        ("KontoBankApi", "KontoBank"),
        ("OtherApi", None),
    )


def test_the_snapshot_says_how_many_rows_it_has() -> None:
    snapshot = stored(target(account(*rows(3))))

    snapshot.refresh_from_db()
    assert snapshot.transaction_count == 3


def test_an_empty_aggregate_makes_an_empty_snapshot() -> None:
    snapshot = stored()

    assert not snapshot.accounts.exists()
    assert not snapshot.currency_totals.exists()


def test_the_claim_is_renewed_in_every_commit_with_the_rows_stored_by_then() -> None:
    limit = ledger.ROWS_A_COMMIT[connection.vendor]
    renewals: list[int] = []
    ledger.store_aggregate(aggregate(target(account(*rows(2 * limit)))), snapshot=new_snapshot(), renew=renewals.append)

    # The account itself takes one place of the first commit.
    assert renewals[:3] == [limit - 1, 2 * limit - 1, 2 * limit]


@pytest.mark.parametrize("lost_at", [1, 2, 3])
def test_when_the_claim_is_lost_nothing_of_that_batch_stays(lost_at: int) -> None:
    limit = ledger.ROWS_A_COMMIT[connection.vendor]
    calls: list[int] = []

    def renew(rows_so_far: int) -> None:
        calls.append(rows_so_far)
        if len(calls) == lost_at:
            raise ClaimLost

    snapshot = new_snapshot()
    with pytest.raises(ClaimLost):
        ledger.store_aggregate(aggregate(target(account(*rows(3 * limit)))), snapshot=snapshot, renew=renew)

    assert len(calls) == lost_at
    assert snapshot.transactions.count() == (calls[-2] if lost_at > 1 else 0)
    assert not snapshot.currency_totals.exists()


def test_a_reply_that_turns_out_bad_raises_and_leaves_no_figures() -> None:
    def breaks_off() -> Iterator[AggregateRecord]:
        yield from aggregate(target(account(*rows(3))))
        raise AggregateRefused("there is no amount", where="reply")

    snapshot = new_snapshot()
    with pytest.raises(AggregateRefused):
        ledger.store_aggregate(breaks_off(), snapshot=snapshot, renew=held)

    assert not snapshot.currency_totals.exists()


def test_amounts_that_add_up_beyond_the_ledger_are_refused() -> None:
    huge = row("90000000000000000.00", balance=None)
    with pytest.raises(AggregateRefused, match="add up"):
        ledger.store_aggregate(aggregate(target(account(huge, huge))), snapshot=new_snapshot(), renew=held)


def test_a_snapshot_erased_meanwhile_is_told() -> None:
    limit = ledger.ROWS_A_COMMIT[connection.vendor]
    snapshot = new_snapshot()

    def meanwhile() -> Iterator[AggregateRecord]:
        for number, record in enumerate(aggregate(target(account(*rows(limit + 5))))):
            if number == limit + 2:
                ledger.discard(snapshot.pk)
            yield record

    with pytest.raises(ledger.SnapshotGone):
        ledger.store_aggregate(meanwhile(), snapshot=snapshot, renew=held)


def test_discarding_deletes_every_row_of_the_snapshot_and_no_other() -> None:
    keep = stored(target(account(*rows(2)), people=[Person("Maria", None)]))
    gone = stored(target(account(*rows(1200, labels=("cash",))), people=[Person("Jan", None)]))

    ledger.discard(gone.pk)

    assert list(Snapshot.objects.all()) == [keep]
    for model in (Account, Transaction, PersonRow, CurrencyTotal, MonthTotal, LabelTotal):
        assert not model.objects.filter(snapshot_id=gone.pk).exists()
    assert keep.transactions.count() == 2


def test_discarding_twice_does_no_harm() -> None:
    snapshot = stored(target(account(row())))

    ledger.discard(snapshot.pk)
    ledger.discard(snapshot.pk)

    assert not Snapshot.objects.exists()


def test_discarding_goes_on_where_it_was_stopped() -> None:
    snapshot = stored(target(account(*rows(3))))
    snapshot.transactions.filter(title="Payment 1").delete()

    ledger.discard(snapshot.pk)

    assert not Transaction.objects.exists()


def test_discarding_holds_the_claim_between_its_commits_and_stops_when_it_is_lost() -> None:
    limit = ledger.ROWS_A_COMMIT[connection.vendor]
    snapshot = stored(target(account(*rows(2 * limit + 1))))
    told: list[int] = []

    def lost(so_far: int) -> None:
        told.append(so_far)
        if so_far == 2 * limit:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        ledger.discard(snapshot.pk, renew=lost)

    assert told == [limit, 2 * limit]
    assert snapshot.transactions.count() == 1


def test_a_snapshot_that_is_shown_is_not_discarded() -> None:
    snapshot = stored(target(account(row())))
    Onboarding.objects.update(snapshot=snapshot)

    with pytest.raises(ledger.SnapshotShown):
        ledger.discard(snapshot.pk)

    assert snapshot.transactions.count() == 1


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Zażółć GĘŚLĄ jaźń", "zazolc gesla jazn"),
        ("Łódź", "lodz"),
        ("Žemaitė ĄČĘĖĮŠŲŪ", "zemaite aceeisuu"),
        ("Straße", "strasse"),
        ("ﬁne \uff21\uff22\uff23", "fine abc"),
        ("  two \t\n blanks ", "two blanks"),
        ("plain TEXT", "plain text"),
    ],
)
def test_texts_are_folded_for_searching(text: str, folded: str) -> None:
    assert ledger.fold(text) == folded
