"""A file's own page: each question, its answer, and everybody who has no business there."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from onboarding import sealing
from onboarding.jobs.files import password_place
from onboarding.models import BalanceCheck, ColumnChoice, FileFormat, Onboarding, Question, Source, SourceState
from onboarding.reading.refusals import Expected, Problem
from tests import file_rows, rows
from tests.pages.markup import Page, read

pytestmark = pytest.mark.django_db

ANSWERS = ("file_password", "file_columns", "file_confirm", "remove_file")


def at(name: str, source: Source) -> str:
    return reverse(name, args=[source.onboarding.uuid, source.uuid])


def card(source: Source) -> str:
    return f"{reverse('hub', args=[source.onboarding.uuid])}#source-{source.uuid}"


def seen(client: Client, source: Source, query: str = "") -> Page:
    return read(client.get(at("file", source) + query).content.decode())


def mapping(**fields: Any) -> dict[str, Any]:
    """Return the form of the columns as its page has it, with changes."""
    written = {"encoding": "utf-8", "delimiter": "semicolon", "decimal": ",", "date_format": "DD.MM.YYYY"}
    held = {"booked_on": "0", "amount": "1", "title": "2", "party": "3"}
    return {**written, **held, "header_row": "0", "currency": "PLN", **fields}


def answer_columns(client: Client, source: Source, **fields: Any) -> HttpResponse:
    return client.post(at("file_columns", source), mapping(**fields))


@pytest.mark.parametrize("state", [one for one in SourceState if one not in (SourceState.ASKING, "signing_in")])
def test_a_file_that_asks_nothing_has_its_place_in_the_list(
    owner: Client, onboarding: Onboarding, state: SourceState
) -> None:
    source = file_rows.statement(onboarding, state)
    assert owner.get(at("file", source)).headers["Location"] == card(source)


@pytest.mark.parametrize("gone", ["removed", "replaced"])
def test_a_file_that_is_off_the_list_asks_nothing(owner: Client, onboarding: Onboarding, gone: str) -> None:
    source = file_rows.asking(onboarding, Question.PASSWORD)
    rows.change(
        source, **({"removed_at": rows.ago()} if gone == "removed" else {"replaced_by": rows.source(onboarding)})
    )
    assert owner.get(at("file", source)).headers["Location"] == card(source)
    assert owner.post(at("file_password", source), {"password": "x"}).headers["Location"] == reverse(
        "hub", args=[onboarding.uuid]
    )


@pytest.mark.parametrize("name", ["file", *ANSWERS])
@pytest.mark.parametrize("whose", ["foreign", "bank"])
def test_a_file_of_another_person_or_a_bank_is_not_there(
    owner: Client, onboarding: Onboarding, name: str, whose: str
) -> None:
    foreign = file_rows.asking(rows.onboarding(), Question.PASSWORD)
    source = foreign if whose == "foreign" else rows.source(onboarding, SourceState.FAILED)
    target = reverse(name, args=[onboarding.uuid, source.uuid])
    assert (owner.get(target) if name == "file" else owner.post(target)).status_code == 404
    assert rows.again(source).state == source.state


@pytest.mark.parametrize("name", ["file", *ANSWERS])
@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_nobody_else_sees_or_answers_a_question(
    request: pytest.FixtureRequest, onboarding: Onboarding, name: str, who: str
) -> None:
    source = file_rows.asking(onboarding, Question.PREVIEW)
    client = request.getfixturevalue(who)
    target = at(name, source)
    response = client.get(target) if name == "file" else client.post(target)
    assert response.status_code == 404
    assert file_rows.FILE_IBAN[-4:] not in response.content.decode()
    assert rows.again(source).state == SourceState.ASKING


# --- the password


def test_a_password_is_asked_for_in_a_field_that_hides_and_keeps_nothing(owner: Client, onboarding: Onboarding) -> None:
    field = seen(owner, file_rows.asking(onboarding, Question.PASSWORD)).one("input", id="id_password")
    assert field.attributes["type"] == "password"
    assert field.attributes["autocomplete"] == "off"
    assert "value" not in field.attributes


def test_a_password_is_taken_as_it_is_and_sealed(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.PASSWORD)
    response = owner.post(at("file_password", source), {"password": " geheim "})
    changed = rows.again(source)
    assert response.headers["Location"] == card(source)
    assert changed.state == SourceState.CHECKING
    assert sealing.unseal(changed.file.password, place=password_place(source.pk)) == " geheim "


@pytest.mark.parametrize(
    ("password", "said"), [("", "Type the password of the file."), ("x" * 201, "longer than any file's password")]
)
def test_a_password_that_can_not_be_one_is_asked_for_again_and_never_repeated(
    owner: Client, onboarding: Onboarding, password: str, said: str
) -> None:
    source = file_rows.asking(onboarding, Question.PASSWORD)
    response = owner.post(at("file_password", source), {"password": password})
    shown = read(response.content.decode())
    assert response.status_code == 200
    assert said in shown.one("p", id="password-error").says()
    assert "value" not in shown.one("input", id="id_password").attributes
    assert rows.again(source).state == SourceState.ASKING


@pytest.mark.parametrize(("tries", "said"), [(1, "4 more tries."), (4, "1 more try.")])
def test_how_many_tries_a_password_has_left_is_said(
    owner: Client, onboarding: Onboarding, tries: int, said: str
) -> None:
    source = file_rows.asking(onboarding, Question.PASSWORD, file__password_tries=tries)
    assert said in seen(owner, source).one("p", id="password-error").says()


def test_a_password_given_twice_leads_to_the_list_the_second_time(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.PASSWORD)
    owner.post(at("file_password", source), {"password": "geheim"})
    second = owner.post(at("file_password", source), {"password": "geheim"}, follow=True)
    assert "This file has changed meanwhile." in second.content.decode()


# --- the columns


def test_the_first_rows_are_shown_in_a_region_that_can_be_scrolled_by_keyboard(
    owner: Client, onboarding: Onboarding
) -> None:
    shown = seen(owner, file_rows.asking(onboarding, Question.COLUMNS))
    region = shown.one("div", role="region")
    assert region.attributes["tabindex"] == "0"
    assert region.attributes["aria-labelledby"] in shown.ids()
    assert [one.says() for one in shown.all("th")] == [
        "1 Data operacji", "2 Kwota", "3 Opis", "4 Kontrahent", "5 Saldo"
    ]  # fmt: skip
    assert "Zakład <b>Pracy</b>" in [one.says() for one in shown.all("td")]
    assert not shown.all("b")


def test_what_was_guessed_is_chosen_with_examples_of_the_file(owner: Client, onboarding: Onboarding) -> None:
    shown = seen(owner, file_rows.asking(onboarding, Question.COLUMNS))
    chosen = {
        one.ancestors[-1].attributes["name"]: one.says() for one in shown.all("option") if "selected" in one.attributes
    }
    assert chosen["encoding"] == "All languages (UTF-8)"
    assert chosen["delimiter"] == "Semicolon ;"
    assert chosen["date_format"] == "31.12.2026 (day, month, year)"
    assert chosen["amount"] == "Column 2: Kwota, -1 250,00"
    assert chosen["balance"] == "not in the file"
    assert shown.one("p", id="date_format-hint").says() == "In the file: 31.12.2026"
    assert shown.one("p", id="decimal-hint").says() == "In the file: -1 250,00"
    assert "grudzień" in shown.one("p", id="encoding-hint").says()


def test_a_table_without_names_has_numbered_columns(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, SourceState.ASKING, file__question="columns", file__format=FileFormat.CSV)
    file_rows.guess(source, header_row=None)
    file_rows.table(source, (("", ""), ("1.2.2026", "5,00")))
    shown = seen(owner, source)
    assert [one.says() for one in shown.all("th")] == ["1 Column 1", "2 Column 2"]
    assert "Column 2: 5,00" in [one.says() for one in shown.all("option")]


def test_a_table_that_was_cut_at_the_wrong_sign_can_be_mapped_by_number(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.upload(onboarding, SourceState.ASKING, file__question="columns", file__format=FileFormat.CSV)
    file_rows.guess(source, delimiter=",", booked_on=None, amount=None, title=None, party=None)
    file_rows.table(source, (("Day;Amount",), ("1.2.2026;5",)))
    assert [one.says() for one in seen(owner, source).all("th")] == ["1 Day;Amount"]
    assert answer_columns(owner, source, delimiter="semicolon", title="", party="").status_code == 302


def test_what_the_person_says_of_the_columns_is_written_and_the_file_is_read_again(
    owner: Client, onboarding: Onboarding
) -> None:
    source = file_rows.asking(onboarding, Question.COLUMNS)
    fields = {
        "delimiter": "tab",
        "header_row": "none",
        "currency": "eur",
        "number": "pl61 1090 1014 0000 0712 1981 2874",
    }
    response = answer_columns(owner, source, **fields, account_name="Our account", balance="4", title="")
    assert response.headers["Location"] == card(source)
    said = ColumnChoice.objects.get(file=source.file)
    assert (said.delimiter, said.header_row, said.currency, said.number) == ("\t", None, "EUR", file_rows.FILE_IBAN)
    assert (said.booked_on, said.amount, said.balance, said.title, said.debit) == (0, 1, 4, None, None)
    assert said.said_by_person
    assert rows.again(source).state == SourceState.CHECKING


WRONG = {
    "no day": ({"booked_on": ""}, "Day of booking: Say which column holds the day."),
    "no amount": ({"amount": ""}, "Say which column holds the amount"),
    "amount and parts": ({"debit": "4"}, "Choose either the amount, or money out and money in"),
    "no currency": ({"currency": ""}, "Say the currency, for example PLN or EUR."),
    "odd currency": ({"currency": "z1"}, "Write the currency with three letters"),
    "wrong IBAN": ({"number": "PL62109010140000071219812874"}, "This is not an IBAN."),
    "one column twice": ({"title": "1"}, "This column is chosen above for something else."),
    "column beyond the table": ({"title": "9"}, "Select a valid choice"),
    "unknown encoding": ({"encoding": "ebcdic"}, "Select a valid choice"),
    "header elsewhere": ({"header_row": "7"}, "Select a valid choice"),
}


@pytest.mark.parametrize("case", WRONG)
def test_columns_that_can_not_be_right_are_told_at_the_top_and_at_their_field(
    owner: Client, onboarding: Onboarding, case: str
) -> None:
    fields, said = WRONG[case]
    source = file_rows.asking(onboarding, Question.COLUMNS)
    response = answer_columns(owner, source, **fields)
    shown = read(response.content.decode())
    assert response.status_code == 200
    assert said in shown.one("div", role="alert").says()
    assert [one for one in shown.all("select", "input") if one.attributes.get("aria-invalid") == "true"]
    assert rows.again(source).state == SourceState.ASKING
    assert not ColumnChoice.objects.get(file=source.file).said_by_person


RIGHT = {
    "money out and in": {"amount": "", "debit": "1", "credit": "4"},
    "money out alone": {"amount": "", "debit": "1"},
    "both days in one column": {"transaction_on": "0"},
    "only the day of the payment": {"booked_on": "", "transaction_on": "0"},
    "currency in a column": {"currency": "", "currency_column": "4"},
    "a number that is no IBAN": {"number": "61 1090 1014 0000 0712 1981 2874"},
}


@pytest.mark.parametrize("case", RIGHT)
def test_columns_that_can_be_right_are_taken(owner: Client, onboarding: Onboarding, case: str) -> None:
    source = file_rows.asking(onboarding, Question.COLUMNS)
    assert answer_columns(owner, source, **RIGHT[case]).status_code == 302
    assert rows.again(source).state == SourceState.CHECKING


def test_where_a_value_could_not_be_read_last_time_is_said(owner: Client, onboarding: Onboarding) -> None:
    found = {"problem": Problem.WRONG_VALUE, "expected": Expected.AN_AMOUNT, "line": 12, "element": "column 2"}
    source = file_rows.asking(onboarding, Question.COLUMNS, **{f"file__{name}": value for name, value in found.items()})
    said = seen(owner, source).one("div", role="alert").says()
    assert "Place: line 12, table column 2 (Kwota)." in said
    assert "Expected there: an amount with at most two decimals." in said


def test_a_bad_cell_can_lie_in_the_file_itself_which_is_said_beside_the_way_out(
    owner: Client, onboarding: Onboarding
) -> None:
    found = {"file__problem": Problem.WRONG_VALUE, "file__line": 12, "file__element": "column 2"}
    source = file_rows.asking(onboarding, Question.COLUMNS, **found)
    page = seen(owner, source)
    alert = page.one("div", role="alert")
    assert "If the columns are right, the file itself has to be mended" in alert.says()
    assert alert in page.one("form", action=at("remove_file", source)).ancestors


def test_how_a_file_is_written_is_folded_until_it_may_be_what_is_wrong(owner: Client, onboarding: Onboarding) -> None:
    def is_open(page: Page) -> bool:
        return "open" in page.one("details", id="how-written").attributes

    source = file_rows.asking(onboarding, Question.COLUMNS)
    assert not is_open(seen(owner, source))
    assert is_open(read(answer_columns(owner, source, delimiter="none").content.decode()))
    refused = file_rows.asking(onboarding, Question.COLUMNS, file__problem=Problem.WRONG_VALUE)
    assert is_open(seen(owner, refused))


def test_what_nobody_has_to_fill_in_says_so(owner: Client, onboarding: Onboarding) -> None:
    page = seen(owner, file_rows.asking(onboarding, Question.COLUMNS))
    assert page.one("label", for_="id_number").says() == "Number of the account (if you like)"
    assert page.one("label", for_="id_currency").says() == "Currency of the account"


def test_a_removed_file_is_named_as_it_is(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.PASSWORD, file__name="<b>march</b>.pdf")
    page = read(owner.post(at("remove_file", source), follow=True).content.decode())
    assert "Removed: <b>march</b>.pdf." in page.one("main").says()


def test_columns_of_a_file_that_has_none_are_not_taken(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.PASSWORD)
    assert answer_columns(owner, source).headers["Location"] == reverse("hub", args=[onboarding.uuid])
    assert rows.again(source).state == SourceState.ASKING


# --- the preview


def test_a_preview_shows_what_was_found(owner: Client, onboarding: Onboarding) -> None:
    shown = seen(owner, file_rows.asking(onboarding, Question.PREVIEW)).one("main").says()
    for part in (
        "historia.csv",
        "PL61 1090",
        "1,240",
        "2 Jan 2026 \N{EN DASH} 31 Dec 2026",
        "Czynsz",
        "not booked yet",
        "Wynagrodzenie <b>",
        "The balances agree.",
    ):
        assert part in shown


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"balance_check": BalanceCheck.WRONG, "difference_cents": -1200}, "The balances differ by PLN 12.00."),
        ({"balance_check": BalanceCheck.WRONG}, "The balances do not agree."),
        ({"balance_check": BalanceCheck.UNKNOWN}, "The file says no balances"),
    ],
)
def test_balances_are_told_in_words_and_never_hold_anybody_up(
    owner: Client, onboarding: Onboarding, columns: dict[str, Any], said: str
) -> None:
    source = file_rows.asking(onboarding, Question.PREVIEW)
    file_rows.preview(source, **columns)
    shown = seen(owner, source)
    assert said in shown.one("main").says().replace("\N{NO-BREAK SPACE}", " ")
    assert shown.one("button", id="confirm").says() == "Yes, add this"


def test_a_preview_of_many_accounts_takes_few_queries(
    owner: Client, onboarding: Onboarding, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    source = file_rows.asking(onboarding, Question.PREVIEW)
    for _number in range(10):
        file_rows.preview(source)
    with django_assert_max_num_queries(6):
        owner.get(at("file", source))


def test_a_confirmed_file_joins_the_line(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.PREVIEW)
    assert owner.post(at("file_confirm", source)).headers["Location"] == card(source)
    assert rows.again(source).state == SourceState.QUEUED


def test_confirming_twice_leads_to_the_list(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.PREVIEW)
    for _click in range(2):
        response = owner.post(at("file_confirm", source))
    assert response.headers["Location"] == reverse("hub", args=[onboarding.uuid])
    assert rows.again(source).state == SourceState.QUEUED


def test_from_the_preview_of_a_table_there_is_a_way_back_to_its_columns(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.PREVIEW)
    assert [one for one in seen(owner, source).all("a") if one.attributes["href"] == "?question=columns"]
    assert seen(owner, source, "?question=columns").one("h1").says() == "What do the columns hold?"
    assert answer_columns(owner, source).headers["Location"] == card(source)


def test_other_formats_have_no_columns_to_go_back_to(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.asking(onboarding, Question.PREVIEW, file__format=FileFormat.MT940)
    assert "columns" not in " ".join(one.attributes["href"] for one in seen(owner, source).all("a"))
    assert seen(owner, source, "?question=columns").one("h1").says() == "What we found in your file"


# --- taking it off the list


@pytest.mark.parametrize("question", list(Question))
def test_a_file_that_asks_can_be_removed_and_nothing_of_it_stays(
    owner: Client,
    onboarding: Onboarding,
    question: Question,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    source = file_rows.asking(onboarding, question)
    with django_capture_on_commit_callbacks(execute=True):
        response = owner.post(at("remove_file", source))
    assert response.headers["Location"] == reverse("hub", args=[onboarding.uuid])
    assert rows.again(source).removed_at is not None
    assert not file_rows.in_vault()


def test_removing_what_brought_data_is_not_possible_and_is_said(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, SourceState.IMPORTED)
    page = owner.post(at("remove_file", source), follow=True)
    assert "This file has changed meanwhile." in page.content.decode()
    assert rows.again(source).removed_at is None
