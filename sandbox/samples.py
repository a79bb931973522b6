"""The sample files to try things with; `python -m sandbox.samples FOLDER` writes them all."""

import datetime as dt
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox import sample_exports, sample_statements, sample_tables

PDF = "application/pdf"
XML = "application/xml"
OFX = "application/x-ofx"
CSV = "text/csv"
TEXT = "text/plain"
OTHER = "application/octet-stream"


class SampleGroup(StrEnum):
    """The headings under which the samples are listed."""

    STATEMENTS = "Statements that are taken"
    EXPORTS = "Own data that is taken"
    REFUSED_STATEMENTS = "Statements with something wrong"
    REFUSED_EXPORTS = "Own data with something wrong"


@dataclass(frozen=True, slots=True)
class Sample:
    """One file: its name, one sentence on what it shows, and its content for a day."""

    name: str
    says: str
    content_type: str
    content: Callable[[dt.date], bytes]
    group: SampleGroup


def _empty(today: dt.date) -> bytes:
    return b""


_STATEMENTS = (
    ("statement.pdf", "The account that the login ok shows at Zimorodek Bank, in other words, a day later",
     sample_statements.good),
    ("statement-other-bank.pdf", "An account at a bank that can't be connected", sample_statements.other_account),
    ("statement-password-demo.pdf", "Opens with the password demo", sample_statements.protected),
    ("statement-no-changes.pdf", "Opens without a password, but may not be changed",
     sample_statements.owner_protected),
    ("statement-with-script.pdf", "Holds a script that would run when it is opened",
     sample_statements.with_script),
)  # fmt: skip
_EXPORTS = (
    ("mt940.sta", "MT940: two statements of one account in złoty", TEXT, sample_exports.mt940),
    ("camt053.xml", "CAMT.053, version 2: an account in Czech koruna", XML, sample_exports.camt_02),
    ("camt053-version-8.xml", "CAMT.053, version 8: an account in euro", XML, sample_exports.camt_08),
    ("camt053-same-account.xml", "CAMT.053: the account that the login ok shows at Bank Pod Lipami", XML,
     sample_exports.camt_same_account),
    ("ofx1.ofx", "OFX 1.0.2 (SGML): an account in euro", OFX, sample_exports.ofx_1),
    ("ofx2.ofx", "OFX 2.2 (XML): an account in euro", OFX, sample_exports.ofx_2),
    ("ofx2.qfx", "QFX: the account that the login ok shows at Gandro bankas", OFX, sample_exports.qfx),
    ("polish.csv", "A Polish table: Windows-1250, semicolons, decimal commas", CSV, sample_tables.polish),
    ("czech.csv", "A Czech table: UTF-8, semicolons, decimal commas", CSV, sample_tables.czech),
    ("english.csv", "An English table: commas, ISO dates, decimal points", CSV, sample_tables.english),
    ("romanian.txt", "A Romanian table: UTF-16, tabs, money out and in in two columns", TEXT,
     sample_tables.unicode_text),
)  # fmt: skip
_REFUSED_STATEMENTS = (
    ("statement-altered.pdf", "One amount was raised, so the balances do not add up", sample_statements.altered),
    ("statement-edited.pdf", "Saved with an editing program: other fonts, other metadata",
     sample_statements.edited),
    ("letter.pdf", "A letter of a bank, no statement", sample_statements.letter),
    ("statement-smudged.pdf", "A statement whose payments can't be read", sample_statements.unreadable),
    ("statement-cut-off.pdf", "The download stopped in the middle", sample_statements.truncated),
    ("empty.pdf", "An empty file", _empty),
    ("picture.pdf", "A picture with the name of a PDF", sample_tables.no_table),
)  # fmt: skip
_REFUSED_EXPORTS = (
    ("mt940-wrong-balance.sta", "MT940: the last closing balance is ten too high", TEXT,
     sample_exports.mt940_wrong_balance),
    ("mt940-wrong-amount.sta", "MT940: a letter in the first amount", TEXT, sample_exports.mt940_wrong_amount),
    ("mt942.sta", "MT942: an interim report, no statement", TEXT, sample_exports.mt942),
    ("camt053-with-dtd.xml", "CAMT.053 with a document type that asks for a file", XML,
     sample_exports.camt_with_dtd),
    ("camt053-wrong-namespace.xml", "CAMT.053 that calls itself a payment order (pain.001)", XML,
     sample_exports.camt_wrong_namespace),
    ("pain001.xml", "A payment order (pain.001), no statement", XML, sample_exports.payment_order),
    ("camt053-no-currency.xml", "CAMT.053: the second amount says no currency", XML,
     sample_exports.camt_without_currency),
    ("camt053-cut-off.xml", "CAMT.053: the download stopped in the middle", XML, sample_exports.camt_cut_off),
    ("ofx1-cut-off.ofx", "OFX 1.0.2 that ends within a payment", OFX, sample_exports.ofx_cut_off),
    ("ofx2-wrong-day.ofx", "OFX 2.2: a payment on a day that does not exist", OFX, sample_exports.ofx_wrong_day),
    ("broken-amount.csv", "A table with a word for an amount in line 7", CSV, sample_tables.broken_amount),
    ("missing-cells.csv", "A table whose line 5 ends too early", CSV, sample_tables.missing_cells),
    ("no-payments.csv", "A table with a header and nothing else", CSV, sample_tables.without_payments),
    ("picture.csv", "A picture with the name of a table", OTHER, sample_tables.no_table),
    ("empty.csv", "An empty file", CSV, _empty),
)  # fmt: skip

SAMPLES: tuple[Sample, ...] = (
    *(Sample(name, says, PDF, content, SampleGroup.STATEMENTS) for name, says, content in _STATEMENTS),
    *(Sample(name, says, kind, content, SampleGroup.EXPORTS) for name, says, kind, content in _EXPORTS),
    *(Sample(name, says, PDF, content, SampleGroup.REFUSED_STATEMENTS) for name, says, content in _REFUSED_STATEMENTS),
    *(Sample(name, says, kind, content, SampleGroup.REFUSED_EXPORTS) for name, says, kind, content in _REFUSED_EXPORTS),
)


def find(name: str) -> Sample | None:
    """Return the sample of this name, if there is one."""
    return next((sample for sample in SAMPLES if sample.name == name), None)


def by_group() -> list[tuple[str, list[Sample]]]:
    """Return the samples under their headings, for a page to list."""
    return [(group.value, [one for one in SAMPLES if one.group is group]) for group in SampleGroup]


def write_all(folder: Path, today: dt.date) -> None:
    """Write every sample into a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        (folder / sample.name).write_bytes(sample.content(today))


def main(arguments: list[str]) -> int:
    """Write the samples of today into the folder named on the command line; return the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("Usage: python -m sandbox.samples FOLDER\n")
        return 2
    write_all(Path(arguments[0]), dt.datetime.now(dt.UTC).date())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
