"""What staff's pages show, and what they never show."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.conf import settings
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onboarding.admin import wording
from onboarding.models import (
    Account,
    Aggregation,
    BankSignIn,
    Erasure,
    Event,
    FailedCheck,
    Failure,
    Invitation,
    Onboarding,
    Source,
    SourceFile,
    SourceState,
)
from tests import file_rows, rows
from tests.admin import staff

WORK = {"due_at", "attempts", "give_up_at", "claimed_until", "failure", "failure_code"}
UNSHOWN_WORK = {"claim", "lost_claims", "unreadable_replies", "nudged_at"}
SHOWN: dict[type[models.Model], set[str]] = {
    BankSignIn: {"source", "way", "returned_at", "target", "official_name", "institution", "start_asked_at"},
    SourceFile: {"source", "format", "size", "pages", "stored_until", "question", "password_tries", "confirmed_at"}
    | {"target", "bank_name", "sent_at", "pushed_by", "row_count", "problem", "expected", "line", "column", "element"},
    FailedCheck: {"file", "name"},
    Source: WORK
    | {
        "id",
        "kind",
        "uuid",
        "onboarding",
        "state",
        "created_at",
        "state_since",
        "queued_at",
        "ended_at",
        "account_count",
    }
    | {"repeats_earlier", "missing_from_summary", "replaced_by", "removed_at"},
    Onboarding: {"uuid", "owner_external_id", "country", "locale", "created_at", "consented_at", "finished_at"}
    | {"erased_at", "expires_at", "aggregation"},
    Invitation: {"id", "country", "note", "created_at", "created_by", "expires_at", "used_at", "onboarding"},
    Aggregation: WORK | {"state", "created_at", "ended_at", "rows_stored"},
    Erasure: WORK | {"state", "asked_at", "vendor_asked_at", "proved_at"},
    Event: {"id", "onboarding", "source_uuid", "actor", "staff", "name", "detail", "at"},
    Account: {"kind", "position", "bank", "currency", "transaction_count", "first_booked_on", "last_booked_on"}
    | {"partial", "times_seen"},
}
"""Columns that staff may see."""
UNSHOWN: dict[type[models.Model], set[str]] = {
    BankSignIn: {"redirection_id", "link", "return_code", "return_code_until", "return_code_tries", "session_id"}
    | {"signature", "command_id", "seen_unfinished", "finished_seen_at", "return_browser", "return_state"},
    SourceFile: {"name", "stored_as", "payload", "payload_size", "password", "answer_id"},
    FailedCheck: {"id"},
    Source: UNSHOWN_WORK | {"file_fingerprint", "intent", "slot", "quota_refusals", "in_snapshot"},
    Onboarding: {"id", "intent_digest", "browser", "return_url", "snapshot", "hides_duplicates"},
    Invitation: {"token_digest", "return_url"},
    Aggregation: UNSHOWN_WORK | {"id", "onboarding"},
    Erasure: UNSHOWN_WORK | {"id", "onboarding", "not_before"},
    Event: set(),
    Account: {"id", "snapshot", "origin", "target", "institution", "name", "iban", "last_digits", "balance_cents"}
    | {"funds_available_cents", "credit_limit_cents", "active_since", "due_on"},
}
"""Columns that stand on no page as they are: of a number, an address and a command staff see only a part."""


@pytest.mark.parametrize("kind", SHOWN)
def test_every_column_is_classified_as_shown_or_not(kind: type[models.Model]) -> None:
    columns = {field.name for field in kind._meta.concrete_fields}

    assert columns == SHOWN[kind] | UNSHOWN[kind]
    assert not SHOWN[kind] & UNSHOWN[kind]


def test_no_page_shows_what_staff_may_not_see(superuser: Client, everything: staff.Everything) -> None:
    contents = {page: superuser.get(page).content.decode() for page in everything.pages}

    shown = [(page, column) for page in contents for column, text in staff.PLANTED.items() if text in contents[page]]
    assert shown == []


def test_no_page_shows_a_whole_account_number(superuser: Client, everything: staff.Everything) -> None:
    contents = {page: "".join(superuser.get(page).content.decode().split()) for page in everything.pages}

    assert [page for page in contents if staff.IBAN[4:-4] in contents[page]] == []


def test_the_onboardings_page_shows_account_numbers_masked(viewer: Client, everything: staff.Everything) -> None:
    assert "PL69 … 8112" in viewer.get(everything.details[0]).content.decode()


@pytest.mark.parametrize(
    ("number", "last_digits", "shown"),
    [
        ("PL69114020040000300201358112", "", "PL69 … 8112"),
        ("PL69 1140 2004 0000 3002 0135 8112", "", "PL69 … 8112"),
        ("NO9386011117947", "", "NO93 … 7947"),
        ("19-2000145399", "", "… 5399"),
        ("12345678", "", "… 5678"),
        ("1234567", "", "…"),
        ("", "4411", "… 4411"),
        ("", "", "—"),
    ],
)
def test_a_masked_number_keeps_most_of_itself_back(number: str, last_digits: str, shown: str) -> None:
    assert wording.masked(number, last_digits) == shown


def test_only_the_accounts_of_the_shown_summary_are_listed(viewer: Client, everything: staff.Everything) -> None:
    Onboarding.objects.update(snapshot=None)

    page = viewer.get(everything.details[0]).content.decode()

    assert "PL69" not in page
    assert "No summary is shown." in page


def test_the_onboardings_page_lists_its_sources_in_order(viewer: Client) -> None:
    owner = rows.onboarding()
    first, second = rows.source(owner, SourceState.IMPORTED), staff.failed_import(owner)

    page = viewer.get(f"{staff.ONBOARDINGS}{owner.pk}/change/").content.decode()

    headings = [f"1. Source #{first.pk} KontoBank", f"2. Source #{second.pk}"]
    assert re.findall(r"\d\. Source #[^<]*", page) == headings


def test_a_failed_source_says_what_happened_and_the_vendors_word(viewer: Client) -> None:
    failed = staff.failed_import(rows.onboarding())

    page = viewer.get(f"{staff.SOURCES}{failed.pk}/change/").content.decode()

    assert "no answer in time" in page
    assert "Timeout" in page
    assert "our side can try again" in page


def test_a_source_that_only_the_person_can_repeat_says_so(viewer: Client) -> None:
    failed = rows.source(rows.onboarding(), SourceState.FAILED, failure=Failure.CREDENTIALS)

    page = viewer.get(f"{staff.SOURCES}{failed.pk}/change/").content.decode()

    assert "it needs a new sign-in by the person" in page


@pytest.mark.parametrize(("command", "known"), [("455026009", "yes"), ("", "no")])
def test_a_source_says_whether_its_command_is_known(command: str, known: str, viewer: Client) -> None:
    source = rows.source(rows.onboarding(), SourceState.IMPORTING, bank__command_id=command)

    page = viewer.get(f"{staff.SOURCES}{source.pk}/change/").content.decode()

    assert re.search(rf'Command known:</label><div class="readonly">{known}</div>', page)


def test_a_source_says_how_long_it_took(viewer: Client) -> None:
    source = rows.source(
        rows.onboarding(),
        SourceState.IMPORTED,
        queued_at=rows.ago(minutes=5),
        bank__start_asked_at=rows.ago(minutes=4),
        ended_at=rows.ago(minutes=1),
    )

    page = viewer.get(f"{staff.SOURCES}{source.pk}/change/").content.decode()

    assert re.search(r'Waited in the line:</label><div class="readonly">1 min 0 s', page)
    assert re.search(r'Import took:</label><div class="readonly">3 min 0 s', page)


def test_a_stuck_source_says_why(viewer: Client) -> None:
    source = rows.source(
        rows.onboarding(),
        SourceState.IMPORTING,
        give_up_at=rows.ago(minutes=1),
        claim="lost",
        claimed_until=rows.ago(minutes=1),
    )

    assert (
        "past its deadline, its worker was lost" in viewer.get(f"{staff.SOURCES}{source.pk}/change/").content.decode()
    )
    assert "importing, past its deadline, its worker was lost" in viewer.get(staff.SOURCES).content.decode()


def test_a_failed_summary_says_what_happened(viewer: Client) -> None:
    owner = rows.onboarding()
    staff.failed_summary(owner)

    page = viewer.get(f"{staff.ONBOARDINGS}{owner.pk}/change/").content.decode()

    assert "Newest summary" in page
    assert "the service answered something unreadable" in page


def test_an_erased_onboarding_shows_how_far_its_erasure_is(helper: Client, viewer: Client) -> None:
    owner = rows.onboarding()
    staff.choose(helper, staff.ONBOARDINGS, "erase", owner, confirmed="yes")

    page = viewer.get(f"{staff.ONBOARDINGS}{owner.pk}/change/").content.decode()

    assert "Erasure at the service" in page
    assert re.search(r'State:</label><div class="readonly">asked</div>', page)


def test_the_time_line_says_which_staff_did_it(helper: Client, viewer: Client) -> None:
    owner = rows.onboarding()
    staff.choose(helper, staff.ONBOARDINGS, "erase", owner, confirmed="yes")

    page = viewer.get(f"{staff.ONBOARDINGS}{owner.pk}/change/").content.decode()

    assert re.search(r"<td>erased here</td>\s*<td>helper</td>", page)


def test_of_the_hosts_address_only_its_host_is_shown(viewer: Client, everything: staff.Everything) -> None:
    page = viewer.get(everything.details[0]).content.decode()

    assert re.search(r'Host:</label><div class="readonly">lender\.example</div>', page)


def test_the_brand_is_in_the_title_of_every_page(viewer: Client, everything: staff.Everything) -> None:
    for page in ["/admin/", *everything.pages]:
        assert f"| {settings.BRAND['name']}</title>" in viewer.get(page).content.decode()


def test_no_page_needs_anything_inline(superuser: Client, everything: staff.Everything) -> None:
    inline = re.compile(r"<style|<script(?![^>]*\ssrc=)|<[^>]*\s(style|on[a-z]+)=|javascript:")
    confirmation = staff.choose(superuser, staff.ONBOARDINGS, "erase", everything.onboarding)
    answers = [confirmation, *map(superuser.get, ["/admin/", f"{staff.INVITATIONS}add/", *everything.pages])]

    assert [answer.request["PATH_INFO"] for answer in answers if inline.search(answer.content.decode())] == []
    assert {answer.headers["Content-Security-Policy"].count("unsafe") for answer in answers} == {0}


def test_a_refused_statement_says_which_checks_failed(viewer: Client) -> None:
    refused = file_rows.statement(rows.onboarding(), SourceState.FAILED, failure=Failure.STATEMENT_TAMPERED)
    for name in ("fonts", "balances"):
        FailedCheck.objects.create(file=refused.file, name=name)

    page = viewer.get(f"{staff.SOURCES}{refused.pk}/change/").content.decode()

    assert "the statement did not pass the checks" in page
    assert "balances, fonts" in page
    assert "it needs another file from the person" in page


def test_a_wrong_place_of_a_file_is_told_without_its_text(viewer: Client) -> None:
    wrong = file_rows.upload(
        rows.onboarding(),
        SourceState.FAILED,
        failure=Failure.FILE_WRONG,
        file__problem="wrong_value",
        file__expected="an_amount",
        file__line=7,
        file__column=3,
    )

    page = viewer.get(f"{staff.SOURCES}{wrong.pk}/change/").content.decode()

    assert "a place of the file can&#x27;t be read" in page
    assert "an_amount" in page


def test_the_list_of_sources_asks_as_few_queries_for_files_as_for_banks(
    viewer: Client, django_assert_num_queries: Callable[..., AbstractContextManager[object]]
) -> None:
    owner = rows.onboarding()
    rows.source(owner, SourceState.IMPORTED)
    with CaptureQueriesContext(connection) as one_bank:
        viewer.get(staff.SOURCES)
    for state in (SourceState.IMPORTED, SourceState.FAILED, SourceState.CHECKING):
        FailedCheck.objects.create(file=file_rows.statement(owner, state).file, name="fonts")

    # One more for the checks of all files together.
    with django_assert_num_queries(len(one_bank) + 1):
        viewer.get(staff.SOURCES)
