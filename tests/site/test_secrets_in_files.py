"""No key of anybody lies in the repository: every tracked file is read for what looks like one."""

import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.stack import ROOT

# The beginnings that issuers give their keys, and what no file but a key's own has.
KEYS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22}"
    r"|\bglpat-[\w-]{20}|\bxox[abprs]-[\w-]{10}|\bsk_live_\w{16}|\bAIza[\w-]{35}|\bnpm_[A-Za-z0-9]{36}|\bpypi-AgE\w{16}"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|https?://[^\s/:@{}<>\"']+:[^\s/:@{}<>\"']{6,}@"
)
# Addresses of schemas and documents are long and mixed, and no key.
ADDRESS = re.compile(r"https?://[\w./-]+")
LONG_WORD = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
# Bits a letter: words and names of functions stay below, random letters and digits of this length come above.
RANDOM = 4.2
# Read by nobody but a machine, and made from files that are read.
COMPILED = (".mo", ".png", ".lock")
KNOWN = {
    "only-for-the-check-8f1c0a7d2b6e4f93a5c7d1e0b4a6829f3c5e7d9b1a0f": "a site that never runs",
    "only-for-the-demo-4b1d7c0e9a2f5836b8d0e4c7a1f3957260d8": "the demonstration, whose file says so",
    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=": "0123456789abcdef twice",
    "b25seS1mb3ItdGhlLWRlbW8tMDEyMzQ1Njc4OTAxMjM=": "only-for-the-demo-01234567890123",
    "ABCDEFGHJKMNPQRSTUVWXYZ23456789": "the letters of a code",
}
TRACKED = [
    Path(name)
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--cached"],  # noqa: S607 - whichever git made the clone
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")[:-1]
]


def entropy(word: str) -> float:
    """Return how many bits each letter of a word tells."""
    return -sum(count / len(word) * math.log2(count / len(word)) for count in Counter(word).values())


def suspects(text: str) -> Iterator[str]:
    """Yield what looks like a random key and is none of the known values."""
    for word in LONG_WORD.findall(ADDRESS.sub(" ", text)):
        value = word.partition("=")[2] if re.match(r"[A-Z_]+=.", word) else word
        if (
            value not in KNOWN
            and entropy(value) >= RANDOM
            and re.search(r"\d", value)
            and re.search(r"[A-Za-z]", value)
        ):
            yield value


def test_no_file_holds_a_key_by_its_form() -> None:
    files = [name for name in TRACKED if (ROOT / name).is_file() and name.suffix not in COMPILED]
    assert len(files) > 100
    assert [str(name) for name in files if KEYS.search((ROOT / name).read_text(errors="replace"))] == []


def test_no_file_of_the_product_holds_a_random_word() -> None:
    files = [name for name in TRACKED if (ROOT / name).is_file() and name.suffix not in COMPILED]
    outside_tests = [name for name in files if name.parts[0] != "tests"]
    found = [
        (str(name), word) for name in outside_tests for word in suspects((ROOT / name).read_text(errors="replace"))
    ]
    assert [(name, word) for name, word in found if "://" not in word and "/XMLSchema" not in word] == []


@pytest.mark.parametrize(
    "name", [".env", "db.sqlite3", "wizard.sqlite3", "id_rsa", "key.pem", "server.key", "sbom.json"]
)
def test_no_file_that_belongs_to_one_machine_is_tracked(name: str) -> None:
    assert [
        str(path) for path in TRACKED if path.name == name or path.parts[0] in ("var", "staticfiles", ".venv")
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "AKIA" + "Q3EXAMPLE7SECRET",
        "ghp_" + "a1B2" * 9,
        "https://user:" + "hunter22@host.example",
    ],
)
def test_a_key_would_be_seen_by_its_form(text: str) -> None:
    assert KEYS.search(f"value = '{text}'")


@pytest.mark.parametrize(
    "text", ["SECRET_KEY=" + "q9ZrT4mVx7" + "LbN2cKw8YsDf5GhJ", "k1:" + "5Jk9/0aZQ+x3vB7n" + "M2cRt8LpWq4=="]
)
def test_a_random_word_would_be_seen(text: str) -> None:
    assert list(suspects(text))
