"""Own data as its page takes it."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from onboarding.models import Failure, Onboarding, SourceKind, SourceState
from tests import file_rows, rows
from tests.pages.markup import read

pytestmark = pytest.mark.django_db


def export(name: str = "payments.sta", content: bytes = b":20:one") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")


def address(onboarding: Onboarding) -> str:
    return reverse("uploads", args=[onboarding.uuid])


def send(client: Client, onboarding: Onboarding, *files: SimpleUploadedFile, **fields: object) -> HttpResponse:
    return client.post(address(onboarding), {"intent": uuid4(), "files": files, **fields})


def test_an_export_becomes_a_source_and_the_list_shows_its_card(owner: Client, onboarding: Onboarding) -> None:
    response = send(owner, onboarding, export())
    source = onboarding.sources.get()
    assert response.headers["Location"].endswith(f"#source-{source.uuid}")
    assert (source.kind, source.state, source.file.name) == (SourceKind.UPLOAD, SourceState.CHECKING, "payments.sta")


def test_any_file_may_be_chosen_since_the_content_counts(owner: Client, onboarding: Onboarding) -> None:
    field = read(owner.get(address(onboarding)).content.decode()).one("input", id="id_files")
    assert "accept" not in field.attributes
    assert "multiple" in field.attributes


def test_a_form_without_files_is_said_at_the_top(owner: Client, onboarding: Onboarding) -> None:
    response = send(owner, onboarding)
    shown = read(response.content.decode())
    assert response.status_code == 200
    assert "Choose at least one file." in shown.one("div", role="alert").says()
    assert shown.one("title").says().startswith("Please check:")


def test_an_empty_file_gets_a_card_that_says_so(owner: Client, onboarding: Onboarding) -> None:
    send(owner, onboarding, export(content=b""))
    assert onboarding.sources.get().failure == Failure.FILE_EMPTY


def test_the_limit_is_told_in_whole_megabytes(owner: Client, onboarding: Onboarding, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 7 * 1024 * 1024
    limits = read(owner.get(address(onboarding)).content.decode()).one("p", id="files-limits")
    assert limits.says() == "Up to 10 files, each up to 7 MB."


def test_more_files_than_can_be_open_are_told(owner: Client, onboarding: Onboarding) -> None:
    for _number in range(20):
        file_rows.upload(onboarding)
    shown = owner.post(address(onboarding), {"files": [export()]}, follow=True).content.decode()
    assert "Not every file was taken: too many are open." in shown
    assert onboarding.sources.count() == 20


def test_a_new_file_takes_the_place_of_the_refused_one(owner: Client, onboarding: Onboarding) -> None:
    old = file_rows.upload(onboarding, SourceState.FAILED)
    send(owner, onboarding, export(), replaces=old.uuid)
    assert rows.again(old).replaced_by == onboarding.sources.listed().get()


def test_where_own_data_is_not_taken_the_page_leads_to_the_list(
    owner: Client, onboarding: Onboarding, settings: Settings
) -> None:
    settings.UPLOADS = False
    assert owner.get(address(onboarding)).headers["Location"] == reverse("hub", args=[onboarding.uuid])
    assert send(owner, onboarding, export()).status_code == 302
    assert not onboarding.sources.exists()
    assert not file_rows.in_vault()


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_nobody_else_leaves_a_file(request: pytest.FixtureRequest, onboarding: Onboarding, who: str) -> None:
    client = request.getfixturevalue(who)
    assert client.get(address(onboarding)).status_code == 404
    assert send(client, onboarding, export()).status_code == 404
    assert not file_rows.in_vault()
