"""Invent what a bank shows: people, accounts, cards and rows, the same again for the same question.

Amounts and balances are whole numbers of 1/100 of the currency. Everything moves with the calendar: the newest
row is dated yesterday and booked today, as at the vendor's test bank.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sandbox import banks, iban
from sandbox.banks import Bank
from sandbox.payees import HOUSEHOLDS, TEST_PERSON, Habit, Household

HISTORY_DAYS = 800
PARTIAL_DAYS = 25
MANY_ROWS = 20_000
TEST_BALANCES = {"test1": 25940251, "test2": 47139782}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who owns an account, and how."""

    name: str
    kind: str
    address: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One money transaction; `balance` is the balance after it, where the bank gives one."""

    transaction_on: dt.date
    booked_on: dt.date
    amount: int
    balance: int | None
    habit: Habit
    party_iban: str
    variable_symbol: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account with its rows, newest first."""

    name: str
    friendly_name: str
    iban: str
    currency: str
    balance: int
    active_since: dt.date
    owners: tuple[Person, ...]
    rows: tuple[Row, ...]
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A credit card with its rows, newest first; a debt is a negative balance."""

    name: str
    card_id: str
    iban: str
    number: str
    currency: str
    balance: int
    limit: int
    interest: str
    due_on: dt.date
    owners: tuple[Person, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything that one sign-in at one bank shows."""

    people: tuple[Person, ...]
    accounts: tuple[Account, ...]
    cards: tuple[Card, ...]


@lru_cache(maxsize=64)
def holdings(target: str, login: str, as_of: dt.date, since: dt.date) -> Holdings:
    """Return what `login` shows at the bank `target` on the day `as_of`, with rows booked from `since` on.

    Raises LookupError for a target that is not in the catalog.
    """
    bank = banks.by_target(target)
    if bank is None:
        raise LookupError(target)
    people = _people(bank, login)
    if login == "noaccounts":
        return Holdings(people, (), ())
    book = _Book(bank, login, as_of, since, people)
    cards = (book.card(0), book.card(1)) if login == "cards" else ()
    return Holdings(people, tuple(book.accounts()), cards)


def _people(bank: Bank, login: str) -> tuple[Person, ...]:
    household = HOUSEHOLDS[bank.country]
    if bank.institution == "ZimorodekFirma":
        company = (("polishNip", "0000000000"), ("polishRegon", "000000000"))
        return (Person("Tartak Pod Lipą sp. z o.o.", "COMPANY", household.address, company),)
    contact = (("phone", "+00 000 000 000"), ("email", f"holder@{bank.institution.lower()}.example"))
    name = TEST_PERSON if login in TEST_BALANCES else household.holder
    holder = Person(name, "OWNER", household.address, contact if bank.gives_symbols else ())
    if login == "joint" or login in TEST_BALANCES:
        return Person(household.partner, bank.co_owner_kind), holder
    return (holder,)


class _Book:
    """Makes the accounts and cards of one sign-in from one seed."""

    def __init__(self, bank: Bank, login: str, as_of: dt.date, since: dt.date, people: tuple[Person, ...]) -> None:
        self.bank = bank
        self.login = login
        self.as_of = as_of
        self.since = since
        self.people = people
        self.household: Household = HOUSEHOLDS[bank.country]

    def _chance(self, purpose: str) -> random.Random:
        return random.Random(f"{self.bank.institution}|{self.bank.country}|{self.login}|{purpose}")  # noqa: S311

    def accounts(self) -> Iterator[Account]:
        """Give the accounts that the login has."""
        words = self.household
        if self.login in TEST_BALANCES:
            yield self.account("Konto 0", "Konto", self.bank.currency, words.habits)
            return
        yield self.account(words.current_account, words.current_account, self.bank.currency, words.habits)
        if self.login == "currencies":
            second = "USD" if self.bank.currency == "EUR" else "EUR"
            for currency in (second, "GBP"):
                yield self.account(f"{words.current_account} {currency}", currency, currency, words.habits[4:])
        elif self.login in {"ok", "slow"}:
            yield self.account(words.savings_account, words.savings_account, self.bank.currency, self._saving())

    def _saving(self) -> tuple[Habit, ...]:
        salary = self.household.habits[0]
        monthly = salary.lowest // 10
        title = self.household.savings_account
        return (
            Habit(title, self.household.holder, salary.kind, ("monthly",), monthly, monthly, 0, 12, True),
            Habit(salary.kind, "", salary.kind, ("interest",), 40, 400, day_of_month=28),
        )

    def account(self, name: str, friendly_name: str, currency: str, habits: tuple[Habit, ...]) -> Account:
        """Make one account; its number depends on bank, login and name alone."""
        number = iban.invented(self.bank.country.upper(), self.bank.bank_code, self._chance(f"iban {name}"))
        drafts = self._drafts(name, habits)
        closing = TEST_BALANCES.get(self.login) or self._closing(name, drafts)
        partial = self.login == "partial"
        earliest = self.as_of - dt.timedelta(days=PARTIAL_DAYS) if partial else self.since
        return Account(
            name=name,
            friendly_name=friendly_name,
            iban=number,
            currency=currency,
            balance=closing,
            active_since=self.as_of - dt.timedelta(days=HISTORY_DAYS),
            owners=self.people,
            rows=self._rows(drafts, closing, max(earliest, self.since)),
            partial=partial,
        )

    def card(self, number: int) -> Card:
        """Make a credit card; the second one has no account number behind it."""
        chance = self._chance(f"card {number}")
        drafts = self._drafts(f"card {number}", self.household.habits[4:8])
        limit = 500_000
        balance = -chance.randrange(10_000, 240_000)
        country = self.bank.country.upper()
        return Card(
            name=f"Visum {number + 1}",
            card_id=f"{chance.randrange(10**9):010d}",
            iban="" if number else iban.invented(country, self.bank.bank_code, chance),
            number=f"9999 **** **** {chance.randrange(10_000):04d}",
            currency=self.bank.currency,
            balance=balance,
            limit=limit,
            interest="18.90",
            due_on=self.as_of + dt.timedelta(days=14),
            owners=self.people,
            rows=self._rows(drafts, balance, self.since),
        )

    def _drafts(self, name: str, habits: tuple[Habit, ...]) -> list[tuple[dt.date, int, Habit]]:
        chance = self._chance(f"rows {name}")
        frequent = [habit for habit in habits if habit.weight]
        if self.login == "many":
            return self._many_drafts(chance, frequent)
        weights = [habit.weight for habit in frequent]
        drafts: list[tuple[dt.date, int, Habit]] = []
        for offset in range(1, HISTORY_DAYS + 1):
            day = self.as_of - dt.timedelta(days=offset)
            today = [habit for habit in habits if habit.day_of_month == day.day]
            if frequent:
                count = max(chance.choices((0, 1, 2, 3), (30, 38, 22, 10))[0], offset == 1)
                today += chance.choices(frequent, weights, k=count)
            drafts += [(day, chance.randint(habit.lowest, habit.highest), habit) for habit in today]
            if frequent and offset % 45 == 7:
                # Two payments that are equal in every text: they are real, and a client must keep both.
                habit = frequent[len(frequent) // 2]
                drafts += [(day, habit.highest, habit)] * 2
        return drafts

    def _many_drafts(self, chance: random.Random, habits: list[Habit]) -> list[tuple[dt.date, int, Habit]]:
        days = max((self.as_of - self.since).days, 1)
        offsets = (1 + position * days // MANY_ROWS for position in range(MANY_ROWS))
        chosen = chance.choices(habits, [habit.weight for habit in habits], k=MANY_ROWS)
        return [
            (self.as_of - dt.timedelta(days=offset), chance.randint(habit.lowest, habit.highest), habit)
            for offset, habit in zip(offsets, chosen, strict=True)
        ]

    def _closing(self, name: str, drafts: list[tuple[dt.date, int, Habit]]) -> int:
        """Choose a closing balance at which the account was never below zero."""
        running, lowest = 0, 0
        for _day, amount, _habit in drafts:
            running -= amount
            lowest = min(lowest, running)
        return self._chance(f"closing {name}").randrange(20_000, 900_000) - lowest

    def _rows(self, drafts: list[tuple[dt.date, int, Habit]], closing: int, since: dt.date) -> tuple[Row, ...]:
        chance = self._chance("symbols")
        numbers = {
            habit: iban.invented(self.bank.country.upper(), self.bank.bank_code, self._chance(habit.party))
            for habit in {habit for _day, _amount, habit in drafts}
            if habit.by_transfer
        }
        rows, running = [], closing
        for day, amount, habit in drafts:
            booked_on = day + dt.timedelta(days=1)
            if booked_on < since:
                break
            symbol = f"{chance.randrange(10**8):08d}" if self.bank.gives_symbols and habit.by_transfer else ""
            balance = running if self.bank.gives_row_balance else None
            rows.append(Row(day, booked_on, amount, balance, habit, numbers.get(habit, ""), symbol))
            running -= amount
        return tuple(rows)
