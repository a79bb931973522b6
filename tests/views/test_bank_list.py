"""Our own list of banks: who sees it, what is in it, and what choosing brings about."""

from urllib.parse import urlencode
from uuid import uuid4

import pytest
import responses
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding.models import Onboarding, Source, SourceState
from tests import catalogs, rows, vendor_says
from tests.pages.markup import Page, read
from tests.views.browsing import HISTORY_RESTORE, HTMX, post_form, strict

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _list_is_on(settings: Settings) -> None:
    settings.BANK_LIST = True


def seen(client: Client, onboarding: Onboarding, **search: str) -> Page:
    return read(client.get(reverse("add_bank", args=[onboarding.uuid]), search).content.decode())


def shown(page: Page) -> list[str]:
    """What the buttons of the banks say, in their order."""
    return [one.says() for one in page.all("button") if one.attributes.get("name") == "bank"]


def headings(page: Page) -> list[str]:
    return [one.says() for one in page.all("h2")]


def chosen(name: str = "KontoBankApi", institution: str = "KontoBank", country: str = "pl") -> dict[str, str]:
    return {
        "intent": str(uuid4()),
        "bank": urlencode({"country": country, "institution": institution, "name": name}),
    }


def many(count: int = 10) -> None:
    for number in range(count):
        catalogs.bank(f"Bank{number:03}Api")


def test_the_banks_of_the_persons_country_are_shown_in_the_order_of_the_alphabet(
    owner: Client, onboarding: Onboarding
) -> None:
    for name in ("Żubr", "Łąka", "alior", "Zorza"):
        catalogs.bank(name, official_name=name)
    catalogs.bank("Kaštan", "cz")
    assert shown(seen(owner, onboarding)) == ["alior", "Łąka", "Zorza", "Żubr"]


def test_another_country_is_shown_when_it_is_chosen(owner: Client, onboarding: Onboarding) -> None:
    catalogs.bank("KontoBankApi")
    catalogs.bank("KastanApi", "cz")
    page = seen(owner, onboarding, country="cz")
    assert shown(page) == ["Kastan SA"]
    options = [one.attributes["value"] for one in page.all("option") if "selected" in one.attributes]
    assert "cz" in options


def test_a_country_that_is_none_of_ours_is_the_persons_own(owner: Client, onboarding: Onboarding) -> None:
    catalogs.bank("KontoBankApi")
    assert shown(seen(owner, onboarding, country="'; --")) == ["KontoBank SA"]


def test_often_chosen_banks_stand_in_front_those_of_the_setting_first(
    owner: Client, onboarding: Onboarding, settings: Settings
) -> None:
    settings.POPULAR_BANKS = ["Bank007", "Bank003", "Unknown"]
    many()
    for institution in ("Bank005", "Bank005", "Bank001"):
        rows.source(rows.onboarding(), SourceState.IMPORTED, bank__institution=institution)
    rows.source(rows.onboarding(), SourceState.FAILED, bank__institution="Bank009")
    page = seen(owner, onboarding)
    assert headings(page)[:2] == ["Often chosen", "All banks"]
    assert shown(page)[:4] == ["Bank007 SA", "Bank003 SA", "Bank005 SA", "Bank001 SA"]
    assert shown(page)[4:] == [f"Bank{number:03} SA" for number in range(10)]


def test_a_short_list_needs_no_second_one_in_front(owner: Client, onboarding: Onboarding, settings: Settings) -> None:
    settings.POPULAR_BANKS = ["Bank001"]
    many(3)
    assert headings(seen(owner, onboarding))[0] == "All banks"


SEARCHES = {
    "łódź": ["Bank Łódź SA"],
    "LODZ": ["Bank Łódź SA"],
    "sa  lodz": ["Bank Łódź SA"],
    "bank": ["Bank Pod Lipami SA", "Bank Łódź SA"],
    "firma": ["Zorza"],
    "bank x": [],
    "%": [],
}


@pytest.mark.parametrize("words", SEARCHES)
def test_a_search_finds_names_without_their_accents_popular_ones_first(
    owner: Client, onboarding: Onboarding, settings: Settings, words: str
) -> None:
    settings.POPULAR_BANKS = ["Lipy"]
    catalogs.bank("Lodz", official_name="Bank Łódź SA")
    catalogs.bank("Lipy", official_name="Bank Pod Lipami SA")
    catalogs.bank("Zorza", official_name="Zorza", login_name="Firma")
    assert shown(seen(owner, onboarding, q=words)) == SEARCHES[words]


def test_a_search_that_finds_nothing_offers_the_services_own_list(owner: Client, onboarding: Onboarding) -> None:
    catalogs.bank("KontoBankApi")
    page = seen(owner, onboarding, q='<b>"nothing')
    assert "<b>" in page.one("p", class_="notice").says()
    assert [one.attributes["value"] for one in page.all("button") if one.attributes.get("name") == "elsewhere"] == ["1"]


def test_a_catalog_that_was_never_fetched_offers_the_services_own_list_at_once(
    owner: Client, onboarding: Onboarding
) -> None:
    page = seen(owner, onboarding)
    assert "not here just now" in page.one("p", class_="notice").says()
    assert headings(page) == ["Choose it at the connection service"]


def test_a_long_list_is_cut_and_says_so(owner: Client, onboarding: Onboarding) -> None:
    many(43)
    page = seen(owner, onboarding)
    assert len(shown(page)) == 40
    assert "3 more are not shown" in page.one("form", id="banks").says()
    assert shown(seen(owner, onboarding, q="042")) == ["Bank042 SA"]


def test_an_entry_tells_its_kinds_of_accounts_and_whether_it_is_still_being_tried_out(
    owner: Client, onboarding: Onboarding
) -> None:
    catalogs.bank("KontoBankApi", account_types="personal\nbusiness\nweird", beta=True)
    assert shown(seen(owner, onboarding)) == ["KontoBank SA personal, business · still being tried out"]


def test_names_that_repeat_are_told_apart_by_the_name_of_the_login(owner: Client, onboarding: Onboarding) -> None:
    catalogs.bank("ZorzaApi", official_name="Zorza")
    catalogs.bank("ZorzaFirmaApi", official_name="Zorza", login_name="Firma")
    catalogs.bank("KontoBank", official_name="KontoBank", login_name="Konto24")
    assert shown(seen(owner, onboarding)) == ["KontoBank", "Zorza", "Zorza, Firma"]


def test_a_search_as_one_types_gets_the_list_alone(owner: Client, onboarding: Onboarding) -> None:
    catalogs.bank("KontoBankApi")
    address = reverse("add_bank", args=[onboarding.uuid])
    part = read(owner.get(address, {"q": "konto"}, headers=HTMX).content.decode())
    assert part.elements[0].attributes["id"] == "banks"
    assert not part.all("main")
    assert read(owner.get(address, headers=HISTORY_RESTORE).content.decode()).all("main")


def test_choosing_begins_a_sign_in_at_that_bank(
    owner: Client, onboarding: Onboarding, vendor: responses.RequestsMock
) -> None:
    catalogs.bank("KontoBankApi")
    button = next(one for one in seen(owner, onboarding).all("button") if one.attributes.get("name") == "bank")
    vendor_says.redirection(vendor, onboarding, target="KontoBankApi")
    response = post_form(
        strict(owner), reverse("add_bank", args=[onboarding.uuid]), intent=uuid4(), bank=button.attributes["value"]
    )
    source = onboarding.sources.get()
    assert response.headers["Location"] == reverse("handoff", args=[onboarding.uuid, source.uuid])
    assert "Confirm what may be read at KontoBank SA." in owner.get(response.headers["Location"]).content.decode()


def test_choosing_twice_on_one_page_is_one_sign_in_for_each_bank(
    owner: Client, onboarding: Onboarding, vendor: responses.RequestsMock
) -> None:
    catalogs.bank("KontoBankApi")
    catalogs.bank("OtherApi")
    konto, other = chosen(), chosen("OtherApi", "Other")
    other["intent"] = konto["intent"]
    first = vendor_says.redirection(vendor, onboarding, target="KontoBankApi")
    answer = {"redirectionId": "r-2", "redirectionLink": "https://signin.vendor.example/r-2"}
    second = vendor_says.redirection(vendor, onboarding, target="OtherApi", json=answer)
    for fields in (konto, konto, other, other):
        owner.post(reverse("add_bank", args=[onboarding.uuid]), fields)
    assert (first.call_count, second.call_count, onboarding.sources.count()) == (1, 1, 2)


@pytest.mark.parametrize(
    "said", [chosen("Gone", "Gone")["bank"], "nonsense", "&&&", "a=b&" * 2000, "country=pl&institution=%00&name=%00"]
)
def test_a_bank_that_is_not_in_the_list_leads_back_to_it_with_a_word(
    owner: Client, onboarding: Onboarding, said: str
) -> None:
    catalogs.bank("KontoBankApi")
    page = owner.post(reverse("add_bank", args=[onboarding.uuid]), {"bank": said}, follow=True)
    assert page.redirect_chain == [(reverse("add_bank", args=[onboarding.uuid]), 302)]
    assert "not in the list any more" in page.content.decode()
    assert not Source.objects.exists()


def test_the_lists_own_button_leads_to_it_and_the_one_without_a_choice_goes_on(
    owner: Client, onboarding: Onboarding, vendor: responses.RequestsMock
) -> None:
    address = reverse("add_bank", args=[onboarding.uuid])
    assert owner.post(address, {"intent": str(uuid4())}).headers["Location"] == address
    vendor_says.redirection(vendor, onboarding)
    owner.post(address, {"intent": str(uuid4()), "elsewhere": "1"})
    assert onboarding.sources.get().bank.institution == ""


def test_without_the_list_a_visit_leads_to_the_hub_and_a_choice_counts_for_nothing(
    owner: Client, onboarding: Onboarding, settings: Settings, vendor: responses.RequestsMock
) -> None:
    settings.BANK_LIST = False
    catalogs.bank("KontoBankApi")
    address = reverse("add_bank", args=[onboarding.uuid])
    assert owner.get(address).headers["Location"] == reverse("hub", args=[onboarding.uuid])
    vendor_says.redirection(vendor, onboarding)
    owner.post(address, chosen())
    assert onboarding.sources.get().bank.institution == ""


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_nobody_else_sees_the_list_or_chooses(request: pytest.FixtureRequest, onboarding: Onboarding, who: str) -> None:
    other = request.getfixturevalue(who)
    catalogs.bank("KontoBankApi")
    address = reverse("add_bank", args=[onboarding.uuid])
    assert other.get(address).status_code == other.post(address, chosen()).status_code == 404
    assert not onboarding.sources.exists()


def test_the_list_is_made_with_few_questions_to_the_database(
    owner: Client, onboarding: Onboarding, django_assert_max_num_queries: object
) -> None:
    many(60)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        seen(owner, onboarding)
