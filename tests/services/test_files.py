"""Taking files: each its own source, the same one once, what is not taken deleted."""

from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from onboarding.file_words import words_of
from onboarding.models import EventName, Failure, FileFormat, Onboarding, Source, SourceKind, SourceState
from onboarding.services import files, sources
from onboarding.services.files import Outcome, Received, Taken
from tests import file_rows, rows
from tests.services.wishes import nudges

pytestmark = pytest.mark.django_db


def received(content: bytes = file_rows.FILE_CONTENT, name: str = "march.pdf") -> Received:
    """A file as the upload handler leaves it."""
    return Received(name=name, deposited=file_rows.sealed(content))


def send(
    onboarding: Onboarding, *given: Received, intent: UUID | None = None, replaces: Source | None = None
) -> list[Taken]:
    """Send a form with statements."""
    return files.receive_statements(
        onboarding=onboarding,
        intent=intent or uuid4(),
        files=given,
        target="KontoBank",
        bank_name="KontoBank SA",
        replaces=replaces,
    )


def test_each_statement_of_a_form_is_a_source_of_its_own(
    onboarding: Onboarding, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as sent:
        taken = send(onboarding, received(b"one"), received(b"two"))
    assert [one.outcome for one in taken] == [Outcome.TAKEN, Outcome.TAKEN]
    first, second = onboarding.sources.order_by("pk")
    assert [one.source for one in taken] == [first, second]
    assert {first.kind, first.state} == {SourceKind.STATEMENT, SourceState.CHECKING}
    assert (first.file.name, first.file.format, first.file.size) == ("march.pdf", FileFormat.PDF, 3)
    assert (first.file.target, first.file.bank_name) == ("KontoBank", "KontoBank SA")
    assert first.file.stored_until == first.give_up_at
    assert len(nudges(sent)) == 2
    assert rows.events(onboarding) == [EventName.FILE_RECEIVED] * 2


def test_an_export_has_no_format_before_it_is_recognised(onboarding: Onboarding) -> None:
    (taken,) = files.receive_exports(onboarding=onboarding, intent=uuid4(), files=[received(name="x.sta")])
    assert taken.source is not None
    assert (taken.source.kind, taken.source.file.format) == (SourceKind.UPLOAD, "")


def test_the_same_form_twice_gives_the_same_sources_and_deletes_its_second_files(onboarding: Onboarding) -> None:
    intent = uuid4()
    first = send(onboarding, received(b"one"), received(b"two"), intent=intent)
    second = send(onboarding, received(b"one"), received(b"two"), intent=intent)
    assert [one.source for one in first] == [one.source for one in second]
    assert {one.outcome for one in second} == {Outcome.TAKEN}
    assert file_rows.in_vault() == {source.file.stored_as for source in onboarding.sources.all()}


def test_a_form_that_is_sent_again_after_its_file_was_removed_brings_it_back(onboarding: Onboarding) -> None:
    intent = uuid4()
    (first,) = send(onboarding, received(), intent=intent)
    assert first.source is not None
    sources.remove(source=first.source)
    again, twice = (send(onboarding, received(), intent=intent)[0] for _ in range(2))
    assert (again.outcome, again.source) == (Outcome.TAKEN, twice.source)
    assert list(onboarding.sources.listed()) == [again.source]


def test_the_same_file_twice_in_a_form_is_taken_once(onboarding: Onboarding) -> None:
    first, second = send(onboarding, received(), received(name="copy.pdf"))
    assert (first.outcome, second.outcome) == (Outcome.TAKEN, Outcome.SEEN_BEFORE)
    assert second.source == first.source
    assert len(file_rows.in_vault()) == 1


@pytest.mark.parametrize("state", [SourceState.CHECKING, SourceState.ASKING, SourceState.QUEUED, SourceState.IMPORTING])
def test_a_file_that_is_on_its_way_is_not_taken_again(onboarding: Onboarding, state: SourceState) -> None:
    there = file_rows.statement(onboarding, state, content=file_rows.FILE_CONTENT)
    (taken,) = send(onboarding, received())
    assert (taken.outcome, taken.source) == (Outcome.SEEN_BEFORE, there)
    assert file_rows.in_vault() == {there.file.stored_as}


def test_a_file_that_was_imported_is_not_taken_again(onboarding: Onboarding) -> None:
    there = file_rows.statement(onboarding, content=file_rows.FILE_CONTENT)
    rows.change(there, state=SourceState.IMPORTED)
    assert send(onboarding, received())[0].outcome == Outcome.SEEN_BEFORE


@pytest.mark.parametrize("state", [SourceState.FAILED, SourceState.ABANDONED])
def test_a_file_that_ended_badly_may_come_again(onboarding: Onboarding, state: SourceState) -> None:
    there = file_rows.statement(onboarding, content=file_rows.FILE_CONTENT)
    rows.change(there, state=state, failure=Failure.CANCELLED)
    assert send(onboarding, received())[0].outcome == Outcome.TAKEN


def test_a_file_that_may_have_arrived_may_come_again_after_words_that_say_so(onboarding: Onboarding) -> None:
    sent = {"state": SourceState.FAILED, "failure": Failure.TIMED_OUT, "file__sent_at": rows.ago(minutes=20)}
    there = rows.change(file_rows.statement(onboarding, content=file_rows.FILE_CONTENT), **sent)
    words = words_of(there)
    assert words is not None
    assert "may have arrived or not" in str(words.what)
    assert "only if it is missing there" in str(words.next)
    assert send(onboarding, received())[0].outcome == Outcome.TAKEN


def test_another_persons_same_file_is_taken(onboarding: Onboarding) -> None:
    file_rows.statement(rows.onboarding(), content=file_rows.FILE_CONTENT)
    assert send(onboarding, received())[0].outcome == Outcome.TAKEN


REFUSED = {
    "too large": (Received("big.pdf", None, is_too_large=True), Failure.FILE_TOO_LARGE),
    "empty": (Received("empty.pdf", None, is_empty=True), Failure.FILE_EMPTY),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_is_refused_at_once_is_a_failed_source_beside_the_others(onboarding: Onboarding, kind: str) -> None:
    file, failure = REFUSED[kind]
    refused, taken = send(onboarding, file, received())
    assert (refused.outcome, taken.outcome) == (Outcome.TAKEN, Outcome.TAKEN)
    assert refused.source is not None
    assert (refused.source.state, refused.source.failure, refused.source.due_at) == (SourceState.FAILED, failure, None)
    assert refused.source.file.name == file.name
    assert rows.events(onboarding)[:2] == [EventName.FILE_RECEIVED, EventName.SOURCE_FAILED]


def test_two_files_that_are_refused_at_once_are_two_cards_and_a_double_click_adds_none(onboarding: Onboarding) -> None:
    intent = uuid4()
    both = [file for file, _ in REFUSED.values()]
    send(onboarding, *both, intent=intent)
    send(onboarding, *both, intent=intent)
    assert onboarding.sources.count() == 2


def test_a_person_has_twenty_files_open_at_most(onboarding: Onboarding) -> None:
    for _ in range(files.MAX_OPEN - 1):
        file_rows.statement(onboarding)
    rows.source(onboarding)
    before = file_rows.in_vault()
    taken = send(onboarding, received(b"one"), received(b"two"))
    assert [one.outcome for one in taken] == [Outcome.TAKEN, Outcome.TOO_MANY]
    assert taken[1].source is None
    assert len(file_rows.in_vault() - before) == 1
    assert onboarding.sources.open().exclude(kind=SourceKind.BANK).count() == files.MAX_OPEN


def test_a_person_sends_so_many_files_at_most_whatever_became_of_them(
    onboarding: Onboarding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILES", 4)
    rows.source(onboarding)
    file_rows.statement(onboarding, SourceState.FAILED)
    file_rows.statement(onboarding, SourceState.ABANDONED, removed_at=timezone.now())
    file_rows.statement(onboarding, SourceState.IMPORTED)
    before = file_rows.in_vault()
    empty = Received(name="empty.pdf", deposited=None, is_empty=True)
    taken = send(onboarding, empty, empty, Received(name="b.pdf", deposited=None, is_too_large=True), received())
    assert [one.outcome for one in taken] == [Outcome.TAKEN, *[Outcome.TOO_MANY] * 3]
    assert onboarding.sources.exclude(kind=SourceKind.BANK).count() == 4
    assert rows.events(onboarding) == [EventName.FILE_RECEIVED, EventName.SOURCE_FAILED]
    assert file_rows.in_vault() == before


def test_the_first_file_that_is_taken_replaces_the_one_that_failed(onboarding: Onboarding) -> None:
    old = file_rows.statement(onboarding, SourceState.FAILED)
    first, second = send(onboarding, received(b"one"), received(b"two"), replaces=old)
    assert rows.again(old).replaced_by == first.source
    assert set(onboarding.sources.listed()) == {first.source, second.source}


@pytest.mark.parametrize("state", [SourceState.CHECKING, SourceState.IMPORTED])
def test_only_a_file_that_ended_badly_is_replaced_and_nothing_stays_of_the_new_one(
    onboarding: Onboarding, state: SourceState
) -> None:
    old = file_rows.statement(onboarding, state)
    before = file_rows.in_vault()
    with pytest.raises(files.NotPossible):
        send(onboarding, received(b"one"), received(b"two"), replaces=old)
    assert list(onboarding.sources.all()) == [old]
    assert file_rows.in_vault() == before


def test_nothing_is_taken_for_a_person_who_was_erased(onboarding: Onboarding) -> None:
    Onboarding.objects.filter(pk=onboarding.pk).update(erased_at=timezone.now())
    with pytest.raises(files.NotPossible):
        send(onboarding, received(b"one"), received(b"two"))
    assert not Source.objects.exists()
    assert file_rows.in_vault() == set()


def test_a_name_is_kept_printable_and_short(onboarding: Onboarding) -> None:
    (taken,) = send(onboarding, received(name="a\nb\x00" + "x" * 300))
    assert taken.source is not None
    assert taken.source.file.name == ("a b " + "x" * 300)[:200]


def test_no_event_of_taking_a_file_names_it(onboarding: Onboarding) -> None:
    send(onboarding, received(name="Maria.pdf"), REFUSED["empty"][0])
    assert "Maria" not in " ".join(onboarding.events.values_list("detail", flat=True))
