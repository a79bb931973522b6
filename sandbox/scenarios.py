"""The logins of the demo banks: each plays one thing that happens with real banks."""

from dataclasses import dataclass
from enum import Enum, StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sandbox.banks import Bank


class Group(Enum):
    """The headings under which the logins are listed."""

    GOES_WELL = _("Goes well")
    TAKES_PATIENCE = _("Takes patience")
    ENDS_AT_SIGN_IN = _("Ends at the sign-in")
    FAILS_LATER = _("Fails later")


class SignInEnd(StrEnum):
    """How a sign-in ends. The words on the wire stand in `sandbox.wire`."""

    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Outcome(StrEnum):
    """How an import ends: the contract's final states, or never."""

    SUCCESSFUL = "successful"
    ERROR = "error"
    FATAL = "fatal"
    ENDLESS = "endless"


@dataclass(frozen=True, slots=True)
class Failure:
    """The exception inside a failed command: its name, and texts for us and for the user."""

    name: str
    message: str
    friendly_message: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One login and everything that is special about it; times in seconds."""

    login: str
    does: Promise
    group: Group = Group.GOES_WELL
    password: str = "demo"  # noqa: S105 - shown on the page for everybody to use
    code: str = "123456"
    sign_in_end: SignInEnd = SignInEnd.SUCCESS
    outcome: Outcome = Outcome.SUCCESSFUL
    failure: Failure | None = None
    import_seconds: float | None = None
    status_seconds: float = 0
    bank_down: bool = False
    answer_lost: bool = False
    garbled: bool = False
    session_over: bool = False
    foreign_owner: bool = False


def _sign_in_end(login: str, does: Promise, end: SignInEnd) -> Scenario:
    return Scenario(login, does, Group.ENDS_AT_SIGN_IN, sign_in_end=end)


def _failing(login: str, does: Promise, failure: Failure, outcome: Outcome = Outcome.ERROR) -> Scenario:
    return Scenario(login, does, Group.FAILS_LATER, outcome=outcome, failure=failure)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("ok", _("Two accounts, a year and more of payments")),
    Scenario("currencies", _("Three accounts in three currencies")),
    Scenario("cards", _("A current account and two credit cards")),
    Scenario("joint", _("An account that two people own")),
    Scenario("many", _("An account with 20,000 payments")),
    Scenario("partial", _("The bank cuts the history short")),
    Scenario("noaccounts", _("Succeeds, but there is no account")),
    Scenario("slow", _("The import takes about 40 seconds"), Group.TAKES_PATIENCE, import_seconds=40),
    Scenario(
        "unfinished",
        _("You are back before the sign-in is settled (5 seconds)"),
        Group.TAKES_PATIENCE,
        status_seconds=5,
    ),
    Scenario("down", _("The bank is down for a minute, then works"), Group.TAKES_PATIENCE, bank_down=True),
    Scenario("lost", _("The import starts, but its answer gets lost"), Group.TAKES_PATIENCE, answer_lost=True),
    _sign_in_end("wrong", _("The bank refuses the password"), SignInEnd.FAILED),
    _sign_in_end("cancelled", _("As if you had cancelled"), SignInEnd.CANCELLED),
    _sign_in_end("expired", _("As if the page had been open too long"), SignInEnd.EXPIRED),
    Scenario("sessionover", _("The session ends before the import"), Group.FAILS_LATER, session_over=True),
    _failing(
        "error",
        _("The import fails with a name nobody knows yet"),
        Failure("UnexpectedPageLayout", "The page of the bank was not understood."),
    ),
    _failing(
        "blocked",
        _("The bank blocks the access for a while"),
        Failure(
            "AccessTemporarilyBlocked",
            "The target has blocked the access for a limited time.",
            "Your bank has blocked the access for a while. Try again later or contact your bank.",
        ),
    ),
    _failing(
        "manual",
        _("The bank wants something done on its own site"),
        Failure(
            "ManualActionRequired",
            "The target asks for an action on its own site.",
            "Sign in on your bank's own site, do what it asks there, and come back.",
        ),
    ),
    _failing(
        "mismatch",
        _("The password fits another person"),
        Failure(
            "TargetCredentialsMismatch",
            "The credentials belong to another person than before.",
            "Sign in with the same login as last time.",
        ),
    ),
    _failing(
        "maintenance",
        _("The bank is being worked on"),
        Failure("ServiceMaintenance", "The target is under maintenance."),
    ),
    _failing(
        "fatal",
        _("The import breaks down for good"),
        Failure("InternalError", "The command has ended with an internal error."),
        Outcome.FATAL,
    ),
    Scenario("garbled", _("Every answer about the import is broken"), Group.FAILS_LATER, garbled=True),
    Scenario("endless", _("The import never ends"), Group.FAILS_LATER, outcome=Outcome.ENDLESS),
    Scenario("foreignowner", _("The answer names another person's id"), Group.FAILS_LATER, foreign_owner=True),
)

# The two logins of the vendor's own test bank, by target (contract, "Test bank").
TEST_BANK_LOGINS = {
    "KontoBank": Scenario(
        "test1",
        _("Maria Sochacka, 259402.51 PLN"),
        password="Test123",  # noqa: S106
        code="Test123",
    ),
    "KontoBank_es": Scenario(
        "test2",
        _("Maria Sochacka, 471397.82 EUR"),
        password="Test123",  # noqa: S106
        code="Test123",
    ),
}


def of_bank(bank: Bank) -> tuple[Scenario, ...]:
    """Return the logins that a bank knows, the test bank's own one first."""
    own = TEST_BANK_LOGINS.get(bank.target)
    return (own, *SCENARIOS) if own else SCENARIOS


def find(bank: Bank, login: str) -> Scenario | None:
    """Return what a login does at a bank, or nothing if the bank does not know it."""
    return next((scenario for scenario in of_bank(bank) if scenario.login == login.strip()), None)


def by_group(scenarios: tuple[Scenario, ...]) -> list[tuple[Promise, list[Scenario]]]:
    """Return the logins under their headings, for a page to list."""
    return [(group.value, [one for one in scenarios if one.group is group]) for group in Group]
