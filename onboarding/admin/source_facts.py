"""What staff may know of one source by its kind: facts of a bank sign-in or of a file, and when each came about."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from onboarding.models import Source, SourceFile, SourceKind

from . import wording

Facts = list[tuple[str, Any]]
"""Facts that belong side by side on one line, each a label and a text."""


def loaded(sources: QuerySet[Source]) -> QuerySet[Source]:
    """Load sources with everything that these facts are made of."""
    return sources.select_related("bank", "file", "onboarding").prefetch_related("file__failed_checks")


def of(source: Source) -> list[Facts]:
    """Return the lines of a source that was loaded by ``loaded``."""
    notes: Facts = []
    if source.repeats_earlier:
        notes.append((gettext("Note"), gettext("All its accounts came with an earlier source too.")))
    if source.missing_from_summary:
        notes.append((gettext("Note"), gettext("The service did not list it when the summary was made.")))
    details = _bank(source) if source.kind == SourceKind.BANK else _file(source)
    return [*details, notes, *_timings(source)]


def _bank(source: Source) -> list[Facts]:
    bank = source.bank
    return [
        [
            (gettext("Bank"), bank.official_name),
            (gettext("Target"), bank.target),
            (gettext("Institution"), bank.institution),
        ],
        [
            (gettext("Signs in"), bank.get_way_display()),
            (gettext("Command known"), gettext("yes") if bank.command_id else gettext("no")),
            (gettext("Accounts"), _count(source.account_count)),
        ],
    ]


def _file(source: Source) -> list[Facts]:
    file = source.file
    return [
        [(gettext("Bank"), file.bank_name), (gettext("Target"), file.target), (gettext("Sent by"), file.pushed_by)],
        [
            (gettext("Format"), file.get_format_display()),
            (gettext("Size"), wording.size(file.size)),
            (gettext("Pages"), _count(file.pages)),
            (gettext("Rows"), str(file.row_count or "")),
            (gettext("Accounts"), _count(source.account_count)),
        ],
        [
            (gettext("Asked for"), file.get_question_display()),
            (gettext("Wrong passwords"), str(file.password_tries or "")),
        ],
        _place(file),
        [(gettext("Checks not passed"), ", ".join(sorted(check.name for check in file.failed_checks.all())))],
        [(gettext("File"), _whereabouts(file))],
    ]


def _place(file: SourceFile) -> Facts:
    return [
        (gettext("Problem"), file.problem),
        (gettext("Expected"), file.expected),
        (gettext("Line"), _count(file.line)),
        (gettext("Column"), _count(file.column)),
        (gettext("Element"), file.element),
    ]


def _whereabouts(file: SourceFile) -> str:
    if file.stored_until is None:
        return gettext("deleted")
    return gettext("kept sealed until %(instant)s at the latest") % {"instant": wording.instant(file.stored_until)}


def _timings(source: Source) -> list[Facts]:
    if source.kind == SourceKind.BANK:
        asked_at = source.bank.start_asked_at
        arrived = [
            (gettext("Came back"), wording.instant(source.bank.returned_at)),
            (gettext("Sign-in took"), wording.span(source.created_at, source.bank.returned_at)),
        ]
    else:
        asked_at = source.file.sent_at
        arrived = [(gettext("Confirmed"), wording.instant(source.file.confirmed_at))]
    return [
        [(gettext("Began"), wording.instant(source.created_at)), *arrived],
        [
            (gettext("In the line"), wording.instant(source.queued_at)),
            (gettext("Import asked for"), wording.instant(asked_at)),
            (gettext("Waited in the line"), wording.span(source.queued_at, asked_at)),
        ],
        [
            (gettext("Ended"), wording.instant(source.ended_at)),
            (gettext("Import took"), wording.span(asked_at, source.ended_at)),
        ],
    ]


def _count(number: int | None) -> str:
    return "" if number is None else str(number)
