from datetime import date
from decimal import Decimal

import pytest

from onboarding.reading.records import BalanceCheck, Format, Record, Row
from tests.reading import written
from tests.reading.written import IBAN, OTHER_IBAN, Payment, begun, ended, ofx, ofx_row, rows_of


def read(text: str, encoding: str = "utf-8") -> list[Record]:
    return written.records_of(text.encode(encoding), Format.OFX)


def one_row(row: str) -> Row:
    (found,) = rows_of(read(ofx(row)))
    return found


XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE"?>\n'
    "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE></STATUS><FI><ORG>Demo Bank</ORG></FI></SONRS></SIGNONMSGSRSV1>"
    "<CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>EUR</CURDEF><CCACCTFROM><ACCTID>4111</ACCTID></CCACCTFROM>"
    "<BANKTRANLIST><!-- one <b>row</b> --><STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20261102</DTPOSTED>"
    "<DTUSER>20261101</DTUSER><TRNAMT>-12.50</TRNAMT><NAME><![CDATA[Shop <1> & Sons]]></NAME><MEMO></MEMO>"
    "<BANKACCTTO><ACCTID>" + OTHER_IBAN + "</ACCTID></BANKACCTTO></STMTTRN></BANKTRANLIST>"
    "<LEDGERBAL><BALAMT>-12.50</BALAMT><DTASOF>20261130</DTASOF></LEDGERBAL></CCSTMTRS></CCSTMTTRNRS>"
    "</CREDITCARDMSGSRSV1></OFX>"
)


def test_sgml_without_closing_tags_is_read() -> None:
    records = read(ofx(ofx_row() + ofx_row(Payment(amount=Decimal(1000)))))
    assert (begun(records)[0].number, begun(records)[0].currency) == (IBAN, "PLN")
    row = rows_of(records)[0]
    assert (row.booked_on, row.amount, row.kind) == (date(2026, 11, 2), Decimal("-12.50"), "OTHER")
    assert (row.title, row.party) == ("Rent for November", "Jan Kowalski")
    (end,) = ended(records)
    assert (end.closing, end.closing_on, end.opening) == (Decimal(1), date(2026, 11, 30), None)
    assert (end.balance_check, end.row_count) == (BalanceCheck.UNKNOWN, 2)


def test_xml_of_a_credit_card_is_read() -> None:
    records = read(XML)
    assert (begun(records)[0].number, begun(records)[0].bank) == ("4111", "Demo Bank")
    (row,) = rows_of(records)
    assert (row.party, row.party_iban) == ("Shop <1> & Sons", OTHER_IBAN)
    assert (row.title, row.transaction_on) == ("Shop <1> & Sons", date(2026, 11, 1))
    assert ended(records)[0].closing == Decimal("-12.50")


@pytest.mark.parametrize(
    "when", ["20261102", "202611022359", "20261102120000", "20261102235959.999[-5:EST]", "20261102000000[+1]"]
)
def test_a_day_is_the_one_that_is_written(when: str) -> None:
    assert one_row(ofx_row().replace("20261102120000[-5:EST]", when)).booked_on == date(2026, 11, 2)


@pytest.mark.parametrize(
    ("amount", "exact"), [("-12,50", "-12.50"), ("+100", "100.00"), ("0.1", "0.10"), ("1.000", "1.00")]
)
def test_an_amount_is_exact(amount: str, exact: str) -> None:
    assert str(one_row(ofx_row().replace("-12.50", amount)).amount) == exact


def test_an_empty_element_without_its_closing_tag_takes_nothing_with_it() -> None:
    row = one_row(ofx_row().replace("<MEMO>Rent for November\n", "<MEMO>\n<CHECKNUM>\n"))
    assert row.title == "Jan Kowalski"


def test_equal_identifiers_are_different_payments() -> None:
    assert len(rows_of(read(ofx(ofx_row() * 3)))) == 3


def test_what_is_pending_has_no_booking_day() -> None:
    pending = "<STMTTRNP><TRNTYPE>OTHER<DTTRAN>20261102<TRNAMT>-5<NAME>Shop</STMTTRNP>"
    text = ofx(ofx_row(), ledger=f"<BANKTRANLISTP><DTASOF>20261130{pending}</BANKTRANLISTP>")
    row = rows_of(read(text))[1]
    assert (row.booked_on, row.transaction_on, row.amount) == (None, date(2026, 11, 2), Decimal(-5))


def test_a_row_in_another_currency_is_refused_and_one_that_was_changed_is_not() -> None:
    changed = ofx_row().replace("<NAME>", "<ORIGCURRENCY><CURRATE>4.5<CURSYM>EUR</ORIGCURRENCY><NAME>")
    assert one_row(changed).amount == Decimal("-12.50")
    with pytest.raises(Exception, match="mixed_currencies"):
        one_row(changed.replace("ORIGCURRENCY", "CURRENCY"))


def test_two_statements_are_two_accounts() -> None:
    text = ofx(ofx_row())
    body = text.partition("<BANKMSGSRSV1>")[2].partition("</BANKMSGSRSV1>")[0]
    records = read(text.replace("</BANKMSGSRSV1>", body.replace(IBAN, OTHER_IBAN) + "</BANKMSGSRSV1>"))
    assert [account.number for account in begun(records)] == [IBAN, OTHER_IBAN]


@pytest.mark.parametrize(
    ("encoding", "charset", "party"),
    [
        ("cp1250", "1250", "Żółta Gęś"),
        ("cp1252", "1252", "Ação"),
        ("utf-8", "1252", "Żółta Gęś"),
        ("utf-8-sig", "NONE", "Žluťoučký"),
        ("cp1250", "NONE", "Żółta Gęś, Śnieżka"),
    ],
)
def test_the_encoding_is_what_is_declared_unless_it_is_utf8(encoding: str, charset: str, party: str) -> None:
    text = ofx(ofx_row(Payment(party=party)), charset=charset)
    assert rows_of(read(text, encoding))[0].party == party


def test_entities_of_the_format_are_read_and_others_left() -> None:
    row = one_row(ofx_row(Payment(party="A &amp; B &lt;C&gt; &#243; &who; &#1114112; D")))
    assert row.party == "A & B <C> ó &who; D"
