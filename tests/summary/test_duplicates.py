"""Payments that may have come twice: counted and marked, until the person leaves them out of the totals."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding.kontomatik.records import AggregateRecord
from onboarding.models import Onboarding, Source, SourceFile, SourceKind, SourceState, Transaction
from onboarding.money import amount_text
from onboarding.summary import document, exports, page, transactions
from onboarding.summary.saved import document_of_reply
from tests.kontomatik import documents
from tests.ledger.aggregates import IBAN, OTHER_IBAN, account, own_data, row, sources, target

from .makers import add_source, shown, shown_of

pytestmark = pytest.mark.django_db

PKO = {"name": "PkoBp", "official_name": "PKO BP", "institution": "PkoBp"}
MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 1)


def mixed() -> list[tuple[str, list[AggregateRecord]]]:
    """A bank, a statement and a file: two payments told twice, one of them three times, and one in each alone."""
    rent = row("-1000.00", labels=("home",), booked_on=MARCH)
    return [
        ("scraper", target(account(rent, row("-5.00", title="Cafe", booked_on=MARCH), row("7.00", title="Gift")))),
        (
            "statement",
            target(account(row("-1000.00", title="rent", booked_on=APRIL, labels=("home", "paper"))), **PKO),
        ),
        ("upload", own_data(account(rent, row("-5.00", title="CAFE", booked_on=APRIL), row("2.50", title="Only")))),
    ]


def hide(onboarding: Onboarding) -> Onboarding:
    onboarding.hides_duplicates = True
    onboarding.save()
    return onboarding


def built(onboarding: Onboarding) -> page.SummaryPage:
    made = page.build(onboarding, locale="en")
    assert made is not None
    return made


def told(onboarding: Onboarding) -> dict[str, Any]:
    made = document.build(onboarding)
    assert made is not None
    return made


def listed(onboarding: Onboarding, **asked: Any) -> transactions.TransactionsPage:
    made = transactions.build(onboarding, locale="en", **asked)
    assert made is not None
    return made


def test_they_are_counted_until_the_person_says_otherwise() -> None:
    onboarding = shown_of(sources(*mixed()))
    made = told(onboarding)

    assert made["possibleDuplicates"] == {"count": 3, "hidden": False}
    assert made["totals"] == [{"currency": "PLN", "balance": "100.00", "in": "9.50", "out": "3010.00"}]
    assert [one["transactionCount"] for one in made["accounts"]] == [7]


def test_left_out_they_are_in_no_figure_but_the_balance() -> None:
    made = told(hide(shown_of(sources(*mixed()))))

    assert made["possibleDuplicates"] == {"count": 3, "hidden": True}
    assert made["totals"] == [{"currency": "PLN", "balance": "100.00", "in": "9.50", "out": "1005.00"}]
    assert [one["transactionCount"] for one in made["accounts"]] == [4]
    # April and the label "paper" had nothing else.
    assert made["months"] == [{"month": "2026-03", "currency": "PLN", "in": "9.50", "out": "1005.00"}]
    assert made["labels"] == [{"label": "home", "currency": "PLN", "in": "0.00", "out": "1000.00", "count": 1}]


def test_the_page_says_the_same_as_the_document() -> None:
    onboarding = shown_of(sources(*mixed()))
    before = built(onboarding)
    after = built(hide(onboarding))

    assert [(one.duplicates, one.hides_duplicates) for one in (before, after)] == [(3, False), (3, True)]
    assert [one.totals[0].outgoing.text for one in (before, after)] == ["PLN\u00a03,010.00", "PLN\u00a01,005.00"]
    assert [one.totals[0].balance and one.totals[0].balance.text for one in (before, after)] == ["PLN\u00a0100.00"] * 2
    assert [one.banks[0].accounts[0].transaction_count for one in (before, after)] == [7, 4]
    assert [len(one.months[0].rows) for one in (before, after)] == [2, 1]
    assert [label.label for label in after.labels[0].rows] == ["home"]


def test_an_account_says_where_it_came_from_and_how_many_payments_each_brought() -> None:
    (bank,) = built(shown_of(sources(*mixed()))).banks
    (one,) = bank.accounts

    assert [(origin.name, origin.transaction_count) for origin in one.came_from] == [
        ("KontoBank sign-in", 3),
        ("statement of PKO BP", 1),
        ("your own file", 3),
    ]
    assert (one.is_mixed, one.came_again) == (True, False)
    assert told(shown_of(sources(*mixed())))["accounts"][0]["origins"] == ["bank", "statement", "upload"]


@pytest.mark.parametrize(
    ("origin", "bank", "name", "word"),
    [
        ("scraper", None, "bank sign-in", "bank"),
        ("statement", None, "PDF statement", "statement"),
        ("upload", "PKO BP", "your own file", "upload"),
        ("carrier pigeon", None, "another source", "carrier pigeon"),
        ("carrier pigeon", "PKO BP", "PKO BP", "carrier pigeon"),
    ],
)
def test_every_origin_has_words(origin: str, bank: str | None, name: str, word: str) -> None:
    onboarding = shown_of(sources((origin, target(account(row()), name=None, official_name=bank, institution=None))))

    assert [one.name for one in built(onboarding).banks[0].accounts[0].came_from] == [name]
    assert told(onboarding)["accounts"][0]["origins"] == [word]


def test_accounts_of_a_file_without_a_bank_stand_under_a_plain_heading() -> None:
    onboarding = shown_of(
        sources(
            ("upload", own_data(account())),
            ("statement", target(account(iban=OTHER_IBAN), name=None, official_name=None, institution=None)),
        )
    )

    assert [str(bank.name) for bank in built(onboarding).banks] == ["Your own file", "Bank not named"]


def test_both_rows_of_a_pair_name_each_other() -> None:
    onboarding = shown_of(sources(*mixed()))
    cafes = {one.title: one for one in listed(onboarding, query="cafe").rows}

    assert [(twin.day, twin.came_from) for twin in cafes["Cafe"].twins] == [(APRIL, "your own file")]
    assert [(twin.day, twin.came_from) for twin in cafes["CAFE"].twins] == [(MARCH, "KontoBank sign-in")]
    (gift,) = listed(onboarding, query="gift").rows
    assert gift.twins == ()


def test_a_row_told_three_times_names_both_others() -> None:
    first, *others = sorted(listed(shown_of(sources(*mixed())), query="rent").rows, key=lambda one: -len(one.twins))

    assert [twin.came_from for twin in first.twins] == ["statement of PKO BP", "your own file"]
    assert [twin.came_from for one in others for twin in one.twins] == ["KontoBank sign-in"] * 2


def test_a_row_says_that_it_is_left_out_only_while_it_is() -> None:
    onboarding = shown_of(sources(*mixed()))

    assert all(one.is_counted for one in listed(onboarding).rows)
    assert sum(not one.is_counted for one in listed(hide(onboarding)).rows) == 3
    assert listed(onboarding).total == 7


def test_pairs_can_be_looked_at_alone_and_stand_together() -> None:
    made = listed(shown_of(sources(*mixed())), only_duplicates=True)

    assert (made.total, made.is_filtered) == (5, True)
    assert [one.title for one in made.rows] in (
        ["Rent", "rent", "Rent", "Cafe", "CAFE"],
        ["Cafe", "CAFE", "Rent", "rent", "Rent"],
    )


def test_pairs_can_be_searched_and_filtered_by_account() -> None:
    onboarding = shown_of(sources(*mixed()))

    assert listed(onboarding, only_duplicates=True, query="cafe").total == 2
    assert listed(onboarding, only_duplicates=True, account="1").total == 5
    assert listed(shown(target(account(row()))), only_duplicates=True).total == 0


def test_exports_keep_every_row_and_mark_the_later_one_of_each_pair() -> None:
    onboarding = hide(shown_of(sources(*mixed())))
    text = b"".join(exports.csv_chunks(onboarding)).decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))

    assert len(lines) == 7
    assert sorted((line["origin"], line["title"]) for line in lines if line["possible_duplicate"] == "yes") == [
        ("statement", "rent"),
        ("upload", "CAFE"),
        ("upload", "Rent"),
    ]
    unmarked = [Decimal(line["amount"]) for line in lines if line["possible_duplicate"] == "no"]
    assert amount_text(int(-100 * sum(one for one in unmarked if one < 0))) == told(onboarding)["totals"][0]["out"]


def file_source(onboarding: Onboarding, kind: SourceKind, **facts: str) -> Source:
    source = Source.objects.create(
        onboarding=onboarding,
        kind=kind,
        state=SourceState.IMPORTED,
        state_since=timezone.now(),
        in_snapshot=onboarding.snapshot,
    )
    Source.objects.filter(pk=source.pk).update(created_at=onboarding.created_at)
    SourceFile.objects.create(source=source, **facts)
    return source


def test_files_are_listed_among_the_sources_with_their_kind() -> None:
    onboarding = shown_of(sources(*mixed()))
    add_source(onboarding, "KontoBank", state="failed", failure="credentials")
    file_source(onboarding, SourceKind.STATEMENT, name="march.pdf", bank_name="PKO BP")
    file_source(onboarding, SourceKind.UPLOAD)

    assert sorted((one["kind"], one["state"], one["bank"], one["failure"]) for one in told(onboarding)["sources"]) == [
        ("bank", "failed", "KontoBank", "credentials"),
        ("statement", "imported", "PKO BP", None),
        ("upload", "imported", None, None),
    ]
    assert sorted((str(one.bank), one.kind_name, one.is_in_summary) for one in built(onboarding).sources) == [
        ("KontoBank", "", False),
        ("Your own file", "own data", True),
        ("march.pdf", "PDF statement", True),
    ]


AMOUNTS = st.sampled_from(["-5.00", "5.00", "-0.01", "1200.00"])
ROWS = st.lists(st.tuples(AMOUNTS, st.integers(1, 31), st.sampled_from(["rent", "shop 1", "", "ŁÓDŹ"])), max_size=8)
REPLIES = st.lists(
    st.tuples(
        st.sampled_from(["scraper", "statement", "upload"]),
        st.sampled_from([IBAN, IBAN[2:], OTHER_IBAN, ""]),
        st.sampled_from(["PLN", "EUR"]),
        ROWS,
    ),
    max_size=6,
)
steady = settings(
    deadline=None,
    max_examples=25,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def reply(parts: list[tuple[str, str, str, list[tuple[str, int, str]]]]) -> bytes:
    """Write a reply with an owner element for each part; own data has no bank."""
    owners = []
    for origin, iban, currency, rows in parts:
        booked = [
            documents.transaction(
                documents.element("labels", documents.element("label", f"l{day % 2}")),
                currencyAmount=amount,
                bookedOn=f"2026-03-{day:02}",
                title=title,
            )
            for amount, day, title in rows
        ]
        one = documents.with_transactions(*booked, iban=iban, currencyName=currency, currencyBalance="1.00")
        bank = documents.target(one) if origin != "upload" else f"<target><accounts>{one}</accounts></target>"
        owners.append(documents.owner(bank, origin=origin))
    return documents.reply(*owners)


def figures(made: dict[str, Any]) -> dict[str, Any]:
    return {name: made[name] for name in ("totals", "accounts", "months", "labels", "possibleDuplicates")}


@steady
@given(REPLIES)
def test_page_document_and_command_agree(parts: list[tuple[str, str, str, list[tuple[str, int, str]]]]) -> None:
    content = reply(parts)
    onboarding = shown_of(documents.records(content))
    saved = document_of_reply(documents.records(content), now=timezone.now())

    assert figures(told(onboarding)) == figures(saved)
    assert built(onboarding).duplicates == saved["possibleDuplicates"]["count"]
    assert [(one["kind"], one["bank"]) for one in saved["sources"]] == [
        (kind_of(origin), None if origin == "upload" else "KontoBank SA") for origin, *_ in parts
    ]


def kind_of(origin: str) -> str:
    return "bank" if origin == "scraper" else origin


@steady
@given(REPLIES)
def test_hidden_figures_are_those_of_all_other_rows_to_the_cent(
    parts: list[tuple[str, str, str, list[tuple[str, int, str]]]],
) -> None:
    onboarding = hide(shown_of(documents.records(reply(parts))))
    made = told(onboarding)
    left: dict[str, dict[str, list[int]]] = {"totals": {}, "months": {}, "labels": {}}
    left = {name: defaultdict(list) for name in left}
    for one in Transaction.objects.filter(snapshot_id=onboarding.snapshot_id, twin=None).select_related("account"):
        currency = one.account.currency
        left["totals"][currency].append(one.amount_cents)
        left["months"][f"{one.day:%Y-%m} {currency}"].append(one.amount_cents)
        left["labels"][f"{one.labels} {currency}"].append(one.amount_cents)

    expected = {name: {key: _flow(cents) for key, cents in group.items()} for name, group in left.items()}
    assert {one["currency"]: (one["in"], one["out"]) for one in made["totals"]} == {
        **{one["currency"]: ("0.00", "0.00") for one in made["totals"]},
        **expected["totals"],
    }
    assert {f"{one['month']} {one['currency']}": (one["in"], one["out"]) for one in made["months"]} == expected[
        "months"
    ]
    assert {f"{one['label']} {one['currency']}": (one["in"], one["out"]) for one in made["labels"]} == expected[
        "labels"
    ]
    assert sum(one["transactionCount"] for one in made["accounts"]) == sum(map(len, left["totals"].values()))


def _flow(cents: list[int]) -> tuple[str, str]:
    return amount_text(sum(one for one in cents if one > 0)), amount_text(-sum(one for one in cents if one < 0))


@pytest.mark.parametrize("count", [2, 200])
@pytest.mark.parametrize("hidden", [False, True])
def test_the_number_of_queries_does_not_grow_with_the_pairs(
    django_assert_num_queries: Callable[[int], AbstractContextManager[None]], count: int, hidden: bool
) -> None:
    many = [row(f"-{number}.00", title=f"Payment {number}") for number in range(1, count + 1)]
    onboarding = shown_of(sources(("scraper", target(account(*many))), ("upload", own_data(account(*many)))))
    onboarding.hides_duplicates = hidden
    onboarding.save()

    with django_assert_num_queries(11):
        built(onboarding)
    with django_assert_num_queries(10):
        told(onboarding)
    with django_assert_num_queries(9):
        listed(onboarding, only_duplicates=True)
