from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from onboarding.failures import OF_A_FILE
from onboarding.kontomatik.records import AccountKind, Person
from onboarding.models import Failure, Onboarding, SourceState
from onboarding.summary import page
from tests import file_rows
from tests.ledger.aggregates import OTHER_IBAN, account, new_onboarding, new_snapshot, row, rows, target

from .makers import add_source, shown

pytestmark = pytest.mark.django_db


def built(onboarding: Onboarding) -> page.SummaryPage:
    made = page.build(onboarding, locale="pl")
    assert made is not None
    return made


def test_each_currency_has_its_own_total() -> None:
    totals = built(
        shown(
            target(
                account(row("10.00"), row("-2.50"), balance=Decimal("-3.00")),
                account(balance=Decimal("4.00"), currency="EUR", iban=OTHER_IBAN),
            )
        )
    ).totals

    assert [(total.currency, total.balance and total.balance.text) for total in totals] == [
        ("EUR", "4,00\u00a0€"),
        ("PLN", "\u22123,00\u00a0zł"),
    ]
    assert (totals[1].incoming.text, totals[1].outgoing.text) == ("10,00\u00a0zł", "2,50\u00a0zł")
    assert totals[1].balance is not None
    assert (totals[1].balance.is_negative, totals[1].outgoing.is_negative) == (True, False)


def test_a_total_says_how_many_accounts_told_no_balance() -> None:
    (total,) = built(shown(target(account(balance=None), account(balance=Decimal("1.00"))))).totals

    assert (total.accounts, total.without_balance) == (2, 1)
    assert total.balance is not None
    assert total.balance.text == "1,00\u00a0zł"


def test_a_total_without_any_balance_shows_none() -> None:
    (total,) = built(shown(target(account(balance=None)))).totals

    assert total.balance is None


def test_accounts_are_grouped_by_bank_in_the_order_of_the_reply() -> None:
    banks = built(
        shown(
            target(account(name="A")),
            target(account(name="B", iban="PL03"), official_name="Other Bank", institution="Other"),
            target(account(name="C", iban=OTHER_IBAN)),
        )
    ).banks

    assert [(str(bank.name), [one.name for one in bank.accounts]) for bank in banks] == [
        ("KontoBank", ["A", "C"]),
        ("Other Bank", ["B"]),
    ]


def test_accounts_without_a_name_are_told_apart() -> None:
    nothing = {"name": "", "iban": ""}
    (bank,) = built(
        shown(
            target(
                account(name=""),
                account(kind=AccountKind.CARD, last_digits="4242", **nothing),
                account(currency="EUR", **nothing),
            )
        )
    ).banks

    assert [one.name for one in bank.accounts] == [
        "Account ending in 2874",
        "Account ending in 4242",
        "Account without a name (EUR)",
    ]


def test_an_account_shows_everything_about_it() -> None:
    (bank,) = built(
        shown(
            target(
                account(
                    row(),
                    kind=AccountKind.CARD,
                    credit_limit=Decimal("500.00"),
                    due_on=date(2026, 4, 1),
                    last_digits="4242",
                    partial=True,
                )
            )
        )
    ).banks
    (card,) = bank.accounts

    assert (card.kind, card.name, card.last_digits, card.partial) == ("card", "Everyday", "4242", True)
    assert card.iban == "PL61\u00a01090\u00a01014\u00a00000\u00a00712\u00a01981\u00a02874"
    assert card.balance is not None
    assert card.available is not None
    assert card.credit_limit is not None
    assert (card.balance.text, card.available.text, card.credit_limit.text) == (
        "100,00\u00a0zł",
        "90,00\u00a0zł",
        "500,00\u00a0zł",
    )
    assert (card.transaction_count, card.last_booked_on, card.due_on) == (1, date(2026, 3, 10), date(2026, 4, 1))
    assert not card.came_again


def test_an_account_that_came_with_two_sign_ins_says_so() -> None:
    listing = target(account(row()))
    (bank,) = built(shown(listing, listing)).banks

    assert (bank.accounts[0].came_again, bank.accounts[0].transaction_count) == (True, 1)


def test_accounts_without_a_currency_are_counted_apart() -> None:
    made = built(shown(target(account(currency=None, kind=AccountKind.DEPOSIT), account())))

    assert (made.without_currency, len(made.totals), made.totals[0].accounts) == (1, 1, 1)


def test_people_are_named_with_their_role_and_bank() -> None:
    made = built(shown(target(people=[Person("Maria Sochacka", "OWNER"), Person("Jan", "SOMETHING_NEW")])))

    assert [(person.name, str(person.role), person.bank) for person in made.people] == [
        ("Maria Sochacka", "owner", "KontoBank"),
        ("Jan", "", "KontoBank"),
    ]


def test_months_come_newest_first_with_a_chart_of_each_currency() -> None:
    months = built(
        shown(
            target(
                account(row("4.00", booked_on=date(2026, 1, 5)), row("-1.00", booked_on=date(2026, 3, 5))),
                account(row("7.00", booked_on=date(2026, 2, 5)), currency="EUR", iban=OTHER_IBAN),
            )
        )
    ).months

    assert [(one.currency, [month.month for month in one.rows], one.largest.text) for one in months] == [
        ("EUR", [date(2026, 2, 1)], "7,00\u00a0€"),
        ("PLN", [date(2026, 3, 1), date(2026, 1, 1)], "4,00\u00a0zł"),
    ]
    assert [slot.month for slot in months[1].chart.slots] == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]


def test_labels_that_move_most_money_come_first() -> None:
    (labels,) = built(
        shown(target(account(row("-1.00", labels=("a",)), row("-5.00", labels=("b",)), row("2.00", labels=("c", "b")))))
    ).labels

    assert [(one.label, one.incoming.text, one.outgoing.text, one.transaction_count) for one in labels.rows] == [
        ("b", "2,00\u00a0zł", "5,00\u00a0zł", 2),
        ("c", "2,00\u00a0zł", "0,00\u00a0zł", 1),
        ("a", "0,00\u00a0zł", "1,00\u00a0zł", 1),
    ]


def test_sources_are_listed_with_what_became_of_them() -> None:
    onboarding = shown(target(account()))
    add_source(onboarding, "First Bank", state="imported", repeats_earlier=True)
    add_source(onboarding, "", state="failed", failure="credentials")
    add_source(onboarding, "Third Bank", state="imported", in_snapshot=None)

    first, failed, late = built(onboarding).sources

    assert (first.bank, first.is_in_summary, first.repeats_earlier, first.failure) == ("First Bank", True, True, None)
    assert (str(failed.bank), failed.is_in_summary, failed.failure is not None) == ("Bank not named", False, True)
    assert (first.is_left_out, failed.is_left_out) == (False, False)
    assert (late.is_left_out, late.is_in_summary) == (True, False)


def test_a_bank_of_an_earlier_summary_is_not_claimed_by_this_one() -> None:
    onboarding = shown(target(account()))
    add_source(onboarding, "Once Bank", state="imported", in_snapshot=new_snapshot(onboarding))

    assert [source.is_in_summary for source in built(onboarding).sources] == [False]


def test_a_removed_source_is_not_listed() -> None:
    onboarding = shown(target(account()))
    add_source(onboarding, "Gone Bank", state="imported", removed_at=timezone.now())

    assert built(onboarding).sources == ()


def test_an_import_without_any_account_is_an_empty_summary() -> None:
    assert built(shown(target())).is_empty


def test_without_a_summary_there_is_no_page() -> None:
    assert page.build(new_onboarding(), locale="pl") is None


@pytest.mark.parametrize("count", [10, 1000])
def test_the_number_of_queries_does_not_grow_with_the_rows(django_assert_num_queries: object, count: int) -> None:
    onboarding = shown(*(target(account(*rows(count // 5)), name=f"Bank{n}", institution=None) for n in range(5)))
    for number in range(count // 100):
        add_source(onboarding, f"Bank {number}", state="imported")

    with django_assert_num_queries(11):
        page.build(onboarding, locale="pl")


def test_a_refused_file_is_told_in_the_words_for_files() -> None:
    onboarding = shown(target(account()))
    file_rows.statement(onboarding, SourceState.FAILED, failure=Failure.SERVICE_FAULT)
    (source,) = built(onboarding).sources
    assert source.failure == OF_A_FILE[Failure.SERVICE_FAULT]
