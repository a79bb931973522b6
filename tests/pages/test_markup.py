"""Every page: valid in shape, readable without eyes or script, and nothing that a strict policy would refuse."""

import gzip
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from onboarding.models import Onboarding, SourceState
from tests import rows

from . import scenes
from .markup import Page, read
from .scenes import SCENES, Scene

pytestmark = pytest.mark.django_db
every_page = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
FOLDER = settings.BASE_DIR / "templates"
TEMPLATES = sorted(path for path in FOLDER.rglob("*.html") if path.relative_to(FOLDER).parts[0] != "admin")
FIRST_VIEW_BYTES = 60_000


def seen(client: Client, address: str) -> Page:
    return read(client.get(address).content.decode())


def fragment(client: Client, owner: Onboarding) -> str:
    answer = client.get(reverse("progress", args=[owner.uuid]), headers={"HX-Request": "true"})
    return answer.content.decode()


@every_page
def test_nothing_needs_more_than_the_strict_policy_allows(scene: Scene, owner: Client) -> None:
    page = seen(owner, scene(owner))
    assert not page.all("style")
    for element in page.elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith(("on", "hx-on"))]
        for name in ("href", "src", "action"):
            assert not element.attributes.get(name, "").lower().startswith(("javascript:", "data:", "//"))
    for script in page.all("script"):
        assert script.attributes["src"].startswith("/static/")
        assert not script.text


@every_page
def test_a_page_is_well_formed_and_its_ids_are_unique(scene: Scene, owner: Client) -> None:
    page = seen(owner, scene(owner))
    ids = page.ids()
    assert not page.unbalanced
    assert len(ids) == len(set(ids))


@every_page
def test_a_page_has_a_language_a_title_landmarks_and_headings_in_order(scene: Scene, owner: Client) -> None:
    page = seen(owner, scene(owner))
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert page.one("html").attributes["lang"] == "en"
    assert len(page.one("title").says()) > len(settings.BRAND["name"]) + 3
    assert page.one("a", class_="skip").attributes["href"] == f"#{page.one('main').attributes['id']}"
    assert len(page.all("header")) == len(page.all("footer")) == 1
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(level - before <= 1 for before, level in pairwise(levels))
    assert all(heading.says() for heading in page.all("h1", "h2", "h3"))


@every_page
def test_every_control_has_a_name_that_can_be_read_out(scene: Scene, owner: Client) -> None:
    page = seen(owner, scene(owner))
    labels = {label.attributes["for"] for label in page.all("label")}
    for control in page.all("input", "select", "textarea"):
        assert control.attributes.get("type") == "hidden" or control.attributes["id"] in labels
    for control in page.all("a", "button", "summary"):
        assert control.says() or any(image.ancestors and control in image.ancestors for image in page.all("img"))
    for form in page.all("form"):
        assert form.attributes["method"] in ("get", "post")


@every_page
def test_what_an_attribute_points_to_is_there(scene: Scene, owner: Client) -> None:
    page = seen(owner, scene(owner))
    ids = set(page.ids())
    for element in page.elements:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set(element.attributes.get(name, "").split()) <= ids
        target = element.attributes.get("href", "")
        if target.startswith("#"):
            assert target[1:] in ids


@every_page
def test_every_icon_is_in_the_sprite_and_hidden_from_screen_readers(scene: Scene, owner: Client) -> None:
    sprite = Path(str(finders.find("icons/sprite.svg"))).read_text()
    page = seen(owner, scene(owner))
    for use in page.all("use"):
        assert f'<symbol id="{use.attributes["href"].partition("#")[2]}"' in sprite
        assert use.ancestors[-1].attributes["aria-hidden"] == "true"


@every_page
def test_every_form_that_changes_something_carries_its_token(scene: Scene, owner: Client) -> None:
    page = seen(owner, scene(owner))
    for form in page.all("form"):
        names = [field.attributes.get("name") for field in page.all("input") if form in field.ancestors]
        assert ("csrfmiddlewaretoken" in names) == (form.attributes["method"] == "post")


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_a_fault_page_needs_no_request_and_no_context(name: str) -> None:
    page = read(get_template(name).render())
    assert page.one("h1").says()
    assert not page.unbalanced


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_text_of_a_template_can_be_translated(path: Path) -> None:
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.S)
    text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", text, flags=re.S)
    text = re.sub(r"{% block width %}.*?{% endblock %}", "", text)
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", text, flags=re.S)
    for value in re.findall(r'(?:aria-label|alt|title|placeholder)="([^"]*)"', text):
        assert not re.search(r"[^\W\d_]{2}", value)
    assert not re.search(r"[^\W\d_]{2}", re.sub(r"<[^>]*>", " ", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_template_stays_short_and_speaks_calmly(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 100
    assert not re.search(r'(?:translate|%})[^<{]*!["<{ ]', text.replace("<!doctype", ""))


def test_a_list_with_something_open_asks_for_news_of_its_version(owner: Client) -> None:
    page = seen(owner, scenes.open_list(owner))
    sources = page.one("div", id="sources")
    assert re.fullmatch(r"/o/[0-9a-f-]{36}/progress/\?v=[0-9a-f]{16}-\d+\.\d{3}", sources.attributes["hx-get"])
    assert sources.attributes["hx-trigger"] == "every 1s, poll-now from:body"
    assert sources.attributes["hx-swap"] == "outerHTML"


def test_a_list_with_nothing_open_asks_for_nothing(owner: Client) -> None:
    answer = owner.get(scenes.ended_list(owner))
    assert 'id="sources"' in answer.content.decode()
    assert " hx-" not in answer.content.decode()


def test_the_fragment_is_the_list_alone(owner: Client) -> None:
    scenes.open_list(owner)
    text = fragment(owner, Onboarding.objects.exclude(browser="").get())
    page = read(text)
    assert page.elements[0].attributes["id"] == "sources"
    assert not page.all("html", "main")
    assert not page.unbalanced


def test_what_has_changed_is_said_outside_of_the_part_that_is_replaced(owner: Client) -> None:
    page = seen(owner, scenes.open_list(owner))
    line = page.one("p", id="said")
    assert line.attributes["aria-live"] == "polite"
    assert not [one for one in line.ancestors if one.attributes.get("id") == "sources"]
    said = [element for element in page.elements if "data-says" in element.attributes]
    assert len(said) == 7
    assert all(element.says() for element in said)
    ticking = [element for element in page.elements if "data-elapsed" in element.attributes]
    assert not [timer for timer in ticking if [one for one in timer.ancestors if "data-says" in one.attributes]]


def test_without_script_a_page_that_waits_refreshes_itself(owner: Client) -> None:
    for scene in (scenes.open_list, scenes.summary_being_made, scenes.erasure_under_way):
        page = seen(owner, scene(owner))
        refresh = page.one("meta", http_equiv="refresh")
        assert refresh.ancestors[-1].tag == "noscript"
        assert refresh.attributes["content"].partition(";")[0] == "5"


def test_a_page_that_waits_for_nothing_is_left_alone(owner: Client) -> None:
    for scene in (scenes.ended_list, scenes.summary, scenes.erasure_proved, scenes.consent):
        assert not [meta for meta in seen(owner, scene(owner)).all("meta") if "http-equiv" in meta.attributes]


def test_a_failed_bank_asks_again_with_a_number_of_its_own(owner: Client) -> None:
    page = seen(owner, scenes.ended_list(owner))
    forms = [form for form in page.all("form") if form.attributes["action"].endswith("/again/")]
    intents = [
        field.attributes["value"]
        for form in forms
        for field in page.all("input")
        if form in field.ancestors and field.attributes["name"] == "intent"
    ]
    assert len(forms) == len(set(intents)) == 3
    assert all(intent in form.attributes["action"] for intent, form in zip(intents, forms, strict=True))


def test_the_code_is_shown_large_and_read_out_letter_by_letter(owner: Client) -> None:
    page = seen(owner, scenes.open_list(owner))
    code = next(one for one in page.all("p") if one.attributes.get("class") == "code")
    assert code.says() == "A B 7 K Q 2 AB7 KQ2"


def test_what_comes_with_a_return_can_not_leave_its_place(nobody: Client) -> None:
    hostile = '0;url=https://evil.example/"><script>alert(1)</script>&hop=2'
    answer = nobody.get(reverse("return"), {"redirectionId": hostile})
    page = read(answer.content.decode())
    content = page.one("meta", http_equiv="refresh").attributes["content"]
    delay, _, address = content.partition("; url=")
    link = next(one.attributes["href"] for one in page.all("a") if "hop=1" in one.attributes.get("href", ""))
    assert delay == "0"
    assert address == link
    assert re.fullmatch(r"/return/\?redirectionId=[\w%.~-]+&hop=1", address)
    assert unquote(address.removeprefix("/return/?redirectionId=").removesuffix("&hop=1")) == hostile


def test_a_missing_consent_is_told_at_the_top_and_at_its_box(nobody: Client) -> None:
    answer = nobody.post(reverse("start"), {"country": "pl", "intent": uuid4()})
    page = read(answer.content.decode())
    box = page.one("input", id="id_consent")
    assert box.attributes["aria-invalid"] == "true"
    assert "Tick the box" in page.one("p", id=box.attributes["aria-describedby"]).says()
    assert page.one("div", role="alert").attributes["tabindex"] == "-1"
    assert page.one("title").says().startswith("Please check:")


def test_a_wrong_code_says_how_many_tries_are_left(nobody: Client) -> None:
    address = scenes.return_in_another_browser(nobody)
    nobody.get(address)
    redirection_id = address.partition("redirectionId=")[2].removesuffix("&hop=1")
    answer = nobody.post(reverse("prove"), {"redirectionId": redirection_id, "code": "wrong"})
    page = read(answer.content.decode())
    assert page.one("p", id="code-error").says() == "This is not the code. You have 4 more tries."
    assert page.one("input", id="code").attributes["aria-describedby"] == "code-error"


def test_the_first_view_weighs_little(owner: Client) -> None:
    for scene in (scenes.home, scenes.consent, scenes.open_list):
        answer = owner.get(scene(owner))
        page = read(answer.content.decode())
        parts = [one.attributes["href"] for one in page.all("link")] + [
            one.attributes["src"] for one in page.all("script")
        ]
        own = [finders.find(part.removeprefix("/static/")) for part in parts if part.startswith("/static/")]
        files = [Path(str(path)).read_bytes() for path in [*own, finders.find("icons/sprite.svg")]]
        assert sum(len(gzip.compress(one)) for one in [answer.content, *files]) <= FIRST_VIEW_BYTES


def test_the_summary_never_shows_a_currency_added_to_another(owner: Client) -> None:
    page = seen(owner, scenes.summary(owner))
    totals = page.one("section", id="totals")
    assert [one.says() for one in page.all("h3") if totals in one.ancestors] == ["EUR", "PLN"]


def test_each_chart_of_the_summary_has_its_table(owner: Client) -> None:
    page = seen(owner, scenes.summary(owner))
    months = page.one("section", id="months")
    charts = [one for one in page.all("svg") if one.attributes.get("role") == "img"]
    tables = [one for one in page.all("table") if months in one.ancestors]
    assert len(charts) == len(tables) == 2
    assert all(chart.attributes["aria-label"] for chart in charts)


def test_payments_are_searched_and_paged_by_plain_links_and_forms_too(owner: Client) -> None:
    address = scenes.summary(owner)
    page = seen(owner, f"{address}?q=payment")
    search = page.one("form", role="search")
    older = page.one("a", rel="next")
    assert (search.attributes["method"], search.attributes["action"]) == ("get", f"{address}#payments")
    assert older.attributes["href"] == f"{address}?q=payment&page=2#payments"
    assert older.attributes["hx-get"] == f"{address}?q=payment&page=2"
    assert page.one("input", id="q").attributes["value"] == "payment"


def test_a_bank_sign_in_begins_with_a_number_that_is_new_on_every_page(owner: Client) -> None:
    address = scenes.empty_list(owner)
    numbers = {
        seen(owner, address).one("input", type="hidden", name="intent").attributes["value"] for _visit in range(2)
    }
    assert len(numbers) == 2


def test_the_hand_off_names_the_host_and_links_to_it_plainly(owner: Client) -> None:
    page = seen(owner, scenes.handoff(owner))
    assert page.one("a", id="continue").attributes["href"] == "https://signin.vendor.example/x"
    assert "target" not in page.one("a", id="continue").attributes
    assert "signin.vendor.example" in page.one("p", class_="host").says()


def test_an_open_list_in_words(owner: Client) -> None:
    page = seen(owner, scenes.open_list(owner))
    said = [element.says() for element in page.elements if "data-says" in element.attributes]
    assert said == [
        "Waiting for the code.",
        "Getting the sign-in page ready.",
        "Checking your sign-in with the bank.",
        "Signed in. Waiting for its turn: 1 person is ahead of you.",
        "Importing.",
        "Still importing.",
        "Done: 3 accounts.",
    ]


def test_whoever_is_next_is_told_so(owner: Client) -> None:
    onboarding = rows.onboarding(owner)
    rows.source(onboarding, SourceState.QUEUED)
    assert "Signed in. You are next." in fragment(owner, onboarding)
