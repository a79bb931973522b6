"""The words for what is wrong in a file: at which place, what it is, and what was expected there."""

import re
from collections.abc import Sequence
from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding.failures import OF_A_FILE, WORDS, Words, words_for
from onboarding.models import Failure, Source, SourceFile, SourceKind
from onboarding.reading.refusals import Expected, Problem

PROBLEMS: dict[Problem, str | Promise] = {
    Problem.EMPTY: _("There is nothing in the file."),
    Problem.UNKNOWN_FORMAT: _("The file is in no format that we know."),
    Problem.BROKEN: _("The file is broken at one place, or its end is missing."),
    Problem.WRONG_VALUE: _("A value in the file can't be read."),
    Problem.MISSING: _("Something that has to be in the file is missing."),
    Problem.TOO_MANY_ROWS: _("The file has more payments than we can take at once."),
    Problem.TOO_LONG_A_LINE: _("A line or a field of the file is far too long."),
    Problem.TOO_SLOW: _("Reading the file took too long."),
    Problem.FORBIDDEN: _("The file holds commands, which a bank's export never does. We don't follow them."),
    Problem.ENCODING: _("The letters of the file can't be read in the way they are written."),
    Problem.NO_ROWS: _("There is no account or no payment in the file."),
    Problem.MIXED_CURRENCIES: _("One account of the file has amounts in different currencies."),
    Problem.NOT_A_STATEMENT: _("This is a message of a bank, but not a statement of booked payments."),
    Problem.TOO_EXACT: _("An amount has more than two decimals. We never round."),
}

OTHER_KIND = _("The file itself is fine, it is only of another kind.")
CHOOSE_STATEMENT = _("Choose an account statement of your bank, for example MT940 or CAMT.053.")

EXPECTATIONS: dict[Expected, str | Promise] = {
    Expected.A_DATE: _("a date"),
    Expected.AN_AMOUNT: _("an amount with at most two decimals"),
    Expected.A_CURRENCY: _("a currency of three capital letters"),
    Expected.SAME_CURRENCY: _("the same currency as the account's"),
    Expected.AN_ACCOUNT: _("the number of the account"),
    Expected.A_BALANCE: _("a balance"),
    Expected.A_DIRECTION: _("whether the money came or went"),
    Expected.A_PAYMENT: _("a payment"),
    Expected.A_CLOSING_TAG: _("the end of what was begun"),
    Expected.AN_OPENING_TAG: _("the beginning of what ends here"),
    Expected.A_KNOWN_TAG: _("a field that the format knows"),
    Expected.A_STATUS: _("whether the payment is booked"),
    Expected.A_STATEMENT: _("an account statement with booked payments"),
    Expected.PLAIN_XML: _("well-formed XML"),
    Expected.READABLE_TEXT: _("readable text"),
    Expected.AS_MANY_CELLS: _("a row with all the columns"),
    Expected.A_HEADER: _("a line with the names of the columns"),
    Expected.A_SHORTER_TEXT: _("a shorter text"),
    Expected.FEWER_ROWS: _("a file of a shorter period"),
}

_TABLE_COLUMN = re.compile(r"column (\d+)")


def words_of(source: Source) -> Words | None:
    """Return the words of a failed source of any kind, loaded with its details; None where nothing failed."""
    return words_for(source.failure) if source.kind == SourceKind.BANK else words_for_file(source.failure, source.file)


def words_for_file(failure: str, file: SourceFile) -> Words | None:
    """Return the words of a failed file, with the place where that is known; None where nothing failed."""
    if not failure:
        return None
    kind = Failure(failure)
    words = OF_A_FILE.get(kind, WORDS[kind])
    told = refusal(file) if kind in (Failure.FILE_WRONG, Failure.FILE_DAMAGED) else ""
    if told and file.problem == Problem.NOT_A_STATEMENT:
        # The same file once more would be the wrong kind once more.
        return replace(words, what=told, whose=OTHER_KIND, next=CHOOSE_STATEMENT)
    return replace(words, what=told) if told else words


def refusal(file: SourceFile, headings: Sequence[str] = ()) -> str:
    """Say what is wrong in a file, where, and what was expected; empty when nothing is known of it.

    ``headings`` are the names of a table's columns, where they are known; the one in question is then named too.
    """
    if file.problem not in list(Problem):
        return ""
    sentences = [str(PROBLEMS[Problem(file.problem)])]
    if place := _place(file, headings):
        sentences.append(gettext("Place: %(place)s.") % {"place": place})
    if expected := _expected(file):
        sentences.append(gettext("Expected there: %(expected)s.") % {"expected": expected})
    return " ".join(sentences)


def _place(file: SourceFile, headings: Sequence[str]) -> str:
    parts = []
    if file.line is not None:
        parts.append(gettext("line %(line)d") % {"line": file.line})
    of_table = _TABLE_COLUMN.fullmatch(file.element)
    if file.column is not None and not of_table:
        parts.append(gettext("column %(column)d") % {"column": file.column})
    if of_table:
        parts.append(_table_column(int(of_table[1]), headings))
    elif file.element:
        parts.append(file.element)
    return ", ".join(parts)


def _table_column(number: int, headings: Sequence[str]) -> str:
    heading = headings[number - 1] if 0 < number <= len(headings) else ""
    if heading:
        return gettext("table column %(column)d (%(heading)s)") % {"column": number, "heading": heading}
    return gettext("table column %(column)d") % {"column": number}


def _expected(file: SourceFile) -> str:
    known = file.expected in list(Expected) and file.expected != Expected.NOTHING_MORE
    return str(EXPECTATIONS[Expected(file.expected)]) if known else ""
