"""Every address, for the person whose it is, for a stranger, and for nobody: reading and sending."""

import re
from dataclasses import dataclass
from uuid import uuid4

import pytest
import responses
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from onboarding.models import (
    ColumnChoice,
    Event,
    Onboarding,
    Question,
    Snapshot,
    Source,
    SourceFile,
    SourceKind,
    SourceState,
)
from onboarding.urls import urlpatterns
from tests import file_rows, rows, vendor_says
from tests.views.browsing import HTMX, post_form, strict

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Address:
    """An address of an onboarding: what its owner gets on reading and on sending a form (405: not possible)."""

    name: str
    read: int
    sent: int
    source: str = ""
    question: str = ""

    def of(self, onboarding: Onboarding) -> str:
        arguments = [onboarding.uuid]
        if self.source:
            arguments.append(onboarding.sources.get(state=self.source, kind=SourceKind.BANK).uuid)
        if self.question:
            arguments.append(onboarding.sources.get(file__question=self.question).uuid)
        return reverse(self.name, args=arguments)


OWN = [
    Address("hub", 200, 405),
    Address("progress", 200, 405),
    Address("add_bank", 302, 302),
    Address("handoff", 200, 405, SourceState.SIGNING_IN),
    Address("widget_report", 405, 200, SourceState.SIGNING_IN),
    Address("elsewhere", 405, 302, SourceState.SIGNING_IN),
    Address("again", 405, 302, SourceState.FAILED),
    Address("remove", 405, 302, SourceState.FAILED),
    Address("statements", 200, 200),
    Address("uploads", 200, 200),
    Address("file", 200, 405, question=Question.COLUMNS),
    Address("file_password", 405, 200, question=Question.PASSWORD),
    Address("file_columns", 405, 200, question=Question.COLUMNS),
    Address("file_confirm", 405, 302, question=Question.PREVIEW),
    Address("remove_file", 405, 302, question=Question.PREVIEW),
    Address("finish", 200, 200),
    Address("summary", 200, 405),
    Address("summary_duplicates", 405, 302),
    Address("summary_json", 200, 405),
    Address("summary_csv", 200, 405),
    Address("summary_xlsx", 200, 405),
    Address("erase", 200, 302),
]
OF_HOSTS = {"api_push", "api_pushed"}
"""No person's browser may ask these; their tests are in test_api."""
OF_MACHINES = {"metrics"}
"""For whoever shows the token; its tests are in test_metrics."""
PUBLIC = {
    "home",
    "start",
    "start_invited",
    "return",
    "return_with_state",
    "prove",
    "brand_stylesheet",
    "healthz",
    "readyz",
}
BY_NAME = pytest.mark.parametrize("address", OWN, ids=lambda address: address.name)
STRANGERS = pytest.mark.parametrize("who", ["stranger", "nobody"])
VERBS = pytest.mark.parametrize("verb", ["read", "sent"])


@pytest.fixture
def whole(owner: Client) -> Onboarding:
    """An onboarding of the owner's that has everything an address may show."""
    return file_rows.of_everything(owner)


def everything() -> list[object]:
    """Return all that a request could have changed."""
    models = (Onboarding, Source, SourceFile, ColumnChoice, Event, Snapshot)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def read_whole(response: HttpResponseBase) -> None:
    """Read a response to its end, so that its file is closed."""
    assert isinstance(b"".join(response), bytes)  # type: ignore[arg-type]


def without(target: str, response: HttpResponse) -> str:
    """Return a page without the address that was asked for, which its language form repeats."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    return page.replace(target, "")


def test_every_address_is_in_these_tests() -> None:
    names = {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}
    assert names == {address.name for address in OWN} | OF_HOSTS | OF_MACHINES | PUBLIC
    others = [str(one.pattern) for one in get_resolver().url_patterns if isinstance(one, URLResolver)]
    assert others == ["admin/", "i18n/", ""]


@BY_NAME
def test_the_owner_may_read(owner: Client, whole: Onboarding, address: Address) -> None:
    response = strict(owner).get(address.of(whole))
    read_whole(response)
    assert response.status_code == address.read
    assert "no-store" in response.headers["Cache-Control"] or address.read == 405


@BY_NAME
def test_the_owner_may_send_a_form(
    owner: Client, whole: Onboarding, vendor: responses.RequestsMock, address: Address
) -> None:
    if address.name in ("add_bank", "again"):
        vendor_says.redirection(vendor, whole)
    response = post_form(strict(owner), address.of(whole), intent=uuid4())
    assert response.status_code == address.sent


@BY_NAME
def test_reading_changes_nothing(owner: Client, whole: Onboarding, address: Address) -> None:
    before = everything()
    read_whole(owner.get(address.of(whole)))
    assert everything() == before


@BY_NAME
@STRANGERS
@VERBS
def test_nobody_else_sees_or_does_anything(
    request: pytest.FixtureRequest, whole: Onboarding, address: Address, who: str, verb: str
) -> None:
    other = strict(request.getfixturevalue(who))
    before = everything()
    target = address.of(whole)
    response = other.get(target) if verb == "read" else post_form(other, target, intent=uuid4())
    assert response.status_code == (405 if getattr(address, verb) == 405 else 404)
    said = without(target, response)
    assert str(whole.uuid) not in said
    assert whole.owner_external_id not in said
    assert everything() == before


@BY_NAME
@VERBS
def test_an_address_that_is_a_strangers_looks_like_one_that_does_not_exist(
    nobody: Client, whole: Onboarding, address: Address, verb: str
) -> None:
    nobody.get(reverse("start"))
    existing = address.of(whole)
    missing = existing.replace(str(whole.uuid), str(uuid4()))
    one, other = (nobody.get(target) if verb == "read" else nobody.post(target) for target in (existing, missing))
    assert one.status_code == other.status_code
    assert without(existing, one) == without(missing, other)


@pytest.mark.parametrize("address", [one for one in OWN if one.sent != 405], ids=lambda address: address.name)
def test_a_form_without_its_token_does_nothing(owner: Client, whole: Onboarding, address: Address) -> None:
    before = everything()
    response = strict(owner).post(address.of(whole), {"intent": str(uuid4())})
    assert response.status_code == 403
    assert everything() == before


@pytest.mark.parametrize("name", ["handoff", "again", "remove"])
def test_a_source_of_another_person_is_not_there(owner: Client, whole: Onboarding, name: str) -> None:
    foreign = rows.source(rows.onboarding(), SourceState.FAILED)
    target = reverse(name, args=[whole.uuid, foreign.uuid])
    response = owner.get(target) if name == "handoff" else owner.post(target)
    assert response.status_code == 404
    assert rows.again(foreign).removed_at is None


@pytest.mark.parametrize(
    "address", [one for one in OWN if one.name not in ("erase", "widget_report")], ids=lambda address: address.name
)
def test_after_an_erasure_every_address_leads_to_the_proof(owner: Client, whole: Onboarding, address: Address) -> None:
    target = address.of(whole)
    owner.post(reverse("erase", args=[whole.uuid]))
    response = owner.get(target) if address.read != 405 else owner.post(target)
    assert response.status_code == 302
    assert response.headers["Location"] == reverse("erase", args=[whole.uuid])


PAGES = {
    "home": lambda: (reverse("home"), {}, 200),
    "consent": lambda: (reverse("start"), {}, 200),
    "not invited": lambda: (reverse("start_invited", args=["nothing"]), {}, 404),
    "not yours": lambda: (reverse("hub", args=[uuid4()]), {}, 404),
    "lost fragment": lambda: (reverse("progress", args=[uuid4()]), HTMX, 200),
    "neutral": lambda: (reverse("return") + "?redirectionId=x", {}, 200),
    "not found": lambda: ("/nothing/", {}, 404),
    "accent": lambda: (reverse("brand_stylesheet"), {}, 200),
    "alive": lambda: (reverse("healthz"), {}, 200),
}


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_carries_the_strict_policies(nobody: Client, page: str) -> None:
    target, headers, status = PAGES[page]()
    response = nobody.get(target, headers=headers)
    assert response.status_code == status
    policy = response.headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ("not found", "accent")])
def test_no_page_is_stored_by_a_browser(nobody: Client, page: str) -> None:
    target, headers, _ = PAGES[page]()
    assert "no-store" in nobody.get(target, headers=headers).headers["Cache-Control"]


def test_a_page_has_no_script_or_style_of_its_own(owner: Client, whole: Onboarding) -> None:
    for name in ("hub", "summary", "finish", "erase", "statements", "uploads"):
        page = owner.get(reverse(name, args=[whole.uuid])).content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count("<script src=")
