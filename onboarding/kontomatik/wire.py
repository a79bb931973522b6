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
    RefusedBecause,
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
STATEMENT_XML: Final = "/v1/statement.xml"  # [off]
STATEMENT_JSON: Final = "/v1/pdf/statement"  # [hear]
STATEMENT_JSON_TRUSTED: Final = "/v1/pdf/statement-trusted"  # [hear]
OWNER_UPLOAD: Final = "/v1/owner"  # [off]
CATALOG: Final = "/v1/catalog.xml"  # [off]
STATEMENT_CATALOG: Final = "/v1/parser-catalog.xml"  # [off]

# What is sent.
OWNER_PARAMETER: Final = "ownerExternalId"  # [off]
REDIRECTION_PARAMETER: Final = "redirectionId"  # [cli]
TARGET_FIELD: Final = "target"  # [inf] (that a bank may be pre-selected is [off])
ACCESS_MODE: Final = {"accessMode": "SINGLE"}  # [cli][off]
COUNTRY_PARAMETER: Final = "country"  # [off]

# A statement as it is sent.
STATEMENT_PDF_AS_TEXT: Final = "pdfAsBase64"  # [off] XML form: a field of the multipart body
STATEMENT_PDF_AS_FILE: Final = "pdf"  # [hear] JSON form: a file of the multipart body
STATEMENT_ACCEPT_INCONSISTENT: Final = "acceptInconsistent"  # [off] XML form
STATEMENT_PASSWORD: Final = "password"  # noqa: S105 - a field's name; [hear] JSON form; in the XML form [inf]

# The XML reply to a statement: names that may stand as an attribute of the element or as its child.
STATEMENT: Final = "statement"  # [off]
STATEMENT_ID: Final = "id"  # [off]
STATEMENT_CONSISTENT: Final = "isConsistent"  # [off]; in the JSON form [inf]
STATEMENT_BANK_NAMES: Final = ("bank", "officialName")  # [inf]; "bank" in the JSON form [hear]
STATEMENT_JSON_BANK_NAMES: Final = ("officialName", "name")  # [inf], of a bank that is no plain text
STATEMENT_JSON_ID: Final = "statementId"  # [hear]
STATEMENT_ACCOUNTS: Final = "accounts"  # [hear]; in the XML form [inf]
STATEMENT_ACCOUNT_CURRENCIES: Final = ("currencyName", "currency")  # [inf]
FAILED_VERIFICATIONS: Final = "failedVerifications"  # [off]; in the XML form [inf]
VERIFICATION_NAMES: Final = ("name", "code", "type", "verification")  # [inf], of one that is no plain text

# Why a statement was refused: the first row with a part of the exception's name, in small letters alone [inf].
# The milder reasons come first: nobody is to be accused because of a word.
STATEMENT_REFUSALS: Final = (
    (RefusedBecause.PROTECTED, ("password", "encrypted")),
    (RefusedBecause.UNSUPPORTED, ("unsupported", "notsupported", "unknownlayout", "unknownbank")),
    (RefusedBecause.TAMPERED, ("inconsistent", "verification", "tamper", "forged", "modified")),
    (RefusedBecause.UNREADABLE, ("pars", "unreadable", "invalidpdf", "notapdf", "corrupt")),
)

# The payload of an owner upload [inf]: the names of the aggregated data, and ownerExternalId [off].
PAYLOAD_ACCOUNTS: Final = "accounts"
PAYLOAD_NAME: Final = "name"
PAYLOAD_IBAN: Final = "iban"
PAYLOAD_CURRENCY: Final = "currencyName"
PAYLOAD_BALANCE: Final = "currencyBalance"
PAYLOAD_BANK: Final = "target"  # in an account: an object with the name below
PAYLOAD_BANK_NAME: Final = "officialName"
PAYLOAD_TRANSACTIONS: Final = "moneyTransactions"
PAYLOAD_TRANSACTION_ON: Final = "transactionOn"
PAYLOAD_BOOKED_ON: Final = "bookedOn"
PAYLOAD_AMOUNT: Final = "currencyAmount"
PAYLOAD_TITLE: Final = "title"
PAYLOAD_PARTY: Final = "party"
PAYLOAD_PARTY_IBAN: Final = "partyIban"
PAYLOAD_KIND: Final = "kind"
PAYLOAD_STEPS: Final = frozenset(
    {
        OWNER_PARAMETER,
        PAYLOAD_ACCOUNTS,
        PAYLOAD_NAME,
        PAYLOAD_IBAN,
        PAYLOAD_CURRENCY,
        PAYLOAD_BALANCE,
        PAYLOAD_BANK,
        PAYLOAD_BANK_NAME,
        PAYLOAD_TRANSACTIONS,
        PAYLOAD_TRANSACTION_ON,
        PAYLOAD_BOOKED_ON,
        PAYLOAD_AMOUNT,
        PAYLOAD_TITLE,
        PAYLOAD_PARTY,
        PAYLOAD_PARTY_IBAN,
        PAYLOAD_KIND,
    }
)

# The JSON reply to an owner upload.
UPLOAD_REQUEST_ID: Final = "requestId"  # [off]
UPLOAD_REFUSED_STATUSES: Final = frozenset({400, 413, 422})  # [inf]: of these, the content is refused
UPLOAD_REFUSED_NAMES: Final = frozenset({"InvalidIban"})  # [inf]: about the content, though elsewhere about our request

# Catalogs: an element `target` anywhere, with these attributes [rec][off] and these children.
CATALOG_LOGIN_NAME: Final = "loginName"
CATALOG_ACCOUNT_TYPES: Final = "supportedAccountTypes"

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
# How a redirectUri is refused that is new each time [inf]: the contract neither allows nor forbids it.
RETURN_ADDRESS_REFUSED: Final = frozenset({"InvalidParameter", "InvalidRedirectUri"})

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
INVALID_OWNER: Final = "InvalidOwnerExternalId"  # [inf]
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
ORIGINS: Final = {  # an owner's `origin`, folded: which kind of source it means; all but the first are [inf]
    "scraper": "bank",  # [rec]
    "psd2": "bank",
    "api": "bank",
    "statement": "statement",
    "pdf": "statement",
    "pdf_statement": "statement",
    "parser": "statement",
    "upload": "upload",
    "owner_upload": "upload",
    "owner": "upload",
    "external": "upload",
}
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
