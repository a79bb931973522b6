"""Sample exports in the banks' interchange formats: MT940, CAMT.053, OFX 1 and OFX 2, good and wrong ones.

MT940 follows SWIFT's field formats (:61: is 6!n[4!n]2a[1!a]15d1!a3!c16x[//16x]), CAMT the message definitions of ISO
20022, OFX the specifications 1.0.2 and 2.2.
"""

import datetime as dt
import re
from xml.sax.saxutils import escape  # nosec B406

from sandbox.accounts_xml import amount
from sandbox.sample_accounts import ExportedAccount, Payment, account, plain

LINE_END = "\r\n"
CAMT_02 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
CAMT_08 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
PAIN = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03"
# What SWIFT's character set x allows, less the question mark that parts :86: into subfields.
_NOT_SWIFT = re.compile(r"[^A-Za-z0-9/\-:().,'+ ]")


# MT940


def mt940(today: dt.date) -> bytes:
    """Make an MT940 file of two statements: an account's last two stretches of thirty days."""
    whole = account("PodLipamiApi", "cards", today)
    middle = today - dt.timedelta(days=30)
    texts = _mt940_statement(whole, whole.first_on, middle, 1) + _mt940_statement(
        whole, middle + dt.timedelta(days=1), whole.last_on, 2
    )
    return texts.encode("ascii")


def mt940_wrong_balance(today: dt.date) -> bytes:
    """Make an MT940 file whose last closing balance is ten more than it should be."""
    text = mt940(today).decode("ascii")
    before, last, after = text.rpartition(":62F:C")
    closing, _, rest = after.partition(LINE_END)
    cents = int(closing[9:].replace(",", "")) + 1000
    return f"{before}{last}{closing[:9]}{_comma(cents)}{LINE_END}{rest}".encode("ascii")


def mt940_wrong_amount(today: dt.date) -> bytes:
    """Make an MT940 file in which the letter O stands behind the first digit of the first payment's amount.

    Before that digit it would be no mistake: a single letter there is a funds code.
    """
    found = re.sub(r"(\r\n:61:\d{10}[CD]\d)", r"\1O", mt940(today).decode("ascii"), count=1)
    return found.encode("ascii")


def mt942(today: dt.date) -> bytes:
    """Make an interim report (MT942), which is no statement."""
    lines = [":20:REPORT", ":25:" + account("PodLipamiApi", "cards", today).number, ":28C:1/1", ":34F:PLN0,"]
    lines += [f":13D:{today:%y%m%d}0600+0000", ":90D:0PLN0,", ":90C:0PLN0,", "-"]
    return (LINE_END.join(lines) + LINE_END).encode("ascii")


def _mt940_statement(whole: ExportedAccount, first_on: dt.date, last_on: dt.date, number: int) -> str:
    rows = [row for row in whole.payments if first_on <= row.booked_on <= last_on]
    before = [row.balance for row in whole.payments if row.booked_on < first_on]
    opening = before[-1] if before else whole.opening
    closing = rows[-1].balance if rows else opening
    lines = [
        f":20:STM{last_on:%y%m%d}",
        f":25:{whole.number}",
        f":28C:{number}/1",
        f":60F:{_mt940_balance(opening, first_on, whole.currency)}",
    ]
    for place, row in enumerate(rows, start=1):
        lines += _mt940_row(row, place)
    lines += [
        f":62F:{_mt940_balance(closing, last_on, whole.currency)}",
        f":64:{_mt940_balance(closing, last_on, whole.currency)}",
        "-",
    ]
    return LINE_END.join(lines) + LINE_END


def _mt940_balance(cents: int, day: dt.date, currency: str) -> str:
    return f"{'D' if cents < 0 else 'C'}{day:%y%m%d}{currency}{_comma(abs(cents))}"


def _mt940_row(row: Payment, place: int) -> list[str]:
    mark, kind = ("D" if row.amount < 0 else "C"), ("NMSC" if row.by_card else "NTRF")
    moved = f"{row.value_on:%y%m%d}{row.booked_on:%m%d}{mark}{_comma(abs(row.amount))}{kind}NONREF"
    lines = [f":61:{moved}//{row.booked_on:%y%m%d}{place:05d}"]
    # Subfields of at most 27 characters: ?00 the kind, ?20 to ?22 the text, ?31 the other account, ?32 its holder.
    text, party = _swift(row.title), _swift(row.party)
    parts = [f"?00{'CARD PAYMENT' if row.by_card else 'TRANSFER'}"]
    parts += [f"?2{place}{text[start : start + 27]}" for place, start in enumerate(range(0, min(len(text), 81), 27))]
    parts += [f"?31{row.party_number}"] if row.party_number else []
    parts += [f"?32{party[:27]}"] if party else []
    return lines + _folded(":86:", ["005" if row.by_card else "020", *parts])


def _folded(tag: str, parts: list[str]) -> list[str]:
    """Put the parts of a field into lines of at most 65 characters, each part whole."""
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part) > 65:
            lines.append("")
        lines[-1] += part
    return [tag + lines[0], *lines[1:]]


def _swift(text: str) -> str:
    return " ".join(_NOT_SWIFT.sub(" ", plain(text)).split())


def _comma(cents: int) -> str:
    return amount(cents).replace(".", ",")


# CAMT.053


def camt_02(today: dt.date) -> bytes:
    """Make a CAMT.053 statement of the version 2."""
    return _camt(account("KastanApi", "joint", today), CAMT_02)


def camt_08(today: dt.date) -> bytes:
    """Make a CAMT.053 statement of the version 8, whose statuses and parties have one element more around them."""
    return _camt(account("AlmendroApi", "joint", today), CAMT_08)


def camt_same_account(today: dt.date) -> bytes:
    """Make a CAMT.053 statement of the account that the login `ok` shows at Bank Pod Lipami."""
    return _camt(account("PodLipamiApi", "ok", today), CAMT_02)


def camt_with_dtd(today: dt.date) -> bytes:
    """Make a CAMT.053 statement with a document type and an entity that asks for a file."""
    declared = '<!DOCTYPE Document [<!ENTITY own SYSTEM "file:///etc/hostname">]>\n<Document'
    text = camt_02(today).decode().replace("<Document", declared, 1)
    return text.replace("<MsgId>", "<MsgId>&own;", 1).encode()


def camt_wrong_namespace(today: dt.date) -> bytes:
    """Make a statement whose namespace is that of another message, a payment order (pain.001)."""
    return camt_02(today).replace(CAMT_02.encode(), PAIN.encode())


def payment_order(today: dt.date) -> bytes:
    """Make a payment order (pain.001), which is a related message, but no statement."""
    ordered = account("KastanApi", "joint", today)
    made_at = f"{ordered.last_on}T12:00:00"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{PAIN}">
<CstmrCdtTrfInitn>
<GrpHdr>
<MsgId>ORDER1</MsgId>
<CreDtTm>{made_at}</CreDtTm>
<NbOfTxs>0</NbOfTxs>
<InitgPty><Nm>{escape(ordered.holder)}</Nm></InitgPty>
</GrpHdr>
</CstmrCdtTrfInitn>
</Document>
""".encode()


def camt_without_currency(today: dt.date) -> bytes:
    """Make a CAMT.053 statement in which an entry's amount says no currency."""
    return re.sub(rb'(<Ntry>\s*<NtryRef>2</NtryRef>\s*<Amt) Ccy="\w+"', rb"\1", camt_02(today), count=1)


def camt_cut_off(today: dt.date) -> bytes:
    """Make a CAMT.053 statement whose download stopped in the middle."""
    whole = camt_02(today)
    return whole[: len(whole) // 2]


def _camt(exported: ExportedAccount, namespace: str) -> bytes:
    newer = namespace == CAMT_08
    made_at = f"{exported.last_on}T23:30:00"
    entries = "".join(_camt_entry(row, place, exported, newer) for place, row in enumerate(exported.payments, start=1))
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{namespace}">
<BkToCstmrStmt>
<GrpHdr><MsgId>STM{exported.last_on:%Y%m%d}</MsgId><CreDtTm>{made_at}</CreDtTm></GrpHdr>
<Stmt>
<Id>{exported.last_on:%Y%m%d}-1</Id>
<ElctrncSeqNb>1</ElctrncSeqNb>
<CreDtTm>{made_at}</CreDtTm>
<FrToDt><FrDtTm>{exported.first_on}T00:00:00</FrDtTm><ToDtTm>{exported.last_on}T23:59:59</ToDtTm></FrToDt>
<Acct>
<Id><IBAN>{exported.number}</IBAN></Id>
<Ccy>{exported.currency}</Ccy>
<Ownr><Nm>{escape(exported.holder)}</Nm></Ownr>
<Svcr><FinInstnId><Nm>{escape(exported.bank)}</Nm></FinInstnId></Svcr>
</Acct>
{_camt_balance("OPBD", exported.opening, exported.first_on, exported.currency)}
{_camt_balance("CLBD", exported.closing, exported.last_on, exported.currency)}
{entries}</Stmt>
</BkToCstmrStmt>
</Document>
"""
    return text.encode()


def _camt_balance(code: str, cents: int, day: dt.date, currency: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount(abs(cents))}</Amt><CdtDbtInd>{_direction(cents)}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _direction(cents: int) -> str:
    return "DBIT" if cents < 0 else "CRDT"


def _camt_entry(row: Payment, place: int, exported: ExportedAccount, newer: bool) -> str:
    status = "<Cd>BOOK</Cd>" if newer else "BOOK"
    family = ("CCRD", "POSD") if row.by_card else ("ICDT" if row.amount < 0 else "RCDT", "ESCT")
    return f"""<Ntry>
<NtryRef>{place}</NtryRef>
<Amt Ccy="{exported.currency}">{amount(abs(row.amount))}</Amt>
<CdtDbtInd>{_direction(row.amount)}</CdtDbtInd>
<Sts>{status}</Sts>
<BookgDt><Dt>{row.booked_on}</Dt></BookgDt>
<ValDt><Dt>{row.value_on}</Dt></ValDt>
<AcctSvcrRef>{row.booked_on:%Y%m%d}{place:06d}</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family[0]}</Cd><SubFmlyCd>{family[1]}</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls>
<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
{_camt_parties(row, newer)}<RmtInf><Ustrd>{escape(row.title)}</Ustrd></RmtInf>
</TxDtls></NtryDtls>
</Ntry>
"""


def _camt_parties(row: Payment, newer: bool) -> str:
    if not row.party:
        return ""
    side = "Cdtr" if row.amount < 0 else "Dbtr"
    name = f"<Nm>{escape(row.party)}</Nm>"
    inside = f"<{side}>{f'<Pty>{name}</Pty>' if newer else name}</{side}>"
    if row.party_number:
        inside += f"<{side}Acct><Id><IBAN>{row.party_number}</IBAN></Id></{side}Acct>"
    return f"<RltdPties>{inside}</RltdPties>\n"


# OFX


def ofx_1(today: dt.date) -> bytes:
    """Make an OFX 1.0.2 file: SGML, whose elements with a value have no closing tags."""
    header = ["OFXHEADER:100", "DATA:OFXSGML", "VERSION:102", "SECURITY:NONE", "ENCODING:USASCII", "CHARSET:1252"]
    header += ["COMPRESSION:NONE", "OLDFILEUID:NONE", "NEWFILEUID:NONE", ""]
    body = plain(_ofx(account("GandroApi", "joint", today), today))
    without_ends = re.sub(r"(<[A-Z0-9]+>[^<\n]+)</[A-Z0-9]+>", r"\1", body)
    return (LINE_END.join(header) + LINE_END + without_ends.replace("\n", LINE_END)).encode("ascii")


def ofx_2(today: dt.date) -> bytes:
    """Make an OFX 2.2 file: XML."""
    return _ofx_2(_ofx(account("RukkilillApi", "joint", today), today))


def qfx(today: dt.date) -> bytes:
    """Make a QFX file: OFX 2.2 with the element by which one program knows its banks."""
    text = _ofx(account("GandroApi", "ok", today), today)
    return _ofx_2(text.replace("</SONRS>", "<INTU.BID>99970</INTU.BID>\n</SONRS>"))


def ofx_cut_off(today: dt.date) -> bytes:
    """Make an OFX 1.0.2 file that ends within a payment."""
    whole = ofx_1(today)
    return whole[: whole.rindex(b"<FITID>")]


def ofx_wrong_day(today: dt.date) -> bytes:
    """Make an OFX 2.2 file with a payment on a day that does not exist."""
    return re.sub(rb"<DTPOSTED>\d{8}", b"<DTPOSTED>20260231", ofx_2(today), count=1)


def _ofx_2(body: str) -> bytes:
    header = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        '<?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
    )
    return (header + body).encode()


def _ofx(exported: ExportedAccount, today: dt.date) -> str:
    rows = "".join(_ofx_row(row, place) for place, row in enumerate(exported.payments, start=1))
    fine = "<STATUS>\n<CODE>0</CODE>\n<SEVERITY>INFO</SEVERITY>\n</STATUS>"
    return f"""<OFX>
<SIGNONMSGSRSV1>
<SONRS>
{fine}
<DTSERVER>{today:%Y%m%d}060000</DTSERVER>
<LANGUAGE>ENG</LANGUAGE>
</SONRS>
</SIGNONMSGSRSV1>
<BANKMSGSRSV1>
<STMTTRNRS>
<TRNUID>0</TRNUID>
{fine}
<STMTRS>
<CURDEF>{exported.currency}</CURDEF>
<BANKACCTFROM>
<BANKID>{exported.number[4:9]}</BANKID>
<ACCTID>{exported.number}</ACCTID>
<ACCTTYPE>CHECKING</ACCTTYPE>
</BANKACCTFROM>
<BANKTRANLIST>
<DTSTART>{exported.first_on:%Y%m%d}</DTSTART>
<DTEND>{exported.last_on:%Y%m%d}</DTEND>
{rows}</BANKTRANLIST>
<LEDGERBAL>
<BALAMT>{amount(exported.closing)}</BALAMT>
<DTASOF>{exported.last_on:%Y%m%d}</DTASOF>
</LEDGERBAL>
</STMTRS>
</STMTTRNRS>
</BANKMSGSRSV1>
</OFX>
"""


def _ofx_row(row: Payment, place: int) -> str:
    kind = "POS" if row.by_card else "CREDIT" if row.amount > 0 else "DEBIT"
    name = f"<NAME>{escape(row.party[:32])}</NAME>\n" if row.party else ""
    return f"""<STMTTRN>
<TRNTYPE>{kind}</TRNTYPE>
<DTPOSTED>{row.booked_on:%Y%m%d}</DTPOSTED>
<DTUSER>{row.value_on:%Y%m%d}</DTUSER>
<TRNAMT>{amount(row.amount)}</TRNAMT>
<FITID>{row.booked_on:%Y%m%d}{place:05d}</FITID>
{name}<MEMO>{escape(row.title)}</MEMO>
</STMTTRN>
"""
