from dataclasses import asdict
from datetime import date
from decimal import Decimal

from onboarding.counting.figures import Figures, figures_of
from onboarding.counting.merging import merged
from onboarding.kontomatik.records import AccountKind, AggregateRecord

from .aggregates import OTHER_IBAN, account, aggregate, row, target


def figures(*targets: list[AggregateRecord]) -> Figures:
    return figures_of(merged(aggregate(*targets)))


def test_what_comes_in_and_what_goes_out_are_both_positive() -> None:
    (total,) = figures(target(account(row("100.00"), row("-30.25"), row("0.00"), row("-0.01")))).totals

    assert (total.in_cents, total.out_cents) == (10_000, 3_026)


def test_balances_are_summed_within_one_currency_only() -> None:
    totals = figures(
        target(
            account(balance=Decimal("1.00")),
            account(balance=Decimal("2.00"), iban=OTHER_IBAN),
            account(balance=Decimal("4.00"), currency="EUR"),
        )
    ).totals

    assert [(total.currency, total.balance_cents) for total in totals] == [("EUR", 400), ("PLN", 300)]


def test_an_account_without_a_balance_adds_none() -> None:
    (total,) = figures(target(account(balance=None), account(balance=Decimal("2.00")))).totals

    assert total.balance_cents == 200


def test_a_currency_without_any_balance_has_none_rather_than_zero() -> None:
    result = figures(target(account(row("1.00"), balance=None)))

    assert result.totals[0].balance_cents is None
    assert result.accounts[0].balance_cents is None


def test_an_account_without_a_currency_is_listed_and_in_no_total() -> None:
    result = figures(target(account(row("1.00", labels=("cash",)), currency=None)))

    assert (result.totals, result.months, result.labels) == ((), (), ())
    assert (result.accounts[0].currency, result.accounts[0].transaction_count) == ("", 1)


def test_cards_and_deposits_count_as_their_bank_states_them() -> None:
    result = figures(
        target(
            account(row("-5.00"), kind=AccountKind.CARD, balance=Decimal("-50.00")),
            account(kind=AccountKind.DEPOSIT, balance=Decimal("70.00")),
        )
    )

    assert (result.totals[0].balance_cents, result.totals[0].out_cents) == (2_000, 500)
    assert [one.kind.value for one in result.accounts] == ["card", "deposit"]


def test_a_row_belongs_to_the_month_of_its_booking_date() -> None:
    late = row("-1.00", transaction_on=date(2026, 1, 31), booked_on=date(2026, 2, 1))

    assert [asdict(month) for month in figures(target(account(late))).months] == [
        {"month": "2026-02", "currency": "PLN", "in_cents": 0, "out_cents": 100}
    ]


def test_a_row_without_a_booking_date_belongs_to_the_month_of_its_transaction_date() -> None:
    result = figures(target(account(row("1.00", transaction_on=date(2026, 1, 31), booked_on=None))))

    assert [month.month for month in result.months] == ["2026-01"]
    assert result.accounts[0].first_booked_on is None


def test_months_and_labels_come_in_order_and_by_currency() -> None:
    result = figures(
        target(
            account(
                row("1.00", booked_on=date(2026, 2, 1), labels=("b", "a")),
                row("-2.00", booked_on=date(2025, 12, 1), labels=("b",)),
            ),
            account(row("4.00", booked_on=date(2026, 2, 3), labels=("b",)), currency="EUR", iban=OTHER_IBAN),
        )
    )

    assert [(m.month, m.currency, m.in_cents, m.out_cents) for m in result.months] == [
        ("2025-12", "PLN", 0, 200),
        ("2026-02", "EUR", 400, 0),
        ("2026-02", "PLN", 100, 0),
    ]
    assert [(one.label, one.currency, one.in_cents, one.out_cents, one.transaction_count) for one in result.labels] == [
        ("a", "PLN", 100, 0, 1),
        ("b", "EUR", 400, 0, 1),
        ("b", "PLN", 100, 200, 2),
    ]


def test_the_first_and_last_booked_days_are_found_in_any_order() -> None:
    days = [date(2026, 2, 1), date(2026, 3, 1), date(2026, 1, 1)]
    (one,) = figures(target(account(*(row(booked_on=day) for day in days)))).accounts

    assert (one.first_booked_on, one.last_booked_on, one.transaction_count) == (days[2], days[1], 3)


def test_a_currency_that_stands_behind_the_rows_counts_all_the_same() -> None:
    listing = target(account(row("3.00"), iban_first=False))

    assert figures(listing, listing).totals[0].in_cents == 300
