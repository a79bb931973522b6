"""What the sandbox refuses, by the names of the contract's error table."""


class Refusal(Exception):
    """A request that the contract does not allow: exception name, message, HTTP status, and the owner if known."""

    def __init__(self, name: str, message: str, status: int = 400, owner: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.message = message
        self.status = status
        self.owner = owner


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


def maintenance() -> Refusal:
    """Say that the whole service is being worked on."""
    return Refusal("ServiceMaintenance", "The service is under maintenance.", 503)
