"""What the sandbox refuses, by the names of the contract's error table."""

from collections.abc import Mapping

# The contract leaves the names of these refusals open; they stand here alone.
UNSUPPORTED_STATEMENT = "UnsupportedStatement"
UNREADABLE_STATEMENT = "StatementParsingFailed"
UNVERIFIED_STATEMENT = "StatementVerificationFailed"
PROTECTED_STATEMENT = "InvalidStatementPassword"
INVALID_OWNER_DATA = "InvalidOwnerData"
TOO_LARGE = "RequestTooLarge"
INVALID_CLIENT = "InvalidClient"


class Refusal(Exception):
    """A request that the contract does not allow: exception name, message, HTTP status, and the owner if known.

    `more` is what a JSON reply says besides code and message.
    """

    def __init__(
        self, name: str, message: str, status: int = 400, owner: str = "", more: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(name)
        self.name = name
        self.message = message
        self.status = status
        self.owner = owner
        self.more = more or {}


def invalid_parameter(parameter: str, expected: str) -> Refusal:
    """Refuse a parameter that is missing or of the wrong form; its value is never repeated."""
    return Refusal("InvalidParameter", f"Parameter {parameter} must be {expected}.")


def invalid_owner(message: str, status: int = 400) -> Refusal:
    """Refuse an owner id that is unfit, or that nothing is known of."""
    return Refusal("InvalidOwnerExternalId", message, status)


def session_expired() -> Refusal:
    """Refuse a session that is over, as recorded: 404."""
    return Refusal("InvalidSessionId", "Session expired.", 404)


def unavailable() -> Refusal:
    """Say that the bank is down for a while."""
    return Refusal("ServiceTemporarilyUnavailable", "The service of the bank does not answer.", 503)


def quota_exceeded(owner: str = "") -> Refusal:
    """Refuse a command above the number allowed in parallel."""
    return Refusal("JobsQuotaExceeded", "Too many commands are running in parallel.", owner=owner)


def already_executed(owner: str) -> Refusal:
    """Refuse a second import in a session."""
    message = "The default import was executed in this session."
    return Refusal("DefaultImportAlreadyExecuted", message, owner=owner)


def wrong_signature(owner: str) -> Refusal:
    """Refuse a signature that was not given out with the session."""
    message = "The signature does not belong to the session."
    return Refusal("InvalidSessionIdSignature", message, owner=owner)


def unknown_command() -> Refusal:
    """Say that there is no command with this id."""
    return Refusal("InvalidCommandId", "There is no command with this id.", 404)


def maintenance() -> Refusal:
    """Say that the whole service is being worked on."""
    return Refusal("ServiceMaintenance", "The service is under maintenance.", 503)


def too_large(what: str) -> Refusal:
    """Refuse a body or a file above the size that is taken."""
    return Refusal(TOO_LARGE, f"{what} is too large.", 413)


def invalid_client() -> Refusal:
    """Refuse a widget for a client id that is not known."""
    return Refusal(INVALID_CLIENT, "The client id is not known.")


def unsupported_statement() -> Refusal:
    """Refuse a PDF that is no statement of a known bank."""
    return Refusal(UNSUPPORTED_STATEMENT, "The document is no statement of a supported bank.")


def unreadable_statement() -> Refusal:
    """Refuse a statement that cannot be read to its end."""
    return Refusal(UNREADABLE_STATEMENT, "The statement could not be read.")


def protected_statement() -> Refusal:
    """Refuse a PDF that opens with another password than the one given."""
    return Refusal(PROTECTED_STATEMENT, "The document is protected by another password.")


def unverified_statement(failed: tuple[str, ...]) -> Refusal:
    """Refuse a statement that does not pass the checks of `failed`."""
    return Refusal(
        UNVERIFIED_STATEMENT, "The statement did not pass all checks.", more={"failedVerifications": list(failed)}
    )


def invalid_owner_data(details: list[dict[str, str]]) -> Refusal:
    """Refuse own data of the wrong form; each of `details` names a path and says what is expected there."""
    return Refusal(INVALID_OWNER_DATA, "The data does not have the expected form.", more={"details": details})
