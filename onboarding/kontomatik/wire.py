"""Every name of the vendor's wire that is uncertain or likely to be corrected, in one table.

How well each is known stands behind it, in the wire contract's own marks: [rec] seen in a recorded reply,
[off] on the vendor's public pages, [cli] used by an independent client, [inf] our inference, [hear] hearsay.
A correction is one line here.
"""

from typing import Final

from onboarding.kontomatik.errors import (
    AlreadyStarted,
    KontomatikError,
    Misconfigured,
    QuotaExceeded,
    SessionOver,
    Unavailable,
    UserActionNeeded,
)

# Addresses, below the base address.
API_KEY_HEADER: Final = "X-Api-Key"  # [off]
SIGNIN_REDIRECTION: Final = "/v1/signin/redirection"  # [cli]
SIGNIN_STATUS: Final = "/v1/signin/redirection-status"  # [cli]
DEFAULT_IMPORT: Final = "/v1/command/default-import.xml"  # [rec]
COMMAND: Final = "/v1/command/{command_id}.xml"  # [off]
AGGREGATE: Final = "/v1/data.xml"  # [off]; DELETE on the same address [inf]

# What is sent.
OWNER_PARAMETER: Final = "ownerExternalId"  # [off]
REDIRECTION_PARAMETER: Final = "redirectionId"  # [cli]
TARGET_FIELD: Final = "target"  # [inf] (that a bank may be pre-selected is [off])
ACCESS_MODE: Final = {"accessMode": "SINGLE"}  # [cli][off]

# The JSON replies of the sign-in. An error's JSON shape is unknown: each path is tried in turn [inf].
REDIRECTION_ID: Final = "redirectionId"  # [cli]
REDIRECTION_LINK: Final = "redirectionLink"  # [cli]
STATUS_FIELD: Final = "status"  # [cli]
PARAMS_FIELD: Final = "params"  # [cli]
SESSION_ID: Final = "sessionId"  # [cli]
SESSION_SIGNATURE: Final = "sessionIdSignature"  # [cli]
SIGNED_IN_TARGET: Final = "target"  # [cli]
SIGNED_IN_OFFICIAL_NAME: Final = "officialName"  # [cli]
SIGNIN_EXCEPTION: Final = "exception"  # [cli]; a text, or an object with the name below [inf]
EXCEPTION_NAME_PATHS: Final = (("exception", "name"), ("exception",), ("name",), ("code",))  # [inf]
FAILED_SIGNIN_WORDS: Final = ("expired", "error", "fail", "abandon", "cancel")  # [inf]

# Commands.
SUCCESSFUL_STATES: Final = frozenset({"successful"})  # [rec]
FAILED_STATES: Final = frozenset({"error", "fatal"})  # [cli]

# What a 404 on the aggregate says when the vendor holds nothing under this owner id.
NO_SUCH_OWNER: Final = frozenset({(404, "InvalidOwnerExternalId")})  # [inf]

# Groups of error names; the grouping is [inf] unless marked. A name that is not here is a fault of the vendor.
ERROR_NAMES: Final[dict[str, type[KontomatikError]]] = {
    "InvalidSessionId": SessionOver,  # [rec]
    "SessionExpired": SessionOver,
    "InvalidSessionIdSignature": Misconfigured,
    "NotSignedIn": Misconfigured,
    "InvalidSince": Misconfigured,
    "InvalidParameter": Misconfigured,
    "InvalidTarget": Misconfigured,
    "InvalidCommandId": Misconfigured,  # asked about one command it means that the command is gone
    "InvalidIban": Misconfigured,
    "InvalidOwnerExternalId": Misconfigured,  # but see NO_SUCH_OWNER
    "CommandNotAvailable": Misconfigured,  # [rec]
    "DefaultImportAlreadyExecuted": AlreadyStarted,  # [off]
    "JobsQuotaExceeded": QuotaExceeded,  # [off]
    "ConcurrentSessionsLimitExceed": Unavailable,
    "ConcurrentSessionsLimitExceeded": Unavailable,
    "ServiceMaintenance": Unavailable,
    "ServiceTemporarilyUnavailable": Unavailable,
    "InvalidCredentials": UserActionNeeded,  # [cli], and so the seven below
    "AccessBlocked": UserActionNeeded,
    "AccessTemporarilyBlocked": UserActionNeeded,
    "ManualActionRequired": UserActionNeeded,
    "TargetCredentialsMismatch": UserActionNeeded,
    "UnsupportedLoginMethod": UserActionNeeded,
    "UnsupportedLanguage": UserActionNeeded,
    "InsufficientIdentificationLevel": UserActionNeeded,
    "InvalidMultipleAccessId": UserActionNeeded,
    "MultipleAccessLimitExceeded": UserActionNeeded,
}
COMMAND_GONE: Final = "InvalidCommandId"  # [inf]

# Aggregated data. Everything not marked is [rec].
ROOT: Final = "reply"
DATA_OWNER: Final = "owner"
TARGET: Final = "target"
PERSONS: Final = "owners"
PERSON: Final = "owner"
ACCOUNT_GROUPS: Final = {  # group element: its member, its kind
    "accounts": ("account", "account"),
    "creditCards": ("creditCard", "card"),  # [cli]
    "deposits": ("deposit", "deposit"),  # member's name and fields [inf]
}
TRANSACTIONS: Final = "moneyTransactions"
TRANSACTION: Final = "moneyTransaction"
LABELS: Final = "labels"
LABEL: Final = "label"
PARTIAL: Final = "partialDueToTimeout"  # [cli]
CARD_NUMBER: Final = "number"  # [cli]
CREDIT_LIMIT: Final = "limit"  # [cli]
CARD_DUE: Final = "dueDate"  # [cli]
PERSON_KIND_SPELLINGS: Final = {"CO-OWNER": "CO_OWNER"}  # [cli]

# Children of `reply` that only other replies have: what such a reply is, in words.
OTHER_REPLIES: Final = {
    "command": "this is a command's reply, not aggregated data",  # [rec]
    "exception": "this is a reply that reports an error, not aggregated data",  # [rec]
    "comment": "this is a refusal of our key or address, not aggregated data",  # [rec]
    "statement": "this is a statement's reply, not aggregated data",  # [off]
    "session": "this is a session's reply, not aggregated data",  # [cli]
    "targets": "this is a catalog's reply, not aggregated data",  # [rec]
}
