"""The invented money is consistent, valid and the same every time."""

import datetime as dt

import pytest

from sandbox import banks, iban, ledger, scenarios
from sandbox.ledger import Account

TODAY = dt.date(2026, 3, 1)
SINCE = TODAY - dt.timedelta(days=180)
TARGETS = [bank.target for bank in banks.BANKS]
WITH_ACCOUNTS = ["ok", "currencies", "cards", "joint", "partial"]


def accounts(target: str, login: str) -> tuple[Account, ...]:
    return ledger.holdings(target, login, TODAY, SINCE).accounts


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("login", WITH_ACCOUNTS)
def test_each_balance_is_the_one_before_it_plus_the_amount(target: str, login: str) -> None:
    for account in accounts(target, login):
        expected = account.balance
        for row in account.rows:
            assert row.balance in {None, expected}
            expected -= row.amount


@pytest.mark.parametrize("target", TARGETS)
def test_every_account_number_has_the_length_and_check_digits_of_its_country(target: str) -> None:
    bank = banks.by_target(target)
    assert bank is not None
    for login in WITH_ACCOUNTS:
        for account in accounts(target, login):
            assert account.iban.startswith(bank.country.upper())
            assert iban.is_valid(account.iban)
            assert all(iban.is_valid(row.party_iban) for row in account.rows if row.party_iban)


def test_a_wrong_digit_is_found() -> None:
    right = iban.with_check_digits("PL", "9" * 24)
    wrong = right[:-1] + "8"
    assert iban.is_valid(right)
    assert not iban.is_valid(wrong)
    assert not iban.is_valid(right[:-1])


@pytest.mark.parametrize("login", WITH_ACCOUNTS)
def test_the_same_login_shows_the_same_again(login: str) -> None:
    first = ledger.holdings("PodLipamiApi", login, TODAY, SINCE)
    ledger.holdings.cache_clear()
    assert ledger.holdings("PodLipamiApi", login, TODAY, SINCE) == first


def test_two_logins_of_one_bank_show_different_accounts() -> None:
    assert accounts("PodLipamiApi", "ok")[0].iban != accounts("PodLipamiApi", "joint")[0].iban


def test_account_number_and_balance_do_not_depend_on_how_far_back_one_asks() -> None:
    short = ledger.holdings("AlmendroApi", "ok", TODAY, TODAY - dt.timedelta(days=10)).accounts[0]
    long = accounts("AlmendroApi", "ok")[0]
    assert (short.iban, short.balance) == (long.iban, long.balance)
    assert long.rows[: len(short.rows)] == short.rows


@pytest.mark.parametrize("target", TARGETS)
def test_the_newest_row_is_dated_yesterday_and_booked_today(target: str) -> None:
    newest = accounts(target, "ok")[0].rows[0]
    assert (newest.transaction_on, newest.booked_on) == (TODAY - dt.timedelta(days=1), TODAY)


def test_no_row_is_booked_before_the_day_asked_for() -> None:
    assert all(row.booked_on >= SINCE for account in accounts("GandroApi", "ok") for row in account.rows)


@pytest.mark.parametrize("target", ["ZimorodekApi", "GolondrinaApi"])
def test_equal_payments_are_there_for_clients_to_keep(target: str) -> None:
    rows = accounts(target, "ok")[0].rows
    seen = [(row.transaction_on, row.booked_on, row.amount, row.habit) for row in rows]
    assert len(seen) > len(set(seen))


def test_many_means_twenty_thousand_rows() -> None:
    (account,) = accounts("RukkilillApi", "many")
    assert len(account.rows) == 20_000


def test_a_partial_history_says_so_and_is_shorter() -> None:
    (partial,) = accounts("ZimorodekApi", "partial")
    assert partial.partial
    assert min(row.booked_on for row in partial.rows) > SINCE + dt.timedelta(days=100)


def test_currencies_has_three_different_ones() -> None:
    for target in ("ZimorodekApi", "SobreiroApi"):
        assert len({account.currency for account in accounts(target, "currencies")}) == 3


def test_cards_have_debts_within_their_limits() -> None:
    cards = ledger.holdings("KastanApi", "cards", TODAY, SINCE).cards
    assert len(cards) == 2
    assert all(-card.limit < card.balance < 0 and card.rows for card in cards)


def test_a_joint_account_names_both_people() -> None:
    kinds = [person.kind for person in accounts("ZimorodekApi", "joint")[0].owners]
    assert kinds == ["CO_OWNER", "OWNER"]


def test_one_bank_spells_the_co_owner_with_a_hyphen() -> None:
    assert accounts("SobreiroApi", "joint")[0].owners[0].kind == "CO-OWNER"


@pytest.mark.parametrize(
    ("target", "login", "balance", "currency"),
    [("KontoBank", "test1", 25940251, "PLN"), ("KontoBank_es", "test2", 47139782, "EUR")],
)
def test_the_test_bank_has_the_balances_of_the_contract(target: str, login: str, balance: int, currency: str) -> None:
    found = ledger.holdings(target, login, TODAY, SINCE)
    assert [(account.balance, account.currency) for account in found.accounts] == [(balance, currency)]
    assert "Maria Sochacka" in {person.name for person in found.people}


def test_every_country_has_a_bank_beside_the_test_bank_and_poland_has_several() -> None:
    invented = [bank.country for bank in banks.BANKS if not bank.is_test_bank]
    assert set(invented) == set(banks.COUNTRIES)
    assert invented.count("pl") >= 2


def test_target_names_are_unique_while_an_official_name_repeats() -> None:
    names = [bank.official_name for bank in banks.BANKS if not bank.is_test_bank]
    assert len(set(TARGETS)) == len(TARGETS)
    assert len(set(names)) < len(names)


def test_logins_are_unique() -> None:
    logins = [scenario.login for scenario in scenarios.SCENARIOS]
    assert len(set(logins)) == len(logins)
