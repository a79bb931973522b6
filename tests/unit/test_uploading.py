"""Uploads go straight into the vault, and whatever nobody took is gone with the request."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, FakePayload, encode_multipart
from django.urls import path
from django.views.decorators.csrf import ensure_csrf_cookie
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from onboarding import uploading, vault
from onboarding.guards import live, owned
from onboarding.models import Onboarding
from onboarding.uploading import clean_name, discard_unused, sealed_uploads, take_files, were_too_many
from tests.full_disk import files_of_at_most
from wizard_site import urls as site

pytestmark = pytest.mark.django_db

MOST_BYTES = 300_000
MOST_FILES = 3


class Clumsy(Exception):
    """What a view raises in these tests."""


@ensure_csrf_cookie
@sealed_uploads(most_bytes=MOST_BYTES, most_files=lambda: MOST_FILES)
def taking(request: HttpRequest) -> HttpResponseBase:
    files = take_files(request, "files")
    answer = [
        {
            "name": file.original_name,
            "stored": file.deposited.name if file.deposited else None,
            "size": file.size,
            "too_large": file.is_too_large,
            "empty": file.is_empty,
        }
        for file in files
    ]
    return JsonResponse({"files": answer, "too_many": were_too_many(request), "word": request.POST.get("word")})


@sealed_uploads(most_bytes=MOST_BYTES, most_files=MOST_FILES)
def looking(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse(str(len(list(vault.names()))) if request.FILES else "")


@sealed_uploads(most_bytes=MOST_BYTES, most_files=MOST_FILES)
def discarding(request: HttpRequest) -> HttpResponseBase:
    assert request.FILES
    discard_unused(request)
    return HttpResponse(str(len(list(vault.names()))))


@sealed_uploads(most_bytes=MOST_BYTES, most_files=MOST_FILES)
def failing(request: HttpRequest) -> HttpResponseBase:
    assert request.FILES
    raise Clumsy


@owned
@live
@sealed_uploads(most_bytes=MOST_BYTES, most_files=MOST_FILES)
def guarded(request: HttpRequest, onboarding: Onboarding) -> HttpResponseBase:
    return HttpResponse(str(len(take_files(request, "files"))))


urlpatterns = [
    path("taking/", taking),
    path("looking/", looking),
    path("discarding/", discarding),
    path("failing/", failing),
    path("guarded/<uuid:uuid>/", guarded),
    *site.urlpatterns,
]


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.ROOT_URLCONF = __name__
    settings.UPLOAD_FOLDER = str(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def _no_plain_file_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    # Whoever opened a temporary file would fail.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("gone") / "missing"))


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def stored(name: str) -> bytes:
    return b"".join(vault.chunks(name))


def test_files_get_into_the_vault_and_fields_to_the_view(client: Client) -> None:
    contents = [b"%PDF-1.7 one", bytes(range(256)) * 1100]
    reply = client.post("/taking/", {"word": "kept", "files": [file(f"{len(each)}.pdf", each) for each in contents]})
    told = reply.json()
    assert told["word"] == "kept"
    assert [stored(each["stored"]) for each in told["files"]] == contents
    assert [(each["name"], each["size"]) for each in told["files"]] == [("12.pdf", 12), ("281600.pdf", 281_600)]
    assert not told["too_many"]


def test_a_file_that_is_too_large_is_told_and_not_kept_while_the_others_are(client: Client, folder: Path) -> None:
    files = [file("large", bytes(MOST_BYTES + 1)), file("exact", bytes(MOST_BYTES))]
    large, exact = client.post("/taking/", {"files": files}).json()["files"]
    assert (large["too_large"], large["stored"], large["size"]) == (True, None, MOST_BYTES + 1)
    assert (exact["too_large"], len(stored(exact["stored"]))) == (False, MOST_BYTES)
    assert [each.name for each in folder.iterdir()] == [exact["stored"]]


def test_an_empty_file_is_told_and_not_kept(client: Client, folder: Path) -> None:
    (told,) = client.post("/taking/", {"files": [file("empty.pdf", b"")]}).json()["files"]
    assert (told["empty"], told["stored"], told["name"]) == (True, None, "empty.pdf")
    assert list(folder.iterdir()) == []


def test_more_files_than_allowed_are_passed_over_and_told(client: Client, folder: Path) -> None:
    files = [file(f"{number}.pdf", b"x" * number) for number in range(1, 6)]
    told = client.post("/taking/", {"files": files, "word": "after"}).json()
    assert [each["name"] for each in told["files"]] == ["1.pdf", "2.pdf", "3.pdf"]
    assert told["too_many"]
    assert told["word"] == "after"
    assert len(list(folder.iterdir())) == 3


def test_a_form_with_hundreds_of_files_is_refused_whole(client: Client, folder: Path, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 4
    reply = client.post("/taking/", {"files": [file(f"{number}.pdf", b"x") for number in range(5)]})
    assert reply.status_code == 400
    assert list(folder.iterdir()) == []


def test_what_nobody_took_is_deleted_when_the_request_ends(client: Client, folder: Path) -> None:
    reply = client.post("/looking/", {"files": [file("a", b"x")], "others": [file("b", b"y")]})
    assert reply.content == b"2"
    assert list(folder.iterdir()) == []


def test_files_of_another_field_than_the_one_that_was_taken_are_deleted(client: Client, folder: Path) -> None:
    told = client.post("/taking/", {"files": [file("a", b"x")], "others": [file("b", b"y")]}).json()
    assert [each.name for each in folder.iterdir()] == [told["files"][0]["stored"]]


def test_a_view_can_discard_what_it_does_not_want(client: Client) -> None:
    assert client.post("/discarding/", {"files": [file("a", b"x")]}).content == b"0"


def test_a_view_that_fails_leaves_nothing_behind(client: Client, folder: Path) -> None:
    with pytest.raises(Clumsy):
        client.post("/failing/", {"files": [file("a", b"x")]})
    assert list(folder.iterdir()) == []


def test_a_forged_form_is_refused_and_leaves_nothing_behind(folder: Path) -> None:
    strict = Client(enforce_csrf_checks=True)
    reply = strict.post("/taking/", {"files": [file("a", b"x")]})
    assert reply.status_code == 403
    assert list(folder.iterdir()) == []


def test_a_form_with_its_token_is_taken_wherever_the_token_stands(folder: Path) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.get("/taking/")
    token = strict.cookies["csrf"].value
    assert strict.post("/taking/", {"files": [file("a", b"x")], "csrfmiddlewaretoken": token}).status_code == 200
    assert strict.post("/taking/", {"files": [file("a", b"x")]}, headers={"X-CSRFToken": token}).status_code == 200
    wrong = {"files": [file("a", b"x")], "csrfmiddlewaretoken": token[::-1]}
    assert strict.post("/taking/", wrong).status_code == 403
    assert len(list(folder.iterdir())) == 2


class Unread(FakePayload):
    """A body that fails whoever reads it."""

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        raise AssertionError("the body was read")


def send_unread(client: Client, address: str, *, length: int) -> Any:
    """Post a body of a declared length that nobody may read."""
    return client.generic(
        "POST", address, CONTENT_TYPE=MULTIPART_CONTENT, CONTENT_LENGTH=str(length), **{"wsgi.input": Unread()}
    )


def test_a_body_larger_than_all_files_together_is_refused_unread(client: Client) -> None:
    reply = send_unread(client, "/taking/", length=MOST_FILES * MOST_BYTES + 1_000_000)
    assert reply.status_code == 413
    assert b"too large together" in reply.content


def test_a_stranger_is_sent_away_before_the_body_is_read(onboarding: Onboarding, stranger: Client) -> None:
    assert send_unread(stranger, f"/guarded/{onboarding.uuid}/", length=1000).status_code == 404


def test_the_owner_comes_through_the_guards(onboarding: Onboarding, owner: Client) -> None:
    assert owner.post(f"/guarded/{onboarding.uuid}/", {"files": [file("a", b"x")]}).content == b"1"


def test_a_forged_form_is_refused_under_the_guards_too(onboarding: Onboarding, owner: Client, folder: Path) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.cookies
    assert strict.post(f"/guarded/{onboarding.uuid}/", {"files": [file("a", b"x")]}).status_code == 403
    assert list(folder.iterdir()) == []


def body(*names: str) -> bytes:
    return encode_multipart(BOUNDARY, {"word": "kept", "files": [file(name, b"x" * 5000) for name in names]})


def cut_short(content: bytes) -> HttpRequest:
    """Make a request whose body ends early without an error, as some servers show a browser that went away."""
    return RequestFactory().generic("POST", "/", content, content_type=MULTIPART_CONTENT)


@pytest.mark.parametrize("left", [200, 3000, 6000])
def test_a_body_that_ends_within_a_file_is_refused_and_leaves_nothing(left: int, folder: Path) -> None:
    whole = body("a", "b")
    request = cut_short(whole[:-left])
    handler = uploading.SealedUploadHandler(request, most_bytes=MOST_BYTES, most_files=MOST_FILES)
    request.upload_handlers = [handler]
    with pytest.raises(UnreadablePostError):
        _ = request.FILES
    assert list(folder.iterdir()) == []


class BreaksOff(BytesIO):
    """A connection that breaks after some bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        got = super().read(min(size or 1000, 1000) if size and size > 0 else 1000)
        if not got:
            raise OSError("connection reset")
        return got


def test_a_connection_that_breaks_leaves_nothing(folder: Path) -> None:
    content = body("a", "b")
    reply = Client(enforce_csrf_checks=True).generic(
        "POST",
        "/taking/",
        CONTENT_TYPE=MULTIPART_CONTENT,
        CONTENT_LENGTH=str(len(content)),
        **{"wsgi.input": BreaksOff(content[:7000])},
    )
    assert reply.status_code == 403
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("room", [0, 10, 2000], ids=["at the first", "at the end of the first", "within the second"])
def test_a_disk_that_runs_full_refuses_the_form_says_when_to_come_again_and_leaves_nothing(
    client: Client, folder: Path, room: int
) -> None:
    files = [file("a", bytes(1000)), file("b", bytes(MOST_BYTES)), file("c", bytes(10))]
    with files_of_at_most(room):
        reply = client.post("/taking/", {"files": files})
    assert reply.status_code == 503
    assert "Nothing was taken" in reply.content.decode()
    assert list(folder.iterdir()) == []


NAMES = {
    "statement.pdf": "statement.pdf",
    "C:\\Users\\me\\Wyciąg 01.pdf": "Wyciąg 01.pdf",
    "../../etc/passwd": "passwd",
    "a\nb\x00c\u202edfp.exe": "a b c dfp.exe",
    "Wycia\u0328g": "Wyciąg",
    "..": "",
    "": "",
    "dir/": "",
    "x" * 300 + ".pdf": "x" * 196 + ".pdf",
    "x" * 300: "x" * 200,
    "<b>.pdf": "<b>.pdf",
}


@pytest.mark.parametrize(("name", "cleaned"), NAMES.items(), ids=range(len(NAMES)))
def test_a_name_is_made_fit_for_showing(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@given(name=st.text(max_size=400))
def test_any_name_is_one_short_printable_line_without_folders(name: str) -> None:
    cleaned = clean_name(name)
    assert len(cleaned) <= 200
    assert cleaned.isprintable()
    assert "/" not in cleaned
    assert "\\" not in cleaned
    assert clean_name(cleaned) == cleaned


def test_the_shown_name_reaches_the_view(client: Client) -> None:
    (told,) = client.post("/taking/", {"files": [file("Wyciąg\u202e 1.pdf", b"x")]}).json()["files"]
    assert told["name"] == "Wyciąg 1.pdf"


def test_without_room_for_it_a_form_is_answered_with_503_and_leaves_nothing(
    client: Client, folder: Path, settings: Settings
) -> None:
    (folder / "of-others").write_bytes(bytes(900))
    settings.UPLOAD_FOLDER_MAX_BYTES = 1000
    reply = client.post("/taking/", {"files": [file("a.pdf", b"x" * 200)]})
    assert reply.status_code == 503
    assert b"Nothing was taken" in reply.content
    assert [each.name for each in folder.iterdir()] == ["of-others"]


def test_without_room_a_form_is_read_to_its_end_so_that_the_answer_is_seen(client: Client, settings: Settings) -> None:
    settings.UPLOAD_FOLDER_MAX_BYTES = 1000
    body = FakePayload(encode_multipart(BOUNDARY, {"files": [file("a.pdf", bytes(200_000)), file("b.pdf", b"x")]}))
    length = len(body)
    reply = client.generic(
        "POST", "/taking/", CONTENT_TYPE=MULTIPART_CONTENT, CONTENT_LENGTH=str(length), **{"wsgi.input": body}
    )
    assert reply.status_code == 503
    assert len(body) == 0


def test_a_forged_form_is_refused_as_forged_also_without_room(settings: Settings) -> None:
    settings.UPLOAD_FOLDER_MAX_BYTES = 1
    reply = Client(enforce_csrf_checks=True).post("/taking/", {"files": [file("a.pdf", b"x")]})
    assert reply.status_code == 403
