"""Staff's pages in Chromium: the strict policy stops nothing on any of them, and each does what it should."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Person
from tests.browser.stack import ROOT, Stack, own_database, running

pytestmark = pytest.mark.browser
MakePerson = Callable[..., Person]

NAME, PASSWORD = "root", "a-long-planted-password-5521"
LEAVE_OUT = re.compile(r"/logout/|/jsi18n/|^(?!http)|#|\?")
OPEN_PAGES = """
from datetime import timedelta
from django.contrib.auth.models import Group, User
from django.utils import timezone
from onboarding.models import StaffEvent
User.objects.create_superuser("root", password="a-long-planted-password-5521")
Group.objects.create(name="helpers")
StaffEvent.objects.create(name="signed_in")
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product with a superuser."""
    folder = tmp_path_factory.mktemp("staff")
    with own_database(folder) as database, running(folder, DATABASE_URL=database, SANDBOX_SPEED="3") as started:
        own = {
            "PATH": os.environ["PATH"],
            "RUN_FOLDER": str(folder),
            "DATABASE_URL": database,
            "SITE_URL": started.site,
            "DJANGO_SETTINGS_MODULE": "wizard_site.settings",
            "SECRET_KEY": (folder / "secret_key").read_text(),
            "FIELD_ENCRYPTION_KEY": (folder / "field_key").read_text(),
            "KONTOMATIK_API_KEY": "sandbox-key",
            "BROKER_FOLDER": str(folder / "broker"),
            "STATIC_FOLDER": str(folder / "static"),
        }
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", OPEN_PAGES]
        subprocess.run(command, cwd=ROOT, env=own, check=True, timeout=60)
        yield started


def sign_in(one: Person) -> Page:
    one.page.goto(f"{one.stack.site}/admin/")
    one.page.locator("#id_username").fill(NAME)
    one.page.locator("#id_password").fill(PASSWORD)
    one.page.locator("input[type=submit]").click()
    expect(one.page.locator("#user-tools")).to_be_visible()
    return one.page


def links_of(page: Page, site: str) -> set[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return {link for link in found if link.startswith(f"{site}/admin/") and not LEAVE_OUT.search(link)}


def test_no_page_of_staff_breaks_the_policy(person: MakePerson) -> None:
    customer = person()
    customer.start()
    customer.leave_for_bank()
    one = person()
    page = sign_in(one)
    seen: set[str] = set()
    ahead = links_of(page, one.stack.site)
    while ahead:
        target = ahead.pop()
        seen.add(target)
        answer = page.goto(target, wait_until="load")
        assert answer is not None
        assert answer.ok, target
        assert one.complaints == [], target
        ahead |= links_of(page, one.stack.site) - seen
    wanted = [
        "/onboarding/onboarding/",
        "/onboarding/source/",
        "/onboarding/staffevent/",
        "/onboarding/invitation/add/",
    ]
    wanted += ["/onboarding/invitation/add/", "/auth/user/add/", "/auth/group/add/", "/password_change/"]
    assert [path for path in wanted if not any(link.endswith(path) for link in seen)] == []
    assert any("/change/" in link for link in seen)


def test_the_widgets_of_staffs_forms_work_under_the_policy(person: MakePerson) -> None:
    one = person()
    page = sign_in(one)
    page.goto(f"{one.stack.site}/admin/onboarding/invitation/add/")
    page.locator("select[name=country]").select_option("pl")
    page.locator(".datetimeshortcuts a", has_text="Today").first.click()
    page.locator("#calendarlink0").click()
    page.locator("#calendarbox0 .calendarnav-next").click()
    page.locator("#calendarin0 td a", has_text=re.compile(r"^15$")).click()
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist")).to_contain_text("/start/")
    page.goto(f"{one.stack.site}/admin/auth/group/add/")
    expect(page.locator(".selector-available")).to_be_visible()


def test_an_erasure_is_asked_about_and_done_under_the_policy(person: MakePerson) -> None:
    customer = person()
    customer.start()
    one = person()
    page = sign_in(one)
    page.goto(f"{one.stack.site}/admin/onboarding/onboarding/")
    page.locator("#result_list tbody a").first.click()
    page.locator(".submit-row input[value^=Erase]").click()
    page.locator("input[value='Yes, erase']").click()
    expect(page.locator(".messagelist")).to_contain_text("Erased here")
