"""Who may come to which of staff's addresses."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client

from onboarding.models import Actor, Event, EventName, Invitation, Onboarding, Source
from tests import rows
from tests.admin import staff

KINDS = ["onboarding", "source", "event", "invitation"]
READ_ONLY = ["onboarding", "source", "event"]


def test_these_five_kinds_of_rows_have_pages() -> None:
    registered = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "onboarding"}

    assert registered == {*KINDS, "staffevent"}


@pytest.mark.parametrize("who", ["superuser", "viewer"])
def test_who_may_view_sees_every_page(who: str, everything: staff.Everything, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(who)

    assert [client.get(page).status_code for page in everything.pages] == [200] * len(everything.pages)


def test_staff_without_permission_see_no_page(newcomer: Client, everything: staff.Everything) -> None:
    assert {newcomer.get(page).status_code for page in everything.pages} == {403}


@pytest.mark.parametrize("who", ["customer", "nobody"])
def test_everybody_else_is_sent_to_sign_in(
    who: str, everything: staff.Everything, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(who)
    answers = [client.get(page) for page in [*everything.pages, "/admin/", f"{staff.INVITATIONS}add/"]]

    assert {answer.status_code for answer in answers} == {302}
    assert all(answer.headers["Location"].startswith("/admin/login/?next=") for answer in answers)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_changes_a_row_not_even_a_superuser(kind: str, superuser: Client, everything: staff.Everything) -> None:
    page = next(page for page in everything.details if f"/{kind}/" in page)

    assert superuser.post(page, {"country": "cz", "note": "changed"}).status_code == 403
    assert not Onboarding.objects.filter(country="cz").exists()
    assert not Invitation.objects.filter(note="changed").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_deletes_a_row_not_even_a_superuser(kind: str, superuser: Client, everything: staff.Everything) -> None:
    page = next(page for page in everything.details if f"/{kind}/" in page).replace("change", "delete")

    assert superuser.get(page).status_code == 403
    assert superuser.post(page, {"post": "yes"}).status_code == 403
    assert Onboarding.objects.count() == Event.objects.count() == Invitation.objects.count() == 1


@pytest.mark.parametrize("kind", READ_ONLY)
def test_nobody_adds_a_row_not_even_a_superuser(kind: str, superuser: Client) -> None:
    page = f"/admin/onboarding/{kind}/add/"

    assert superuser.get(page).status_code == 403
    assert superuser.post(page, {"country": "pl"}).status_code == 403


@pytest.mark.parametrize("who", ["viewer", "newcomer"])
def test_who_may_not_add_an_invitation_is_refused(who: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(who)

    assert client.get(f"{staff.INVITATIONS}add/").status_code == 403
    assert client.post(f"{staff.INVITATIONS}add/", {"country": "pl"}).status_code == 403
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("address", [staff.ONBOARDINGS, staff.SOURCES])
def test_actions_are_hidden_from_who_may_only_view(address: str, viewer: Client, everything: staff.Everything) -> None:
    page = viewer.get(address).content.decode()

    assert "Try again" not in page
    assert "erase" not in page.replace("erased", "").replace("erasure", "")


def test_the_onboardings_page_offers_its_verbs_to_who_may(helper: Client, everything: staff.Everything) -> None:
    page = helper.get(everything.details[0]).content.decode()

    assert 'value="Try again"' in page
    assert 'value="Erase…"' in page


def test_the_onboardings_page_offers_no_verbs_to_who_may_only_view(
    viewer: Client, everything: staff.Everything
) -> None:
    page = viewer.get(everything.details[0]).content.decode()

    assert 'value="Try again"' not in page
    assert 'value="Erase…"' not in page


@pytest.mark.parametrize("who", ["viewer", "newcomer", "customer", "nobody"])
@pytest.mark.parametrize("action", ["try_again", "erase"])
def test_actions_are_refused_to_who_may_not(who: str, action: str, db: None, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(who)
    owner = rows.onboarding()
    failed = staff.failed_import(owner)

    staff.choose(client, staff.ONBOARDINGS, action, owner, confirmed="yes")
    staff.choose(client, staff.SOURCES, action, failed, confirmed="yes")

    assert Source.objects.count() == 1
    assert not Event.objects.exists()
    assert not Onboarding.objects.exclude(erased_at=None).exists()


@pytest.mark.parametrize(("may", "may_not"), [("retry_onboarding", "erase"), ("erase_onboarding", "try_again")])
def test_one_verbs_permission_does_not_give_the_other(may: str, may_not: str, db: None) -> None:
    client = staff.account(*staff.VIEW, may)
    owner = rows.onboarding()
    staff.failed_import(owner)

    staff.choose(client, staff.ONBOARDINGS, may_not, owner, confirmed="yes")

    assert not Event.objects.exists()


def test_verbs_without_the_permission_to_view_are_refused(db: None) -> None:
    client = staff.account("retry_onboarding", "erase_onboarding")
    owner = rows.onboarding()

    assert staff.choose(client, staff.ONBOARDINGS, "erase", owner, confirmed="yes").status_code == 403
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("missing", "unseen"),
    [
        ("view_source", "Source #"),
        ("view_account", "Accounts of the shown summary"),
        ("view_event", "What happened"),
        ("view_aggregation", "Newest summary"),
    ],
)
def test_the_onboardings_page_shows_only_kinds_that_one_may_view(
    missing: str, unseen: str, everything: staff.Everything, viewer: Client
) -> None:
    limited = staff.account(*(one for one in staff.VIEW if one != missing))

    assert unseen in viewer.get(everything.details[0]).content.decode()
    assert unseen not in limited.get(everything.details[0]).content.decode()


def test_an_action_in_an_address_does_nothing(helper: Client) -> None:
    owner = rows.onboarding()

    helper.get(staff.ONBOARDINGS, {"action": "erase", "_selected_action": owner.pk, "index": 0, "confirmed": "yes"})

    assert not Event.objects.filter(name=EventName.ERASED, actor=Actor.STAFF).exists()


@pytest.mark.parametrize(
    ("address", "probe"),
    [
        (staff.INVITATIONS, "token_digest__startswith"),
        (staff.ONBOARDINGS, "browser__startswith"),
        (staff.ONBOARDINGS, "intent_digest"),
        (staff.ONBOARDINGS, "sources__bank__session_id__startswith"),
        (staff.SOURCES, "bank__return_code__startswith"),
        (staff.SOURCES, "claim__startswith"),
        (staff.EVENTS, "onboarding__browser__startswith"),
    ],
)
def test_a_hidden_column_cannot_be_guessed_by_filtering(
    address: str, probe: str, superuser: Client, everything: staff.Everything
) -> None:
    assert superuser.get(address, {probe: "p"}).status_code == 400


@pytest.mark.parametrize("permission", ["change_user", "add_user", "view_user", "change_group"])
def test_permissions_for_accounts_give_no_way_to_more_permissions(permission: str, db: None) -> None:
    user = User.objects.create_user("ambitious", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename=permission))
    client = Client()
    client.force_login(user)
    address = f"/admin/auth/{permission.split('_')[1]}/"

    assert {client.get(address).status_code, client.get(f"{address}add/").status_code} == {403}
    assert client.post(f"/admin/auth/user/{user.pk}/change/", {"is_superuser": "on"}).status_code == 403
    user.refresh_from_db()
    assert not user.is_superuser


@pytest.mark.parametrize("kind", ["user", "group"])
def test_superusers_keep_accounts_and_groups(kind: str, superuser: Client) -> None:
    assert superuser.get(f"/admin/auth/{kind}/").status_code == 200
    assert superuser.get(f"/admin/auth/{kind}/add/").status_code == 200
