import re
from datetime import date
from decimal import Decimal

import pytest

from onboarding.reading.records import BalanceCheck, Format, Record, Row
from onboarding.reading.refusals import Expected, FileRefused, Problem
from tests.reading import written
from tests.reading.written import IBAN, OTHER_IBAN, Payment, balance, begun, camt_file, camt_statement, ended, rows_of


def read(text: str, encoding: str = "utf-8") -> list[Record]:
    return written.records_of(text.encode(encoding), Format.CAMT053)


def one_statement(body: str) -> list[Record]:
    return read(camt_file(camt_statement(body)))


def one_row(entry: str) -> Row:
    (row,) = rows_of(one_statement(entry))
    return row


@pytest.mark.parametrize("version", [f"001.{number:02}" for number in range(2, 14)])
def test_every_version_is_read(version: str) -> None:
    records = read(written.camt().replace("001.08", version))
    assert begun(records)[0].number == IBAN
    assert [row.amount for row in rows_of(records)] == [Decimal("-12.50"), Decimal("1000.00")]
    (end,) = ended(records)
    assert (end.opening, end.closing, end.balance_check) == (Decimal("100"), Decimal("1087.5"), BalanceCheck.OK)
    assert (end.closing_on, end.row_count) == (date(2026, 11, 30), 2)


def test_a_prefix_is_as_good_as_a_default_namespace() -> None:
    text = written.camt()
    prefixed = text.replace("</", "</c:").replace("<", "<c:").replace("<c:/c:", "</c:").replace("<c:?", "<?")
    assert len(rows_of(read(prefixed.replace("xmlns=", "xmlns:c=")))) == 2


def test_a_statement_in_an_envelope_is_read() -> None:
    text = written.camt().replace("<?xml version='1.0'?>", "")
    assert len(rows_of(read(f"<Env><Hdr><Ntry/></Hdr>{text}</Env>"))) == 2


def test_an_account_says_whose_it_is() -> None:
    acct = (
        "<Acct><Id><Othr><Id>12-34 56</Id></Othr></Id><Ccy>CZK</Ccy><Nm>Savings</Nm><Ownr><Nm>Jan Novák</Nm></Ownr>"
        "<Svcr><FinInstnId><Nm>Banka</Nm></FinInstnId></Svcr></Acct>"
    )
    (account,) = begun(read(camt_file(f"<Stmt>{acct}</Stmt>")))
    assert (account.number, account.currency, account.name) == ("12-34 56", "CZK", "Savings")
    assert (account.owner, account.bank) == ("Jan Novák", "Banka")


def test_the_currency_may_stand_only_at_the_balances() -> None:
    text = written.camt().replace("<Ccy>PLN</Ccy>", "")
    assert begun(read(text))[0].currency == "PLN"


@pytest.mark.parametrize(
    ("status", "booked_on"),
    [
        ("<Sts>BOOK</Sts>", date(2026, 11, 2)),
        ("<Sts><Cd>BOOK</Cd></Sts>", date(2026, 11, 2)),
        ("<Sts>PDNG</Sts>", None),
        ("<Sts><Cd>PDNG</Cd></Sts>", None),
        ("<Sts><Cd>INFO</Cd></Sts>", None),
    ],
)
def test_only_what_is_booked_has_a_booking_day(status: str, booked_on: date | None) -> None:
    assert one_row(written.entry(status=status)).booked_on == booked_on


def test_what_is_pending_moves_no_balance() -> None:
    body = balance("OPBD", Decimal(5)) + balance("CLBD", Decimal(5)) + written.entry(status="<Sts>PDNG</Sts>")
    (end,) = ended(one_statement(body))
    assert (end.balance_check, end.row_count, end.first_on) == (BalanceCheck.OK, 1, None)


@pytest.mark.parametrize("when", ["<DtTm>2026-11-02T23:59:59.000+01:00</DtTm>", "<Dt>2026-11-02Z</Dt>"])
def test_a_day_is_the_one_that_is_written(when: str) -> None:
    assert one_row(written.entry().replace("<Dt>2026-11-02</Dt>", when)).booked_on == date(2026, 11, 2)


def test_the_names_of_the_newer_versions_stand_deeper() -> None:
    details = (
        "<NtryDtls><TxDtls><RltdPties><Cdtr><Pty><Nm>Shop &amp; Sons</Nm></Pty></Cdtr>"
        f"<CdtrAcct><Id><IBAN>{OTHER_IBAN}</IBAN></Id></CdtrAcct></RltdPties>"
        "<RmtInf><Ustrd>part one</Ustrd><Ustrd>part two</Ustrd></RmtInf></TxDtls></NtryDtls>"
    )
    row = one_row(written.entry(details=details))
    assert (row.party, row.party_iban, row.title) == ("Shop & Sons", OTHER_IBAN, "part one part two")


def test_the_other_party_of_a_reversal_is_who_paid_before() -> None:
    details = (
        "<RvslInd>true</RvslInd><NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Payer</Nm></Dbtr><Cdtr><Nm>Me</Nm></Cdtr>"
        "</RltdPties></TxDtls></NtryDtls>"
    )
    row = one_row(written.entry(details=details))
    assert (row.amount, row.party) == (Decimal("-12.50"), "Payer")


def detail(amount: str, name: str, currency: str = "PLN") -> str:
    return f"<TxDtls><Amt Ccy='{currency}'>{amount}</Amt><RltdPties><Cdtr><Nm>{name}</Nm></Cdtr></RltdPties></TxDtls>"


def test_a_batch_whose_amounts_add_up_is_as_many_rows() -> None:
    details = f"<NtryDtls>{detail('10.00', 'A')}{detail('2.50', 'B')}</NtryDtls>"
    rows = rows_of(one_statement(written.entry(details=details)))
    assert [(row.amount, row.party) for row in rows] == [(Decimal("-10.00"), "A"), (Decimal("-2.50"), "B")]


@pytest.mark.parametrize("second", [detail("2.49", "B"), detail("2.50", "B", "EUR"), "<TxDtls></TxDtls>"])
def test_a_batch_whose_amounts_do_not_add_up_is_one_row(second: str) -> None:
    details = f"<NtryDtls>{detail('10.00', 'A')}{second}</NtryDtls><AddtlNtryInf>Batch of 2</AddtlNtryInf>"
    row = one_row(written.entry(details=details))
    assert (row.amount, row.party, row.title) == (Decimal("-12.50"), "", "Batch of 2")


def test_the_kind_is_the_code_of_the_bank_or_of_the_family() -> None:
    family = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
    assert one_row(written.entry(details=family)).kind == "PMNT-RCDT-ESCT"
    own = "<BkTxCd><Prtry><Cd>77</Cd></Prtry></BkTxCd>"
    assert one_row(written.entry(details=own)).kind == "77"


def test_statements_of_one_account_are_one_account() -> None:
    first = balance("OPBD", Decimal(100)) + balance("ITBD", Decimal("87.50")) + written.entry()
    second = balance("ITBD", Decimal("87.50")) + balance("CLBD", Decimal("75.00")) + written.entry()
    records = read(camt_file(camt_statement(first) + camt_statement(second)))
    (end,) = ended(records)
    assert (end.opening, end.closing, end.balance_check) == (Decimal(100), Decimal(75), BalanceCheck.OK)


def test_the_balance_of_the_day_before_opens_too() -> None:
    body = balance("PRCD", Decimal("-10")) + balance("CLBD", Decimal("-22.50")) + written.entry()
    (end,) = ended(one_statement(body))
    assert (end.opening, end.balance_check) == (Decimal(-10), BalanceCheck.OK)


def test_without_balances_nothing_is_checked() -> None:
    (end,) = ended(one_statement(written.entry() + balance("CLAV", Decimal(7))))
    assert (end.opening, end.closing, end.balance_check) == (None, None, BalanceCheck.UNKNOWN)


def test_two_accounts_are_two_accounts() -> None:
    other = camt_statement(written.entry(), number=OTHER_IBAN)
    records = read(camt_file(camt_statement(written.entry()) + other))
    assert [account.number for account in begun(records)] == [IBAN, OTHER_IBAN]
    assert [end.row_count for end in ended(records)] == [1, 1]


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1250", "iso-8859-2", "utf-16"])
def test_the_declared_encoding_is_read(encoding: str) -> None:
    text = camt_file(
        camt_statement(written.entry(Payment(party="Żółta Gęś"))),
        declaration=f"<?xml version='1.0' encoding='{encoding}'?>",
    )
    assert rows_of(read(text, encoding))[0].party == "Żółta Gęś"


def named(namespace: str, text: str = "") -> str:
    """Put a statement into a namespace."""
    content = text or written.camt()
    return re.sub(r"<Document[^>]*>", f"<Document xmlns='{namespace}'>" if namespace else "<Document>", content)


@pytest.mark.parametrize(
    "namespace",
    [
        "",
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02",
        "urn:iso:std:iso:20022:tech:xsd:camt.053.001.13",
        "ISO:camt.053.001.02:APC:STUZZA:payments:003",
    ],
)
def test_a_statement_of_any_version_is_read(namespace: str) -> None:
    assert len(rows_of(read(named(namespace)))) == 2


@pytest.mark.parametrize(
    ("namespace", "element"),
    [
        ("urn:iso:std:iso:20022:tech:xsd:pain.001.001.03", "pain.001"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.052.001.02", "camt.052"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.0530001.02", ""),
        ("http://example.com/statement", ""),
    ],
)
def test_a_body_of_a_statement_in_another_namespace_is_no_statement(namespace: str, element: str) -> None:
    with pytest.raises(FileRefused) as caught:
        read(named(namespace))
    refused = caught.value
    assert (refused.problem, refused.line, refused.element) == (Problem.NOT_A_STATEMENT, 1, element)
    assert refused.expected is Expected.A_STATEMENT


def test_an_entry_of_another_namespace_is_no_payment_and_not_passed_over() -> None:
    content = written.camt().replace("<Ntry>", "<Ntry xmlns='urn:other'>", 1)
    with pytest.raises(FileRefused) as caught:
        read(content)
    assert (caught.value.problem, caught.value.element) == (Problem.NOT_A_STATEMENT, "Stmt")


def test_what_a_bank_adds_in_its_own_namespace_changes_nothing() -> None:
    added = "<SplmtryData><Envlp><Ntry xmlns='urn:own'><Amt Ccy='PLN'>1</Amt></Ntry></Envlp></SplmtryData></Ntry>"
    assert read(written.camt().replace("</Ntry>", added)) == read(written.camt())
