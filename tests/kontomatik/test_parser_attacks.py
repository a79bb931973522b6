"""Documents that want to break the reader: each is refused, with a reason, in bounded memory."""

import io
from collections.abc import Callable, Iterator

import pytest

from onboarding.kontomatik.errors import AggregateRefused
from onboarding.kontomatik.parser import read_aggregate
from tests.kontomatik.documents import (
    account,
    element,
    fields,
    one_transaction,
    owner,
    records,
    reply,
    target,
    transaction,
    with_transactions,
)

BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE reply [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><reply>&c;</reply>"""
QUADRATIC = b'<!DOCTYPE reply [<!ENTITY a "' + b"x" * 50_000 + b'">]><reply>' + b"&a;" * 1000 + b"</reply>"
EXTERNAL_FILE = b'<!DOCTYPE reply [<!ENTITY x SYSTEM "file:///etc/passwd">]><reply>&x;</reply>'
EXTERNAL_SUBSET = b'<!DOCTYPE reply SYSTEM "http://127.0.0.1/evil.dtd"><reply/>'
PARAMETER_ENTITY = b'<!DOCTYPE reply [<!ENTITY % p SYSTEM "http://127.0.0.1/evil.dtd">%p;]><reply/>'
BARE_DTD = b"<!DOCTYPE reply><reply/>"


def refusal(document: bytes, **limits: int) -> AggregateRefused:
    with pytest.raises(AggregateRefused) as refused:
        records(document, **limits)
    return refused.value


class Endless(io.RawIOBase):
    """A stream that goes on for ever, and counts what was taken from it."""

    def __init__(self, start: bytes, piece: Callable[[int], bytes]) -> None:
        super().__init__()
        self._start = start
        self._pieces: Iterator[bytes] = (piece(number) for number in range(10**9))
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        while len(self._start) < size:
            self._start += next(self._pieces) * 64
        taken, self._start = self._start[:size], self._start[size:]
        self.taken += len(taken)
        return taken


@pytest.mark.parametrize(
    "document", [BILLION_LAUGHS, QUADRATIC, EXTERNAL_FILE, EXTERNAL_SUBSET, PARAMETER_ENTITY, BARE_DTD]
)
def test_a_document_type_declaration_is_refused(document: bytes) -> None:
    assert refusal(document).reason == "a document type declaration (DTD) is not read here"


def test_an_entity_that_nobody_declared_is_refused() -> None:
    assert refusal(b"<reply>&x;</reply>").reason == "the XML is broken (undefined entity)"


ENDLESS = {
    "whitespace": (b"<reply>", lambda number: b" \n", "a text is too long"),
    "text": (b"<reply><owner>", lambda number: b"x", "a text is too long"),
    "text of a leaf": (one_transaction().partition(b"</bookedOn>")[0], lambda number: b"9", "a text is too long"),
    "text in pieces": (b"<reply>", lambda number: b"x<!-- -->", "a text is too long"),
    "character references": (b"<reply>", lambda number: b"&#65;", "a text is too long"),
    "CDATA": (b"<reply><![CDATA[", lambda number: b"x", "a text is too long"),
    "comment": (b"<reply><!--", lambda number: b"x", "a tag, comment or instruction is too long"),
    "instruction": (b"<reply><?a ", lambda number: b"x", "a tag, comment or instruction is too long"),
    "attribute": (b'<reply a="', lambda number: b"x", "a tag, comment or instruction is too long"),
    "attributes": (b"<reply ", lambda number: b"a='' ", "a tag, comment or instruction is too long"),
    "name": (b"<reply><a", lambda number: b"a", "a tag, comment or instruction is too long"),
    "depth": (b"<reply>", lambda number: b"<a>", "elements are nested too deep"),
    "names": (b"<reply>", lambda number: f"<a{number}/>".encode(), "there are too many different names"),
    "attribute names": (b"<reply>", lambda number: f"<a b{number}=''/>".encode(), "there are too many different names"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_is_refused_after_a_bounded_part(what: str) -> None:
    start, piece, reason = ENDLESS[what]
    stream = Endless(start, piece)
    with pytest.raises(AggregateRefused) as refused:
        list(read_aggregate(stream))
    assert refused.value.reason == reason
    assert stream.taken < 4 * 1024 * 1024


@pytest.mark.parametrize("start", [b"", b"<reply/>", b"<reply/><!-- -->"])
def test_blanks_around_the_document_count_as_bytes(start: bytes) -> None:
    assert refusal(start + b" " * 100_001, bytes=100_000).reason == "the document is too long"


def test_a_document_as_long_as_allowed_is_read() -> None:
    document = one_transaction()
    assert records(document, bytes=len(document)) == records(document)


def test_nesting_as_deep_as_allowed_is_read_and_one_more_is_refused() -> None:
    assert records(b"<reply>" + b"<a>" * 31 + b"</a>" * 31 + b"</reply>") == []
    refused = refusal(b"<reply>" + b"<a>" * 32 + b"</a>" * 32 + b"</reply>")
    assert (refused.reason, refused.where) == ("elements are nested too deep", "reply/…")


@pytest.mark.parametrize("place", ["title", "passedOver"])
def test_a_text_as_long_as_allowed_is_read_and_one_more_is_refused(place: str) -> None:
    assert len(records(one_transaction(**{place: "x" * 65_536}))) == 5
    assert refusal(one_transaction(**{place: "x" * 65_537})).reason == "a text is too long"


def test_more_transactions_than_allowed_are_refused() -> None:
    document = reply(owner(target(with_transactions(transaction(), transaction()), with_transactions(transaction()))))
    assert len(records(document, transactions=3)) == 9
    assert refusal(document, transactions=2).reason == "there are too many transactions"


def test_too_many_labels_of_one_transaction_are_refused() -> None:
    labels = element("labels", *(element("label", f"label {number}") for number in range(257)))
    assert refusal(one_transaction(labels)).reason == "there are too many labels"


def test_too_many_owners_of_one_account_are_refused() -> None:
    owners = element("owners", *(element("owner", fields(name=f"Person {number}")) for number in range(257)))
    assert refusal(reply(owner(target(account(owners))))).reason == "an account has too many owners"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "the document is empty"),
        (b" \n", "the XML is broken (no element found)"),
        (b"{}", "the XML is broken (not well-formed (invalid token))"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "this is a web page, not a reply"),
        (b"<html><body>Sign in</body></html>", "this is a web page, not aggregated data"),
        (b"<answer/>", "this is not aggregated data: the outermost element is not 'reply'"),
        (b"<reply><command id='1'/></reply>", "this is a command's reply, not aggregated data"),
        (b"<reply><exception name='X'/></reply>", "this is a reply that reports an error, not aggregated data"),
        (b"<reply><comment>No.</comment></reply>", "this is a refusal of our key or address, not aggregated data"),
        (b"<reply><targets/></reply>", "this is a catalog's reply, not aggregated data"),
        (b"<reply><owner>", "the XML is broken (no element found)"),
        (b"<reply><owner></reply>", "the XML is broken (mismatched tag)"),
        (b"<reply/><reply/>", "the XML is broken (junk after document element)"),
        (b"<reply a='1' a='2'/>", "the XML is broken (duplicate attribute)"),
        (b"<reply>\x00</reply>", "the XML is broken (not well-formed (invalid token))"),
        (b"<reply>\xff\xfe</reply>", "the XML is broken (not well-formed (invalid token))"),
        (b"<reply>&#0;</reply>", "the XML is broken (reference to invalid character number)"),
    ],
)
def test_what_is_not_aggregated_data_is_refused_with_its_reason(document: bytes, reason: str) -> None:
    assert refusal(document).reason == reason


@pytest.mark.parametrize("cut", [10, 60, 200, -1])
def test_a_document_cut_short_is_refused(cut: int) -> None:
    assert refusal(one_transaction()[:cut]).reason.startswith("the XML is broken")
