from datetime import date
from decimal import Decimal

import pytest

from onboarding.reading.records import AccountBegun, BalanceCheck, Format, Record, Row
from tests.reading import written
from tests.reading.written import IBAN, OTHER_IBAN, begun, ended, rows_of


def read(text: str, encoding: str = "utf-8") -> list[Record]:
    return written.records_of(text.encode(encoding), Format.MT940)


def one_row(line: str, narrative: str = "") -> Row:
    (row,) = rows_of(read(written.mt940([]).replace(":62F:", f"{line}\n{narrative}:62F:")))
    return row


def test_a_statement_is_an_account_with_rows_and_an_end() -> None:
    records = read(written.mt940())
    assert records[0] == AccountBegun(number=IBAN, currency="PLN", name="", bank="", owner="")
    assert records[1] == Row(
        booked_on=date(2026, 11, 2),
        transaction_on=date(2026, 11, 2),
        amount=Decimal("-12.50"),
        balance=None,
        title="Rent for November",
        party="Jan Kowalski",
        party_iban="",
        kind="TRANSFER",
    )
    (end,) = ended(records)
    assert (end.opening, end.closing, end.closing_on) == (Decimal("100.00"), Decimal("1087.50"), date(2026, 11, 30))
    assert (end.row_count, end.first_on, end.last_on) == (2, date(2026, 11, 2), date(2026, 11, 3))
    assert (end.balance_check, end.difference) == (BalanceCheck.OK, Decimal(0))


def test_a_closing_balance_that_rows_do_not_come_to_is_said_with_the_difference() -> None:
    (end,) = ended(read(written.mt940(closing=Decimal("1087.49"))))
    assert (end.balance_check, end.difference) == (BalanceCheck.WRONG, Decimal("-0.01"))


@pytest.mark.parametrize(
    ("line", "booked_on", "value_on", "amount"),
    [
        (":61:261102D1,NTRFX", date(2026, 11, 2), date(2026, 11, 2), "-1.00"),
        (":61:2611021103C1,5NTRFX", date(2026, 11, 3), date(2026, 11, 2), "1.50"),
        (":61:2612310102C0,05NTRFX", date(2027, 1, 2), date(2026, 12, 31), "0.05"),
        (":61:2701021231C7,NTRFX", date(2026, 12, 31), date(2027, 1, 2), "7.00"),
        (":61:261102    C7,NTRFX", date(2026, 11, 2), date(2026, 11, 2), "7.00"),
        (":61:261102DN5,81N511NONREF", date(2026, 11, 2), date(2026, 11, 2), "-5.81"),
        (":61:261102RC5,81NTRFX", date(2026, 11, 2), date(2026, 11, 2), "-5.81"),
        (":61:261102RD5,81NTRFX", date(2026, 11, 2), date(2026, 11, 2), "5.81"),
        (":61:261102RCN5,81NTRFX", date(2026, 11, 2), date(2026, 11, 2), "-5.81"),
        (":61:261102C1211771.46NTRFX", date(2026, 11, 2), date(2026, 11, 2), "1211771.46"),
        (":61:261102C999999999999,99NTRFX", date(2026, 11, 2), date(2026, 11, 2), "999999999999.99"),
        (":61:261102C12,500NTRFX", date(2026, 11, 2), date(2026, 11, 2), "12.50"),
        (":61:240229C1,NTRFX", date(2024, 2, 29), date(2024, 2, 29), "1.00"),
    ],
)
def test_a_statement_line_is_read_in_all_its_forms(line: str, booked_on: date, value_on: date, amount: str) -> None:
    row = one_row(line)
    assert (row.booked_on, row.transaction_on, str(row.amount)) == (booked_on, value_on, amount)


@pytest.mark.parametrize(
    ("narrative", "title", "party", "party_iban", "kind"),
    [
        ("020?00FEE?20one?21two?32Jan?33Nowak?38" + OTHER_IBAN, "one two", "Jan Nowak", OTHER_IBAN, "FEE"),
        ("020<00FEE<20one<31" + IBAN[2:] + "<32Jan", "one", "Jan", IBAN, "FEE"),
        ("225^10<1024755^20one^32Jan", "one", "Jan", "", "NTRF"),
        ("020~00FEE\n~20a word that fills its fiel\n~21d~32Jan", "a word that fills its fiel d", "Jan", "", "FEE"),
        ("166?20SVWZ+rent?21 NovemberEREF+77?32Jan", "rent November", "Jan", "", "NTRF"),
        ("/TRTP/SEPA/IBAN/" + OTHER_IBAN + "/NAME/Jan/REMI/rent/EREF/7", "rent", "Jan", OTHER_IBAN, "SEPA"),
        ("/EREF/1//CNTP/" + OTHER_IBAN + "/KOMBCZPP/Jan/PRAGUE//REMI/USTD//rent/", "rent", "Jan", OTHER_IBAN, "NTRF"),
        ("rent and\n:12: o'clock", "rent and :12: o'clock", "", "", "NTRF"),
    ],
)
def test_the_free_field_is_read_in_the_ways_of_the_banks(
    narrative: str, title: str, party: str, party_iban: str, kind: str
) -> None:
    row = one_row(":61:261102D1,NTRFX", f":86:{narrative}\n")
    assert (row.title, row.party, row.party_iban, row.kind) == (title, party, party_iban, kind)


def test_the_second_line_of_a_payment_is_its_title_when_nothing_else_is() -> None:
    assert one_row(":61:261102D1,NTRFX//Y\nat the shop").title == "at the shop"


@pytest.mark.parametrize(
    ("written_number", "number"),
    [
        (f"/{IBAN}", IBAN),
        (f"{IBAN}PLN", IBAN),
        ("PL61 1090 1014 0000 0712 1981 2874", IBAN),
        (IBAN[2:], IBAN),
        ("10020030/1234567", "10020030/1234567"),
        ("10020030/1234567 PLN", "10020030/1234567"),
        ("0300/19-2000145399", "0300/19-2000145399"),
    ],
)
def test_an_account_is_named_in_the_ways_of_the_banks(written_number: str, number: str) -> None:
    (account,) = begun(read(written.mt940(number=written_number)))
    assert account.number == number


def test_statements_of_one_account_are_one_account() -> None:
    first = written.mt940(closing=Decimal("1087.50"))
    second = written.mt940(opening=Decimal("1087.50")).replace("60F", "60M")
    records = read(first + second)
    (end,) = ended(records)
    assert len(begun(records)) == 1
    assert (end.opening, end.closing, end.row_count) == (Decimal("100.00"), Decimal("2075.00"), 4)
    assert end.balance_check is BalanceCheck.OK


def test_two_accounts_are_two_accounts() -> None:
    records = read(written.mt940() + written.mt940(number=OTHER_IBAN, currency="CZK"))
    assert [(each.number, each.currency) for each in begun(records)] == [(IBAN, "PLN"), (OTHER_IBAN, "CZK")]
    assert [end.balance_check for end in ended(records)] == [BalanceCheck.OK, BalanceCheck.OK]


@pytest.mark.parametrize("end", ["-}", "-", "-}{5:{MAC:00000000}{CHK:24857F4599E7}}"])
def test_the_envelopes_of_the_network_are_taken_off(end: str) -> None:
    envelope = "{1:F01INGBNL2ABXXX0000000000}{2:I940INGBNL2AXXXN}{3:{108:1}}{4:\n"
    text = (envelope + written.mt940().replace("-\n", f"{end}\n")) * 2
    assert len(rows_of(read(text))) == 4


def test_a_message_may_begin_with_lines_of_the_bank() -> None:
    assert len(rows_of(read("ABNANL2A\n940\nABNANL2A\n" + written.mt940()))) == 2


def test_what_is_said_of_the_whole_statement_is_no_payment() -> None:
    text = (
        written.mt940().replace(":62F:", ":90D:1PLN12,50\n:62F:").replace("-\n", ":64:C261130PLN1,\n:86:the end\n-\n")
    )
    assert [row.title for row in rows_of(read(text))] == ["Rent for November", "Salary"]


@pytest.mark.parametrize(
    ("encoding", "party"),
    [
        ("utf-8", "Żółty Łoś i ğ"),
        ("utf-8-sig", "Żółty"),
        ("cp1250", "Żółta Gęś, Śnieżka"),
        ("iso8859-2", "Żółta Gęś, Śnieżka"),
        ("iso8859-2", "Příliš žluťoučký kůň"),
        ("cp1252", "Ação e coração"),
        ("cp1252", "Señor Núñez"),
        ("cp1250", "Ionuţ şi Măria"),
        ("cp1252", "Öö ja õun"),
    ],
)
def test_the_encoding_is_told_by_the_letters(encoding: str, party: str) -> None:
    content = written.mt940([written.Payment(party=party)])
    assert rows_of(read(content, encoding))[0].party == party


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_end_is_read(end: str) -> None:
    assert len(rows_of(read(written.mt940().replace("\n", end)))) == 2


def test_long_and_strange_texts_become_one_short_line() -> None:
    row = one_row(":61:261102D1,NTRFX", ":86:a\x7f\x9b[31m b\n" + "word " * 200 + "\n")
    assert row.title.startswith("a [31m b word")
    assert len(row.title) <= written.LIMITS.longest_text
    assert row.title.isprintable()
