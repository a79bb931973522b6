"""Hostile files and hostile forms: refused or passed on unopened, bounded, and never served back.

What each reader refuses by itself stands in ``tests/reading``, the vault's own rules in
``tests/unit/test_uploading.py``.
"""

import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from onboarding import vault
from onboarding.models import Failure, Onboarding, SourceState
from onboarding.reading.isolated import PdfLimits, PdfRefused, ReaderDied, decrypted_pdf, inspect_pdf
from tests import file_rows
from tests.jobs.steps import advance
from tests.reading import pdfs, written
from tests.reading.pdfs import CATALOG, PAGE, by_hand

MEGABYTE = 1024 * 1024
CANARY = b"planted-canary-7734"
PAGES = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"


def parts(content: bytes) -> Iterator[bytes]:
    for begin in range(0, len(content), 65536):
        yield content[begin : begin + 65536]


def stream(dictionary: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(content), content)


def packed(size: int, times: int) -> bytes:
    content = bytes(size)
    for _ in range(times):
        content = zlib.compress(content, 9)
    return content


def with_table(dictionary: bytes, table: bytes) -> bytes:
    """Write a PDF whose table of objects is a stream."""
    start = b"%PDF-1.7\n"
    head = b"1 0 obj\n" + stream(b"/Type /XRef " + dictionary, table) + b"\nendobj\n"
    return start + head + b"startxref\n%d\n%%%%EOF\n" % len(start)


def with_previous(previous: bytes) -> bytes:
    """Write a whole PDF whose table names a previous one."""
    return by_hand(CATALOG, PAGES, PAGE, trailer=b"/Prev " + previous)


def before_itself() -> bytes:
    """Write a whole PDF whose table names itself as the previous one."""
    content = with_previous(b"0000000000")
    return content.replace(b"0000000000 >>", b"%010d >>" % content.rindex(b"xref\n0"))


def encrypted(dictionary: bytes) -> bytes:
    trailer = b"/Encrypt << /Filter /Standard %s >> /ID [<00> <00>]" % dictionary
    return by_hand(CATALOG, PAGES, PAGE, trailer=trailer)


LONG = b"(" + b"A" * 1_000_000 + b")"
KEYS = b"/O %s /U %s /OE %s /UE %s /Perms %s /P -1" % ((b"(" + b"A" * 48 + b")",) * 5)
HOSTILE_PDFS: dict[str, Callable[[], bytes]] = {
    "a table that unpacks to hundreds of megabytes": lambda: pdfs.bomb(300_000_000),
    "a table packed three times": lambda: with_table(
        b"/Size 9 /W [1 4 2] /Filter [/FlateDecode /FlateDecode /FlateDecode]", packed(300_000_000, 3)
    ),
    "a table with ten thousand filters": lambda: with_table(
        b"/Size 9 /W [1 4 2] /Filter [" + b"/FlateDecode " * 10_000 + b"]", packed(1000, 1)
    ),
    "a table of huge columns": lambda: with_table(b"/Size 99999999 /W [999999999 999999999 999999999]", b"x"),
    "a table of columns without width": lambda: with_table(b"/Size 99999999 /W [0 0 0]", b"x" * 100),
    "a table of negative columns": lambda: with_table(b"/Size 9 /W [-1 4 2] /Index [-5 99999999]", b"x" * 100),
    "a table in runs": lambda: with_table(b"/Size 9 /W [1 4 2] /Filter /RunLengthDecode", b"\x81x" * 1_000_000),
    "a table in 85s": lambda: with_table(b"/Size 9 /W [1 4 2] /Filter /ASCII85Decode", b"z" * 4_000_000),
    "a table in LZW": lambda: with_table(b"/Size 9 /W [1 4 2] /Filter /LZWDecode", b"\x80\x0b\x60\x50" * 25_000),
    "a table with a predictor of a billion columns": lambda: with_table(
        b"/Size 9 /W [1 4 2] /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 999999999 /Colors 99 >>",
        packed(1_000_000, 1),
    ),
    "a store of objects that unpacks to hundreds of megabytes": lambda: by_hand(
        CATALOG, PAGES, stream(b"/Type /ObjStm /N 99999999 /First 9 /Filter /FlateDecode", packed(300_000_000, 1)), PAGE
    ),
    "a page that unpacks to hundreds of megabytes": lambda: by_hand(
        CATALOG, PAGES, b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
        stream(b"/Filter /FlateDecode", packed(300_000_000, 1)),
    ),
    "a table before itself": lambda: with_previous(b"0"),
    "a table whose previous one is itself": before_itself,
    "a root that is itself": lambda: by_hand(b"1 0 R", PAGES, PAGE),
    "two that are each other": lambda: by_hand(b"2 0 R", b"1 0 R"),
    "a length that is itself": lambda: by_hand(CATALOG, PAGES, b"<< /Length 3 0 R >>\nstream\nx\nendstream"),
    "pages that are their own parents": lambda: by_hand(
        CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Parent 2 0 R >>"
    ),
    "a million kids": lambda: pdfs.tree(b"3 0 R " * 1_000_000, PAGE),
    "ten thousand pages": lambda: pdfs.tree(b"3 0 R " * 10_000, PAGE, count=10_000),
    "a tree a hundred thousand deep": lambda: pdfs.tree(b"<< /Kids [" * 100_000),
    "a dictionary in a dictionary": lambda: by_hand(b"<< /Pages 2 0 R /A " + b"<< /A " * 500_000, PAGES, PAGE),
    "lists in lists": lambda: by_hand(b"<< /Pages 2 0 R /A " + b"[" * 1_000_000, PAGES, PAGE),
    "half a million keys": lambda: by_hand(
        b"<< /Pages 2 0 R " + b"".join(b"/k%d 1 " % number for number in range(500_000)) + b">>", PAGES, PAGE
    ),
    "a million objects without a table": lambda: b"%PDF-1.7\n"
    + b"1 0 obj\n<<>>\nendobj\n" * 200_000
    + b"startxref\n1\n%%EOF",
    "a hundred thousand tables": lambda: b"%PDF-1.7\n"
    + b"xref\n0 1\n0000000000 65535 f \ntrailer << /Root 1 0 R >>\n" * 50_000
    + b"startxref\n9\n%%EOF",
    "a table that claims a billion objects": lambda: b"%PDF-1.7\nxref\n0 999999999\n0000000009 00000 n \n"
    b"trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF",
    "a number of a million digits": lambda: by_hand(
        b"<< /Type /Catalog /Pages 2 0 R /A %s >>" % (b"9" * 1_000_000), PAGES, PAGE
    ),
    "keys of a million rounds": lambda: encrypted(b"/V 5 /R 6 /Length 256 /Rounds 99999999 " + KEYS),
    "a key of a megabyte": lambda: encrypted(b"/V 5 /R 6 /Length 256 /O %s /U %s /P -1" % (LONG, LONG)),
    "an old key of a megabyte": lambda: encrypted(b"/V 2 /R 3 /Length 128 /O %s /U %s /P -1" % (LONG, LONG)),
    "a key of a billion bits": lambda: encrypted(b"/V 2 /R 3 /Length 999999992 /P -1 " + KEYS),
    "a key of no bits": lambda: encrypted(b"/V 2 /R 3 /Length 0 /P -1 " + KEYS),
    "a key of another kind": lambda: encrypted(b"/V 99 /R 99 /P -1 " + KEYS),
    "an encryption that is itself": lambda: by_hand(CATALOG, PAGES, PAGE, b"4 0 R", trailer=b"/Encrypt 4 0 R"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_PDFS)
def test_a_hostile_pdf_ends_in_a_verdict_within_its_limits(name: str) -> None:
    limits = PdfLimits(seconds=60.0)
    content = HOSTILE_PDFS[name]()
    for look in (inspect_pdf, decrypted_pdf):
        try:
            found = look(parts(content), password="guess", limits=limits)
        except (PdfRefused, ReaderDied):
            continue
        assert isinstance(found, bytes) or found.pages == 1


def test_a_password_of_a_million_signs_costs_no_more_than_a_short_one() -> None:
    content = pdfs.pdf(password="right", cipher="AES-256")
    with pytest.raises(PdfRefused):
        inspect_pdf(parts(content), password="x" * 60_000, limits=PdfLimits())


# --- files that are two things at once


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as writer:
        writer.writestr("evil.html", "<script>alert(1)</script>")
    return out.getvalue()


HTML = b"<!DOCTYPE html><script>alert('%s')</script>" % CANARY
POLYGLOTS = {
    "a page before a PDF": (HTML + pdfs.pdf(1), "pdf"),
    "a page within a PDF": (pdfs.pdf(1).replace(b"\n%", b"\n%" + HTML + b"\n%", 1), "pdf"),
    "a PDF before an archive": (pdfs.pdf(1) + archive(), "pdf"),
    "a program before a PDF": (b"MZ" + bytes(500) + pdfs.pdf(1), "pdf"),
    "a PDF that runs, launches and carries": (pdfs.active(), "pdf"),
    "a picture that is a script and a table": (b"GIF89a=1;//" + CANARY + b"\ndate;amount\n2026-01-01;1.00\n", "export"),
    "a page that is a table": (HTML + b"\ndate;amount\n2026-01-01;1.00\n", "export"),
    "a script that is a table": (b"alert(1);//;amount\n" + written.table().encode(), "export"),
    "a PDF that is a table": (b"%PDF-1.7;amount\n" + written.table().encode(), "export"),
    "an archive": (archive(), "export"),
    "an archive with a table before it": (written.table().encode() + archive(), "export"),
    "packed": (zlib.compress(written.table().encode()), "export"),
    "an SVG": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "export"),
    "a statement with a page in it": (written.camt().replace("Rent", "&lt;script&gt;").encode(), "export"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_file_of_two_kinds_is_read_as_one_or_refused_and_served_as_neither(
    name: str, owner: Client, onboarding: Onboarding
) -> None:
    content, kind = POLYGLOTS[name]
    make = file_rows.statement if kind == "pdf" else file_rows.upload
    source = advance(make(onboarding, content=content))
    assert source.state in (SourceState.QUEUED, SourceState.ASKING, SourceState.FAILED)
    for reply in pages_of(owner, onboarding):
        assert b"<script>alert" not in reply.content
        assert CANARY not in reply.content.replace(b"alert(&#x27;" + CANARY, b"")
        assert reply.headers["Content-Type"].startswith(
            ("text/html", "application/json", "text/csv", "application/vnd")
        )
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


def pages_of(client: Client, onboarding: Onboarding) -> Iterator[Any]:
    """Get every page on which something of a file could be seen."""
    source = onboarding.sources.get()
    for name in ("hub", "progress", "statements", "uploads", "summary"):
        yield client.get(reverse(name, args=[onboarding.uuid]))
    for name in ("file", "file_columns"):
        yield client.get(reverse(name, args=[onboarding.uuid, source.uuid]))


# --- forms


def send(client: Client, onboarding: Onboarding, body: bytes, kind: str = MULTIPART_CONTENT, **extra: Any) -> Any:
    return client.generic("POST", reverse("uploads", args=[onboarding.uuid]), body, content_type=kind, **extra)


def part(*headers: bytes, content: bytes = b":20:x") -> bytes:
    return b"--%s\r\n%s\r\n\r\n%s\r\n" % (BOUNDARY.encode(), b"\r\n".join(headers), content)


def body(*written_parts: bytes) -> bytes:
    intent = part(b'Content-Disposition: form-data; name="intent"', content=str(uuid4()).encode())
    return intent + b"".join(written_parts) + b"--%s--\r\n" % BOUNDARY.encode()


def named(disposition: bytes) -> bytes:
    return part(b"Content-Disposition: form-data; name=files; " + disposition, b"Content-Type: text/plain")


FILE_NAMES = {
    "a way up": b'filename="../../../../etc/passwd"',
    "a way up, encoded": b"filename*=utf-8''..%2f..%2fetc%2fpasswd",
    "a way up, with turned slashes": b'filename="..\\..\\windows\\system32\\x"',
    "from the root": b'filename="/etc/cron.d/x"',
    "a device": b'filename="CON"',
    "a device with an ending": b'filename="NUL.pdf"',
    "three hundred letters": b'filename="' + b"x" * 300 + b'.pdf"',
    "a hundred thousand letters": b"filename*=utf-8''" + b"x" * 900 + b".pdf",
    "turned around": b"filename*=utf-8''invoice%E2%80%AEfdp.exe",
    "NUL": b"filename*=utf-8''a.pdf%00.exe",
    "a new header": b"filename*=utf-8''a%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>.pdf",
    "markup": b"filename*=utf-8''%3Cimg%20src=x%20onerror=alert(1)%3E.pdf",
    "an attribute": b"filename*=utf-8''%22%20onmouseover=%22alert(1).pdf",
    "a formula": b'filename="=cmd|calc!A0.csv"',
    "a template": b'filename="{{ settings.SECRET_KEY }}{% debug %}"',
    "a percent sign": b'filename="%(name)s%d%n.pdf"',
    "dots": b'filename=".."',
    "blanks": b'filename="   "',
    "not of this encoding": b"filename*=utf-8''%ff%fe",
    "an encoding of nobody": b"filename*=planted''x",
    "no letters at all": b"filename*=utf-8''%E2%80%8B%E2%80%8B",
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", FILE_NAMES)
def test_no_name_of_a_file_leads_anywhere_or_breaks_a_page(
    name: str, owner: Client, onboarding: Onboarding, settings: Settings, tmp_path: Path
) -> None:
    before = set(tmp_path.rglob("*"))
    reply = send(owner, onboarding, body(named(FILE_NAMES[name])))
    assert reply.status_code in (200, 302, 400)
    assert "Set-Cookie" not in str(reply.headers.get("Location", ""))
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(settings.UPLOAD_FOLDER) for path in made)
    assert [path for path in made if "passwd" in path.name or "cron" in path.name or "system32" in path.name] == []
    for source in onboarding.sources.select_related("file"):
        assert len(source.file.name) <= 200
        assert source.file.name == "" or source.file.name.isprintable()
        assert not set(source.file.name) & set("/\\")
    for page in (owner.get(reverse(one, args=[onboarding.uuid])) for one in ("hub", "progress")):
        assert b"<img src=x" not in page.content
        assert b"<script>.pdf" not in page.content
        assert b'" onmouseover="alert' not in page.content
        assert settings.SECRET_KEY.encode() not in page.content


FORMS: dict[str, Callable[[], tuple[bytes, str]]] = {
    "without a boundary": lambda: (body(named(b'filename="a"')), "multipart/form-data"),
    "with an empty boundary": lambda: (body(named(b'filename="a"')), "multipart/form-data; boundary="),
    "with a boundary of a thousand signs": lambda: (body(), "multipart/form-data; boundary=" + "x" * 1000),
    "with another boundary": lambda: (body(named(b'filename="a"')), "multipart/form-data; boundary=other"),
    "with a boundary that is no ASCII": lambda: (body(), "multipart/form-data; boundary=\xff"),
    "that is JSON": lambda: (b'{"files": ["x"]}', "application/json"),
    "that is nothing": lambda: (b"", MULTIPART_CONTENT),
    "that is all boundary": lambda: (b"--%s\r\n" % BOUNDARY.encode() * 50_000, MULTIPART_CONTENT),
    "of ten thousand fields": lambda: (
        body(*(part(b'Content-Disposition: form-data; name="f%d"' % number, content=b"") for number in range(10_000))),
        MULTIPART_CONTENT,
    ),
    "of ten thousand files": lambda: (body(*(named(b'filename="a"') for _ in range(10_000))), MULTIPART_CONTENT),
    "of a field of ten megabytes": lambda: (
        body(part(b'Content-Disposition: form-data; name="x"', content=b"x" * 10 * MEGABYTE)), MULTIPART_CONTENT
    ),
    "with a heading of ten megabytes": lambda: (
        body(part(b'Content-Disposition: form-data; name="files"; filename="' + b"x" * 10 * MEGABYTE + b'"')),
        MULTIPART_CONTENT,
    ),
    "with ten thousand headings in a part": lambda: (
        body(part(*(b"X-%d: x" % number for number in range(10_000)))), MULTIPART_CONTENT
    ),
    "packed by a transfer encoding": lambda: (
        body(part(b"Content-Disposition: form-data; name=files; filename=a", b"Content-Transfer-Encoding: base64",
                  content=b"=" * 100_001)),
        MULTIPART_CONTENT,
    ),
    "in a form of numbers": lambda: (b"&".join(b"f%d=1" % number for number in range(10_000)),
                                     "application/x-www-form-urlencoded"),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", FORMS)
def test_a_broken_form_is_refused_or_asked_again_and_leaves_no_file(
    name: str, owner: Client, onboarding: Onboarding
) -> None:
    content, kind = FORMS[name]()
    reply = send(owner, onboarding, content, kind)
    assert reply.status_code in (200, 302, 400, 413)
    assert len(list(vault.names())) == onboarding.sources.count() <= 10
    assert owner.get(reverse("hub", args=[onboarding.uuid])).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["-1", "0", "1", "99999999999999999999", "many", "", "\N{FULLWIDTH DIGIT ONE}0"])
def test_a_length_that_lies_leaves_no_file(length: str, owner: Client, onboarding: Onboarding) -> None:
    reply = send(owner, onboarding, body(named(b'filename="a"')), CONTENT_LENGTH=length)
    assert reply.status_code in (200, 400, 403, 413)
    assert (list(vault.names()), onboarding.sources.count()) == ([], 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind", ["text/html", "application/x-msdownload", "image/svg+xml", "x" * 500, "text/plain; charset=nobody"]
)
def test_what_a_browser_says_of_a_file_is_not_believed(
    kind: str,
    owner: Client,
    onboarding: Onboarding,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    header = b"Content-Type: " + kind.encode()
    send(
        owner,
        onboarding,
        body(part(b'Content-Disposition: form-data; name=files; filename="x.html"', header, content=HTML)),
    )
    with django_capture_on_commit_callbacks(execute=True):
        source = advance(onboarding.sources.get())
    assert (source.state, source.failure) == (SourceState.FAILED, Failure.FILE_FORMAT_UNKNOWN)
    assert list(vault.names()) == []


FORMS_WITHOUT_FILES = ("start", "add_bank", "finish", "erase", "admin:login")


@pytest.fixture
def no_temporary_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))


@pytest.mark.django_db
@pytest.mark.parametrize("size", [3 * MEGABYTE, 30 * MEGABYTE])
@pytest.mark.parametrize("name", FORMS_WITHOUT_FILES)
def test_a_file_sent_where_none_is_asked_for_is_written_nowhere(
    name: str, size: int, no_temporary_file: None, owner: Client, onboarding: Onboarding
) -> None:
    address = reverse(name, args=[onboarding.uuid] if name in ("add_bank", "finish", "erase") else [])
    content = body(part(b"Content-Disposition: form-data; name=files; filename=a", content=b"x" * size))
    for client in (owner, Client(), Client(enforce_csrf_checks=True)):
        reply: HttpResponse = client.generic("POST", address, content, content_type=MULTIPART_CONTENT)  # type: ignore[assignment]
        # Some are sent away, or refused as forged, before the body is read; whoever reads it refuses it.
        assert reply.status_code in (302, 400, 403, 404)
        assert name != "start" or client is not owner or reply.status_code == 400


@pytest.mark.django_db
def test_a_small_file_sent_where_none_is_asked_for_is_passed_over(no_temporary_file: None, owner: Client) -> None:
    content = body(part(b"Content-Disposition: form-data; name=files; filename=a", content=b"x" * MEGABYTE))
    reply = owner.generic("POST", reverse("start"), content, content_type=MULTIPART_CONTENT)
    assert reply.status_code < 500
    assert dict(reply.wsgi_request.FILES) == {}


@pytest.mark.django_db
def test_what_lies_in_the_vault_is_sealed_and_no_address_leads_to_it(
    owner: Client, onboarding: Onboarding, settings: Settings
) -> None:
    send(owner, onboarding, body(part(b"Content-Disposition: form-data; name=files; filename=a", content=CANARY * 99)))
    lying = [path for path in Path(settings.UPLOAD_FOLDER).rglob("*") if path.is_file()]
    assert lying
    assert [path for path in lying if CANARY in path.read_bytes()] == []
    guesses = [
        f"{start}{path.name}" for path in lying for start in ("/", "/static/", "/media/", "/uploads/", "/static/../")
    ]
    assert {owner.get(guess).status_code for guess in guesses} == {404}
