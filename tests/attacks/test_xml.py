"""Hostile XML, from the vendor's side and from people, by the doors it would come through.

What one parser refuses by itself stands in ``tests/kontomatik/test_parser_attacks.py`` and
``tests/reading/test_bad_files.py``; gzip bombs and broken connections in ``tests/kontomatik/test_transport.py``.
"""

import gzip
import io
import json
import subprocess
from collections.abc import Callable, Iterator

import pytest

from onboarding.kontomatik.client import Client
from onboarding.kontomatik.errors import AggregateRefused, KontomatikError
from onboarding.kontomatik.parser import read_aggregate
from onboarding.kontomatik.records import Transaction
from onboarding.reading.isolated import read_export, recognise
from onboarding.reading.limits import Limits
from onboarding.reading.records import Format
from onboarding.reading.refusals import FileRefused, Problem
from tests import memory
from tests.browser.stack import ROOT
from tests.kontomatik.calls import CALLS, KEY, OWNER
from tests.kontomatik.documents import element, one_transaction, records, reply
from tests.kontomatik.loopback import Vendor, answer
from tests.reading import written

CANARY = "planted-canary-of-a-file"
READERS = ("aggregate", "command", "catalog", "CAMT")
# Of a deletion's answer nothing but the status is read.
XML_CALLS = [
    "start_import",
    "command",
    "aggregate",
    "send_statement",
    "catalog",
    "statement_catalog",
]
# By the root's name they are what each call expects, so that nothing but the attack can be what is refused.
COMMAND = reply(element("command", id="7", state="setup")).decode()

Connect = Callable[[], Client]


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with Vendor() as vendor:
        yield vendor


@pytest.fixture
def client(vendor: Vendor) -> Iterator[Client]:
    client = Client(base_url=vendor.address, api_key=KEY)
    yield client
    client.close()


def ask(client: Client, call: str) -> object:
    """Make a call and read what it brought, as the jobs do."""
    if call != "aggregate":
        return CALLS[call](client)
    with client.aggregate(owner_external_id=OWNER) as stream:
        return list(read_aggregate(stream))


def declared(doctype: str, body: str = "&x;") -> dict[str, str]:
    """Return the attack in a vendor's reply and in a person's statement."""
    return {
        "vendor": f"<?xml version='1.0'?>{doctype}<reply>{body}</reply>",
        "person": f"<?xml version='1.0'?>{doctype}" + written.camt_file(f"<Stmt>{body}</Stmt>", declaration=""),
    }


def attacks(address: str, file: str) -> dict[str, dict[str, str]]:
    """Return every way in which XML fetches, reads or swells, aimed at an address and a file that would tell."""
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return {
        "a file": declared(f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{file}">]>'),
        "an address": declared(f'<!DOCTYPE r [<!ENTITY x SYSTEM "{address}/x">]>'),
        "a public identifier": declared(f'<!DOCTYPE r [<!ENTITY x PUBLIC "-//X//EN" "{address}/x">]>'),
        "an outer declaration": declared(f'<!DOCTYPE r SYSTEM "{address}/x.dtd">', ""),
        "a public declaration": declared(f'<!DOCTYPE r PUBLIC "-//X//EN" "{address}/x.dtd">', ""),
        "a parameter": declared(f'<!DOCTYPE r [<!ENTITY % p SYSTEM "{address}/p">%p;]>', ""),
        "a parameter that sends a file": declared(
            f"<!DOCTYPE r [<!ENTITY % f SYSTEM 'file://{file}'><!ENTITY % e SYSTEM '{address}/e.dtd'>%e;%s;]>", ""
        ),
        "an unparsed entity": declared(
            f'<!DOCTYPE r [<!NOTATION n SYSTEM "x"><!ENTITY x SYSTEM "{address}/x" NDATA n>]>', ""
        ),
        "a billion laughs": declared(f'<!DOCTYPE r [<!ENTITY l0 "lol">{lol}]>', "&l9;"),
        "a quadratic bomb": declared(f'<!DOCTYPE r [<!ENTITY x "{"x" * 50_000}">]>', "&x;" * 20_000),
        "a parameter bomb": declared(f'<!DOCTYPE r [<!ENTITY % p "{"x" * 50_000}">{"%p;" * 1000}]>', ""),
        "an entity of itself": declared('<!DOCTYPE r [<!ENTITY x "&x;">]>'),
        "a default attribute": declared('<!DOCTYPE r [<!ATTLIST reply status CDATA "200 OK">]>', ""),
        "a hundred thousand declarations": declared(
            f"<!DOCTYPE r [{''.join(f'<!ELEMENT a{n} ANY>' for n in range(100_000))}]>", ""
        ),
        "an inclusion": {
            "vendor": f'<reply xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{address}/x"/></reply>',
            "person": written.camt_file(
                f'<Stmt xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{address}/x"/></Stmt>'
            ),
        },
        "a stylesheet": {
            "vendor": f'<?xml-stylesheet href="{address}/x.xsl" type="text/xsl"?><answer/>',
            "person": f'<?xml-stylesheet href="{address}/x.xsl" type="text/xsl"?><Document/>',
        },
        "a schema": {
            "vendor": f'<answer xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="{address}/x"/>',
            "person": f'<Document xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="{address}/x"/>',
        },
    }


NAMES = list(attacks("", ""))


@pytest.fixture
def secret(tmp_path: object) -> str:
    path = f"{tmp_path}/secret"
    with open(path, "w") as file:
        file.write(CANARY)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_no_reply_of_the_vendor_fetches_reads_or_swells(
    name: str, vendor: Vendor, client: Client, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Vendor() as elsewhere:
        elsewhere.sends(answer(b"<!ENTITY % s 'x'>"))
        vendor.sends(answer(attacks(elsewhere.address, secret)[name]["vendor"].encode(), Content_Type="text/xml"))
        told = []
        for call in XML_CALLS:
            try:
                told.append(repr(ask(client, call)))
            except (KontomatikError, AggregateRefused) as error:
                told.append(repr(error) + str(error))
    assert elsewhere.connections == 0
    assert CANARY not in "".join(told) + caplog.text
    assert max(map(len, told)) < 1000


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("an inclusion", "a stylesheet", "a schema")])
@pytest.mark.parametrize("call", XML_CALLS)
def test_every_reader_of_the_vendors_refuses_a_declaration(
    call: str, name: str, vendor: Vendor, client: Client
) -> None:
    vendor.sends(answer(attacks("http://127.0.0.1:9", "/etc/passwd")[name]["vendor"].encode()))
    with pytest.raises((KontomatikError, AggregateRefused)):
        ask(client, call)


@pytest.mark.parametrize("name", NAMES)
def test_no_statement_of_a_person_fetches_reads_or_swells(name: str, secret: str) -> None:
    with Vendor() as elsewhere:
        elsewhere.sends(answer(b"<!ENTITY % s 'x'>"))
        content = attacks(elsewhere.address, secret)[name]["person"].encode()
        assert recognise([content]) in (Format.CAMT053, None)
        with pytest.raises(FileRefused) as refused:
            list(read_export([content], format=Format.CAMT053, mapping=None, limits=Limits()))
    assert elsewhere.connections == 0
    assert CANARY not in repr(refused.value)


# --- encodings


def recoded(text: str, encoding: str, named: str | None) -> bytes:
    name = f" encoding='{named}'" if named else ""
    return f"<?xml version='1.0'{name}?>{text}".encode(encoding)


ENCODINGS = {
    "UTF-7": ("utf-7", "utf-7"),
    "EBCDIC": ("cp037", "ebcdic-cp-us"),
    "EBCDIC by its number": ("cp037", "cp037"),
    "EBCDIC undeclared": ("cp037", None),
    "UTF-16 without a mark, declared as UTF-8": ("utf-16-le", "utf-8"),
    "UTF-8, declared as UTF-16": ("utf-8", "utf-16"),
    "UTF-32": ("utf-32", "utf-32"),
    "UTF-32 undeclared": ("utf-32-le", None),
    "a codec of Python's": ("utf-8", "unicode_escape"),
    "a codec that turns letters": ("utf-8", "rot13"),
    "a codec that unpacks": ("utf-8", "zlib_codec"),
    "a codec of names": ("utf-8", "idna"),
    "several bytes to a letter": ("utf-8", "shift_jis"),
    "an encoding of nobody": ("utf-8", "planted-encoding"),
    "an encoding with a path": ("utf-8", "../../etc/passwd"),
}
REPLY = one_transaction(title="zażółć").decode()
STATEMENT = written.camt().partition("?>")[2].replace("Kowalski", "zażółć")


@pytest.mark.parametrize("case", ENCODINGS)
def test_the_vendors_reader_takes_no_strange_encoding(case: str) -> None:
    encoding, named = ENCODINGS[case]
    with pytest.raises(AggregateRefused):
        records(recoded(REPLY if encoding.startswith("utf") else REPLY.replace("zażółć", "x"), encoding, named))


@pytest.mark.parametrize("case", ENCODINGS)
def test_the_readers_of_files_take_no_strange_encoding(case: str) -> None:
    encoding, named = ENCODINGS[case]
    text = STATEMENT if encoding.startswith("utf") else STATEMENT.replace("zażółć", "x")
    with pytest.raises(FileRefused) as refused:
        list(read_export([recoded(text, encoding, named)], format=Format.CAMT053, mapping=None, limits=Limits()))
    assert refused.value.problem in (Problem.ENCODING, Problem.BROKEN)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_read_right_or_refused(encoding: str) -> None:
    for document in (recoded(REPLY, encoding, None), recoded(REPLY, encoding, "utf-16")):
        try:
            read = records(document)
        except AggregateRefused:
            continue
        assert read == records(REPLY.encode())


def test_utf_7_is_never_guessed() -> None:
    title = "+ADw-script+AD4-alert(1)+ADw-/script+AD4-"
    (row,) = [record for record in records(one_transaction(title=title)) if isinstance(record, Transaction)]
    assert row.title == title


BROKEN_BYTES = {
    "NUL": b"\0",
    "an overlong slash": b"\xc0\xaf",
    "an overlong less-than": b"\xe0\x80\xbc",
    "half a pair": b"\xed\xa0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "a letter cut short": b"\xc5",
    "a control sign": b"\x1b",
    "a non-character": b"\xef\xbf\xbf",
}


@pytest.mark.parametrize("case", BROKEN_BYTES)
def test_bytes_that_are_no_text_are_refused(case: str) -> None:
    with pytest.raises(AggregateRefused):
        records(REPLY.encode().replace("zażółć".encode(), b"a" + BROKEN_BYTES[case] + b"b"))
    content = STATEMENT.encode().replace("zażółć".encode(), b"a" + BROKEN_BYTES[case] + b"b")
    with pytest.raises(FileRefused):
        list(read_export([content], format=Format.CAMT053, mapping=None, limits=Limits()))


# --- names and instructions


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("moneyTransaction>", "m:moneyTransaction>"),
        lambda text: text.replace("<reply", "<r:reply").replace("</reply", "</r:reply"),
        lambda text: text.replace("<currencyAmount>", "<currencyAmount a='1' a='2'>"),
        lambda text: text.replace("<currencyAmount>", "<1currencyAmount>"),
        lambda text: text.replace("</currencyAmount>", "</CURRENCYAMOUNT>"),
        lambda text: text.replace("<currencyAmount>", "<currencyAmount/>"),
        lambda text: text.replace("<currencyAmount>", "<currencyAmount><x>9</x>"),
        lambda text: text.replace("</currencyAmount>", "</currencyAmount><currencyAmount>999.00</currencyAmount>"),
        lambda text: text + "<reply/>",
        lambda text: text + "\0",
    ],
    ids=["prefixed rows", "a prefixed root", "twice", "digits", "capitals", "empty", "mixed", "doubled", "two", "NUL"],
)
def test_a_reply_whose_elements_are_disguised_is_refused_or_brings_no_other_amount(
    change: Callable[[str], str],
) -> None:
    honest = [repr(record) for record in records(REPLY.encode())]
    try:
        read = records(change(REPLY).encode())
    except AggregateRefused:
        return
    assert {repr(record) for record in read} <= set(honest)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("<Ntry>", "<Ntry xmlns='urn:other'>", 1),
        lambda text: text.replace("<Ntry>", "<n:Ntry xmlns:n='urn:other'>", 1).replace("</Ntry>", "</n:Ntry>", 1),
        lambda text: text.replace("<Amt", "<Amt xmlns:a='u' xmlns:b='u' a:c='1' b:c='2'", 1),
        lambda text: text.replace("<Amt Ccy='PLN'", "<Amt Ccy='PLN' Ccy='EUR'", 1),
        lambda text: text.replace("<Ntry>", "<n:Ntry>", 1).replace("</Ntry>", "</n:Ntry>", 1),
        lambda text: text.replace("<Ntry>", "<xml:Ntry>", 1).replace("</Ntry>", "</xml:Ntry>", 1),
        lambda text: text.replace("<Document", "<Document xmlns:xml='urn:other'", 1),
        lambda text: text.replace("<Document", "<Document xmlns:xmlns='urn:other'", 1),
        lambda text: text.replace("<Ntry>", "<Ntry xmlns:n=''>", 1),
    ],
    ids=["default", "prefixed", "same twice", "twice", "unbound", "xml's", "xml bound", "xmlns bound", "bound to none"],
)
def test_a_statement_whose_elements_are_disguised_is_refused(change: Callable[[str], str]) -> None:
    text = written.camt()
    assert change(text) != text
    with pytest.raises(FileRefused):
        written.records_of(change(text).encode(), Format.CAMT053)


def test_instructions_are_passed_over_and_change_nothing() -> None:
    noise = f"<?php system('id') ?><?xml-stylesheet href='javascript:alert(1)'?><?{'x' * 200} {'y' * 9_000}?><!-- -->"
    loud = REPLY.replace("<currencyAmount>", f"{noise}<currencyAmount>{noise}")
    assert records(loud.encode()) == records(REPLY.encode())
    statement = written.camt()
    loud = statement.replace("<Ntry>", f"{noise}<Ntry>{noise}")
    assert written.records_of(loud.encode(), Format.CAMT053) == written.records_of(statement.encode(), Format.CAMT053)


# --- sizes


@pytest.fixture(scope="module")
def bomb() -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as packer:
        for _ in range(300):
            packer.write(b" " * memory.MEBIBYTE)
    return packed.getvalue()


@pytest.mark.parametrize("call", CALLS)
def test_no_bomb_in_a_replys_compression_is_unpacked(call: str, bomb: bytes, vendor: Vendor, client: Client) -> None:
    vendor.sends(answer(bomb, Content_Encoding="gzip", Content_Type="application/xml"))
    with pytest.raises((KontomatikError, AggregateRefused)):
        ask(client, call)


REFUSED_EARLY = [
    "a gigabyte of one attribute",
    "a million attributes",
    "a million elements of as many names",
    "a million prefixes",
    "two hundred thousand levels",
]
READ_TO_THE_END = [
    ("aggregate", "a million elements of one other name"),
    ("catalog", "a million elements of one other name"),
    ("CAMT", "a million elements of one other name"),
    ("aggregate", "a million instructions of as many names"),
    ("CAMT", "a million instructions of as many names"),
    ("command", "long blanks between elements"),
    ("CAMT", "long blanks between elements"),
]


def told(reader: str, name: str) -> dict[str, int]:
    child = subprocess.run(
        memory.command("tests.attacks.read_hostile_xml", reader, name),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, int] = json.loads(child.stdout)
    return found


@pytest.mark.parametrize("name", REFUSED_EARLY)
@pytest.mark.parametrize("reader", READERS)
def test_what_swells_is_refused_within_its_first_two_megabytes(reader: str, name: str) -> None:
    found = told(reader, name)
    assert found["refused"]
    assert found["bytes"] < 2 * memory.MEBIBYTE
    assert found["growth"] < 20 * memory.MEBIBYTE < found["control"]


@pytest.mark.parametrize(("reader", "name"), READ_TO_THE_END)
def test_what_is_only_much_takes_no_memory(reader: str, name: str) -> None:
    found = told(reader, name)
    assert found["bytes"] > 10_000_000
    assert found["growth"] < 20 * memory.MEBIBYTE < found["control"]


@pytest.mark.parametrize(
    ("reader", "name"),
    [
        ("aggregate", "a gigabyte of blanks before"),
        ("aggregate", "a gigabyte of blanks within"),
        ("command", "a gigabyte of text"),
        ("CAMT", "a gigabyte of blanks before"),
        ("CAMT", "a gigabyte of blanks within"),
        ("CAMT", "a gigabyte of text"),
    ],
)
def test_a_gigabyte_takes_no_memory(reader: str, name: str) -> None:
    found = told(reader, name)
    assert found["refused"] or found["bytes"] > 10**9
    assert found["growth"] < 20 * memory.MEBIBYTE < found["control"]
