"""Inviting: the link is shown once, only its digest is kept."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from onboarding.models import Invitation
from onboarding.models.invitations import digest_of
from tests.admin import staff

LINK = re.compile(r"http://127\.0\.0\.1:8000/start/([\w-]{43})/")


@pytest.fixture
def inviter(db: None) -> Client:
    """Staff who may see and add invitations and nothing else."""
    return staff.account("view_invitation", "add_invitation", name="inviter")


def invite(client: Client, **fields: str) -> HttpResponse:
    """Fill in the form as it comes and send it."""
    expires = timezone.localtime(timezone.now() + timedelta(days=2))
    filled = {
        "country": "pl",
        "note": "case 12",
        "return_url": "",
        "expires_at_0": expires.strftime("%Y-%m-%d"),
        "expires_at_1": expires.strftime("%H:%M:%S"),
        **fields,
    }
    return client.post(f"{staff.INVITATIONS}add/", filled, follow=True)


def test_the_link_of_a_new_invitation_is_shown_after_saving(inviter: Client) -> None:
    page = invite(inviter)

    token = LINK.search(page.content.decode())
    assert token is not None
    assert Invitation.objects.get().token_digest == digest_of(token[1])


def test_the_link_is_shown_exactly_once(inviter: Client) -> None:
    shown = invite(inviter).content.decode()

    assert len(LINK.findall(shown)) == 1
    later = [staff.INVITATIONS, f"{staff.INVITATIONS}{Invitation.objects.get().pk}/change/", staff.INVITATIONS]
    assert [page for page in later if LINK.search(inviter.get(page).content.decode())] == []


def test_the_link_is_kept_nowhere(inviter: Client) -> None:
    page = invite(inviter)
    token = LINK.findall(page.content.decode())[0]

    kept = [*Invitation.objects.values().get().values(), *LogEntry.objects.values().get().values()]
    assert [value for value in kept if token in str(value)] == []
    assert inviter.cookies["messages"].value == ""


def test_a_new_invitation_opens_the_consent_page(inviter: Client, nobody: Client) -> None:
    token = LINK.findall(invite(inviter).content.decode())[0]

    assert nobody.get(f"/start/{token}/").status_code == 200


def test_an_invitation_remembers_who_made_it(inviter: Client) -> None:
    invite(inviter)

    made = Invitation.objects.select_related("created_by").get()
    assert made.created_by is not None
    assert made.created_by.get_username() == "inviter"


def test_an_invitation_is_good_for_a_week_unless_said_otherwise(inviter: Client) -> None:
    form = inviter.get(f"{staff.INVITATIONS}add/").context["adminform"].form

    offered = form.get_initial_for_field(form.fields["expires_at"], "expires_at")
    assert abs(offered - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "xx"),
        ("expires_at_0", "2020-01-01"),
        ("expires_at_0", ""),
        ("return_url", "ftp://lender.example/"),
        ("return_url", "javascript:alert(1)"),
    ],
)
def test_what_can_not_work_is_refused(field: str, value: str, inviter: Client) -> None:
    page = invite(inviter, **{field: value})

    assert not Invitation.objects.exists()
    assert "Please correct the error" in page.content.decode()
    assert not LINK.search(page.content.decode())


def test_two_invitations_in_a_row_have_two_links(inviter: Client) -> None:
    first = LINK.findall(invite(inviter, _addanother="1").content.decode())
    second = LINK.findall(invite(inviter).content.decode())

    assert len(first) == len(second) == 1
    assert first != second


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "can be used"),
        ({"used_at": timezone.now()}, "used"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expired"),
    ],
)
def test_the_list_says_whether_an_invitation_can_be_used(
    columns: dict[str, object], state: str, inviter: Client
) -> None:
    Invitation.objects.create(
        **{"token_digest": "x", "country": "pl", "expires_at": timezone.now() + timedelta(days=1), **columns}
    )

    assert f'<td class="field-state">{state}</td>' in inviter.get(staff.INVITATIONS).content.decode()
