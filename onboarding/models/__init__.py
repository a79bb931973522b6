"""Rows, choices, constraints and the queryset verbs over them. Knows nothing of the rest of the house."""

from .catalog import CatalogBank, CatalogCopy, CatalogKind
from .events import Actor, Event, EventName
from .invitations import Invitation
from .files import (
    BalanceCheck,
    ColumnChoice,
    FailedCheck,
    FileFormat,
    PreviewAccount,
    PreviewRow,
    Question,
    SourceFile,
    TableCell,
)
from .ledger import Account, AccountListing, CurrencyTotal, LabelTotal, MonthTotal, Person, Snapshot, Transaction
from .onboardings import Onboarding
from .sources import BankSignIn, ImportedAccount, SignInWay, Source, SourceKind, SourceState
from .work import Aggregation, AggregationState, Erasure, ErasureState, Failure, Tick

__all__ = [
    "AccountListing",
    "BalanceCheck",
    "CatalogBank",
    "CatalogCopy",
    "CatalogKind",
    "ColumnChoice",
    "FailedCheck",
    "FileFormat",
    "PreviewAccount",
    "PreviewRow",
    "Question",
    "SignInWay",
    "SourceFile",
    "TableCell",
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
