"""PDF statements as the page takes them: the bank, the files, and where they lead."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding.models import CatalogBank, CatalogKind, Failure, Onboarding, SourceKind, SourceState
from tests import file_rows, rows
from tests.pages.markup import Page, read
from tests.views.browsing import strict

pytestmark = pytest.mark.django_db


def pdf(name: str = "march.pdf", content: bytes = b"%PDF-1.7 one") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def address(onboarding: Onboarding) -> str:
    return reverse("statements", args=[onboarding.uuid])


def send(client: Client, onboarding: Onboarding, *files: SimpleUploadedFile, **fields: Any) -> HttpResponse:
    return client.post(address(onboarding), {"intent": uuid4(), "files": files, **fields})


def page(response: HttpResponse) -> Page:
    return read(response.content.decode())


@pytest.fixture
def banks(db: None) -> None:
    for country, name, official in (("pl", "KontoBank_st", "KontoBank SA"), ("cz", "Cesky", "Česká banka")):
        CatalogBank.objects.create(
            kind=CatalogKind.STATEMENTS, country=country, name=name, official_name=official, search_text=official
        )
    CatalogBank.objects.create(kind=CatalogKind.BANKS, country="pl", name="Only", official_name="Only to sign in at")


def test_the_banks_of_the_country_whose_statements_can_be_read_are_offered(
    owner: Client, onboarding: Onboarding, banks: None
) -> None:
    options = [one.says() for one in page(owner.get(address(onboarding))).all("option")]
    assert "KontoBank SA" in options
    assert "My bank is not listed, or I don't know" in options
    assert "Česká banka" not in options
    assert "Only to sign in at" not in options


def test_without_a_list_of_banks_the_page_says_so_and_takes_statements_all_the_same(
    owner: Client, onboarding: Onboarding
) -> None:
    shown = page(owner.get(address(onboarding)))
    assert "The list of banks isn't there just now" in shown.one("main").says()
    assert not [one for one in shown.all("select") if one.attributes["name"] == "bank"]
    send(owner, onboarding, pdf())
    assert onboarding.sources.get().file.target == ""


def test_a_page_from_before_the_list_of_banks_came_is_taken_without_a_bank(
    owner: Client, onboarding: Onboarding, request: pytest.FixtureRequest
) -> None:
    asked = page(owner.get(address(onboarding))).all("select")
    assert "bank" not in [one.attributes["name"] for one in asked]
    request.getfixturevalue("banks")
    response = send(owner, onboarding, pdf())
    assert response.status_code == 302
    assert onboarding.sources.get().file.target == ""


def test_a_page_from_before_the_list_of_banks_went_is_taken_without_a_bank(
    owner: Client, onboarding: Onboarding, banks: None
) -> None:
    CatalogBank.objects.all().delete()
    response = send(owner, onboarding, pdf(), bank="KontoBank_st")
    assert response.status_code == 302
    assert onboarding.sources.get().file.target == ""


def test_a_statement_becomes_a_source_with_its_bank_and_the_list_shows_its_card(
    owner: Client, onboarding: Onboarding, banks: None
) -> None:
    response = send(owner, onboarding, pdf(), bank="KontoBank_st")
    source = onboarding.sources.get()
    assert response.headers["Location"] == f"{reverse('hub', args=[onboarding.uuid])}#source-{source.uuid}"
    assert (source.kind, source.state) == (SourceKind.STATEMENT, SourceState.CHECKING)
    assert (source.file.name, source.file.target, source.file.bank_name) == (
        "march.pdf",
        "KontoBank_st",
        "KontoBank SA",
    )


def test_a_bank_that_is_not_listed_is_no_target(owner: Client, onboarding: Onboarding, banks: None) -> None:
    send(owner, onboarding, pdf(), bank="-")
    assert (onboarding.sources.get().file.target, onboarding.sources.get().file.bank_name) == ("", "")


def test_several_statements_become_a_source_each(owner: Client, onboarding: Onboarding) -> None:
    send(owner, onboarding, pdf("a.pdf", b"%PDF one"), pdf("b.pdf", b"%PDF two"))
    assert [source.file.name for source in onboarding.sources.all()] == ["a.pdf", "b.pdf"]


@pytest.mark.parametrize(
    ("fields", "said"), [({"bank": ""}, "Choose your bank."), ({"bank": "evil"}, "Choose a bank of the list.")]
)
def test_a_missing_or_foreign_bank_is_said_at_the_top_and_takes_nothing(
    owner: Client, onboarding: Onboarding, banks: None, fields: dict[str, str], said: str
) -> None:
    response = send(owner, onboarding, pdf(), **fields)
    shown = page(response)
    assert response.status_code == 200
    assert said in shown.one("div", role="alert").says()
    assert "choose the files once more" in shown.one("div", role="alert").says()
    assert shown.one("select", id="id_bank").attributes["aria-invalid"] == "true"
    assert not onboarding.sources.exists()
    assert not file_rows.in_vault()


def test_a_form_without_files_asks_for_the_bank_whose_list_came_meanwhile(
    owner: Client, onboarding: Onboarding, banks: None
) -> None:
    shown = page(owner.post(address(onboarding)))
    assert "Choose at least one file." in shown.one("div", role="alert").says()
    assert "Choose your bank." not in shown.one("main").says()
    assert "KontoBank SA" in [one.says() for one in shown.all("option")]


def test_a_form_without_files_is_said_at_the_top(owner: Client, onboarding: Onboarding, banks: None) -> None:
    shown = page(owner.post(address(onboarding), {"bank": "KontoBank_st"}))
    assert "Choose at least one file." in shown.one("div", role="alert").says()
    assert shown.one("input", id="id_files").attributes["aria-invalid"] == "true"
    chosen = [one.attributes["value"] for one in shown.all("option") if "selected" in one.attributes]
    assert "KontoBank_st" in chosen


def test_the_same_form_twice_is_one_source(owner: Client, onboarding: Onboarding) -> None:
    intent = uuid4()
    for _click in range(2):
        send(owner, onboarding, pdf(), intent=intent)
    assert onboarding.sources.count() == 1


def test_the_same_file_again_is_told_and_not_doubled(owner: Client, onboarding: Onboarding) -> None:
    send(owner, onboarding, pdf())
    response = owner.post(address(onboarding), {"files": [pdf("<b>again.pdf")]}, follow=True)
    shown = response.content.decode()
    assert "again" in shown
    assert "is on your list already." in shown
    assert "<b>" not in shown
    assert onboarding.sources.count() == 1


def test_many_files_that_are_there_already_are_not_all_named(owner: Client, onboarding: Onboarding) -> None:
    files = [(f"{number}.pdf", b"%%PDF %d" % number) for number in range(5)]
    send(owner, onboarding, *(pdf(*one) for one in files))
    owner.get(reverse("hub", args=[onboarding.uuid]))
    again = owner.post(address(onboarding), {"files": [pdf(*one) for one in files]}, follow=True).content.decode()
    assert again.count("is on your list already.") == 3
    assert "2 more files are on your list already." in again


def test_more_files_than_a_form_may_have_are_passed_over_and_that_is_said(
    owner: Client, onboarding: Onboarding, settings: Settings
) -> None:
    settings.FILES_AT_ONCE = 2
    files = [pdf(f"{number}.pdf", b"%%PDF %d" % number) for number in range(3)]
    shown = owner.post(address(onboarding), {"files": files}, follow=True).content.decode()
    assert "Only the first 2 files were taken." in shown
    assert onboarding.sources.count() == 2


def test_a_file_that_is_too_large_gets_a_card_that_says_so(
    owner: Client, onboarding: Onboarding, settings: Settings
) -> None:
    settings.STATEMENT_MAX_BYTES = 16
    shown = owner.post(address(onboarding), {"files": [pdf(content=b"x" * 17)]}, follow=True).content.decode()
    assert onboarding.sources.get().failure == Failure.FILE_TOO_LARGE
    assert "The file is larger than we can take." in shown
    assert not file_rows.in_vault()


def test_while_the_files_of_all_people_fill_their_folder_nothing_is_taken_and_that_is_said(
    owner: Client, onboarding: Onboarding, settings: Settings
) -> None:
    settings.UPLOAD_FOLDER_MAX_BYTES = 16
    reply = owner.post(address(onboarding), {"files": [pdf()]})
    assert reply.status_code == 503
    assert "Choose the file again in a few minutes." in reply.content.decode()
    assert not onboarding.sources.exists()
    assert not file_rows.in_vault()


def test_a_new_file_takes_the_place_of_the_refused_one(owner: Client, onboarding: Onboarding) -> None:
    old = file_rows.statement(onboarding, SourceState.FAILED)
    shown = page(owner.get(f"{address(onboarding)}?replaces={old.uuid}"))
    assert shown.one("input", name="replaces").attributes["value"] == str(old.uuid)
    send(owner, onboarding, pdf(), replaces=old.uuid)
    assert rows.again(old).replaced_by == onboarding.sources.listed().get()


@pytest.mark.parametrize("named", ["foreign", "nonsense", "open", "other kind"])
def test_only_a_refused_statement_of_ones_own_is_replaced(owner: Client, onboarding: Onboarding, named: str) -> None:
    others = {
        "foreign": lambda: file_rows.statement(rows.onboarding(), SourceState.FAILED).uuid,
        "nonsense": lambda: "nonsense",
        "open": lambda: file_rows.statement(onboarding, SourceState.CHECKING).uuid,
        "other kind": lambda: file_rows.upload(onboarding, SourceState.FAILED).uuid,
    }
    uuid = others[named]()
    assert not [one for one in page(owner.get(f"{address(onboarding)}?replaces={uuid}")).all("input")
                if one.attributes.get("name") == "replaces"]  # fmt: skip
    assert send(owner, onboarding, pdf(), replaces=uuid).status_code == 302
    assert not onboarding.sources.exclude(replaced_by=None).exists()


def test_a_form_of_a_stale_tab_whose_file_was_replaced_meanwhile_adds_a_file(
    owner: Client, onboarding: Onboarding
) -> None:
    new = file_rows.statement(onboarding)
    old = file_rows.statement(onboarding, SourceState.FAILED, replaced_by=new)
    assert send(owner, onboarding, pdf(), replaces=old.uuid).status_code == 302
    assert onboarding.sources.listed().count() == 2


@pytest.mark.parametrize("how", ["switched off", "other country"])
def test_where_statements_are_not_taken_the_page_leads_to_the_list(
    owner: Client, onboarding: Onboarding, settings: Settings, how: str
) -> None:
    if how == "switched off":
        settings.STATEMENTS = False
    else:
        settings.STATEMENT_COUNTRIES = ("cz",)
    hub = reverse("hub", args=[onboarding.uuid])
    assert owner.get(address(onboarding)).headers["Location"] == hub
    assert send(owner, onboarding, pdf()).headers["Location"] == hub
    assert not onboarding.sources.exists()
    assert not file_rows.in_vault()


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_nobody_else_leaves_a_file(request: pytest.FixtureRequest, onboarding: Onboarding, who: str) -> None:
    client = request.getfixturevalue(who)
    assert client.get(address(onboarding)).status_code == 404
    assert send(client, onboarding, pdf()).status_code == 404
    assert not onboarding.sources.exists()
    assert not file_rows.in_vault()


def test_a_forged_form_leaves_nothing(owner: Client, onboarding: Onboarding) -> None:
    assert send(strict(owner), onboarding, pdf()).status_code == 403
    assert not onboarding.sources.exists()
    assert not file_rows.in_vault()


def test_the_form_works_without_a_script(owner: Client, onboarding: Onboarding) -> None:
    shown = page(owner.get(address(onboarding)))
    form = next(one for one in shown.all("form") if one.attributes.get("enctype"))
    field = shown.one("input", id="id_files")
    assert (form.attributes["method"], form.attributes["enctype"]) == ("post", "multipart/form-data")
    assert "multiple" in field.attributes
    assert field.attributes["accept"] == "application/pdf,.pdf"
    assert form in field.ancestors


def test_a_demonstration_leads_to_its_samples(owner: Client, onboarding: Onboarding, settings: Any) -> None:
    address = reverse("statements", args=[onboarding.uuid])
    assert "Sample files" not in owner.get(address).content.decode()
    settings.SAMPLES_URL = "http://localhost:8001/samples"
    assert 'href="http://localhost:8001/samples/"' in owner.get(address).content.decode()
