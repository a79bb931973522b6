"""Rows, choices, constraints and the queryset verbs over them. Knows nothing of the rest of the house."""

from .catalog import CatalogBank, CatalogCopy, CatalogKind
from .events import Actor, Event, EventName
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
from .invitations import Invitation
from .ledger import Account, AccountListing, CurrencyTotal, LabelTotal, MonthTotal, Person, Snapshot, Transaction
from .limits import Allowance
from .onboardings import Onboarding
from .sources import BankSignIn, ImportedAccount, SignInWay, Source, SourceKind, SourceState
from .staff import StaffEvent, StaffEventName
from .work import Aggregation, AggregationState, Erasure, ErasureState, Failure, Tick

__all__ = [
    "Account",
    "AccountListing",
    "Actor",
    "Aggregation",
    "AggregationState",
    "Allowance",
    "BalanceCheck",
    "BankSignIn",
    "CatalogBank",
    "CatalogCopy",
    "CatalogKind",
    "ColumnChoice",
    "CurrencyTotal",
    "Erasure",
    "ErasureState",
    "Event",
    "EventName",
    "FailedCheck",
    "Failure",
    "FileFormat",
    "ImportedAccount",
    "Invitation",
    "LabelTotal",
    "MonthTotal",
    "Onboarding",
    "Person",
    "PreviewAccount",
    "PreviewRow",
    "Question",
    "SignInWay",
    "Snapshot",
    "Source",
    "SourceFile",
    "SourceKind",
    "SourceState",
    "StaffEvent",
    "StaffEventName",
    "TableCell",
    "Tick",
    "Transaction",
]
