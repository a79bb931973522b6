"""Staff's door: second factor, slowed-down guessing, sign-ins that end, and what is written down of it."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import SimpleCookie
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from onboarding.jobs import retention
from onboarding.limits import TABLE, Limit, Limits, Route
from onboarding.models import Allowance, Onboarding, StaffEvent, StaffEventName
from onboarding.staff import sessions
from tests import rows
from tests.admin import staff
from tests.attacks.test_limits import MINUTE

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/?next=/admin/"
PASSWORD = "a-long-planted-password-5521"
NAME = "planted-name-kim"


@pytest.fixture
def kim() -> User:
    return User.objects.create_superuser(NAME, password=PASSWORD)


@pytest.fixture
def with_code(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def device(kim: User, with_code: None) -> TOTPDevice:
    return TOTPDevice.objects.create(user=kim, name="authenticator")


def code_of(device: TOTPDevice, *, later: int = 0) -> str:
    return f"{TOTP(device.bin_key, device.step, device.t0, device.digits).token() + later:06d}"


def sign_in(client: Client, password: str = PASSWORD, code: str = "", name: str = NAME, **sent: Any) -> HttpResponse:
    """Send the form of staff's door."""
    fields = {"username": name, "password": password, "code": code, "next": "/admin/"}
    response: HttpResponse = client.post(LOGIN, fields, **sent)  # type: ignore[assignment]
    return response


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def events() -> list[str]:
    return [event.name for event in StaffEvent.objects.order_by("pk")]


class TestSecondFactor:
    """A password alone opens nothing."""

    def test_name_password_and_code_open_the_door(self, nobody: Client, device: TOTPDevice) -> None:
        assert sign_in(nobody, code=code_of(device)).status_code == 302
        assert is_in(nobody)

    @pytest.mark.parametrize("code", ["", "000000", "abc"])
    def test_without_the_right_code_the_door_stays_shut(self, nobody: Client, device: TOTPDevice, code: str) -> None:
        assert sign_in(nobody, code=code).status_code == 200
        assert not is_in(nobody)

    def test_an_account_without_a_device_is_not_let_in(self, nobody: Client, kim: User, with_code: None) -> None:
        assert sign_in(nobody, code="123456").status_code == 200
        assert not is_in(nobody)

    def test_a_code_counts_once(self, nobody: Client, device: TOTPDevice) -> None:
        code = code_of(device)
        assert sign_in(nobody, code=code).status_code == 302
        other = Client()
        assert sign_in(other, code=code).status_code == 200
        assert not is_in(other)

    def test_a_wrong_code_makes_even_the_right_one_wait(self, nobody: Client, device: TOTPDevice) -> None:
        sign_in(nobody, code="000000")
        assert sign_in(nobody, code=code_of(device)).status_code == 200

    def test_what_was_wrong_is_not_told(self, nobody: Client, device: TOTPDevice) -> None:
        said = [
            re.findall(r'<p class="errornote">(.*?)</p>', answer.content.decode())
            for answer in (sign_in(nobody, code="000000"), sign_in(nobody, "wrong"), sign_in(nobody, name="nobody"))
        ]
        assert said[0] == said[1] == said[2] != []

    def test_a_sign_in_from_before_the_second_factor_was_asked_for_opens_nothing(
        self, nobody: Client, kim: User, settings: Any
    ) -> None:
        assert sign_in(nobody).status_code == 302
        settings.STAFF_SECOND_FACTOR = True
        assert not is_in(nobody)

    def test_a_device_that_is_renewed_ends_the_sign_ins(self, nobody: Client, device: TOTPDevice) -> None:
        sign_in(nobody, code=code_of(device))
        call_command("staff_device", NAME, stdout=StringIO())
        assert not is_in(nobody)

    def test_the_form_asks_for_the_code_only_where_it_is_needed(self, nobody: Client, settings: Any) -> None:
        assert 'name="code"' not in nobody.get(LOGIN).content.decode()
        settings.STAFF_SECOND_FACTOR = True
        assert 'name="code"' in nobody.get(LOGIN).content.decode()

    def test_no_page_shows_a_devices_secret(self) -> None:
        superuser = staff.account(name="root", superuser=True)
        assert superuser.get("/admin/otp_totp/totpdevice/").status_code == 404


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_code_that_is_sent_twice_at_once_counts_once(device: TOTPDevice) -> None:
    code = code_of(device)

    def come_in(_number: int) -> int:
        try:
            return sign_in(Client(), code=code).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(come_in, range(4)))
    assert sorted(said) == [200, 200, 200, 302]


class TestDeviceCommand:
    """``manage.py staff_device``."""

    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("staff_device", *arguments, stdout=out)
        return out.getvalue()

    def test_it_prints_the_address_of_a_fresh_device(self, nobody: Client, kim: User, with_code: None) -> None:
        address = next(line for line in self.run(NAME).splitlines() if line.startswith("otpauth://totp/"))
        device = TOTPDevice.objects.get(user=kim)
        assert "secret" in parse_qs(urlsplit(address).query)
        assert sign_in(nobody, code=code_of(device)).status_code == 302

    def test_the_lost_device_is_worth_nothing_any_more(self, nobody: Client, kim: User, with_code: None) -> None:
        self.run(NAME)
        lost = TOTPDevice.objects.get(user=kim)
        self.run(NAME)
        assert sign_in(nobody, code=code_of(lost)).status_code == 200

    def test_it_can_take_the_device_away(self, kim: User) -> None:
        self.run(NAME)
        assert "otpauth" not in self.run(NAME, "--remove")
        assert not TOTPDevice.objects.exists()

    def test_it_knows_staff_alone(self) -> None:
        User.objects.create_user("customer")
        with pytest.raises(CommandError):
            self.run("customer")

    def test_it_is_written_down(self, kim: User) -> None:
        self.run(NAME)
        assert events() == [StaffEventName.DEVICE_RENEWED]


class TestGuessing:
    """Guesses are slowed down, and nobody is locked out by a stranger."""

    @pytest.fixture(autouse=True)
    def _counting(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.RATE_LIMIT_FACTOR = 1
        monkeypatch.setitem(TABLE, Route.STAFF, Limits(Limit(2, MINUTE), Limit(4, MINUTE)))
        monkeypatch.setitem(TABLE, Route.STAFF_KNOWN, Limits(Limit(2, MINUTE), None))

    def test_a_name_is_refused_beyond_its_tries_from_anywhere(self, kim: User) -> None:
        said = [sign_in(Client(), "wrong", REMOTE_ADDR=f"198.51.100.{place}").status_code for place in range(3)]
        assert said == [200, 200, 429]

    def test_a_name_that_nobody_has_is_refused_alike(self) -> None:
        said = [
            sign_in(Client(), "wrong", name="nobody", REMOTE_ADDR=f"198.51.100.{place}").status_code
            for place in range(3)
        ]
        assert said == [200, 200, 429]

    @pytest.mark.parametrize("name", [NAME.upper(), f" {NAME} "])
    def test_writing_the_name_otherwise_gives_no_fresh_tries(self, kim: User, name: str) -> None:
        for _ in range(2):
            sign_in(Client(), "wrong")
        assert sign_in(Client(), name=name).status_code == 429

    def test_an_address_is_refused_beyond_its_tries_whatever_the_names(self, nobody: Client) -> None:
        said = [sign_in(nobody, "wrong", name=f"guess-{number}").status_code for number in range(5)]
        assert said == [200, 200, 200, 200, 429]

    def test_the_right_password_is_refused_too_so_that_no_guess_is_answered(self, nobody: Client, kim: User) -> None:
        for _ in range(2):
            sign_in(nobody, "wrong")
        refused = sign_in(nobody)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert not is_in(nobody)

    def test_who_does_not_stop_fills_no_list(self, nobody: Client) -> None:
        said = [sign_in(nobody, "wrong", name=f"guess-{number}").status_code for number in range(30)]
        assert said.count(429) == 26
        told = TABLE[Route.REFUSAL].address
        assert told is not None
        assert events().count(StaffEventName.SIGN_IN_SLOWED) <= told.times

    def test_a_stranger_cannot_lock_a_colleague_out_of_their_own_browser(self, nobody: Client, kim: User) -> None:
        assert sign_in(nobody).status_code == 302
        nobody.post("/admin/logout/")
        for place in range(6):
            sign_in(Client(), "wrong", REMOTE_ADDR=f"198.51.100.{place}")
        assert sign_in(Client()).status_code == 429
        assert sign_in(nobody).status_code == 302

    def test_a_known_browser_has_its_own_few_tries_too(self, nobody: Client, kim: User) -> None:
        sign_in(nobody)
        nobody.post("/admin/logout/")
        assert [sign_in(nobody, "wrong").status_code for _ in range(3)] == [200, 200, 429]

    def test_a_known_browser_is_known_for_its_own_account_alone(self, nobody: Client, kim: User) -> None:
        User.objects.create_superuser("lee", password=PASSWORD)
        sign_in(nobody)
        nobody.post("/admin/logout/")
        said = [sign_in(nobody, "wrong", name="lee").status_code for _ in range(3)]
        assert said == [200, 200, 429]

    def test_a_made_up_cookie_makes_no_known_browser(self, kim: User) -> None:
        forged = Client()
        forged.cookies = SimpleCookie({"staff-browser": "x:y:z"})
        assert [sign_in(forged, "wrong").status_code for _ in range(3)] == [200, 200, 429]

    def test_the_lock_ends_by_itself(self, nobody: Client, kim: User) -> None:
        for _ in range(3):
            sign_in(nobody, "wrong")
        Allowance.objects.update(full_at_us=0)
        assert sign_in(nobody).status_code == 302


class TestEnding:
    """A sign-in ends when it is left alone, when it lasted its time, and when somebody ends it."""

    @pytest.fixture
    def signed_in(self, kim: User) -> Client:
        client = Client()
        sign_in(client)
        return client

    def move(self, client: Client, **back: timedelta) -> None:
        session = client.session
        for key, span in back.items():
            session[f"staff_{key}"] -= span.total_seconds()
        session.save()

    def test_in_use_it_lasts(self, signed_in: Client) -> None:
        self.move(signed_in, seen=timedelta(minutes=14), since=timedelta(hours=7))
        assert is_in(signed_in)

    def test_being_used_it_is_young_again(self, signed_in: Client) -> None:
        for _ in range(3):
            self.move(signed_in, seen=timedelta(minutes=10))
            assert is_in(signed_in)

    def test_left_alone_it_ends(self, signed_in: Client) -> None:
        self.move(signed_in, seen=timedelta(minutes=16))
        assert not is_in(signed_in)
        assert "_auth_user_id" not in signed_in.session
        assert StaffEventName.TIMED_OUT in events()

    def test_used_all_day_it_ends(self, signed_in: Client) -> None:
        self.move(signed_in, since=timedelta(hours=8, minutes=1))
        assert not is_in(signed_in)

    @pytest.mark.parametrize("missing", ["staff_since", "staff_seen"])
    def test_one_of_unknown_age_is_over(self, signed_in: Client, missing: str) -> None:
        session = signed_in.session
        del session[missing]
        session.save()
        assert not is_in(signed_in)

    def test_it_ends_on_the_server(self, signed_in: Client) -> None:
        kept = signed_in.cookies["session"].value
        signed_in.post("/admin/logout/")
        replayed = Client()
        replayed.cookies["session"] = kept
        assert not is_in(replayed)

    def test_it_begins_with_a_new_session(self, nobody: Client, kim: User) -> None:
        rows.onboarding(nobody)
        before = nobody.cookies["session"].value
        sign_in(nobody)
        assert nobody.cookies["session"].value != before
        assert not Session.objects.filter(session_key=before).exists()

    def test_a_persons_own_onboarding_in_the_same_browser_stays(self, kim: User) -> None:
        client = Client()
        onboarding = rows.onboarding(client)
        sign_in(client)
        self.move(client, seen=timedelta(minutes=16))
        assert not is_in(client)
        assert client.get(f"/o/{onboarding.uuid}/").status_code == 200

    def test_people_are_not_signed_out(self, owner: Client, onboarding: Onboarding) -> None:
        assert owner.get(f"/o/{onboarding.uuid}/").status_code == 200
        assert owner.cookies["session"]["max-age"] in ("", 86400)

    def test_a_new_password_ends_the_other_sign_ins(self, signed_in: Client) -> None:
        other = Client()
        sign_in(other)
        new = "another-long-password-5522"
        fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        assert signed_in.post("/admin/password_change/", fields).status_code == 302
        assert is_in(signed_in)
        assert not is_in(other)
        assert StaffEventName.PASSWORD_CHANGED in events()

    def test_a_password_that_staff_set_for_a_colleague_ends_their_sign_ins(self, signed_in: Client) -> None:
        lee = User.objects.create_superuser("lee", password=PASSWORD)
        other = Client()
        sign_in(other, name="lee")
        new = "another-long-password-5522"
        fields = {"password1": new, "password2": new, "usable_password": "true"}
        signed_in.post(f"/admin/auth/user/{lee.pk}/password/", fields)
        assert not is_in(other)

    def test_a_colleague_can_end_all_sign_ins_of_an_account(self, signed_in: Client, owner: Client) -> None:
        lee = User.objects.create_superuser("lee", password=PASSWORD)
        theirs = [Client(), Client()]
        for client in theirs:
            sign_in(client, name="lee")
        onboarding = rows.onboarding(owner)
        action = {"action": "end_sessions", "_selected_action": [lee.pk]}
        assert signed_in.post("/admin/auth/user/", action).status_code == 302
        assert [is_in(client) for client in theirs] == [False, False]
        assert is_in(signed_in)
        assert owner.get(f"/o/{onboarding.uuid}/").status_code == 200
        assert StaffEvent.objects.get(name=StaffEventName.SESSIONS_ENDED).detail == f"account row {lee.pk}"

    def test_only_who_may_change_accounts_ends_their_sign_ins(self) -> None:
        lee = User.objects.create_superuser("lee", password=PASSWORD)
        theirs = Client()
        sign_in(theirs, name="lee")
        viewer = staff.account("view_user", name="viewer")
        viewer.post("/admin/auth/user/", {"action": "end_sessions", "_selected_action": [lee.pk]})
        assert is_in(theirs)


class TestErasing:
    """What can't be undone asks for the password again."""

    @pytest.fixture
    def helper(self) -> Client:
        client = staff.account(*staff.VIEW, "erase_onboarding", name="helper")
        helper = User.objects.get(username="helper")
        helper.set_password(PASSWORD)
        helper.save()
        client.force_login(helper)
        return client

    def erase(self, client: Client, onboarding: Onboarding, **fields: str) -> HttpResponse:
        sent = {"action": "erase", "_selected_action": [onboarding.pk], "confirmed": "yes", **fields}
        response: HttpResponse = client.post(staff.ONBOARDINGS, sent)  # type: ignore[assignment]
        onboarding.refresh_from_db()
        return response

    def long_ago(self, client: Client) -> None:
        session = client.session
        session["staff_proved"] -= sessions.PROOF_LASTS.total_seconds()
        session.save()

    def test_soon_after_the_sign_in_it_does_not_ask(self, helper: Client, onboarding: Onboarding) -> None:
        self.erase(helper, onboarding)
        assert onboarding.erased_at is not None

    @pytest.mark.parametrize("password", ["", "wrong"])
    def test_later_it_erases_nothing_without_the_password(
        self, helper: Client, onboarding: Onboarding, password: str
    ) -> None:
        self.long_ago(helper)
        answer = self.erase(helper, onboarding, password=password)
        assert onboarding.erased_at is None
        assert 'name="password"' in answer.content.decode()
        assert StaffEventName.PROOF_FAILED in events()

    def test_with_the_password_it_erases(self, helper: Client, onboarding: Onboarding) -> None:
        self.long_ago(helper)
        self.erase(helper, onboarding, password=PASSWORD)
        assert onboarding.erased_at is not None

    def test_the_password_cannot_be_guessed_here_either(
        self, helper: Client, onboarding: Onboarding, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.RATE_LIMIT_FACTOR = 1
        monkeypatch.setitem(TABLE, Route.STAFF_KNOWN, Limits(Limit(2, MINUTE), None))
        self.long_ago(helper)
        for _ in range(2):
            self.erase(helper, onboarding, password="wrong")
        self.erase(helper, onboarding, password=PASSWORD)
        assert onboarding.erased_at is None


class TestRecord:
    """Who came in, who was refused: written down without what they typed."""

    @pytest.fixture
    def lines(self, caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
        caplog.set_level("INFO")
        return lambda: caplog.text

    def test_a_sign_in_and_out(self, nobody: Client, kim: User) -> None:
        sign_in(nobody)
        nobody.post("/admin/logout/")
        assert events() == [StaffEventName.SIGNED_IN, StaffEventName.SIGNED_OUT]
        assert set(StaffEvent.objects.values_list("staff", flat=True)) == {kim.pk}

    def test_a_failure_names_nobody(self, nobody: Client, kim: User, lines: Callable[[], str]) -> None:
        sign_in(nobody, "planted-wrong-password-5523")
        event = StaffEvent.objects.get()
        assert (event.name, event.staff, event.detail) == (StaffEventName.SIGN_IN_FAILED, None, "")
        held = lines() + str(StaffEvent.objects.values().get())
        assert "sign_in_failed" in held
        assert not [text for text in (NAME, PASSWORD, "5523", "127.0.0.1") if text in held]

    def test_the_same_origin_is_seen_again_and_another_one_is_another(self, kim: User) -> None:
        for address in ("198.51.100.1", "198.51.100.1", "198.51.100.2"):
            sign_in(Client(), "wrong", REMOTE_ADDR=address)
        first, second, third = StaffEvent.objects.order_by("pk").values_list("origin", flat=True)
        assert first == second != third

    def test_a_page_that_was_refused(self) -> None:
        newcomer = staff.account(name="newcomer")
        newcomer.get(staff.ONBOARDINGS)
        event = StaffEvent.objects.get(name=StaffEventName.DENIED)
        assert event.detail == "admin:onboarding_onboarding_changelist"
        assert event.staff == User.objects.get(username="newcomer")

    def test_somebody_signed_in_who_is_no_staff(self) -> None:
        staff.account(name="customer", staff=False).get("/admin/")
        assert events() == [StaffEventName.DENIED]

    def test_nothing_is_written_of_who_is_only_looking_for_the_door(self, nobody: Client) -> None:
        nobody.get("/admin/")
        nobody.get(LOGIN)
        assert events() == []

    def test_staff_can_read_it_and_change_nothing(self) -> None:
        superuser = staff.account(name="root", superuser=True)
        event = StaffEvent.objects.create(name=StaffEventName.SIGNED_IN)
        page = f"/admin/onboarding/staffevent/{event.pk}/change/"
        assert superuser.get("/admin/onboarding/staffevent/").status_code == 200
        assert superuser.get(page).status_code == 200
        assert superuser.post(page, {"detail": "x"}).status_code == 403

    def test_what_is_written_is_never_changed(self) -> None:
        event = StaffEvent.objects.create(name=StaffEventName.SIGNED_IN)
        with pytest.raises(TypeError):
            event.save()

    def test_it_goes_when_the_audit_time_is_over(self) -> None:
        old = StaffEvent.objects.create(name=StaffEventName.SIGNED_IN)
        StaffEvent.objects.create(name=StaffEventName.SIGNED_OUT)
        StaffEvent.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=91))
        retention.tidy()
        assert events() == [StaffEventName.SIGNED_OUT]
