"""The document on security names tests that exist, and all that it must speak of."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.browser.stack import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text()


def named() -> Iterator[tuple[str, list[str]]]:
    """Yield each test that the document names: its file and the names within; ``::name`` means the file before it."""
    file = ""
    for text in re.findall(r"`((?:tests/[\w/]+\.py)?(?:::\w+)*)`", DOCUMENT):
        path, *names = text.split("::")
        file = path or file
        if path or names:
            yield file, names


def has(file: str, names: list[str]) -> bool:
    """Tell whether a file has a test, or a class and a test in it, of these names."""
    inner: list[ast.stmt] = ast.parse((ROOT / file).read_text()).body
    for name in names:
        found = [one for one in inner if isinstance(one, ast.FunctionDef | ast.ClassDef) and one.name == name]
        if not found:
            return False
        inner = found[0].body
    return True


@pytest.mark.parametrize(
    ("file", "names"), list(named()), ids=lambda part: part if isinstance(part, str) else part[-1:]
)
def test_every_test_that_is_named_exists(file: str, names: list[str]) -> None:
    assert (ROOT / file).is_file()
    assert has(file, names)


def test_a_name_that_is_nowhere_would_be_seen() -> None:
    assert not has("tests/site/test_security_document.py", ["test_nowhere"])
    assert len(list(named())) > 60


@pytest.mark.parametrize("chapter", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])
def test_every_chapter_is_spoken_of(chapter: int) -> None:
    assert re.search(rf"\bV{chapter}\b", DOCUMENT)
