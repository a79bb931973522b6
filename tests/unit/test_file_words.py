"""The words for what is wrong in a file: every code of the readers has some."""

import pytest

from onboarding.failures import OF_A_FILE, REFUSALS, WORDS
from onboarding.file_words import CHOOSE_STATEMENT, EXPECTATIONS, PROBLEMS, refusal, words_for_file
from onboarding.models import Failure, SourceFile
from onboarding.reading.refusals import Expected, Problem


def test_every_problem_and_every_expectation_of_the_readers_has_words() -> None:
    assert set(PROBLEMS) == set(Problem)
    assert set(EXPECTATIONS) == set(Expected) - {Expected.NOTHING_MORE}


@pytest.mark.parametrize("words", [*PROBLEMS.values(), *EXPECTATIONS.values()])
def test_words_are_calm_and_hold_no_code(words: str) -> None:
    assert str(words).strip()
    assert "!" not in str(words)
    assert "_" not in str(words)


@pytest.mark.parametrize("problem", list(Problem))
def test_a_problem_is_told_in_a_sentence(problem: Problem) -> None:
    assert str(PROBLEMS[problem]).endswith(".")


def test_no_two_problems_and_no_two_expectations_say_the_same() -> None:
    for table in (PROBLEMS, EXPECTATIONS):
        said = [str(words) for words in table.values()]
        assert len(said) == len(set(said))


PLACES = [
    ({"line": 7, "column": 3}, "Place: line 7, column 3."),
    ({"line": 7}, "Place: line 7."),
    ({"line": 7, "element": ":61:"}, "Place: line 7, :61:."),
    ({"line": 9, "element": "column 4"}, "Place: line 9, table column 4."),
    ({"line": 9, "column": 4, "element": "column 4"}, "Place: line 9, table column 4."),
    ({"element": "Stmt/Ntry/Amt"}, "Place: Stmt/Ntry/Amt."),
    ({}, ""),
]


@pytest.mark.parametrize(("columns", "place"), PLACES)
def test_the_place_is_told_as_far_as_it_is_known(columns: dict[str, object], place: str) -> None:
    file = SourceFile(problem=Problem.WRONG_VALUE, expected=Expected.A_DATE, **columns)
    said = refusal(file)
    assert said.startswith("A value in the file can't be read.")
    assert said.endswith("Expected there: a date.")
    assert place in said
    assert bool(place) is ("Place:" in said)


def test_what_is_not_known_is_not_told() -> None:
    assert refusal(SourceFile()) == ""
    assert refusal(SourceFile(problem="of another time", line=3)) == ""
    assert refusal(SourceFile(problem=Problem.EMPTY, expected="of another time")) == "There is nothing in the file."


def test_a_wrong_place_is_told_instead_of_the_general_words() -> None:
    words = words_for_file(Failure.FILE_WRONG, SourceFile(problem=Problem.TOO_EXACT, line=4))
    assert words is not None
    assert str(words.what) == "An amount has more than two decimals. We never round. Place: line 4."
    assert words.next == WORDS[Failure.FILE_WRONG].next
    general = words_for_file(Failure.FILE_WRONG, SourceFile())
    assert general == WORDS[Failure.FILE_WRONG]


def test_where_nothing_failed_there_are_no_words() -> None:
    assert words_for_file("", SourceFile(problem=Problem.EMPTY)) is None


@pytest.mark.parametrize("failure", list(OF_A_FILE))
def test_what_happens_to_a_file_is_told_in_a_files_words(failure: Failure) -> None:
    words = words_for_file(failure, SourceFile())
    assert words == OF_A_FILE[failure]
    for part in (words.what, words.whose, words.safe, words.next):
        assert str(part).endswith(".")
        assert "!" not in str(part)
        assert "sign in" not in str(part).lower()


def test_a_refusal_lies_in_the_file_and_never_in_the_service() -> None:
    ours = {Failure.SERVICE_FAULT, Failure.GARBLED_REPLY, Failure.TIMED_OUT, Failure.OWNER_MISMATCH}
    assert not REFUSALS & (ours | set(OF_A_FILE) | {Failure.FILE_EXPIRED})
    assert {Failure.STATEMENT_TAMPERED, Failure.UPLOAD_REFUSED, Failure.FILE_WRONG} <= REFUSALS


def test_checks_that_did_not_pass_accuse_nobody() -> None:
    words = WORDS[Failure.STATEMENT_TAMPERED]
    said = " ".join(str(part) for part in (words.what, words.whose, words.next, words.safe)).lower()
    for word in ("tamper", "fraud", "forg", "fake", "manipul", "changed by you"):
        assert word not in said


def test_a_file_of_another_kind_is_not_to_be_downloaded_once_more() -> None:
    words = words_for_file(Failure.FILE_WRONG, SourceFile(problem=Problem.NOT_A_STATEMENT))
    assert words is not None
    assert words.next == CHOOSE_STATEMENT
