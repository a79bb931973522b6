"""Account numbers: an IBAN must be right, local numbers stay, and nothing that stands in a file is lost."""

import pytest

from onboarding.reading.numbers import is_wrong_iban, with_account
from onboarding.reading.records import Format, Row
from onboarding.reading.refusals import Expected, FileRefused, Problem
from tests.reading import written
from tests.reading.written import COLUMNS, IBAN, OTHER_IBAN, begun, records_of, rows_of

WRONG = IBAN.replace("PL61", "PL62")
LOCAL = "19-2000145399/0800"


@pytest.mark.parametrize(
    "number", [WRONG, "PL62 1090 1014 0000 0712 1981 2874", WRONG[:-1], "pl62" + WRONG[4:], "XX00123"]
)
def test_what_looks_like_an_iban_and_is_none_is_wrong(number: str) -> None:
    assert is_wrong_iban(number)


@pytest.mark.parametrize(
    "number", [IBAN, OTHER_IBAN, IBAN[2:], LOCAL, "10020030/1234567", "INGBPLPW/123", "", "VISA 1"]
)
def test_other_numbers_are_not_wrong(number: str) -> None:
    assert not is_wrong_iban(number)


@pytest.mark.parametrize(
    ("text", "party", "number"),
    [
        (IBAN, "Jan", IBAN),
        ("PL61 1090 1014 0000 0712 1981 2874", "Jan", IBAN),
        (IBAN[2:], "Jan", IBAN),
        (LOCAL, "Jan", LOCAL),
        (f"'{LOCAL}'", "Jan", LOCAL),
        (WRONG, f"Jan {WRONG}", ""),
        ("PL61****2874", "Jan PL61****2874", ""),
        ("INGBPLPW 12", "Jan INGBPLPW 12", ""),
        ("the shop", "Jan the shop", ""),
        ("7", "Jan 7", ""),
        ("9" * 65, "Jan " + "9" * 65, ""),
        ("''", "Jan", ""),
        ("Jan", "Jan", ""),
        ("", "Jan", ""),
    ],
)
def test_the_number_of_the_other_side_is_sent_where_it_can_be_and_always_shown(
    text: str, party: str, number: str
) -> None:
    assert with_account("Jan", text) == (party, number)


def mt940(number: str) -> bytes:
    return written.mt940().replace("?32Jan Kowalski", f"?31{number}?32Jan Kowalski").encode()


def mt940_named(number: str) -> bytes:
    return written.mt940().replace("020?00TRANSFER?20Rent", f"/IBAN/{number}/NAME/Jan Kowalski/REMI/Rent").encode()


def mt940_keyword(number: str) -> bytes:
    return written.mt940().replace("Rent for November", f"SVWZ+RentIBAN+{number}").encode()


def camt(number: str) -> bytes:
    account = f"</Cdtr><CdtrAcct><Id><Othr><Id>{number}</Id></Othr></Id></CdtrAcct>"
    return written.camt().replace("</Cdtr>", account, 1).encode()


def ofx(number: str) -> bytes:
    account = f"<BANKACCTTO><BANKID>1<ACCTID>{number}</BANKACCTTO></STMTTRN>"
    return written.ofx(written.ofx_row()).replace("</STMTTRN>", account).encode()


OTHERS = pytest.mark.parametrize(
    ("file_format", "write"),
    [
        (Format.MT940, mt940),
        (Format.MT940, mt940_named),
        (Format.MT940, mt940_keyword),
        (Format.CAMT053, camt),
        (Format.OFX, ofx),
    ],
)


@OTHERS
@pytest.mark.parametrize(("number", "sent"), [(OTHER_IBAN, OTHER_IBAN), (WRONG, ""), ("123456789", "123456789")])
def test_every_format_keeps_the_other_side_s_number(file_format: Format, write: object, number: str, sent: str) -> None:
    row = rows_of(records_of(write(number), file_format))[0]  # type: ignore[operator]
    check(row, number, sent)


@pytest.mark.parametrize(("number", "sent"), [(OTHER_IBAN, OTHER_IBAN), (WRONG, ""), (LOCAL, LOCAL)])
def test_a_table_keeps_the_other_side_s_number(number: str, sent: str) -> None:
    content = f"Date;Amount;Title;Party;Account\n2026-11-02;1.00;Rent;Jan Kowalski;{number}\n".encode()
    columns = written.Columns(date=0, amount=1, title=2, party=3, party_iban=4)
    check(rows_of(written.read_table(content, columns=columns, number=IBAN))[0], number, sent)


def check(row: Row, number: str, sent: str) -> None:
    assert row.party_iban == sent
    assert row.party.startswith("Jan Kowalski")
    assert (number in row.party) is not (number == row.party_iban)


@pytest.mark.parametrize(
    ("file_format", "content", "line", "element"),
    [
        (Format.MT940, written.mt940(number=WRONG), 2, ":25:"),
        (Format.MT940, written.mt940(number=f"/{WRONG}PLN"), 2, ":25:"),
        (Format.CAMT053, written.camt().replace(IBAN, WRONG), 3, "Stmt/Acct/Id/IBAN"),
        (Format.OFX, written.ofx().replace(IBAN, WRONG), 13, "BANKACCTFROM/ACCTID"),
    ],
)
def test_an_own_number_with_wrong_check_digits_is_refused(
    file_format: Format, content: str, line: int, element: str
) -> None:
    with pytest.raises(FileRefused) as caught:
        records_of(content.encode(), file_format)
    refused = caught.value
    assert (refused.problem, refused.line, refused.element) == (Problem.WRONG_VALUE, line, element)
    assert refused.expected is Expected.AN_ACCOUNT


def test_an_own_number_in_a_table_is_refused_at_its_cell() -> None:
    content = f"Date;Amount;Account\n2026-11-02;1.00;{IBAN}\n2026-11-02;1.00;{WRONG}\n".encode()
    with pytest.raises(FileRefused) as caught:
        written.read_table(content, columns=written.Columns(date=0, amount=1, number=2), decimal=".")
    refused = caught.value
    assert (refused.problem, refused.line, refused.column) == (Problem.WRONG_VALUE, 3, 3)
    assert refused.expected is Expected.AN_ACCOUNT


def test_an_own_number_that_a_person_gave_is_refused_without_a_place() -> None:
    with pytest.raises(FileRefused) as caught:
        written.read_table(written.table().encode(), columns=COLUMNS, number=WRONG)
    assert (caught.value.line, caught.value.expected) == (None, Expected.AN_ACCOUNT)


@pytest.mark.parametrize("number", [LOCAL, "10020030/1234567", "0001234"])
def test_local_numbers_stay_as_they_are(number: str) -> None:
    assert begun(records_of(written.mt940(number=number).encode(), Format.MT940))[0].number == number
