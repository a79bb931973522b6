"""Staff accounts, their addresses, and a person's onboarding with everything in it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from onboarding import journal
from onboarding.models import (
    Account,
    Actor,
    AggregationState,
    Event,
    EventName,
    Failure,
    Invitation,
    Onboarding,
    Person,
    PreviewAccount,
    Question,
    Snapshot,
    Source,
    SourceFile,
    SourceState,
    TableCell,
    Transaction,
)
from tests import file_rows, rows

ONBOARDINGS = "/admin/onboarding/onboarding/"
SOURCES = "/admin/onboarding/source/"
EVENTS = "/admin/onboarding/event/"
INVITATIONS = "/admin/onboarding/invitation/"
LISTS = [ONBOARDINGS, SOURCES, EVENTS, INVITATIONS]

VIEW = tuple(
    f"view_{kind}" for kind in ("onboarding", "source", "event", "invitation", "account", "aggregation", "erasure")
)

IBAN = "PL69114020040000300201358112"
INTENT = UUID("7e57ab1e-1111-4111-8111-00000c0ffee1")
PLANTED = {
    "browser": "planted-browser-digest-4410",
    "redirection_id": "planted-redirection-4411",
    "link": "https://signin.vendor.example/planted-link-4412",
    "return_code": "PLANT4",
    "session_id": "planted-session-4413",
    "signature": "planted-sealed-signature-4414",
    "file_name": "planted-file-of-maria-4426.pdf",
    "password": "planted-sealed-password-4427",
    "stored_as": "4428" * 8,
    "payload": "4429" * 8,
    "answer_id": "planted-answer-4430",
    "cell": "planted-cell-4431",
    "preview": "planted-preview-4432",
    "command_id": "planted-command-4416",
    "claim": "planted-4417",
    "token_digest": "planted-token-digest-4418",
    "return_url": "planted-customer-4419",
    "account": "planted-account-name-4420",
    "person": "planted-person-4421",
    "title": "planted-title-4422",
    "party": "planted-party-4423",
    "party_iban": "PL61109010140000071219812874",
    "fingerprint": "planted-fingerprint-4424",
    "intent": str(INTENT),
    "intent_digest": "planted-digest-4425",
    "intent as hex": INTENT.hex,
}
"""What no page of staff may show, by the column that it is planted in."""


def account(*permissions: str, name: str = "kim", superuser: bool = False, staff: bool = True) -> Client:
    """Make an account and return a browser that is signed in with it."""
    user = User.objects.create_user(name, is_staff=staff, is_superuser=superuser)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="onboarding"))
    client = Client()
    client.force_login(user)
    return client


def said(response: HttpResponse) -> list[str]:
    """Return the messages on a page."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def choose(client: Client, address: str, action: str, *chosen: Onboarding | Source, **more: str) -> HttpResponse:
    """Choose an action for rows of a list and follow to the page that comes then."""
    form = {"action": action, "index": "0", "_selected_action": [str(row.pk) for row in chosen], **more}
    return client.post(address, form, follow=True)


def failed_import(owner: Onboarding, **columns: object) -> Source:
    """Make a source that our side can try again."""
    return rows.source(
        owner,
        SourceState.FAILED,
        **{
            "failure": Failure.TIMED_OUT,
            "failure_code": "Timeout",
            "bank__command_id": "455026009",
            **columns,
        },
    )


def failed_summary(owner: Onboarding) -> None:
    """Let the newest summary of an onboarding have failed."""
    made = rows.aggregation(owner, due_at=None, give_up_at=None, state=AggregationState.FAILED)
    made.failure = Failure.GARBLED_REPLY
    made.save()


def show_summary(owner: Onboarding, *, accounts: int = 1) -> Snapshot:
    """Let an onboarding show a summary with accounts, a person and a payment."""
    asked = rows.aggregation(owner, due_at=None, give_up_at=None, state=AggregationState.READY)
    snapshot = Snapshot.objects.create(onboarding=owner, aggregation=asked)
    for position in range(1, accounts + 1):
        made = Account.objects.create(
            snapshot=snapshot,
            position=position,
            bank="KontoBank",
            name=PLANTED["account"],
            iban=IBAN,
            currency="PLN",
            transaction_count=1,
            first_booked_on=date(2026, 1, 2),
            last_booked_on=date(2026, 11, 1),
        )
        Transaction.objects.create(
            snapshot=snapshot,
            account=made,
            day=date(2026, 11, 1),
            amount_cents=-1234,
            title=PLANTED["title"],
            party=PLANTED["party"],
            party_iban=PLANTED["party_iban"],
        )
    Person.objects.create(snapshot=snapshot, name=PLANTED["person"], bank="KontoBank")
    owner.snapshot = snapshot
    owner.save()
    return snapshot


@dataclass
class Everything:
    """One onboarding with everything planted in it, and the pages that show it."""

    onboarding: Onboarding
    sources: list[Source]
    event: Event
    invitation: Invitation
    pages: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.details = [
            f"{ONBOARDINGS}{self.onboarding.pk}/change/",
            *(f"{SOURCES}{source.pk}/change/" for source in self.sources),
            f"{EVENTS}{self.event.pk}/change/",
            f"{INVITATIONS}{self.invitation.pk}/change/",
        ]
        self.pages = LISTS + self.details + [address.replace("change", "history") for address in self.details]


def _planted_file(owner: Onboarding) -> Source:
    source = file_rows.upload(owner, SourceState.ASKING, file__question=Question.PREVIEW, claim=PLANTED["claim"])
    SourceFile.objects.filter(pk=source.pk).update(
        name=PLANTED["file_name"],
        password=PLANTED["password"],
        stored_as=PLANTED["stored_as"],
        payload=PLANTED["payload"],
        answer_id=PLANTED["answer_id"],
    )
    TableCell.objects.create(file=source.file, row=0, column=0, text=PLANTED["cell"])
    PreviewAccount.objects.create(file=source.file, position=99, number=IBAN, name=PLANTED["preview"], currency="PLN")
    return source


def everything() -> Everything:
    """Make an onboarding with a planted text in every column that staff may not see."""
    owner = rows.onboarding(
        browser=PLANTED["browser"],
        intent_digest=PLANTED["intent_digest"],
        return_url=f"https://lender.example/back?customer={PLANTED['return_url']}",
    )
    sources = [
        rows.source(
            owner,
            state,
            intent=INTENT if state == SourceState.IMPORTED else owner.uuid,
            claim=PLANTED["claim"],
            claimed_until=timezone.now(),
            **{
                "bank__redirection_id": f"{PLANTED['redirection_id']}-{state}",
                **{
                    f"bank__{column}": PLANTED[column]
                    for column in ("link", "return_code", "session_id", "signature", "command_id")
                },
            },
        )
        for state in (SourceState.IMPORTED, SourceState.IMPORTING)
    ]
    sources.append(_planted_file(owner))
    sources[0].imported_accounts.create(fingerprint=PLANTED["fingerprint"])
    show_summary(owner)
    journal.record(EventName.STARTED, onboarding_id=owner.pk, actor=Actor.USER, source_uuid=sources[0].uuid)
    invitation = Invitation.objects.create(
        token_digest=PLANTED["token_digest"],
        country="pl",
        note="case 12",
        return_url=f"https://lender.example/back?customer={PLANTED['return_url']}",
        expires_at=timezone.now() + timedelta(days=7),
        onboarding=owner,
    )
    return Everything(owner, sources, Event.objects.get(), invitation)
