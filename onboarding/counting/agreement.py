"""What the listings of one account say together: each fact from the listing that knows it best."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from onboarding.counting import account_numbers
from onboarding.kontomatik.records import Account


def later(before: Account, now: Account) -> Account:
    """Join two readings of one source: the later one wins where it says something.

    The history is cut short only if both readings were.
    """
    return replace(
        now,
        name=now.name or before.name,
        balance=before.balance if now.balance is None else now.balance,
        funds_available=before.funds_available if now.funds_available is None else now.funds_available,
        active_since=now.active_since or before.active_since,
        partial=before.partial and now.partial,
        last_digits=now.last_digits or before.last_digits,
        credit_limit=before.credit_limit if now.credit_limit is None else now.credit_limit,
        due_on=now.due_on or before.due_on,
    )


def across(accounts: Sequence[Account], *, whole_histories: Sequence[Account]) -> Account:
    """Join what several sources say of one account; of ``accounts`` the last is trusted most.

    Balance and available funds come from one and the same source. ``whole_histories`` are those of the accounts that
    bring all of the history, unless it was cut short: a statement of one month does not make up for what they lack.
    """
    agreed = reduce(_across, accounts)
    return replace(agreed, partial=all(account.partial for account in whole_histories or accounts))


def _across(before: Account, now: Account) -> Account:
    ibans = [one for one in (now.iban, before.iban) if account_numbers.is_iban(account_numbers.normalised(one))]
    return replace(
        later(before, now),
        iban=ibans[0] if ibans else now.iban or before.iban,
        funds_available=(before if now.balance is None else now).funds_available,
    )
