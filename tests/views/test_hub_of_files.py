"""Files in the list: the words of each state, what can be done, and how often the page asks."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from onboarding.models import FailedCheck, Failure, Onboarding, Question, Source, SourceState
from onboarding.models.sources import ENDED_BADLY, OPEN_STATES
from onboarding.pages import hub
from onboarding.pages.cards import Card
from tests import file_rows, rows
from tests.pages.markup import Page, read
from tests.views.browsing import HTMX

pytestmark = pytest.mark.django_db

Maker = Callable[..., Source]
BOTH = pytest.mark.parametrize("make", [file_rows.statement, file_rows.upload], ids=["statement", "upload"])


def card(source: Source) -> Card:
    return next(one for one in hub.for_onboarding(source.onboarding).cards if one.uuid == source.uuid)


def listed(client: Client, onboarding: Onboarding) -> Page:
    return read(client.get(reverse("hub", args=[onboarding.uuid])).content.decode())


def said(client: Client, source: Source) -> str:
    """Return what the list says of the state of a source."""
    page = listed(client, source.onboarding)
    own = page.one("li", id=f"source-{source.uuid}")
    return next(one.says() for one in page.elements if "data-says" in one.attributes and own in one.ancestors)


def links(client: Client, source: Source) -> list[str]:
    page = listed(client, source.onboarding)
    own = page.one("li", id=f"source-{source.uuid}")
    return [one.attributes["href"] for one in page.all("a") if own in one.ancestors]


STATEMENT_WORDS = {
    SourceState.CHECKING: "Being checked.",
    SourceState.ASKING: "Needs its password.",
    SourceState.QUEUED: "Waiting. You are next.",
    SourceState.IMPORTING: "Being read.",
    SourceState.IMPORTED: "Accepted.",
    SourceState.FAILED: "Refused. The file is incomplete or damaged.",
}
UPLOAD_WORDS = {
    SourceState.CHECKING: "Being read.",
    SourceState.ASKING: "Check what we found.",
    SourceState.QUEUED: "Waiting. You are next.",
    SourceState.IMPORTING: "Being sent.",
    SourceState.IMPORTED: "Added.",
    SourceState.FAILED: "Refused. The file is incomplete or damaged.",
}


@pytest.mark.parametrize(("state", "words"), STATEMENT_WORDS.items())
def test_the_states_of_a_statement_in_words(
    owner: Client, onboarding: Onboarding, state: SourceState, words: str
) -> None:
    assert said(owner, file_rows.statement(onboarding, state)) == words


@pytest.mark.parametrize(("state", "words"), UPLOAD_WORDS.items())
def test_the_states_of_an_upload_in_words(
    owner: Client, onboarding: Onboarding, state: SourceState, words: str
) -> None:
    source = file_rows.upload(onboarding, state, account_count=None)
    assert said(owner, source) == words


@BOTH
def test_whoever_waits_is_told_how_many_are_ahead(owner: Client, onboarding: Onboarding, make: Maker) -> None:
    for _person in range(2):
        rows.source(rows.onboarding(), SourceState.QUEUED, queued_at=rows.ago(minutes=1))
    assert said(owner, make(onboarding, SourceState.QUEUED)) == "Waiting: 2 people are ahead of you."


def test_accounts_that_came_are_counted(owner: Client, onboarding: Onboarding) -> None:
    assert (
        said(owner, file_rows.statement(onboarding, SourceState.IMPORTED, account_count=2)) == "Accepted: 2 accounts."
    )
    assert said(owner, file_rows.upload(onboarding, SourceState.IMPORTED, account_count=1)) == "Added: 1 account."


QUESTIONS = {
    Question.PASSWORD: ("Needs its password.", "Enter the password"),
    Question.COLUMNS: ("Tell us what the columns hold.", "Check the columns"),
    Question.PREVIEW: ("Check what we found.", "Look and confirm"),
}


@pytest.mark.parametrize("question", list(Question))
def test_a_question_is_told_and_has_a_button_to_its_page(
    owner: Client, onboarding: Onboarding, question: Question
) -> None:
    source = file_rows.asking(onboarding, question)
    words, button = QUESTIONS[question]
    page = listed(owner, onboarding)
    link = page.one("a", id=f"go-{source.uuid}")
    assert said(owner, source) == words
    assert link.says().startswith(button)
    assert link.attributes["href"] == reverse("file", args=[onboarding.uuid, source.uuid])


@BOTH
@pytest.mark.parametrize("state", [one for one in SourceState if one != SourceState.SIGNING_IN])
def test_what_can_be_done_with_a_file_follows_from_its_state(
    onboarding: Onboarding, make: Maker, state: SourceState
) -> None:
    shown = card(make(onboarding, state))
    removable = (SourceState.CHECKING, SourceState.ASKING, SourceState.QUEUED, *ENDED_BADLY)
    assert shown.can_remove is (state in removable)
    assert shown.can_choose_again is (state in ENDED_BADLY)
    assert not any((shown.can_continue, shown.can_retry, shown.can_sign_in_again))
    assert shown.is_open is (state in OPEN_STATES)
    assert bool(shown.stages) is (state not in ENDED_BADLY)
    assert bool(shown.question) is (state == SourceState.ASKING)


@BOTH
@pytest.mark.parametrize("failure", list(Failure))
def test_a_refused_file_can_be_chosen_again_unless_the_answer_was_for_somebody_else(
    onboarding: Onboarding, make: Maker, failure: Failure
) -> None:
    shown = card(make(onboarding, SourceState.FAILED, failure=failure))
    assert shown.can_choose_again is (failure != Failure.OWNER_MISMATCH)
    assert shown.can_remove
    assert shown.failure is not None


@pytest.mark.parametrize(("make", "page"), [(file_rows.statement, "statements"), (file_rows.upload, "uploads")])
def test_choosing_again_leads_to_the_page_of_the_kind_and_names_what_it_replaces(
    owner: Client, onboarding: Onboarding, make: Maker, page: str
) -> None:
    source = make(onboarding, SourceState.FAILED)
    assert links(owner, source) == [f"{reverse(page, args=[onboarding.uuid])}?replaces={source.uuid}"]


def test_a_file_can_not_be_chosen_again_where_its_kind_is_not_taken(onboarding: Onboarding, settings: Settings) -> None:
    sources = [make(onboarding, SourceState.FAILED) for make in (file_rows.statement, file_rows.upload)]
    settings.STATEMENTS = settings.UPLOADS = False
    assert not any(card(source).can_choose_again for source in sources)


def test_what_a_host_sent_is_named_so_and_not_chosen_again(onboarding: Onboarding) -> None:
    shown = card(file_rows.upload(onboarding, SourceState.FAILED, file__name="", file__format="pushed"))
    assert str(shown.title) == "What was sent for you"
    assert not shown.can_choose_again


@pytest.mark.parametrize("failure", [Failure.SERVICE_FAULT, Failure.FILE_EXPIRED, Failure.TIMED_OUT])
def test_what_does_not_lie_in_the_file_is_not_called_refused(
    owner: Client, onboarding: Onboarding, failure: Failure
) -> None:
    assert "Refused" not in said(owner, file_rows.statement(onboarding, SourceState.FAILED, failure=failure))


def test_the_place_in_a_wrong_file_is_told(owner: Client, onboarding: Onboarding) -> None:
    found = {"file__problem": "wrong_value", "file__expected": "a_date", "file__line": 7, "file__column": 3}
    source = file_rows.upload(onboarding, SourceState.FAILED, failure=Failure.FILE_WRONG, **found)
    assert said(owner, source) == (
        "Refused. A value in the file can't be read. Place: line 7, column 3. Expected there: a date."
    )


def test_the_names_of_checks_are_not_shown_to_the_person(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, SourceState.FAILED, failure=Failure.STATEMENT_TAMPERED)
    FailedCheck.objects.create(file=source.file, name="FontsCheck")
    assert said(owner, source) == "Refused. The service's checks of this statement did not all pass."
    assert "FontsCheck" not in owner.get(reverse("hub", args=[onboarding.uuid])).content.decode()


def test_a_card_names_the_file_and_its_bank(owner: Client, onboarding: Onboarding) -> None:
    source = file_rows.statement(onboarding, file__name="<b>march</b>.pdf", file__bank_name="KontoBank SA")
    page = listed(owner, onboarding)
    own = page.one("li", id=f"source-{source.uuid}")
    assert [one.says() for one in page.all("h2") if own in one.ancestors] == ["<b>march</b>.pdf"]
    assert "KontoBank SA" in own.says()
    assert not page.all("b")


def test_a_long_name_is_one_text(owner: Client, onboarding: Onboarding) -> None:
    name = "wyciag_z_rachunku_osobistego_2026-12.pdf"
    file_rows.statement(onboarding, file__name=name)
    assert listed(owner, onboarding).one("h2", title=name).says() == name


def test_a_wrong_password_and_wrong_columns_are_told_in_the_list(owner: Client, onboarding: Onboarding) -> None:
    locked = file_rows.asking(onboarding, Question.PASSWORD, file__password_tries=1)
    table = file_rows.asking(onboarding, Question.COLUMNS, file__problem="wrong_value")
    assert said(owner, locked) == "That password did not open it. Try again."
    assert said(owner, table) == "It could not be read like this. Look at the columns again."


def test_banks_and_files_are_numbered_each_by_themselves(onboarding: Onboarding) -> None:
    for _number in range(3):
        file_rows.upload(onboarding, file__name="")
    bank = rows.source(onboarding)
    assert [str(card(one).title) for one in (file_rows.upload(onboarding, file__name=""), bank)] == ["File 4", "Bank 1"]


def test_the_stages_stand_still_where_something_waits_for_the_person(owner: Client, onboarding: Onboarding) -> None:
    file_rows.asking(onboarding, Question.PASSWORD)
    rows.source(onboarding)
    file_rows.upload(onboarding)
    tracks = [one for one in listed(owner, onboarding).all("ol") if "track" in one.attributes.get("class", "")]
    assert [one.attributes["class"] for one in tracks] == ["track is-still", "track is-still", "track"]


def test_a_file_without_a_name_is_called_by_its_bank_or_its_place(onboarding: Onboarding) -> None:
    banks = card(file_rows.statement(onboarding, file__name=""))
    nothing = card(file_rows.upload(onboarding, file__name=""))
    assert (banks.title, banks.bank_name) == ("KontoBank SA", "")
    assert str(nothing.title) == "File 2"


TRACKS = {
    SourceState.CHECKING: (["now", "todo", "todo", "todo"], ["now", "todo", "todo", "todo"]),
    SourceState.ASKING: (["now", "todo", "todo", "todo"], ["done", "now", "todo", "todo"]),
    SourceState.QUEUED: (["done", "now", "todo", "todo"], ["done", "done", "now", "todo"]),
    SourceState.IMPORTING: (["done", "done", "now", "todo"], ["done", "done", "now", "todo"]),
    SourceState.IMPORTED: (["done"] * 4, ["done"] * 4),
}


@pytest.mark.parametrize(("state", "tracks"), TRACKS.items())
def test_each_kind_shows_its_stages(
    onboarding: Onboarding, state: SourceState, tracks: tuple[list[str], list[str]]
) -> None:
    for make, track in zip((file_rows.statement, file_rows.upload), tracks, strict=True):
        assert [stage.status for stage in card(make(onboarding, state)).stages] == track


def test_a_list_that_only_waits_for_the_person_asks_seldom(onboarding: Onboarding) -> None:
    file_rows.asking(onboarding, Question.PASSWORD)
    assert hub.for_onboarding(onboarding).interval == 5


def test_what_goes_on_by_itself_says_how_often_a_list_asks(onboarding: Onboarding) -> None:
    file_rows.asking(onboarding, Question.PASSWORD)
    file_rows.upload(onboarding, SourceState.IMPORTING)
    assert hub.for_onboarding(onboarding).interval == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"file__question": "columns"},
        {"file__name": "b.csv"},
        {"file__password_tries": 1},
        {"file__problem": "wrong_value"},
        {"account_count": 7},
    ],
    ids=str,
)
def test_whatever_a_card_shows_is_news(onboarding: Onboarding, columns: dict[str, object]) -> None:
    source = file_rows.asking(onboarding, Question.PREVIEW)
    before = hub.for_onboarding(onboarding).version
    file = {name.removeprefix("file__"): value for name, value in columns.items() if name.startswith("file__")}
    if file:
        type(source.file).objects.filter(pk=source.pk).update(**file)
    else:
        rows.change(source, **columns)
    assert hub.for_onboarding(onboarding).version != before


def test_a_poll_of_a_list_of_files_takes_two_queries_at_most(
    owner: Client, onboarding: Onboarding, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows.source(onboarding)
    for make in (file_rows.statement, file_rows.upload):
        for state in SourceState:
            make(onboarding, state)
    for question in Question:
        file_rows.asking(onboarding, question)
    with django_assert_max_num_queries(2):
        response = owner.get(reverse("progress", args=[onboarding.uuid]), headers=HTMX)
    assert response.status_code == 200


# --- what next


def offered(client: Client, onboarding: Onboarding) -> set[str]:
    ids = set(listed(client, onboarding).ids())
    return ids & {"add-bank", "add-statement", "add-upload"}


def test_all_ways_are_offered_with_a_bank_first(owner: Client, onboarding: Onboarding) -> None:
    page = listed(owner, onboarding)
    places = page.ids()
    assert places.index("add-bank") < places.index("add-statement") < places.index("add-upload")
    assert page.one("a", id="add-statement").attributes["href"] == reverse("statements", args=[onboarding.uuid])
    assert page.one("a", id="add-upload").attributes["href"] == reverse("uploads", args=[onboarding.uuid])


def test_only_what_is_taken_is_offered(owner: Client, onboarding: Onboarding, settings: Settings) -> None:
    settings.UPLOADS = False
    assert offered(owner, onboarding) == {"add-bank", "add-statement"}
    settings.STATEMENT_COUNTRIES = ("cz",)
    assert offered(owner, onboarding) == {"add-bank"}
    assert "Without signing in" not in listed(owner, onboarding).one("main").says()


def test_what_waits_for_the_person_is_counted_apart(owner: Client, onboarding: Onboarding) -> None:
    file_rows.asking(onboarding, Question.PASSWORD)
    rows.source(onboarding)
    file_rows.upload(onboarding, SourceState.QUEUED)
    file_rows.statement(onboarding, SourceState.IMPORTED)
    said = listed(owner, onboarding).one("ul", class_="counts").says()
    assert said == "1 on the list is done 2 wait for you 1 is still on its way"


def test_a_file_alone_is_enough_to_finish(owner: Client, onboarding: Onboarding) -> None:
    file_rows.statement(onboarding, SourceState.IMPORTED)
    page = listed(owner, onboarding)
    assert "finish" in page.ids()
    assert page.one("h1").says() == "Your banks and files"
    assert page.one("button", id="add-bank").says() == "Add a bank"
