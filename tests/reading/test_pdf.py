"""What is seen of a PDF before it is sent: whole or not, how many pages, with or without a password."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pypdf import PdfReader

from onboarding.reading.pdf import PdfFacts, PdfProblem, PdfRefused, inspect, without_password
from tests.reading import pdfs

MOST = 20
PASSWORD = "Zażółć 12"
SOME = pdfs.pdf(3)
PROTECTED = pdfs.pdf(password=PASSWORD)


def look(content: bytes, password: str = "") -> PdfFacts:
    return inspect(BytesIO(content), password=password, most_pages=MOST)


def problem(content: bytes, password: str = "") -> PdfProblem:
    with pytest.raises(PdfRefused) as refused:
        look(content, password)
    return refused.value.problem


@pytest.mark.parametrize("pages", [1, 2, MOST])
def test_the_pages_of_a_plain_file_are_counted(pages: int) -> None:
    assert look(pdfs.pdf(pages)) == PdfFacts(pages=pages, is_encrypted=False, opened_without_password=True)


@pytest.mark.parametrize("cipher", pdfs.CIPHERS)
def test_a_protected_file_opens_with_its_password(cipher: str) -> None:
    facts = look(pdfs.pdf(password=PASSWORD, cipher=cipher), PASSWORD)
    assert facts == PdfFacts(pages=2, is_encrypted=True, opened_without_password=False)


@pytest.mark.parametrize("cipher", pdfs.CIPHERS)
def test_the_owners_password_opens_it_too(cipher: str) -> None:
    assert look(pdfs.pdf(password=PASSWORD, cipher=cipher), "the owner's password").pages == 2


@pytest.mark.parametrize("cipher", pdfs.CIPHERS)
def test_a_protected_file_without_a_password_says_that_it_needs_one(cipher: str) -> None:
    assert problem(pdfs.pdf(password=PASSWORD, cipher=cipher)) is PdfProblem.NEEDS_PASSWORD


@pytest.mark.parametrize("cipher", pdfs.CIPHERS)
def test_a_wrong_password_is_told_from_a_missing_one(cipher: str) -> None:
    assert problem(pdfs.pdf(password=PASSWORD, cipher=cipher), "another") is PdfProblem.WRONG_PASSWORD


@pytest.mark.parametrize("cipher", pdfs.CIPHERS)
def test_a_file_that_is_encrypted_with_the_empty_password_is_not_protected(cipher: str) -> None:
    facts = look(pdfs.pdf(password="", cipher=cipher))
    assert facts == PdfFacts(pages=2, is_encrypted=True, opened_without_password=True)


def test_a_password_for_a_file_that_needs_none_is_passed_over() -> None:
    assert look(SOME, "never needed").opened_without_password
    assert look(pdfs.pdf(password=""), "never needed").opened_without_password


def test_a_file_encrypted_for_a_certificate_says_so() -> None:
    assert problem(pdfs.encrypted_for_certificate()) is PdfProblem.UNSUPPORTED_ENCRYPTION


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 4096], ids=["no byte", "a line end", "zeros"])
def test_a_file_without_content_is_empty(content: bytes) -> None:
    assert problem(content) is PdfProblem.EMPTY


NO_PDFS = {
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(500),
    "a web page": b"<!doctype html><title>Log in</title>",
    "a spreadsheet": b"PK\x03\x04" + bytes(500),
    "text that names PDF": b"PDF-1.7 %EOF",
    "a header that comes too late": b" " * 1024 + SOME,
}


@pytest.mark.parametrize("content", NO_PDFS.values(), ids=NO_PDFS)
def test_what_is_no_pdf_by_its_content_is_refused_as_such(content: bytes) -> None:
    assert problem(content) is PdfProblem.NOT_A_PDF


CUT = {
    "the end missing": SOME[:-20],
    "half": SOME[: len(SOME) // 2],
    "the header alone": b"%PDF-1.7\n",
    "an old end long before the new one": SOME + b"5 0 obj\n<< /Length 9000 >>\nstream\n" + b"x" * 4000,
    "the table beyond the end": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n999999\n%%EOF\n",
}


@pytest.mark.parametrize("content", CUT.values(), ids=CUT)
def test_a_file_whose_end_is_missing_is_truncated(content: bytes) -> None:
    assert problem(content) is PdfProblem.TRUNCATED


BROKEN = {
    "noise": b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF\n",
    "no page": pdfs.pdf(0),
    "no root": pdfs.by_hand(b"<< /Type /Nothing >>", root=9),
    "no tree": pdfs.by_hand(b"<< /Type /Catalog >>"),
    "a tree that is a number": pdfs.by_hand(pdfs.CATALOG, b"42"),
    "a tree without kids": pdfs.by_hand(pdfs.CATALOG, b"<< /Type /Pages /Count 1 >>"),
    "a tree that damage made a leaf": pdfs.by_hand(pdfs.CATALOG, b"<< /Kids [R 5] >>"),
    "a page of another type": pdfs.tree(b"3 0 R", b"<< /Type /Font /Parent 2 0 R >>"),
    "kids that are no list": pdfs.by_hand(pdfs.CATALOG, b"<< /Type /Pages /Kids 7 >>"),
    "a kid that is missing": pdfs.tree(b"7 0 R"),
    "a kid that is a text": pdfs.tree(b"(a page)"),
    "a tree that holds itself": pdfs.tree(b"2 0 R"),
    "a tree that comes round": pdfs.tree(b"3 0 R", b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"),
    "a tree too deep": pdfs.deep_tree(MOST + 1_500),
    "an encryption that is no dictionary": pdfs.by_hand(pdfs.CATALOG, trailer=b"/Encrypt 5"),
    "the middle missing": SOME[: len(SOME) // 3] + SOME[len(SOME) // 2 :],
    "a bomb": pdfs.bomb(80_000_000),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_whose_pages_cannot_be_found_is_broken(content: bytes) -> None:
    assert problem(content) is PdfProblem.BROKEN


TOO_MANY = {
    "one more": pdfs.pdf(MOST + 1),
    "a modest claim": pdfs.tree(b"3 0 R " * (MOST + 1), pdfs.PAGE, count=1),
    "one page very often": pdfs.tree(b"3 0 R " * 90_000, pdfs.PAGE),
}


@pytest.mark.parametrize("content", TOO_MANY.values(), ids=TOO_MANY)
def test_more_pages_than_allowed_are_refused(content: bytes) -> None:
    assert problem(content) is PdfProblem.TOO_MANY_PAGES


def test_the_files_own_count_is_not_believed() -> None:
    assert look(pdfs.tree(b"3 0 R", pdfs.PAGE, count=1_000_000)).pages == 1


BLEMISHED = {
    "something before the header": b"\xef\xbb\xbf\r\n" + SOME,
    "zeros after the end": SOME + bytes(5000),
    "a wrong place of the table": SOME.replace(b"startxref\n", b"startxref\n9999"),
    "no table at all": SOME[: SOME.rindex(b"xref\n", 0, SOME.rindex(b"startxref"))] + SOME[SOME.index(b"trailer") :],
}


@pytest.mark.parametrize("content", BLEMISHED.values(), ids=BLEMISHED)
def test_small_blemishes_that_every_viewer_forgives_are_forgiven(content: bytes) -> None:
    assert look(content).pages == 3


def test_a_page_that_forgets_its_type_is_a_page() -> None:
    assert look(pdfs.tree(b"3 0 R", b"<< /Parent 2 0 R /MediaBox [0 0 9 9] >>")).pages == 1


def test_active_content_does_not_matter_and_is_not_opened() -> None:
    assert look(pdfs.active()).pages == 1


@pytest.mark.parametrize("cipher", pdfs.CIPHERS)
def test_a_copy_without_password_has_the_same_pages_and_the_banks_name_in_it(cipher: str) -> None:
    copy = without_password(BytesIO(pdfs.pdf(4, password=PASSWORD, cipher=cipher)), password=PASSWORD)
    assert look(copy) == PdfFacts(pages=4, is_encrypted=False, opened_without_password=True)
    metadata = PdfReader(BytesIO(copy)).metadata
    assert metadata is not None
    assert metadata.producer == "A Bank"


@pytest.mark.parametrize("content", [SOME, pdfs.pdf(password="")], ids=["plain", "empty password"])
def test_a_file_that_needs_no_password_is_copied_byte_for_byte(content: bytes) -> None:
    assert without_password(BytesIO(content), password="x") == content


def test_a_copy_is_refused_like_a_look() -> None:
    with pytest.raises(PdfRefused) as refused:
        without_password(BytesIO(PROTECTED), password="another")
    assert refused.value.problem is PdfProblem.WRONG_PASSWORD


def test_a_refusal_holds_nothing_of_the_file() -> None:
    with pytest.raises(PdfRefused) as refused:
        look(pdfs.by_hand(pdfs.CATALOG, b"<< /Type /Pages /Planted (planted-name) /Kids [R 5] >>"))
    assert refused.value.__context__ is None
    assert "planted" not in repr(refused.value)


@given(
    content=st.sampled_from(
        [SOME, PROTECTED, pdfs.pdf(password="", cipher="RC4-128"), pdfs.active(), pdfs.deep_tree(5)]
    ),
    wounds=st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4), st.integers(0, 40)), max_size=5),
    password=st.sampled_from(["", PASSWORD, "\u0378 unassigned"]),
)
@hypothesis_settings(max_examples=400, deadline=None)
def test_a_damaged_file_is_counted_or_refused_and_nothing_else(
    content: bytes, wounds: list[tuple[int, bytes, int]], password: str
) -> None:
    for place, inserted, removed in wounds:
        cut = place % len(content)
        content = content[:cut] + inserted + content[cut + removed :] or b"x"
    try:
        facts = look(content, password)
    except PdfRefused:
        return
    assert 1 <= facts.pages <= MOST
