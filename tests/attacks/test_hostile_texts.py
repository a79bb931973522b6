"""Texts that are HTML, formulas, control characters or a turned direction are shown inert wherever they are shown."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import pytest
import responses
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding.jobs import aggregation, verdicts
from onboarding.kontomatik import values
from onboarding.models import BankSignIn, Onboarding, Source, SourceFile, SourceState, Transaction
from tests import file_rows, rows, vendor_says
from tests.admin import staff
from tests.attacks.closing import close
from tests.attacks.hostile import CONTROLS, MARK, TEXTS, harm_in, signs_in
from tests.jobs.steps import advance

pytestmark = pytest.mark.django_db
EVERY_TEXT = pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))


def hostile_xml(owner: str, text: str) -> str:
    """An aggregate that has the text wherever one can stand."""
    said, named = escape(text, {"\r": "&#13;", "\u0085": "&#133;"}), quoteattr(text)
    booked = "".join(
        f"<moneyTransaction><bookedOn>2026-03-{day}</bookedOn><currencyAmount>-1.00</currencyAmount>"
        f"<title>{said}</title><party>{said}</party><kind>{said}</kind><labels><label>{said}</label></labels>"
        "</moneyTransaction>"
        for day in (10, 11)
    )
    account = (
        f"<account><name>{said}</name><iban>{vendor_says.IBAN}</iban><currencyBalance>1.00</currencyBalance>"
        f"<currencyName>PLN</currencyName><owners><owner><name>{said}</name><kind>OWNER</kind></owner></owners>"
        f"<moneyTransactions>{booked}</moneyTransactions></account>"
    )
    target = (
        f"<target name='KontoBank' officialName={named} institution='KontoBank'><accounts>{account}</accounts></target>"
    )
    return f'<reply status="200 OK"><owner externalId="{owner}" origin="scraper">{target}</owner></reply>'


@pytest.fixture
def service() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mocked:
        yield mocked


def summed_up(onboarding: Onboarding, service: responses.RequestsMock, text: str) -> Onboarding:
    """Let the service say the text in an aggregate, and the summary be made of it."""
    rows.source(onboarding, SourceState.IMPORTED)
    row = rows.aggregation(onboarding)
    vendor_says.aggregate(service, onboarding, body=hostile_xml(onboarding.owner_external_id, text).encode())
    aggregation.advance(row.pk)
    onboarding.refresh_from_db()
    assert onboarding.snapshot is not None
    return onboarding


def name_everything(onboarding: Onboarding, text: str) -> None:
    """Write the text, read as every text from outside is, into every column of a file or a bank that a page shows."""
    text = values.line(text[:200]) or ""
    for question in ("columns", "preview"):
        source = file_rows.asking(onboarding, question, file__name=text, file__bank_name=text)
        source.file.preview_accounts.update(name=text, bank=text)
        source.file.cells.update(text=text)
    rows.source(onboarding, SourceState.IMPORTED, bank__official_name=text, bank__target=text)
    failed = file_rows.statement(onboarding, SourceState.FAILED, file__name=text, file__element=text)
    Source.objects.filter(pk=failed.pk).update(failure_code=text)


def pages_of(onboarding: Onboarding) -> list[str]:
    names = ("hub", "progress", "summary", "finish", "erase", "statements", "uploads")
    files = onboarding.sources.filter(kind="upload").values_list("uuid", flat=True)
    return [
        *(reverse(name, args=[onboarding.uuid]) for name in names),
        *(reverse("file", args=[onboarding.uuid, uuid]) for uuid in files),
        *(f"{reverse('file', args=[onboarding.uuid, uuid])}?question=columns" for uuid in files),
        f"{reverse('summary', args=[onboarding.uuid])}?q={MARK}",
    ]


@EVERY_TEXT
def test_the_persons_pages_show_what_the_aggregate_says_inert(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock, text: str
) -> None:
    summed_up(onboarding, service, text)
    for address in (reverse("summary", args=[onboarding.uuid]), reverse("hub", args=[onboarding.uuid])):
        assert harm_in(owner.get(address).content.decode()) == []
    page = owner.get(reverse("summary", args=[onboarding.uuid])).content.decode()
    assert page.count(MARK) >= 4
    assert "4249" not in page


@EVERY_TEXT
def test_whoever_searches_for_it_searches_for_letters(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock, text: str
) -> None:
    summed_up(onboarding, service, text)
    found = owner.get(reverse("summary", args=[onboarding.uuid]), {"q": text})
    assert (found.status_code, harm_in(found.content.decode())) == (200, [])
    assert Transaction.objects.count() == 2


@EVERY_TEXT
def test_csv_xlsx_and_json_hold_what_the_aggregate_says_inert(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock, text: str
) -> None:
    summed_up(onboarding, service, text)
    told = {}
    for name in ("summary_csv", "summary_xlsx", "summary_json"):
        answer = owner.get(reverse(name, args=[onboarding.uuid]))
        told[name] = b"".join(answer) if answer.streaming else answer.content
        close(answer)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        handed = f'attachment; filename="transactions-{timezone.localdate()}.{name[-4:].lstrip("_")}"'
        assert answer.headers.get("Content-Disposition") == (None if name == "summary_json" else handed)
    cells = [cell for row in csv.reader(io.StringIO(told["summary_csv"].decode("utf-8-sig"))) for cell in row]
    assert not [cell for cell in cells if cell[:1] in {*"=+@\t\r\n"} or (cell[:1] == "-" and cell != "-1.00")]
    book = openpyxl.load_workbook(io.BytesIO(told["summary_xlsx"]))
    found = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.data_type for cell in found} <= {"s", "n", "d"}
    assert not [cell for cell in found if cell.hyperlink]
    assert [sign for cell in (*cells, *(str(one.value) for one in found)) for sign in signs_in(cell)] == []
    assert any(MARK in str(cell.value) for cell in found)
    said = json.dumps(json.loads(told["summary_json"]), ensure_ascii=False)
    assert MARK in said
    assert signs_in(said) == []


@EVERY_TEXT
def test_names_of_files_and_banks_are_shown_inert(owner: Client, onboarding: Onboarding, text: str) -> None:
    name_everything(onboarding, text)
    shown = {address: owner.get(address, follow=True).content.decode() for address in pages_of(onboarding)}
    assert {address: harm for address, page in shown.items() if (harm := harm_in(page))} == {}
    assert sum(MARK in page for page in shown.values()) >= 4


@EVERY_TEXT
def test_staff_see_it_inert_too(
    db: None, owner: Client, onboarding: Onboarding, service: responses.RequestsMock, text: str
) -> None:
    summed_up(onboarding, service, text)
    name_everything(onboarding, text)
    superuser = staff.account(name="root", superuser=True)
    details = [f"{staff.SOURCES}{key}/change/" for key in Source.objects.values_list("pk", flat=True)]
    addresses = (*staff.LISTS, f"{staff.ONBOARDINGS}{onboarding.pk}/change/", *details)
    shown = {address: superuser.get(address).content.decode() for address in addresses}
    assert {address: harm for address, page in shown.items() if (harm := harm_in(page))} == {}
    assert any(MARK in page for page in shown.values())


@pytest.mark.parametrize("text", {**TEXTS, **CONTROLS}.values(), ids=[*TEXTS, *CONTROLS])
def test_what_a_sign_in_says_of_its_bank_is_shown_inert(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock, text: str
) -> None:
    source = rows.source(onboarding, bank__returned_at=rows.ago())
    vendor_says.signed_in(service, source, target=text, officialName=text)
    advance(source)
    assert rows.again(source).state == SourceState.QUEUED
    page = owner.get(reverse("hub", args=[onboarding.uuid])).content.decode()
    assert harm_in(page) == []
    assert MARK in page


@pytest.mark.parametrize("text", {**TEXTS, **CONTROLS}.values(), ids=[*TEXTS, *CONTROLS])
def test_a_files_name_is_shown_inert(owner: Client, onboarding: Onboarding, text: str) -> None:
    name = text.encode("utf-8", "replace").decode().replace("/", "_").replace("\\", "_")
    boundary = "a-boundary"
    quoted = name.replace('"', "%22").replace("\r", " ").replace("\n", " ")
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{quoted}"\r\n'
        f"Content-Type: text/csv\r\n\r\nDate;Amount\r\n\r\n--{boundary}--\r\n"
    ).encode()
    address = reverse("uploads", args=[onboarding.uuid])
    owner.generic("POST", address, body, content_type=f"multipart/form-data; boundary={boundary}")
    page = owner.get(reverse("hub", args=[onboarding.uuid])).content.decode()
    assert harm_in(page) == []
    for stored in SourceFile.objects.values_list("name", flat=True):
        assert "/" not in stored
        assert stored.isprintable()


def test_a_text_of_a_megabyte_refuses_the_aggregate_and_is_told(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock
) -> None:
    rows.source(onboarding, SourceState.IMPORTED)
    row = rows.aggregation(onboarding)
    vendor_says.aggregate(service, onboarding, body=hostile_xml(onboarding.owner_external_id, "A" * 1_000_000).encode())
    for _ in range(verdicts.POISON_TRIES):
        rows.due_now(row)
        aggregation.advance(row.pk)
    row.refresh_from_db()
    assert row.failure == "unreadable_amounts"
    assert "A" * 300 not in repr(vars(row))
    assert owner.get(reverse("summary", args=[onboarding.uuid])).status_code == 200


def test_the_longest_text_that_is_taken_is_shown_and_exported_whole(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock
) -> None:
    summed_up(onboarding, service, MARK + "<b>" * 10_000)
    page = owner.get(reverse("summary", args=[onboarding.uuid])).content.decode()
    assert harm_in(page) == []
    answer = owner.get(reverse("summary_xlsx", args=[onboarding.uuid]))
    cells = [cell.value for row in openpyxl.load_workbook(io.BytesIO(b"".join(answer))).active for cell in row]
    close(answer)
    assert max(len(str(cell)) for cell in cells) <= 32_767


@EVERY_TEXT
def test_the_command_prints_no_sign_that_a_terminal_would_follow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    saved = tmp_path / "saved.xml"
    saved.write_bytes(hostile_xml("owner-1", text).encode())
    call_command("summarise", str(saved))
    printed = capsys.readouterr().out
    assert MARK in printed
    assert harm_in(printed.replace("<", "")) == []


@EVERY_TEXT
def test_nothing_of_it_reaches_an_address_or_a_header(
    owner: Client, onboarding: Onboarding, service: responses.RequestsMock, text: str
) -> None:
    summed_up(onboarding, service, text)
    BankSignIn.objects.update(official_name=text[:200])
    for name in ("hub", "summary", "summary_csv", "summary_xlsx", "summary_json"):
        answer = owner.get(reverse(name, args=[onboarding.uuid]))
        assert MARK not in str(answer.headers)
        close(answer)
