"""Read a PDF statement as the service does: open it, check how it was made, and read its text.

The service looks at what the document was made with: the invented banks print with one program (`PRODUCER`) in the
fonts of `FONTS`. Another program fails the check `metadata`, another font the check `fonts`.
"""

import io

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

from sandbox import banks, statement_layout
from sandbox.deliveries import Contents, DeliveredAccount, Entry, Part
from sandbox.ledger import Person
from sandbox.refusals import protected_statement, unreadable_statement, unsupported_statement
from sandbox.statement_layout import Statement

PRODUCER = "Sandbox Statement Printer"
FONTS = frozenset({"/Helvetica", "/Helvetica-Bold"})
MOST_PAGES = 500
# What pypdf lets out when a document is broken deep inside.
BROKEN = (PyPdfError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError,
          NotImplementedError, AssertionError)  # fmt: skip


def read(content: bytes, password: str) -> Contents:
    """Return what a statement holds, with the names of the checks that it did not pass.

    Raises Refusal: protected by another password, unreadable, or of no supported bank.
    """
    try:
        reader = PdfReader(io.BytesIO(content))
        opens = not reader.is_encrypted or reader.decrypt("") or reader.decrypt(password)
        if not opens:
            raise protected_statement()
        text, fonts = _text_and_fonts(reader)
        producer = reader.metadata.producer if reader.metadata else None
    except BROKEN as error:
        raise unreadable_statement() from error
    statement = _statement(text)
    failed = list(statement.failed_checks())
    if not fonts <= FONTS:
        failed.append("fonts")
    if producer != PRODUCER:
        failed.append("metadata")
    return _contents(statement, tuple(failed))


def _text_and_fonts(reader: PdfReader) -> tuple[str, set[str]]:
    if not 0 < len(reader.pages) <= MOST_PAGES:
        raise unreadable_statement()
    text = "\n".join(page.extract_text() for page in reader.pages)
    return text, {font for page in reader.pages for font in _fonts(page)}


def _fonts(page: PageObject) -> list[str]:
    resources = page.get("/Resources", DictionaryObject()).get_object()
    fonts = resources.get("/Font", DictionaryObject()).get_object() if isinstance(resources, DictionaryObject) else {}
    return [str(font.get_object().get("/BaseFont", "")) for font in fonts.values()]


def _statement(text: str) -> Statement:
    try:
        return statement_layout.read(text)
    except statement_layout.NotThisLayout as error:
        raise unsupported_statement() from error
    except statement_layout.Unreadable as error:
        raise unreadable_statement() from error


def _contents(statement: Statement, failed: tuple[str, ...]) -> Contents:
    bank = banks.of_statement(statement.bank)
    if bank is None:
        raise unsupported_statement()
    people = (Person(statement.holder, "OWNER"),)
    entries = tuple(
        Entry(
            amount=line.amount,
            transaction_on=line.booked_on,
            booked_on=line.booked_on,
            balance=line.balance,
            title=line.title,
            party=line.party,
            status="DONE",
        )
        for line in reversed(statement.lines)
    )
    account = DeliveredAccount(
        currency=statement.currency,
        entries=entries,
        iban=statement.iban,
        name=statement.bank,
        balance=statement.closing,
        people=people,
    )
    part = Part((account,), people, bank.target, bank.official_name, bank.institution)
    return Contents((part,), failed)
