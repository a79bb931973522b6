from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

import pytest
from django.test.utils import CaptureQueriesContext

from onboarding.models import Account, Onboarding, Transaction
from onboarding.summary import transactions
from tests.ledger.aggregates import OTHER_IBAN, account, new_onboarding, row, rows, target

from .makers import shown

pytestmark = pytest.mark.django_db


def built(
    onboarding: Onboarding, *, query: str = "", account: str = "", number: str = ""
) -> transactions.TransactionsPage:
    made = transactions.build(onboarding, query=query, account=account, number=number, locale="pl")
    assert made is not None
    return made


def titles(page: transactions.TransactionsPage) -> list[str]:
    return [one.title for one in page.rows]


def test_a_row_shows_everything_about_it() -> None:
    (one,) = built(shown(target(account(row("-149.50", labels=("cash", "monthly")))))).rows

    assert (one.day, one.is_booked, one.transaction_on) == (date(2026, 3, 10), True, date(2026, 3, 9))
    assert (one.title, one.party, one.kind, one.labels) == ("Rent", "Landlord", "transfer", ("cash", "monthly"))
    assert (one.amount.text, one.amount.is_negative) == ("\u2212149,50\u00a0zł", True)
    assert one.balance_after is not None
    assert one.balance_after.text == "100,00\u00a0zł"
    assert (one.account_name, one.bank) == ("Everyday", "KontoBank")
    assert one.party_iban.startswith("PL27\u00a01140")


def test_a_row_without_booking_date_stands_under_its_transaction_date() -> None:
    (one,) = built(shown(target(account(row(booked_on=None, balance=None, labels=()))))).rows

    assert (one.day, one.is_booked, one.balance_after, one.labels) == (date(2026, 3, 9), False, None, ())


def test_the_newest_come_first_and_equal_days_in_the_order_of_the_reply() -> None:
    same_day = [row(title=title) for title in ("b", "a", "c")]
    page = built(shown(target(account(*same_day, row(title="new", booked_on=date(2026, 5, 1))))))

    assert titles(page) == ["new", "b", "a", "c"]


def test_fifty_stand_on_a_page_and_none_is_lost_or_doubled_between_pages() -> None:
    onboarding = shown(target(account(*(row(title=str(number)) for number in range(120)))))

    pages = [built(onboarding, number=str(number)) for number in (1, 2, 3)]

    assert [len(page.rows) for page in pages] == [50, 50, 20]
    assert [title for page in pages for title in titles(page)] == [str(number) for number in range(120)]
    assert [(page.previous, page.number, page.next) for page in pages] == [(None, 1, 2), (1, 2, 3), (2, 3, None)]
    assert {(page.total, page.pages) for page in pages} == {(120, 3)}


@pytest.mark.parametrize(
    ("asked", "given"), [("0", 1), ("-1", 1), ("99999999999", 1), ("x", 1), ("", 1), ("7", 2), ("\u0663", 1)]
)
def test_a_page_that_is_not_there_gives_the_nearest(asked: str, given: int) -> None:
    onboarding = shown(target(account(*rows(60))))

    assert built(onboarding, number=asked).number == given


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("zolty", ["Żółty LAS"]),
        ("ŻÓŁTY", ["Żółty LAS"]),
        ("las zol", ["Żółty LAS"]),
        ("KOWALSKI", ["Rent"]),
        ("  rent   jan ", ["Rent"]),
        ("100%", ["100% off"]),
        ("_", ["under_score"]),
        ("las rent", []),
        ("", ["Żółty LAS", "Rent", "100% off", "under_score"]),
    ],
)
def test_every_word_is_found_in_title_or_party_whatever_its_case_or_accents(query: str, found: list[str]) -> None:
    onboarding = shown(
        target(
            account(
                row(title="Żółty LAS", party=None),
                row(title="Rent", party="Jan Kowalski"),
                row(title="100% off", party=None),
                row(title="under_score", party=None),
            )
        )
    )

    page = built(onboarding, query=query)
    assert titles(page) == found
    assert page.total == len(found)
    assert page.is_filtered == bool(query)


@pytest.mark.parametrize("count", [120, transactions.FEW, transactions.FEW + 1])
def test_a_search_gives_all_pages_in_order_however_many_rows_it_finds(count: int) -> None:
    wanted = [row(title=f"Żłobek {number}", booked_on=date(2026, 1 + number % 12, 1)) for number in range(count)]
    onboarding = shown(target(account(*wanted, row(title="other"))))
    in_order = [f"Żłobek {number}" for month in range(11, -1, -1) for number in range(month, count, 12)]

    first = built(onboarding, query="zlobek")
    pages = [
        first,
        *(built(onboarding, query="zlobek", number=str(number)) for number in (2, first.pages - 1, first.pages)),
    ]

    assert (first.total, first.pages) == (count, -(-count // 50))
    for page in pages:
        assert titles(page) == in_order[(page.number - 1) * 50 : page.number * 50]


def test_a_filter_by_account_shows_its_rows_alone() -> None:
    onboarding = shown(
        target(account(row(title="one")), account(row(title="two"), iban=OTHER_IBAN, name="Savings", currency="EUR"))
    )

    page = built(onboarding, account="2")

    assert titles(page) == ["two"]
    assert page.rows[0].amount.text.endswith("€")
    assert [(one.position, one.name, one.is_chosen) for one in page.choices] == [
        (1, "Everyday (PLN)", False),
        (2, "Savings (EUR)", True),
    ]


def test_accounts_without_a_name_are_told_apart_in_the_rows_and_in_the_filter() -> None:
    nameless = [
        account(row(title="one"), name=""),
        account(row(title="two"), name="", iban=OTHER_IBAN),
        account(row(title="three"), name="", iban="", currency="EUR"),
    ]
    page = built(shown(target(*nameless)))

    assert {one.title: one.account_name for one in page.rows} == {
        "one": "Account ending in 2874",
        "two": "Account ending in 5387",
        "three": "Account without a name (EUR)",
    }
    assert [one.name for one in page.choices] == [
        "Account ending in 2874 (PLN)",
        "Account ending in 5387 (PLN)",
        "Account without a name (EUR)",
    ]


@pytest.mark.parametrize("asked", ["3", "0", "x", "2' OR 1=1"])
def test_an_account_that_is_not_there_filters_nothing(asked: str) -> None:
    page = built(shown(target(account(row()), account(row(), iban=OTHER_IBAN))), account=asked)

    assert (page.total, page.account) == (2, None)


def test_rows_of_another_person_are_never_shown() -> None:
    stranger = shown(target(account(*rows(3))))
    onboarding = shown(target(account(row(title="mine"), balance=Decimal(1))))

    assert titles(built(onboarding, account=str(stranger.pk))) == ["mine"]


def test_without_a_summary_there_are_no_transactions() -> None:
    assert transactions.build(new_onboarding(), locale="pl") is None


@pytest.mark.parametrize("count", [10, 1000])
def test_the_number_of_queries_does_not_grow_with_the_rows(django_assert_num_queries: object, count: int) -> None:
    onboarding = shown(target(account(*rows(count))))

    with django_assert_num_queries(6):
        transactions.build(onboarding, query="payment", account="1", number="1", locale="pl")


def test_how_many_rows_whole_accounts_have_is_known_and_not_counted_anew(
    django_assert_num_queries: Callable[[int], AbstractContextManager[CaptureQueriesContext]],
) -> None:
    onboarding = shown(target(account(*rows(7)), account(*rows(5), iban=OTHER_IBAN), account(*rows(7))))

    with django_assert_num_queries(5) as asked:
        whole = built(onboarding)
    of_accounts = {one.position: built(onboarding, account=str(one.position)).total for one in whole.choices}

    assert not any("COUNT(" in query["sql"] for query in asked.captured_queries)
    assert whole.total == Transaction.objects.filter(snapshot=onboarding.snapshot).count() == 19
    assert of_accounts == {
        one.position: one.transactions.count() for one in Account.objects.filter(snapshot=onboarding.snapshot)
    }
