"""Whatever bytes come, a reader ends within its limits with records or with ``FileRefused``, and with nothing else."""

import random
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from onboarding.reading.layout import Columns, DateFormat, Encoding, TableMapping
from onboarding.reading.limits import Limits
from onboarding.reading.reader import read_file
from onboarding.reading.recognise import recognise
from onboarding.reading.records import AccountBegun, AccountEnded, BalanceCheck, Format, Row
from onboarding.reading.refusals import FileRefused
from onboarding.reading.table import guess
from tests.reading import written

LIMITS = Limits(most_rows=50, seconds=20.0, longest_text=40, longest_line=2_000)
GOOD = {
    Format.MT940: (written.mt940() * 2 + written.mt940(number=written.OTHER_IBAN) + written.mt940()).encode(),
    Format.CAMT053: written.camt().encode(),
    Format.OFX: written.ofx(written.ofx_row() * 2).encode("cp1250"),
    Format.CSV: written.table().encode(),
}
WHOLE = {
    Format.MT940: written.mt940().removesuffix("\n-\n").encode(),
    Format.CAMT053: written.camt().encode(),
    Format.OFX: written.ofx(written.ofx_row()).rstrip().encode(),
}
PIECES = {
    Format.MT940: [b":61:", b":86:", b":62F:", b":60M:", b"-}\n", b"{4:", b"\n", b"?20", b",", b"\xff", b"RD"],
    Format.CAMT053: [b"<Stmt>", b"</Ntry>", b"<![CDATA[", b"&#0;", b"<!--", b"<?x?>", b"\xff", b"<Ntry>", b"EUR"],
    Format.OFX: [b"<STMTTRN>", b"</STMTRS>", b"<![CDATA[", b"<!--", b"<", b">", b"\xff", b"<TRNAMT>1", b"&#9999999;"],
    Format.CSV: [b";", b'"', b"\n", b"\x00", b"\xff", b"-", b"EUR", b"\r", b"1e9", b"(", b","],
}
COLUMNS = st.none() | st.integers(0, 4)
MAPPINGS = st.builds(
    TableMapping,
    encoding=st.sampled_from(Encoding),
    delimiter=st.sampled_from(";,\t|"),
    header_row=st.none() | st.integers(0, 3),
    date_format=st.sampled_from(DateFormat),
    decimal=st.sampled_from(",."),
    columns=st.builds(Columns, **dict.fromkeys(Columns.__dataclass_fields__, COLUMNS)),
    number=st.just(written.IBAN),
    currency=st.sampled_from(["PLN", "EUR", ""]),
)


def attempt(content: bytes, file_format: Format, mapping: TableMapping | None = None) -> None:
    """Read as far as it goes and look at everything that comes out."""
    open_account = False
    accounts: list[tuple[str, str]] = []
    refusal: FileRefused | None = None
    try:
        for record in read_file(BytesIO(content), file_format, limits=LIMITS, mapping=mapping):
            if isinstance(record, Row):
                check_row(record)
            if isinstance(record, AccountBegun):
                accounts.append((record.number, record.currency))
            assert open_account is not isinstance(record, AccountBegun)
            open_account = not isinstance(record, AccountEnded)
    except FileRefused as refused:
        refusal = refused
    assert len(set(accounts)) == len(accounts)
    if refusal is None:
        assert not open_account
    else:
        assert len(str(refusal)) < 200
        assert refusal.__context__ is None


def check_row(row: Row) -> None:
    assert isinstance(row.amount, Decimal)
    assert row.amount.is_finite()
    assert row.amount.as_tuple().exponent == -2
    assert row.booked_on is None or type(row.booked_on) is date
    assert all(len(text) <= LIMITS.longest_text for text in (row.title, row.party, row.kind))
    assert all(text.isprintable() for text in (row.title, row.party, row.kind))


def mutated(content: bytes, pieces: list[bytes], seed: int, changes: int) -> bytes:
    """Change a good file here and there: bytes turned, pieces put in, parts cut out or doubled."""
    chance = random.Random(seed)
    for _ in range(changes):
        at = chance.randrange(len(content) + 1)
        end = min(len(content), at + chance.randrange(1, 40))
        match chance.randrange(5):
            case 0:
                content = content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]
            case 1:
                content = content[:at] + chance.choice(pieces) + content[at:]
            case 2:
                content = content[:at] + content[end:]
            case 3:
                content = content[:end] + content[at:]
            case _:
                content = content[:at] if chance.random() < 0.2 else content
    return content


FORMATS = pytest.mark.parametrize("file_format", [Format.MT940, Format.CAMT053, Format.OFX])
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FORMATS
@MANY
@given(content=st.binary(max_size=400))
def test_random_bytes_are_read_or_refused(file_format: Format, content: bytes) -> None:
    attempt(content, file_format)


@FORMATS
@MANY
@given(seed=st.integers(0, 10**9), changes=st.integers(1, 8))
def test_changed_good_files_are_read_or_refused(file_format: Format, seed: int, changes: int) -> None:
    attempt(mutated(GOOD[file_format], PIECES[file_format], seed, changes), file_format)


@FORMATS
@MANY
@given(st.data())
def test_pieces_in_any_order_are_read_or_refused(file_format: Format, data: st.DataObject) -> None:
    lines = GOOD[file_format].splitlines(keepends=True)
    pieces = data.draw(st.lists(st.sampled_from(lines + PIECES[file_format]), max_size=20))
    attempt(b"".join(pieces), file_format)


@MANY
@given(mapping=MAPPINGS, content=st.binary(max_size=300))
def test_random_bytes_as_a_table_are_read_or_refused(mapping: TableMapping, content: bytes) -> None:
    attempt(content, Format.CSV, mapping)


@MANY
@given(mapping=MAPPINGS, seed=st.integers(0, 10**9), changes=st.integers(0, 8))
def test_changed_tables_are_read_or_refused(mapping: TableMapping, seed: int, changes: int) -> None:
    attempt(mutated(GOOD[Format.CSV], PIECES[Format.CSV], seed, changes), Format.CSV, mapping)


@MANY
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
@example(content=b"\xff\xfe")
@example(content=b"\xff\xfea")
@example(content=b'"' * 99)
def test_anything_can_be_looked_at(content: bytes) -> None:
    file = BytesIO(content)
    recognise(file)
    assert file.tell() == 0
    guess(file)
    assert file.tell() == 0


@MANY
@given(mapping=MAPPINGS, content=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_anything_can_be_looked_at_as_a_person_says(mapping: TableMapping, content: bytes) -> None:
    file = BytesIO(content)
    seen = guess(file, said=mapping)
    assert (seen.encoding, seen.delimiter, file.tell()) == (mapping.encoding, mapping.delimiter, 0)


@MANY
@given(file_format=st.sampled_from(list(Format)), seed=st.integers(0, 10**9), changes=st.integers(0, 8))
def test_changed_good_files_can_be_looked_at_and_read_as_guessed(file_format: Format, seed: int, changes: int) -> None:
    content = mutated(GOOD[file_format], PIECES[file_format], seed, changes)
    found = recognise(BytesIO(content))
    if found is not None:
        attempt(content, found, written.confirmed(content) if found is Format.CSV else None)


@pytest.mark.parametrize("file_format", [Format.MT940, Format.CAMT053, Format.OFX])
@settings(max_examples=40, deadline=None)
@given(cut=st.integers(1, 400))
def test_a_file_that_is_cut_off_is_never_taken_for_whole(file_format: Format, cut: int) -> None:
    content = WHOLE[file_format]
    whole = list(read_file(BytesIO(content), file_format, limits=LIMITS))
    try:
        records = list(read_file(BytesIO(content[:-cut]), file_format, limits=LIMITS))
    except FileRefused:
        return
    # Only the last digits of MT940's closing balance can be missing without a trace in the structure.
    assert records == whole or written.ended(records)[-1].balance_check is BalanceCheck.WRONG
