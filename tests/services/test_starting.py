"""Starting: consent, one fresh owner id, one browser, one use of an invitation."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from onboarding.models import EventName, Invitation, Onboarding
from onboarding.services import starting
from tests import rows
from tests.services.wishes import start_wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> str:
    """The token of an invitation that is good."""
    invitation = Invitation(
        country="cz", return_url="https://host.example/back", expires_at=timezone.now() + timedelta(days=1)
    )
    token = invitation.renew_token()
    invitation.save()
    return token


def test_each_start_has_an_owner_id_of_its_own() -> None:
    first, second = starting.start(**start_wish()), starting.start(**start_wish())
    assert first.owner_external_id != second.owner_external_id
    assert str(UUID(first.owner_external_id)) == first.owner_external_id
    assert first.owner_external_id not in {str(first.uuid), first.intent_digest}


def test_a_start_keeps_when_consent_was_given_and_when_it_ends() -> None:
    onboarding = starting.start(**start_wish())
    assert timezone.now() - onboarding.consented_at < timedelta(seconds=30)
    assert rows.events(onboarding) == [EventName.STARTED]


def test_the_same_wish_twice_is_one_onboarding() -> None:
    wish = start_wish()
    assert starting.start(**wish) == starting.start(**wish)
    assert Onboarding.objects.count() == 1


def test_the_wish_of_another_browser_is_never_handed_out() -> None:
    wish = start_wish()
    starting.start(**wish)
    with pytest.raises(starting.NotInvited):
        starting.start(**wish | {"browser": uuid4().hex * 2})


def test_what_a_browser_began_before_goes_along() -> None:
    first = starting.start(**start_wish())
    second = starting.start(**start_wish(browser_before=first.browser))
    first.refresh_from_db()
    assert first.browser == second.browser


def test_a_browser_that_was_never_here_takes_nobodys_onboardings_along() -> None:
    unbound = rows.onboarding()
    starting.start(**start_wish())
    unbound.refresh_from_db()
    assert unbound.browser == ""


def test_a_closed_site_starts_nobody_without_an_invitation(settings: Settings) -> None:
    settings.ONBOARDING_OPEN = False
    with pytest.raises(starting.NotInvited):
        starting.start(**start_wish())
    assert not Onboarding.objects.exists()


def test_an_invitation_starts_once_on_a_closed_site(settings: Settings, token: str) -> None:
    settings.ONBOARDING_OPEN = False
    onboarding = starting.start(**start_wish(token=token))
    assert (onboarding.country, onboarding.return_url) == ("cz", "https://host.example/back")
    assert onboarding.invitation.used_at is not None
    with pytest.raises(starting.NotInvited):
        starting.start(**start_wish(token=token))
    assert Onboarding.objects.count() == 1


def test_a_double_click_on_an_invitation_is_one_start(token: str) -> None:
    wish = start_wish(token=token)
    assert starting.start(**wish) == starting.start(**wish)


def test_an_expired_invitation_starts_nobody(token: str) -> None:
    Invitation.objects.update(expires_at=rows.ago(seconds=1))
    assert starting.invitation_for(token) is None
    with pytest.raises(starting.NotInvited):
        starting.start(**start_wish(token=token))


def test_a_token_that_was_never_given_starts_nobody(token: str) -> None:
    with pytest.raises(starting.NotInvited):
        starting.start(**start_wish(token=token + "x"))


def test_an_invitations_token_is_kept_as_a_digest_only(token: str) -> None:
    kept = vars(Invitation.objects.get())
    assert token not in repr(kept)
