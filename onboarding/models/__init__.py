"""Rows, choices, constraints and the queryset verbs over them. Knows nothing of the rest of the house."""

from .events import Actor, Event, EventName
from .invitations import Invitation
from .ledger import Account, CurrencyTotal, LabelTotal, MonthTotal, Person, Snapshot, Transaction
from .onboardings import Onboarding
from .sources import BankSignIn, ImportedAccount, Source, SourceKind, SourceState
from .work import Aggregation, AggregationState, Erasure, ErasureState, Failure, Tick

__all__ = [
    "Account",
    "Actor",
    "Aggregation",
    "AggregationState",
    "BankSignIn",
    "CurrencyTotal",
    "Erasure",
    "ErasureState",
    "Event",
    "EventName",
    "Failure",
    "ImportedAccount",
    "Invitation",
    "LabelTotal",
    "MonthTotal",
    "Onboarding",
    "Person",
    "Snapshot",
    "Source",
    "SourceKind",
    "SourceState",
    "Tick",
    "Transaction",
]
